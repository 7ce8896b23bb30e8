"""What holds of every format: the same rows give the same films."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.catalogue import count_films, read_catalogue
from posterplot.catalogue.rows import Row, films_of
from posterplot.errors import CatalogueError
from posterplot.films import Film, Rejected

ROWS = [
    {"id": "a", "title": "First", "year": "1999", "overview": "One.", "genres": "Drama|Sci-Fi"},
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


def one(**values: object) -> Film | Rejected:
    (film,) = films_of([Row(2, {"id": "a", "overview": "O", **values})], Path("in/films.csv"))
    return film


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_formats_agree(tmp_path, suffix):
    path = write(tmp_path, suffix, ROWS)
    first, second, third = read_catalogue(path)
    assert isinstance(first, Film)
    assert first.genres == ("Drama", "Sci-Fi")
    assert (first.id, first.title, first.year, first.overview) == ("a", "First", 1999, "One.")
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
    path = write(tmp_path, suffix, [{"name": "x", "overview": "y"}])
    with pytest.raises(CatalogueError, match=r"no column id or imdb_id.*name, overview.*add 'id'"):
        list(read_catalogue(path))
    path = write(tmp_path, suffix, [{"imdb_id": "x", "title": "y"}])
    with pytest.raises(CatalogueError, match=r"no column poster or overview.*imdb_id, title"):
        list(read_catalogue(path))


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
        ("films.xlsx", "cannot be of the kind '.xlsx'"),
        (".", "is a folder"),
        ("x" * 300, "cannot be read .File name too long"),
    ]:
        with pytest.raises(CatalogueError, match=message):
            read_catalogue(tmp_path / name)  # at once, not at the first film


def test_first_of_an_id_is_kept():
    rows = [Row(n, {"id": id_, "overview": "O"}) for n, id_ in enumerate(["a", "b", " a "], 2)]
    *kept, last = films_of(rows, Path("films.csv"))
    assert [film.id for film in kept] == ["a", "b"]
    assert last == Rejected(
        "a", "", "films.csv row 4", "film", "duplicate id: a, first seen in row 2"
    )


def test_row_without_id():
    assert one(id=" ").reason == "has no id"
    assert one(id=None, imdb_id="tt1").id == "tt1"


@pytest.mark.parametrize(
    "genres",
    [
        *("Sci-Fi| TV  Movie |Sci-Fi||", '["Sci-Fi", "TV Movie"]', ["Sci-Fi", None, "TV Movie"]),
        *("['Sci-Fi', 'TV Movie']", "['Sci-Fi','TV Movie' ]"),
    ],
)
def test_genres_in_any_form(genres):
    assert one(genres=genres).genres == ("Sci-Fi", "TV Movie")


def test_genres_that_cannot_be_told():
    for text in ("['Drama'", "[Drama]", "['Sci-Fi' 'Drama']", "['Drama', nan]", "[" * 100_000):
        assert "not JSON" in one(genres=text).reason
    assert "not all text" in one(genres="['Drama', 18]").reason
    assert one(genres=str(["Children's", "Comédie"])).genres == ("Children's", "Comédie")
    assert "not all text" in one(genres=[{"id": 18, "name": "Drama"}]).reason
    assert one(genres=None).genres == ()


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("1999", 1999),
        (1999, 1999),
        (1999.0, 1999),
        ("1999.0", 1999),
        ("", None),
        (float("nan"), None),
        ("MCMXCIX", None),
        (0, None),
        (None, None),
        ("99", None),
    ],
)
def test_year(value, year):
    assert one(year=value).year == year


def test_splits():
    assert [one(split=s).split for s in ["train", "Test", "val", "", None]] == [
        *("train", "test", "validation", None, None)
    ]
    with pytest.raises(CatalogueError, match=r"films.csv row 2: unknown split 'holdout'; use one"):
        one(split="holdout")
    rows = [Row(2, {"id": "a", "overview": "O", "split": "holdout"})]
    (film,) = films_of(rows, Path("in/films.csv"), splits=False)
    assert film.split is None


def test_paths_may_leave_the_folder():
    assert one(poster="../p.jpg").poster == Path("in/../p.jpg")
    assert one(poster="/p.jpg").poster == Path("/p.jpg")


# Few characters: those that mean something here, and half of a pair, which no file can hold.
VALUES = st.text(' |[]"9aé\n\ud800', max_size=8)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "year", "genres", "poster", "overview"]),
        st.none() | VALUES | st.integers() | st.floats() | st.lists(VALUES),
    )
)
def test_any_values_give_a_film_or_a_reason(values):
    (film,) = films_of([Row(1, values)], Path("films.jsonl"))
    assert isinstance(film, Film) or film.reason
    assert all(name == name.strip() and name for name in getattr(film, "genres", ()))
    film.title.encode()  # no half characters
