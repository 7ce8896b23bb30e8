import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posterplot.dataset.prepare import prepare
from posterplot.dataset.reading import open_dataset
from posterplot.errors import DatasetError
from posterplot.films import Film


@pytest.fixture
def folder(tmp_path):
    columns = {
        "id": ["a", "b", "c"],
        "overview": ["One film", "Two films", "Three films"],
        "genres": [["A b"], ["C", "A b"], ["C"]],
        "split": ["train", "train", "test"],
    }
    pq.write_table(pa.table(columns), tmp_path / "films.parquet")
    prepare(tmp_path / "films.parquet", tmp_path / "dataset")
    return tmp_path / "dataset"


def test_films_and_tables(folder):
    dataset = open_dataset(folder)
    assert dataset.vocabulary.names == ("A b", "C")
    (film,) = dataset.films("test")
    assert film == Film(
        "c", overview="Three films", genres=("C",), split="test", source="dataset test"
    )
    assert dataset.table("train", ["id", "genres"]).to_pydict() == {
        "id": ["a", "b"],
        "genres": [["A b"], ["C", "A b"]],
    }
    assert dataset.table("train").column_names[-1] == "group"


def test_missing_split(folder):
    message = "has no validation films; it has train, test: use one of these, or prepare"
    with pytest.raises(DatasetError, match=message):
        list(open_dataset(folder).films("validation"))


def test_no_dataset(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match=r"no dataset here, as it has no dataset.json; make one"):
        open_dataset(tmp_path)
    with pytest.raises(DatasetError, match="no such folder; make one"):
        open_dataset(tmp_path / "none")
    with pytest.raises(DatasetError, match="no dataset here"):
        open_dataset(tmp_path / "file")


def test_a_manifest_that_cannot_be_read(folder):
    (folder / "dataset.json").unlink()
    (folder / "dataset.json").mkdir()
    for path, why in [(folder, "Is a directory"), (folder / ("x" * 300), "File name too long")]:
        with pytest.raises(DatasetError, match=rf"dataset.json: cannot be read .{why}"):
            open_dataset(path)


def test_damage(folder):
    shard = folder / "data/train-00000-of-00001.parquet"
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(DatasetError, match=r"train-00000.*is damaged.*; prepare the dataset again"):
        open_dataset(folder).table("train")
    with pytest.raises(DatasetError, match="is damaged"):
        list(open_dataset(folder).films("train"))
    shard.unlink()
    with pytest.raises(DatasetError, match="0 of 1 train files are there"):
        open_dataset(folder).table("train")


def test_damaged_or_newer_manifest(folder):
    path = folder / "dataset.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"format": 2}))
    with pytest.raises(DatasetError, match=r"dataset.json: is damaged \(format: Input should be 1"):
        open_dataset(folder)
    path.write_text("{")
    with pytest.raises(DatasetError, match="is damaged"):
        open_dataset(folder)
