import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from posterplot.catalogue import Access, open_catalogue
from posterplot.errors import BundleError
from posterplot.films import Film
from posterplot.scale.predict import predict_to_folder
from posterplot.scale.worker import PortableBundle, portable, shard_name
from tests.scale.made import as_parquet, plain, some_films

pytestmark = pytest.mark.filterwarnings("default")  # Ray warns of itself

REMOTE = Access(remote=True)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "posterplot"


@pytest.mark.parametrize("name", ["catalogue/films.csv", "films.parquet"])
def test_workers_fetch_posters(connected, storage, shipped, tmp_path, name):
    table = some_films(tmp_path / "films", 12)
    shutil.copytree(tmp_path / "films", storage / "catalogue", dirs_exist_ok=True)
    as_parquet(table, storage / "films.parquet")
    catalogue = open_catalogue(Path(f"s3://films/{name}"), access=REMOTE)
    # in one file, and so by one worker, which takes seconds to start
    total = catalogue.count()
    predict_to_folder(catalogue, shipped, tmp_path / "out", lambda _: None, total=total)
    local = table if name.endswith("csv") else storage / name
    expected = plain(local, shipped, tmp_path / "plain.parquet")
    same = [column for column in expected.column_names if column not in ("problem", "error")]
    assert "poster" in expected["modalities"][0].as_py()
    assert pq.read_table(tmp_path / "out", columns=same).equals(expected.select(same))


def test_a_bundle_is_loaded_from_its_files_where_the_machine_lacks_it(tiny, tmp_path):
    here = portable(tiny)
    assert set(here.files) == {"bundle.json", *tiny.manifest.files}
    assert here.load().bundle.path == tiny.path
    elsewhere = here._replace(bundle=replace(tiny, path=tmp_path / "none", settings=("any",)))
    predictor = elsewhere.load()
    assert predictor.bundle.path not in (tiny.path, tmp_path / "none")
    assert predictor.bundle.settings == ("any",)
    film = Film("a", overview="A gun and a chase.")
    assert list(predictor.predict([film])) == list(here.load().predict([film]))


def test_an_altered_file_of_a_bundle_is_refused(tiny, tmp_path):
    here = portable(tiny)
    files = here.files | {"model.onnx": here.files["model.onnx"] + b" "}
    altered = PortableBundle(replace(tiny, path=tmp_path / "none"), files)
    with pytest.raises(BundleError, match="was altered"):
        altered.load()


def test_shards_are_in_order_by_name():
    names = [shard_name(number, "f" * 32) for number in (0, 9, 10, 99_999)]
    assert names == sorted(names)
