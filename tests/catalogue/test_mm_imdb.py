import json

import pytest

from posterplot.catalogue import open_catalogue
from posterplot.catalogue.mm_imdb import GENRES
from posterplot.dataset.prepare import prepare
from posterplot.dataset.reading import open_dataset
from posterplot.errors import CatalogueError
from tests.conftest import poster_bytes

FILMS = {
    "0114709": {
        "title": "Toy Story",
        "year": 1995,
        "genres": ["Animation", "Comedy", "News"],
        "plot": ["A short plot.", "The longest plot of these three.::Someone <a@b.c>", "Another."],
        "plot outline": "An outline that is longer than each and every one of the plots above.",
        "cast": [{"name": "Tom", "long imdb name": "x"}],
        "cover url": "http://host/x.jpg",
        "kind": "movie",
    },
    "0000002": {"title": "Two", "year": 1990, "genres": ["Talk-Show"], "plot": ["A talk is held."]},
    "0000003": {"title": "Three", "year": 1990, "genres": ["Drama"], "plot": ["A house is sold."]},
    "0000004": {"title": "Three", "year": 1990, "genres": ["Drama"], "plot": ["A house is sold."]},
    "0000009": {"title": "In no split", "genres": ["Drama"], "plot": ["Left out of it."]},
}


@pytest.fixture
def mmimdb(tmp_path):
    folder = tmp_path / "mmimdb"
    (folder / "dataset").mkdir(parents=True)
    for n, (id_, film) in enumerate(FILMS.items()):
        (folder / f"dataset/{id_}.json").write_text(json.dumps(film))
        (folder / f"dataset/{id_}.jpeg").write_bytes(poster_bytes(("Drama",), n))
    split = {"train": ["0114709", "0000002", "0000003"], "dev": ["0000005"], "test": ["0000004"]}
    (folder / "split.json").write_text(json.dumps(split))
    return folder


def test_the_official_rules(mmimdb):
    catalogue = open_catalogue(mmimdb.parent)  # the archive makes a folder of this name
    assert catalogue.table.format == "MM-IMDb, raw"
    assert catalogue.count() == 5
    assert catalogue.table.notes == (
        "the overview is the longest plot",
        "the 23 official genres are kept",
        "1 films of dataset/ are in no split, and left out",
    )
    toys, two, three, missing, four = catalogue.films()
    assert (toys.id, toys.title, toys.year) == ("0114709", "Toy Story", 1995)
    assert toys.overview == "The longest plot of these three."
    assert toys.genres == ("Animation", "Comedy")
    assert toys.poster == mmimdb / "dataset/0114709.jpeg"
    assert two.genres == ()
    assert [film.split for film in (toys, two, three, four)] == ["train"] * 3 + ["test"]
    assert missing.source == "dataset/0000005.json"
    assert missing.reason == f"file not found: {mmimdb}/dataset/0000005.json"


def test_genres_are_ordered_by_frequency():
    assert len(GENRES) == 23
    assert GENRES[:3] == ("Drama", "Comedy", "Romance")
    assert GENRES[-1] == "Film-Noir"


def test_the_official_split_is_kept_exactly(mmimdb, tmp_path):
    manifest = prepare(open_catalogue(mmimdb), tmp_path / "data")
    films = {
        split: [film.id for film in open_dataset(tmp_path / "data").films(split)]
        for split in manifest.splits
    }
    # neither the film without a genre nor the twin of a film in train is left out
    assert films == {"train": ["0114709", "0000002", "0000003"], "test": ["0000004"]}
    assert manifest.catalogue.startswith("MM-IMDb, raw; the overview is the longest plot")
    assert "longest plot" in (tmp_path / "data/README.md").read_text()


def test_ids_that_were_saved_as_numbers_get_their_zeros_back(mmimdb):
    (mmimdb / "split.json").write_text(json.dumps({"train": [114709, 3], "dev": [], "test": []}))
    assert [film.id for film in open_catalogue(mmimdb).films()] == ["0114709", "0000003"]


def test_nothing_outside_is_read(mmimdb, tmp_path):
    (tmp_path / "secret.json").write_text(json.dumps(FILMS["0000003"] | {"title": "Secret"}))
    (mmimdb / "dataset/0000007.json").symlink_to(tmp_path / "secret.json")
    (mmimdb / "dataset/0000008.json").symlink_to("/dev/zero")
    names = ["0000007", "0000008", "../../secret", "/etc/passwd"]
    (mmimdb / "split.json").write_text(json.dumps({"train": names}))
    assert [item.reason for item in open_catalogue(mmimdb).films()] == [
        "is a link that leads out of the catalogue: 0000007.json",
        "is a link that leads out of the catalogue: 0000008.json",
        "split.json names a film '../../secret', which is not an id",
        "split.json names a film '/etc/passwd', which is not an id",
    ]


@pytest.mark.parametrize("content", ["[]", "{", '{"validation": []}', "[" * 100_000])
def test_an_unknown_split_is_refused(mmimdb, content):
    (mmimdb / "split.json").write_text(content)
    with pytest.raises(CatalogueError, match=r"split\.json"):
        open_catalogue(mmimdb)
