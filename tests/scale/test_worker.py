"""Catalogues in S3, of a server on this machine."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from posterplot.catalogue import Access, open_catalogue
from posterplot.scale.predict import predict_to_folder
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
    predict_to_folder(
        catalogue, shipped, tmp_path / "out", lambda _: None, total=catalogue.count(), films=5
    )
    local = table if name.endswith("csv") else storage / name
    expected = plain(local, shipped, tmp_path / "plain.parquet")
    same = [column for column in expected.column_names if column not in ("problem", "error")]
    assert "poster" in expected["modalities"][0].as_py()
    assert pq.read_table(tmp_path / "out", columns=same).equals(expected.select(same))
