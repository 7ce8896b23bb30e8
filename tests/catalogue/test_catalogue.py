"""What holds of every format: the same rows give the same films."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posterplot.catalogue import count_films, open_catalogue, read_catalogue
from posterplot.errors import CatalogueError
from posterplot.films import Film, Rejected

ROWS = [
    {
        "id": "a",
        "title": "First",
        "year": "1999",
        "overview": "One film.",
        "genres": "Drama|Sci-Fi",
    },
    {"id": "b", "title": "Second", "poster": "posters/b.jpg", "genres": "TV Movie"},
    {"id": "c", "title": "Third"},
]
SUFFIXES = [".csv", ".jsonl", ".parquet"]


def write(folder: Path, suffix: str, rows: list[dict]) -> Path:
    path = folder / f"films{suffix}"
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if suffix == ".csv":
        quote = lambda value: '"' + str(value).replace('"', '""') + '"'  # noqa: E731
        lines = [columns, *([quote(row.get(name, "")) for name in columns] for row in rows)]
        path.write_text("".join(",".join(line) + "\n" for line in lines), encoding="utf-8")
    elif suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        pq.write_table(pa.table({c: [row.get(c) for row in rows] for c in columns}), path)
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_formats_agree(tmp_path, suffix):
    path = write(tmp_path, suffix, ROWS)
    first, second, third = read_catalogue(path)
    assert isinstance(first, Film)
    assert first.genres == ("Drama", "Sci-Fi")
    assert (first.id, first.title, first.year, first.overview) == ("a", "First", 1999, "One film.")
    assert first.poster is None
    assert second.poster == tmp_path / "posters/b.jpg"
    assert second.genres == ("TV Movie",)
    assert isinstance(third, Rejected)
    assert third.reason == "has neither a poster nor an overview"
    number = {".csv": 4, ".jsonl": 3, ".parquet": 3}[suffix]
    assert third.source == f"films{suffix} row {number}"
    assert count_films(path) == 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_missing_columns_are_named_with_those_found(tmp_path, suffix):
    path = write(tmp_path, suffix, [{"imdb_id": "x", "title": "y"}])
    with pytest.raises(
        CatalogueError, match=r"no column holds posters or overviews.*imdb_id, title.*columns="
    ):
        read_catalogue(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_missing_ids_are_row_numbers(tmp_path, suffix):
    path = write(tmp_path, suffix, [{"name": "x", "plot": "Two words"}, {"plot": "Or three."}])
    first, second = read_catalogue(path)
    number = {".csv": 2}.get(suffix, 1)
    assert (first.id, first.title, first.overview) == (f"row-{number}", "x", "Two words")
    assert second.id == f"row-{number + 1}"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_empty_table(tmp_path, suffix):
    path = tmp_path / f"films{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.table({"id": pa.array([], "str"), "overview": pa.array([], "str")}), path)
    else:
        path.write_text("id,overview\n" if suffix == ".csv" else "")
    with pytest.raises(CatalogueError, match="holds no films"):
        list(read_catalogue(path))
    assert count_films(path) == 0


def test_paths_that_are_no_table(tmp_path):
    (tmp_path / "films.xlsx").touch()
    for name, message in [
        ("none.csv", "no such file"),
        ("films.xlsx", "cannot be a '.xlsx' file"),
        (".", "is a folder without a table, posters or a media library"),
        ("x" * 300, "cannot be read .File name too long"),
    ]:
        with pytest.raises(CatalogueError, match=message):
            read_catalogue(tmp_path / name)  # at once, not at the first film


def test_first_of_an_id_is_kept(tmp_path):
    path = write(tmp_path, ".csv", [{"id": i, "overview": "O f"} for i in ("a", "b", " a ")])
    *kept, last = read_catalogue(path)
    assert [film.id for film in kept] == ["a", "b"]
    assert last == Rejected(
        "a", "", "films.csv row 4", "film", "duplicate id: a, first seen in row 2"
    )


def test_a_column_named_like_splits_may_hold_other_things(tmp_path):
    path = tmp_path / "films.csv"
    path.write_text("id,plot,subset\n1,One film.,Netflix\n2,Two films.,\n")
    catalogue = open_catalogue(path)
    assert [film.split for film in catalogue.films()] == [None, None]
    assert "subset" in catalogue.columns.unused
    with pytest.raises(CatalogueError, match="unknown split 'netflix'"):
        list(open_catalogue(path, columns={"split": "subset"}).films())
    path.write_text("id,plot,subset\n1,One film.,train\n2,Two films.,trian\n")
    with pytest.raises(CatalogueError, match="unknown split 'trian'"):
        list(open_catalogue(path).films())


def test_a_chosen_column_of_genres_is_read_in_place_of_columns_of_flags(tmp_path):
    path = tmp_path / "films.csv"
    path.write_text("id,plot,Drama,Comedy,Action,Horror,War,mine\n1,One film.,1,0,0,0,0,Heist\n")
    assert [film.genres for film in open_catalogue(path).films()] == [("Drama",)]
    chosen = open_catalogue(path, columns={"genres": "mine"})
    assert [film.genres for film in chosen.films()] == [("Heist",)]


def test_posters_may_be_named_by_ids_alone(tmp_path):
    path = tmp_path / "films.csv"
    path.write_text("id,genres\ntt1,Drama\ntt2,Comedy\n")
    with pytest.raises(CatalogueError, match="or name the posters by the films' ids"):
        open_catalogue(path)
    (tmp_path / "posters").mkdir()
    (tmp_path / "posters/tt2.jpg").touch()
    catalogue = open_catalogue(path)
    assert "posters are the files named by films' ids" in catalogue.table.notes[-1]
    without, film = catalogue.films()
    assert without.reason == "has neither a poster nor an overview"
    assert film.poster == tmp_path / "posters/tt2.jpg"
