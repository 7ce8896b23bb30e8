"""Catalogues in S3, of a server on this machine."""

import shutil
from pathlib import Path

import pytest

from posterplot.catalogue import Access, open_catalogue
from posterplot.errors import CatalogueError
from posterplot.films import Film, Rejected
from tests.scale.made import some_films
from tests.storage import s3_bucket

REMOTE = Access(remote=True)


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    """The folder of a bucket in S3 called films, whose server the environment names."""
    with s3_bucket(tmp_path_factory.mktemp("storage")) as bucket:
        yield bucket


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "posterplot"


def test_a_table_with_posters_beside_it(storage, tmp_path, cache):
    table = some_films(tmp_path, 12)
    shutil.copytree(tmp_path, storage / "catalogue")
    here = list(open_catalogue(table).films())
    address = Path("s3://films/catalogue/films.csv")
    there = list(open_catalogue(address, access=REMOTE).films())
    assert [(item.id, item.title) for item in there if isinstance(item, Film)] == [
        (item.id, item.title) for item in here if isinstance(item, Film)
    ]
    posters = {i.id: i.poster for i in there if isinstance(i, Film)}
    fetched = 0
    for mine in here:
        if isinstance(mine, Film) and mine.poster and mine.poster.exists() and mine.id != "f2":
            assert posters[mine.id].read_bytes() == mine.poster.read_bytes()
            fetched += 1
    assert fetched == 8
    damaged, missing = [i for i in there if isinstance(i, Rejected) and i.part == "poster"][:2]
    assert (damaged.id, missing.id) == ("f2", "f5")
    assert damaged.reason.startswith("remote poster is not an image: s3://films/catalogue/posters")
    assert "poster cannot be fetched: s3://films/catalogue/posters/5.jpg" in missing.reason
    assert len(list((cache / "tables").glob("*/films.csv"))) == 1


def test_nothing_outside_the_folder(storage, tmp_path):
    folder = storage / "small"
    folder.mkdir()
    (folder / "films.csv").write_text(
        "id,overview,poster\na,A cook,../catalogue/posters/0.jpg\nb,A cook,/catalogue/0.jpg\n"
    )
    items = list(open_catalogue(Path("s3://films/small/films.csv"), access=REMOTE).films())
    assert [i.reason.split(":")[0] for i in items if isinstance(i, Rejected)] == [
        "poster is outside the catalogue's folder (`allow_outside` reads it)"
    ] * 2


@pytest.mark.parametrize(
    ("address", "access", "message"),
    [
        (
            "s3://films/x.csv",
            Access(),
            "s3://films/x.csv: is in cloud storage; `remote=True` reads it",
        ),
        ("s3://films/none.csv", REMOTE, "s3://films/none.csv: cannot be read: .*none.csv"),
        ("s3://films/none.parquet", REMOTE, "s3://films/none.parquet: cannot be read.*"),
        ("gs://films/none.csv", REMOTE, "another package .*gcsfs"),
    ],
)
def test_what_cannot_be_read(storage, address, access, message):
    with pytest.raises(CatalogueError, match=message):
        open_catalogue(Path(address), access=access)
