from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.errors import CatalogueError
from posterplot.films import Film, Rejected
from tests.catalogue.made import catalogue_of, one, read


def test_a_row_without_an_id_is_numbered():
    assert one(id=" ").id == "row-2"
    assert one(id=None, imdb_id="tt1").id == "tt1"


@pytest.mark.parametrize(
    "overview", ["N/A", "No overview found.", "No Overview", "\\N", "Drama", "Sci-Fi", "1999.", "-"]
)
def test_a_placeholder_overview_is_rejected_and_the_poster_kept(overview):
    rejected, film = read({"id": "a", "title": "T", "overview": overview, "poster": "p.jpg"})
    reason = f"overview says nothing: {overview!r}"
    assert rejected == Rejected("a", "T", "films.csv row 2", "overview", reason)
    assert (film.overview, film.poster) == (None, Path("in/p.jpg"))
    assert one(overview=overview).reason == reason


def test_the_sentence_of_tmdb_is_no_overview():
    overview = "We don't have an overview translated in German. Help us expand our database by one."
    assert one(overview=overview).reason.startswith("overview says nothing: ")


@pytest.mark.parametrize("overview", ["厨师继承了一艘船。", "O f", "Don't go", "a" * 41])
def test_an_overview_with_text_is_kept(overview):
    assert one(overview=overview).overview == overview


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"overview": ["a", "b"]}, "overview is a list, not text"),
        ({"overview": {"en": "a b"}}, "overview is an object, not text"),
        ({"overview": True}, "overview is true or false, not text"),
        ({"title": ["a", "b"]}, "title is a list, not text"),
        ({"id": {"a": 1}}, "id is an object, not text"),
        ({"id": b"\xff"}, "id is not UTF-8"),
    ],
)
def test_values_of_another_type_are_not_text(values, reason):
    assert one(**values).reason == reason


def test_an_overview_of_another_type_rejects_only_the_overview():
    rejected, film = read({"id": "a", "overview": ["x", "y"], "poster": "p.jpg"})
    assert (rejected.part, rejected.reason) == ("overview", "overview is a list, not text")
    assert film.poster == Path("in/p.jpg")


def test_a_row_that_cannot_be_used_does_not_reject_a_later_one():
    texts = ["", "A thief meets a policeman.", "N/A", "A third text."]
    items = read(*({"id": "5", "overview": text} for text in texts))
    assert [getattr(item, "reason", None) for item in items] == [
        "has neither a poster nor an overview",
        None,
        *["duplicate id: 5, first seen in row 3"] * 2,
    ]


def test_a_repeated_header_is_not_a_film():
    first, again, last = read(
        {"id": "a", "overview": "O f"},
        {"id": "id", "overview": "overview"},
        {"id": "b", "overview": "O f"},
    )
    assert (first.id, last.id) == ("a", "b")
    assert again.reason == "is the header again, not a film"


def test_a_row_that_cannot_be_read_is_named_after_its_place():
    assert [item.id for item in read({"id": "a", "overview": "O f"}, {"id": ["b", "c"]})] == [
        *("a", "row-3")
    ]


def test_genres_that_cannot_be_read_do_not_stop_a_prediction():
    assert "not JSON" in one(genres="['Drama'").reason
    assert one(splits=False, genres="['Drama'").genres == ()
    assert one(splits=False, split="holdout").split is None


def test_splits():
    assert [one(split=s).split for s in ["train", "Test", "val", "dev", "", None]] == [
        *("train", "test", "validation", "validation", None, None)
    ]
    with pytest.raises(CatalogueError, match=r"films.csv row 2: unknown split 'holdout'; use one"):
        one(split="holdout")


def test_the_year_may_stand_in_the_title():
    film = one(title="Heat (1995)")
    assert (film.title, film.year) == ("Heat", 1995)
    film = one(title="Heat (1995)", year="")
    assert (film.title, film.year) == ("Heat (1995)", None)


def test_columns_of_flags_are_genres_and_are_compared_with_their_list():
    flags = {"Drama": "Drama", "War": "War", "N/A": ""}
    row = {"id": "a", "overview": "O f", "genre": "['War']", "Drama": "0", "War": "1", "N/A": "1"}
    (film,) = read(row, flags=flags)
    assert film.genres == ("War",)
    rejected, film = read(row | {"genre": "Drama|War"}, flags=flags)
    assert film.genres == ("War",)
    assert (rejected.part, rejected.reason) == (
        "genres",
        "genres differ between their list and their columns: Drama",
    )
    (film,) = read(row | {"genre": "Drama|War"}, flags=flags, splits=False)
    assert film.genres == ("War",)


def test_labels_of_another_file_replace_the_genres():
    catalogue = catalogue_of({"id": "1", "imdb_id": "tt1", "title": "T (1990)", "plot": "O f"})
    known = {("1", "tt1"): ("War",)}
    films = type(catalogue)(
        catalogue.table, catalogue.columns, lambda ids, title, year: known[ids]
    ).films()
    assert next(films).genres == ("War",)


# Few characters: those that mean something here, and half of a pair, which no file can hold.
VALUES = st.text(' |[]"9aé\n\ud800', max_size=8)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | VALUES | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(VALUES, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "year", "genres", "poster", "overview"]), ANY, min_size=1
    )
)
def test_any_values_give_a_film_or_a_reason(values):
    *rejections, film = read({"overview": None, **values})
    assert isinstance(film, Film) or film.reason
    assert all(isinstance(rejected, Rejected) and rejected.reason for rejected in rejections)
    assert all(name == name.strip() and name for name in getattr(film, "genres", ()))
    film.title.encode()  # no half characters


@pytest.mark.parametrize("column", ["label_source", "Label Source", "source"])
def test_the_source_of_the_labels_is_kept(column):
    assert one(overview="Two films", **{column: " imdb "}).label_source == "imdb"


@pytest.mark.parametrize("value", [None, 3, ["imdb"], {"name": "imdb"}, b"imdb"])
def test_what_is_no_name_of_a_source_harms_nothing(value):
    assert one(overview="Two films", source=value).label_source == ""
    assert len(one(overview="Two films", source="x" * 1000).label_source) == 80


@pytest.mark.parametrize("missing", ["N/A", "\\N", "NULL", "nan"])
def test_missing_ids_are_no_duplicates(missing):
    rows = [{"imdb_id": missing, "title": title, "overview": "O f"} for title in "AB"]
    assert [film.id for film in read(*rows)] == ["row-2", "row-3"]


@pytest.mark.parametrize("missing", ["nan", "None", "NULL", "N/A", {}, {"bytes": None}])
def test_a_missing_poster_is_no_file(missing):
    assert one(poster=missing).poster is None


def test_a_poster_may_be_an_object_with_addresses():
    sizes = {"medium": "m.jpg", "original": "o.jpg"}
    assert one(poster=sizes).poster == Path("in/o.jpg")
    assert one(poster={"url": "u.jpg"}).poster == Path("in/u.jpg")
    rejected, film = read({"id": "a", "overview": "O f", "poster": {"width": 3}})
    assert rejected.reason == "poster is an object without bytes, path or url: width"
    assert film.poster is None
