from pathlib import Path

import pytest

from posterplot.catalogue.columns import genre_flags, match_columns
from posterplot.errors import CatalogueError, UsageError

TABLE = Path("films.csv")


def used(*columns, **options):
    return match_columns(columns, TABLE, **options).used


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            ("Poster_Link", "Series_Title", "Released_Year", "Genre", "Overview"),
            {"poster": 0, "title": 1, "year": 2, "genres": 3, "overview": 4},
        ),
        (
            ("show_id", "title", "release_year", "listed_in", "description", "date_added"),
            {"id": 0, "title": 1, "year": 2, "genres": 3, "overview": 4},
        ),
        (
            ("tconst", "primaryTitle", "startYear", "plot"),
            {"id": 0, "title": 1, "year": 2, "overview": 3},
        ),
        (
            ("imdbId", "Title", "SYNOPSIS", "Poster"),
            {"id": 0, "title": 1, "overview": 2, "poster": 3},
        ),
        (("file_name", "Release Date", "labels"), {"poster": 0, "year": 1, "genres": 2}),
        (("imdb_id", "poster_path", "release_date"), {"id": 0, "poster": 1, "year": 2}),
    ],
)
def test_usual_column_names_are_recognised(columns, expected):
    assert used(*columns) == {name: columns[place] for name, place in expected.items()}


def test_an_imdb_id_beside_another_is_kept_for_joining():
    columns = match_columns(("id", "imdb_id", "overview", "budget", "budget"), TABLE)
    assert columns.used == {"id": "id", "overview": "overview", "imdb_id": "imdb_id"}
    assert columns.unused == ("budget",)


def test_an_option_overrides_what_was_detected():
    columns = ("id", "overview", "Long Plot")
    assert used(*columns, chosen={"overview": "long_plot"})["overview"] == "Long Plot"
    with pytest.raises(UsageError, match=r"no column 'long plott'; the nearest: Long Plot"):
        used(*columns, chosen={"overview": "long plott"})
    with pytest.raises(UsageError, match=r"no field 'plot'; use one of id, title"):
        used(*columns, chosen={"plot": "Long Plot"})


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(CatalogueError, match="two columns are named 'overview'; rename one"):
        used("id", "overview", "overview")
    assert used("id", "overview", "overview", "plot", chosen={"overview": "plot"})
    assert used("id", "overview", "x", "x")


def test_two_columns_that_may_hold_the_source_of_labels_are_not_refused():
    assert used("plot", "source", "source")["label_source"] == "source"


def test_flags():
    names = ["Action", "Drama", "Comedy", "N/A", "genre_War"]
    rows = [dict.fromkeys(names, "0") | {"Id": "tt1", "adult": "0"}, dict.fromkeys(names, "1")]
    assert genre_flags(["Id", "adult", *names], rows) == {
        **{name: name for name in names[:3]},
        "N/A": "",
        "genre_War": "War",
    }
    assert genre_flags(["Id", "a", "b", "c", "d", "e"], [dict.fromkeys("abcde", 1)]) == {}
    assert genre_flags(names, [dict.fromkeys(names, "2")]) == {}
    assert genre_flags(names, []) == {}


def test_empty_cells_of_flags_say_nothing():
    names = ["Action", "Drama", "Comedy", "Horror", "War", "Western"]
    rows = [dict.fromkeys(names[:5], "1"), {"Drama": "", "War": None, "Action": float("nan")}]
    assert genre_flags(names, rows) == {name: name for name in names}
    assert genre_flags(names, [dict.fromkeys(names, "")]) == {}
    assert "War" not in genre_flags(names, [*rows, {"War": "2"}])


def test_other_columns_of_0_and_1_are_no_genres():
    genres = ["Action", "Cult", "Comedy", "Drama", "genre_Anime"]
    others = ["adult", "video", "watched"]
    columns = ["id", *others[:2], *genres, others[2], "N/A"]
    rows = [dict.fromkeys([*others, *genres, "N/A"], value) for value in (0, 1)]
    flags = genre_flags(columns, rows)
    assert list(flags) == [*genres, "N/A"]
    assert flags["genre_Anime"] == "Anime"
    assert genre_flags(["Comedy", *others, "x"], [dict.fromkeys([*others, "Comedy"], 1)]) == {}
    with_adult = ["Action", "Adult", "Comedy", "Drama", "War"]
    assert list(genre_flags(with_adult, [dict.fromkeys(with_adult, 1)])) == with_adult


def test_descriptions_in_lists_of_imdb_are_notes():
    columns = ("Position", "Const", "Created", "Modified", "Description", "Title", "Year")
    assert used(*columns, "Plot")["overview"] == "Plot"
    with pytest.raises(CatalogueError, match="no column holds posters or overviews"):
        used(*columns)
    assert used(*columns, chosen={"overview": "Description"})["overview"] == "Description"
