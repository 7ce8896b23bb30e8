import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posterplot.catalogue import open_catalogue
from posterplot.errors import CatalogueError
from posterplot.films import Film
from tests.conftest import poster_bytes

FEATURES = {
    "image": {"_type": "Image"},
    "plot": {"dtype": "string", "_type": "Value"},
    "labels": {"feature": {"names": ["Action", "Drama", "War"], "_type": "ClassLabel"}},
}
README = """---
dataset_info:
  features:
  - name: file_name
    dtype: image
  - name: label
    list:
      class_label:
        names:
          '0': Action
          '1': Film-Noir
---
# A dataset
"""


def films_of(folder, **options) -> list[Film]:
    return list(open_catalogue(folder, **options).films())


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_an_image_folder(tmp_path, kind):
    for split in ("train", "valid"):
        (tmp_path / split).mkdir()
        rows = [{"file_name": f"{split}.jpg", "text": f"A film of {split}.", "label": [1, 0]}]
        path = tmp_path / split / f"metadata.{kind}"
        if kind == "csv":
            path.write_text(f'file_name,text,label\n{split}.jpg,A film of {split}.,"[1, 0]"\n')
        elif kind == "jsonl":
            path.write_text(json.dumps(rows[0]) + "\n")
        else:
            pq.write_table(pa.Table.from_pylist(rows), path)
    (tmp_path / "README.md").write_text(README)
    catalogue = open_catalogue(tmp_path)
    assert catalogue.table.format == "Hugging Face dataset, image folder"
    assert catalogue.count() == 2
    first, second = catalogue.films()
    assert (first.split, second.split) == ("train", "validation")
    assert first.poster == tmp_path / "train/train.jpg"
    assert second.overview == "A film of valid."
    assert first.genres == ("Film-Noir", "Action")
    assert first.id != second.id


def test_parquet_shards_with_their_names_inside(tmp_path):
    (tmp_path / "data").mkdir()
    poster = poster_bytes(("Drama",), 1)
    schema = pa.schema(
        [
            ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            ("plot", pa.string()),
            ("labels", pa.list_(pa.int64())),
        ],
        metadata={"huggingface": json.dumps({"info": {"features": FEATURES}})},
    )
    for n, split in enumerate(("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-1")):
        row = {"image": {"bytes": poster, "path": None}, "plot": f"A film {n}.", "labels": [n, 1]}
        table = pa.Table.from_pylist([row], schema)
        pq.write_table(table, tmp_path / f"data/{split}.parquet")
    films = sorted(films_of(tmp_path), key=lambda film: film.overview)
    assert [film.genres for film in films] == [("Action", "Drama"), ("Drama",), ("War", "Drama")]
    assert [film.split for film in films] == ["train", "train", "test"]
    assert all(film.poster == poster for film in films)
    assert len({film.id for film in films}) == 3


def save(folder, split, rows, features=FEATURES):
    (folder / split).mkdir(parents=True)
    table = pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(folder / split / "data-00000-of-00001.arrow", table.schema) as stream:
        stream.write_table(table)
    state = {"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_split": split}
    (folder / split / "state.json").write_text(json.dumps(state))
    (folder / split / "dataset_info.json").write_text(json.dumps({"features": features}))


def test_a_folder_in_the_layout_of_save_to_disk_is_read(tmp_path):
    rows = [{"plot": "One film.", "labels": [2]}, {"plot": "Two films.", "labels": []}]
    for split in ("train", "test"):
        save(tmp_path, split, rows)
    (tmp_path / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    catalogue = open_catalogue(tmp_path)
    assert catalogue.table.format == "Hugging Face dataset, save_to_disk"
    assert catalogue.count() == 4
    films = list(catalogue.films())
    assert [film.split for film in films] == ["train", "train", "test", "test"]
    assert films[0].genres == ("War",)
    assert [film.genres for film in films_of(tmp_path / "test")] == [("War",), ()]


def test_columns_of_flags_in_a_saved_dataset_are_genres(tmp_path):
    genres = ("Drama", "Comedy", "Action", "Horror", "War")
    rows = [
        {"plot": f"A film {n}.", **{genre: int(g == n) for g, genre in enumerate(genres)}}
        for n in range(3)
    ]
    save(tmp_path, "train", rows, features={})
    films = films_of(tmp_path / "train")
    assert [film.genres for film in films] == [("Drama",), ("Comedy",), ("Action",)]


def test_splits_are_found_in_longer_names(tmp_path):
    names = ["training", "train_full", "valid", "test_ood", "extra"]
    for name in names:
        save(tmp_path, name, [{"plot": "One film.", "labels": [2]}])
    (tmp_path / "dataset_dict.json").write_text(json.dumps({"splits": names}))
    splits = [film.split for film in films_of(tmp_path)]
    assert splits == ["train", "train", "validation", "test", None]


def test_what_the_datasets_library_writes_is_read(tmp_path):
    datasets = pytest.importorskip("datasets")
    names = ["Action", "Drama"]
    features = datasets.Features(
        {
            "plot": datasets.Value("string"),
            "genres": datasets.Sequence(datasets.ClassLabel(names=names)),
        }
    )
    made = datasets.Dataset.from_dict(
        {"plot": ["A film.", "B film."], "genres": [[1], [0, 1]]}, features
    )
    datasets.DatasetDict({"train": made, "test": made}).save_to_disk(str(tmp_path / "saved"))
    made.to_parquet(str(tmp_path / "shards-train.parquet"))
    films = films_of(tmp_path / "saved")
    assert [film.genres for film in films] == [("Drama",), ("Action", "Drama")] * 2
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards-train.parquet").rename(tmp_path / "shards/train-0.parquet")
    assert [film.genres for film in films_of(tmp_path / "shards")] == [
        ("Drama",),
        ("Action", "Drama"),
    ]


def test_numbers_are_never_guessed(tmp_path):
    save(tmp_path, "train", [{"plot": "One film.", "labels": [2]}], features={})
    (item,) = films_of(tmp_path / "train")
    assert item.reason == "genres are not all text, and nothing says what number 2 is"


def test_columns_are_named_by_the_user(tmp_path):
    save(tmp_path, "train", [{"words": "One film.", "kinds": ["War"]}], features={})
    (film,) = films_of(tmp_path / "train", columns={"overview": "words", "genres": "kinds"})
    assert (film.overview, film.genres) == ("One film.", ("War",))


def test_nothing_outside_is_read(tmp_path):
    save(tmp_path / "secret", "train", [{"plot": "A secret film.", "labels": [2]}])
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": ["../secret/train"]}))
    with pytest.raises(CatalogueError, match="lists no splits"):
        open_catalogue(folder)
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": ["train"]}))
    (folder / "train").symlink_to(tmp_path / "secret/train")
    with pytest.raises(CatalogueError, match="link that leads out"):
        open_catalogue(folder)
    save(tmp_path, "own", [{"plot": "A film.", "labels": [2]}])
    state = {"_data_files": [{"filename": "../secret/train/data-00000-of-00001.arrow"}]}
    (tmp_path / "own/state.json").write_text(json.dumps(state))
    with pytest.raises(CatalogueError, match="lists no data files"):
        open_catalogue(tmp_path / "own")


def test_a_file_that_is_not_arrow_is_refused(tmp_path):
    save(tmp_path, "train", [{"plot": "One film.", "labels": [2]}])
    (tmp_path / "train/data-00000-of-00001.arrow").write_bytes(b"ARROW1" + bytes(100))
    with pytest.raises(CatalogueError, match="cannot be read as Arrow"):
        open_catalogue(tmp_path / "train")
