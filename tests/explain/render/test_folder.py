import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.conftest import poster_bytes

from posterplot.errors import OutputError, UsageError
from posterplot.explain.explanation import FilmExplanation
from posterplot.explain.methods.choose import choose_methods
from posterplot.explain.render.folder import explain_films, safe_name
from posterplot.films import Film, Rejected

POSTER = poster_bytes(("Action",), 3)
WITH_POSTER = {"Drama.png", "poster.jpg"}


def _write(predictor, films, out, genres=()):
    chosen = choose_methods(predictor)
    return list(explain_films(predictor, films, out, genres=genres, methods=chosen, scorers={}))


def test_there_is_a_folder_per_film_and_an_index(joint, tmp_path):
    films = [
        Film("../etc/x", title="One", overview="gun chase", poster=POSTER),
        Film("ETC-X", title="Two", overview="a kiss"),
        Film("index.html", poster=POSTER),
    ]
    out = tmp_path / "out"
    explained = _write(joint, iter(films), out, genres=["Drama"])
    assert [t.id for t in explained] == ["../etc/x", "ETC-X", "index.html"]
    folders = ["etc-x", "ETC-X-2", "index.html-2"]
    assert sorted(p.name for p in out.iterdir()) == sorted([*folders, "index.html"])
    links = re.findall(r'href="([^":]+)"', (out / "index.html").read_text())
    assert links == [f"{folder}/index.html" for folder in folders]
    for folder, files in zip(folders, (WITH_POSTER, set(), WITH_POSTER), strict=True):
        names = {p.name for p in (out / folder).iterdir()}
        assert names == {"explanation.json", "index.html"} | files | (
            {"poster.jpg"} if files else set()
        )


def test_the_record_of_a_film(joint, tmp_path):
    film = Film("a", title="One", overview="gun chase", poster=POSTER)
    (explained,) = _write(joint, [film], tmp_path / "out", genres=["Drama", "Action"])
    index = (tmp_path / "out/index.html").read_text()
    assert 'href="a/index.html"' in index
    record = json.loads((tmp_path / "out/a/explanation.json").read_text())
    assert {k: record[k] for k in ("id", "title", "text")} == {
        "id": "a",
        "title": "One",
        "text": "gun chase",
    }
    assert record["genres"] == list(explained.genres)
    assert [e["genre"] for e in record["explanations"]] == ["Drama", "Action"]
    for written, expected in zip(record["explanations"], explained.explanations, strict=True):
        assert written["probability"] == pytest.approx(expected.probability, abs=1e-6)
        assert written["poster"]["method"] == "evidence"
        assert written["poster"]["scores"] == pytest.approx(expected.poster, abs=1e-6)
        with Image.open(tmp_path / "out/a" / written["poster"]["overlay"]) as overlay:
            assert (overlay.format, overlay.width) == ("PNG", 240)
        assert [w["word"] for w in written["overview"]["words"]] == ["gun", "chase"]
        for word in written["overview"]["words"]:
            assert record["text"][word["start"] : word["end"]] == word["word"]
        assert set(written["share"]) == {"base", "poster", "overview"}


def test_one_bad_film_never_stops_the_others(joint, tmp_path):
    films = [
        Film("good", overview="gun", poster=POSTER),
        Rejected("row", "", "films.csv row 3", "film", "no id"),
        Film("both-bad", poster=b"not a poster"),
        Film("half-bad", poster=POSTER[:200], overview="a kiss"),
        Film("last", poster=POSTER),
    ]
    answers = _write(joint, films, tmp_path / "out")
    assert [(a.id, type(a) is FilmExplanation) for a in answers if a.id != "both-bad"] == [
        ("good", True),
        ("row", False),
        ("half-bad", False),
        ("half-bad", True),
        ("last", True),
    ]
    folders = {p.name for p in (tmp_path / "out").iterdir()}
    assert folders == {"good", "half-bad", "last", "index.html"}


def test_films_are_read_one_at_a_time(joint, tmp_path):
    taken = []

    def films():
        for n in range(3):
            taken.append(n)
            yield Film(str(n), overview="gun")

    chosen = choose_methods(joint)
    answers = explain_films(joint, films(), tmp_path / "out", genres=(), methods=chosen, scorers={})
    next(answers)
    assert taken == [0]
    answers.close()
    assert list(tmp_path.iterdir()) == []  # broken off: nothing is left


def test_no_existing_output_is_replaced(joint, tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        _write(joint, [Film("a", overview="gun")], tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"


def test_an_unknown_genre_is_refused_before_the_first_film(joint, tmp_path):
    with pytest.raises(UsageError, match="nearest: Drama"):
        _write(joint, iter([None]), tmp_path / "out", genres=["Dram"])
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.text(max_size=100), max_size=8))
def test_names_are_safe_and_distinct(names):
    taken = set()
    safe = [safe_name(name, taken) for name in names]
    assert len({name.casefold() for name in safe}) == len(names)
    for name in safe:
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name)
        assert len(name) < 90


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sci-Fi", "Sci-Fi"),
        ("../..", "film"),
        ("", "film"),
        ("a/b\\c", "a-b-c"),
        ("喜劇", "film"),
        ("Amélie", "Amelie"),
        ("ﬁlm-e\u0301", "film-e"),
    ],
)
def test_names_by_hand(name, expected):
    assert safe_name(name, set()) == expected
