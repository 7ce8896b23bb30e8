import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posterplot.dataset import reading
from posterplot.dataset.prepare import prepare
from posterplot.dataset.reading import open_dataset
from posterplot.errors import DatasetError
from posterplot.file_parts import FilePart
from posterplot.films import Film


@pytest.fixture
def folder(tmp_path):
    columns = {
        "id": ["a", "b", "c"],
        "overview": ["One film", "Two films", "Three films"],
        "genres": [["A b"], ["C", "A b"], ["C"]],
        "split": ["train", "train", "test"],
        "label_source": ["imdb", None, "tmdb"],
    }
    pq.write_table(pa.table(columns), tmp_path / "films.parquet")
    prepare(tmp_path / "films.parquet", tmp_path / "dataset")
    return tmp_path / "dataset"


def test_films_and_tables(folder):
    dataset = open_dataset(folder)
    assert dataset.vocabulary.names == ("A b", "C")
    (film,) = dataset.films("test")
    assert film == Film(
        "c",
        overview="Three films",
        genres=("C",),
        split="test",
        source="dataset test",
        label_source="tmdb",
    )
    assert dataset.table("train", ["id", "genres"]).to_pydict() == {
        "id": ["a", "b"],
        "genres": [["A b"], ["C", "A b"]],
    }
    assert dataset.table("train").column_names[-1] == "group"


def test_posters_may_stay_in_their_files(dataset):
    for split in dataset.manifest.splits:
        films, placed = list(dataset.films(split)), list(dataset.films(split, in_place=True))
        assert [replace(film, poster=None) for film in films if film.overview] == [
            replace(film, poster=None) for film in placed if film.overview
        ]
        for film, other in zip(films, placed, strict=True):
            assert other.poster is None or isinstance(other.poster, FilePart)
            assert (other.poster and other.poster.read()) == film.poster


def test_missing_split(folder):
    message = "has no validation films; it has train, test: use one of these, or prepare"
    with pytest.raises(DatasetError, match=message):
        list(open_dataset(folder).films("validation"))


def test_no_dataset(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        DatasetError, match=r"no dataset here, as it has no dataset.json; create one"
    ):
        open_dataset(tmp_path)
    with pytest.raises(DatasetError, match="no such folder; create one"):
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
    with pytest.raises(DatasetError, match=r"train-00000.*was altered.*; prepare the dataset"):
        open_dataset(folder).table("train")
    with pytest.raises(DatasetError, match="was altered"):
        list(open_dataset(folder).films("train"))
    assert len(list(open_dataset(folder).films("test"))) == 1
    older = json.loads((folder / "dataset.json").read_text()) | {"format": 1}  # without digests
    del older["files"], older["digest"]
    (folder / "dataset.json").write_text(json.dumps(older))
    with pytest.raises(DatasetError, match=r"train-00000.*is damaged.*; prepare the dataset again"):
        open_dataset(folder).table("train")
    shard.unlink()
    with pytest.raises(DatasetError, match="0 of 1 train files are there"):
        open_dataset(folder).table("train")


def test_damaged_or_newer_manifest(folder):
    path = folder / "dataset.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"format": 3}))
    with pytest.raises(DatasetError, match=r"dataset.json: is damaged \(format: Input should be 1"):
        open_dataset(folder)
    for change in ({"genres": ["A b", "D"]}, {"files": {}}, {"fingerprint": "0" * 64}):
        path.write_text(json.dumps(manifest | change))
        with pytest.raises(DatasetError, match=r"dataset.json: was altered.*; prepare the dataset"):
            open_dataset(folder)
    path.write_text("{")
    with pytest.raises(DatasetError, match="is damaged"):
        open_dataset(folder)


@pytest.mark.parametrize("change", ["a row removed", "a label replaced", "a byte flipped"])
def test_films_that_were_altered_are_not_read(folder, change):
    """Each of these leaves a Parquet file that can be read."""
    shard = folder / "data/train-00000-of-00001.parquet"
    films = pq.read_table(shard)
    if change == "a row removed":
        pq.write_table(films[:1], shard)
    elif change == "a label replaced":
        labels = pa.array([["C"], ["C"]], pa.list_(pa.string()))
        pq.write_table(
            films.set_column(films.column_names.index("genres"), "genres", labels), shard
        )
    else:
        content = shard.read_bytes()
        shard.write_bytes(content[:-12] + bytes([content[-12] ^ 1]) + content[-11:])
    with pytest.raises(DatasetError, match=r"data/train-00000-of-00001.parquet: was altered"):
        open_dataset(folder).table("train")


def test_a_file_is_checked_once(folder, monkeypatch):
    digested = []
    whole = reading.file_digest
    monkeypatch.setattr(reading, "file_digest", lambda path: digested.append(path) or whole(path))
    dataset = open_dataset(folder)
    for _ in range(2):
        dataset.table("train")
        list(dataset.films("train"))
    assert [path.name for path in digested] == ["train-00000-of-00001.parquet"]


def test_a_dataset_of_before_labels_had_sources_is_read(folder):
    older(folder, lambda films: films.drop_columns(["label_source"]))
    films = list(open_dataset(folder).films("train"))
    assert [(film.id, film.label_source) for film in films] == [("a", ""), ("b", "")]


@pytest.mark.parametrize("change", ["dropped", "of another type"])
def test_columns_of_an_older_dataset_are_checked(folder, change):
    if change == "dropped":
        older(folder, lambda films: films.drop_columns(["overview"]))
    else:
        older(folder, lambda films: films.set_column(3, "overview", pa.array([1, 2])))
    with pytest.raises(DatasetError, match="its columns are not id, title, year, overview"):
        list(open_dataset(folder).films("train"))
    with pytest.raises(DatasetError, match="is damaged"):
        open_dataset(folder).table("train", ["id"])


def older(folder, change):
    """Make it a dataset of format 1, without digests, whose films of train are changed."""
    manifest = json.loads((folder / "dataset.json").read_text()) | {"format": 1}
    del manifest["files"], manifest["digest"]
    (folder / "dataset.json").write_text(json.dumps(manifest))
    shard = folder / "data/train-00000-of-00001.parquet"
    pq.write_table(change(pq.read_table(shard)), shard)
