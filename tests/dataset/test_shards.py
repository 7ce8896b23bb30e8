import numpy as np
import pyarrow.parquet as pq

from posterplot.dataset import shards
from posterplot.dataset.shards import SCHEMA, shards_of, write_shard, write_spool
from posterplot.films import Film


def test_the_films_of_a_split_are_divided_into_numbered_files(monkeypatch):
    monkeypatch.setattr(shards, "FILMS_PER_SHARD", 4)
    # nine films of train, four of validation, and one of none, which would leak
    splits = np.array([1, 0, 0, 1, 0, 0, 0, -1, 0, 0, 1, 1, 0, 0], np.int8)
    assert list(shards_of("train", splits)) == [
        ("train-00000-of-00003.parquet", slice(1, 6)),
        ("train-00001-of-00003.parquet", slice(6, 13)),
        ("train-00002-of-00003.parquet", slice(13, 14)),
    ]
    assert list(shards_of("validation", splits)) == [
        ("validation-00000-of-00001.parquet", slice(0, 12))
    ]
    assert list(shards_of("test", splits)) == []


def test_a_shard_has_the_chosen_films_of_the_spool_in_full_row_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "ROW_GROUP", 3)
    films = [
        Film(
            f"f{n}",
            f"Film {n}",
            1990 + n if n % 2 else None,
            None if n % 3 == 0 else f"Overview {n}.",
            ("Drama", "War")[: n % 3],
            None if n % 3 == 1 else bytes([n]) * 5,
            label_source="IMDb" if n == 4 else "",
        )
        for n in range(11)
    ]
    write_spool(tmp_path / "spool", films)
    places = np.array([0, 1, 4, 5, 7, 9, 10], np.int32)
    groups = np.arange(100, 111, dtype=np.int32)
    write_shard(tmp_path / "shard", tmp_path / "spool", places, groups)
    file = pq.ParquetFile(tmp_path / "shard")
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert sizes == [3, 3, 1]
    assert file.schema_arrow.equals(SCHEMA)
    for row, place in zip(file.read().to_pylist(), places.tolist(), strict=True):
        film = films[place]
        assert row == {
            "id": film.id,
            "title": film.title,
            "year": film.year,
            "overview": film.overview,
            "genres": list(film.genres),
            "poster": None if film.poster is None else {"bytes": film.poster, "path": None},
            "label_source": film.label_source or None,
            "group": 100 + place,
        }


def test_posters_are_declared_as_images_for_hugging_face():
    assert b'"poster": {"_type": "Image"}' in SCHEMA.metadata[b"huggingface"]
