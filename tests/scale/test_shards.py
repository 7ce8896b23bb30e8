import json
from dataclasses import replace
from pathlib import Path

import pytest

from posterplot.catalogue import Access, open_catalogue
from posterplot.films import Film, Rejected
from posterplot.scale import shards
from posterplot.scale.shards import films_of_shard, has_files, shard_digest, shards_of, with_posters
from tests.conftest import poster_bytes
from tests.scale.made import as_parquet, some_films


def read(catalogue, films=256):
    return [
        item
        for shard in shards_of(catalogue, films)
        for whole in films_of_shard(json.loads(shard.items), shard.posters, None)
        for item in whole
    ]


def without_genres(items):
    return [replace(i, genres=()) if isinstance(i, Film) else i for i in items]


@pytest.mark.parametrize("films", [1, 7, 256])
def test_a_worker_gets_what_the_catalogue_yields(tmp_path, films):
    catalogue = open_catalogue(some_films(tmp_path))
    expected = without_genres(catalogue.films(splits=False))
    assert read(catalogue, films) == expected
    assert catalogue.unread_posters == {"on the web or in cloud storage": 1}
    assert any(isinstance(item, Rejected) for item in expected)


def test_posters_in_the_table_travel_with_it(tmp_path):
    path = as_parquet(some_films(tmp_path / "films"), tmp_path / "films.parquet")
    catalogue = open_catalogue(path)
    assert read(catalogue, 5) == without_genres(catalogue.films(splits=False))
    (shard,) = shards_of(catalogue)
    assert not has_files(json.loads(shard.items))


def test_names_of_files_that_are_not_utf8(tmp_path):
    table = some_films(tmp_path, 8)
    name = "caf\udce9.jpg"
    (tmp_path / "posters" / name).write_bytes(poster_bytes(("Drama",), 1))
    film = Film("a", "A \ud800", poster=tmp_path / "posters" / name)
    catalogue = open_catalogue(table)
    written = json.loads(json.dumps(shards._written(film, 0)))
    ((read_back,),) = films_of_shard([written], [], None)
    assert read_back == film
    assert read_back.poster.exists()
    assert has_files(json.loads(next(shards_of(catalogue)).items))


def test_shards_are_bounded_in_films_and_in_bytes(tmp_path, monkeypatch):
    path = as_parquet(some_films(tmp_path / "films", 20), tmp_path / "films.parquet")
    sizes = [len(json.loads(shard.items)) for shard in shards_of(open_catalogue(path), 8)]
    assert sizes[:2] == [8, 8]
    monkeypatch.setattr(shards, "_POSTER_BYTES", 1)
    bounded = list(shards_of(open_catalogue(path), 8))
    assert all(len(shard.posters) <= 1 for shard in bounded)
    assert [shard.number for shard in bounded] == list(range(len(bounded)))


def test_addresses_stay_addresses(tmp_path):
    table = tmp_path / "films.csv"
    table.write_text("id,poster\na,s3://b/x%2F?.jpg\nb,/abc.jpg\nc,C:\\no.jpg\n")
    catalogue = open_catalogue(table, access=Access(remote=True))
    (shard,) = shards_of(catalogue)
    assert [item[-1] for item in json.loads(shard.items)] == [
        ["address", "s3://b/x%2F?.jpg"],
        ["address", "https://image.tmdb.org/t/p/w500/abc.jpg"],
        "poster is not among the catalogue's files: C:\\no.jpg",
    ]
    assert json.loads(shard.unread_posters) == {"on another machine": 1}


FILM = Film("a", "Salt", 1990, "A cook inherits a ship.", poster=b"1")


@pytest.mark.parametrize(
    "other",
    [
        [FILM, FILM],
        [replace(FILM, id="b")],
        [replace(FILM, title="Gold")],
        [replace(FILM, overview="A cook.")],
        [replace(FILM, poster=b"2")],
        [replace(FILM, poster=None)],
        [Rejected("a", "Salt", "", "film", "is no film")],
    ],
)
def test_the_digest_is_of_all_that_is_read(other):
    assert shard_digest([[item] for item in other], "model") != shard_digest([[FILM]], "model")


def test_the_digest_is_of_the_model_and_not_of_the_place(tmp_path):
    poster = tmp_path / "poster.jpg"
    poster.write_bytes(b"1")
    there = replace(FILM, poster=poster, source="row 7", genres=("Drama",))
    assert shard_digest([[there]], "model") == shard_digest([[FILM]], "model")
    assert shard_digest([[FILM]], "model") != shard_digest([[FILM]], "another")


def test_the_digest_of_a_poster_that_cannot_be_read_is_not_of_its_place(tmp_path):
    def digest(poster):
        return shard_digest([[replace(FILM, poster=poster)]], "model")

    (tmp_path / "folder.jpg").mkdir()
    one, other, folder = (tmp_path / name for name in ("a.jpg", "b.jpg", "folder.jpg"))
    assert digest(one) == digest(tmp_path / "moved" / "a.jpg") == digest(Path("a.jpg"))
    assert len({digest(one), digest(other), digest(folder), digest(None)}) == 4
    missing = digest(folder.with_name("moved") / "folder.jpg")
    assert missing != digest(folder)  # another reason
    assert digest(Path("moved/a\0.jpg")) == digest(Path("a\0.jpg"))


def test_posters_are_read_once_up_to_a_limit(tmp_path, monkeypatch):
    films = []
    for n in range(3):
        (tmp_path / f"{n}").write_bytes(bytes([n]) * 10)
        films.append([Film(f"{n}", poster=tmp_path / f"{n}")])
    films.append([Film("gone", poster=tmp_path / "gone")])
    assert [whole[-1].poster for whole in with_posters(films)] == [
        *(bytes([n]) * 10 for n in range(3)),
        tmp_path / "gone",
    ]
    monkeypatch.setattr(shards, "_KEPT_BYTES", 15)
    kept = [isinstance(whole[-1].poster, Path) for whole in with_posters(films)]
    assert kept == [False, False, True, True]
