from dataclasses import replace

import pytest
import yaml

from posterplot.library.kometa import open_kometa
from posterplot.library.plan import Decision
from tests.library.conftest import FILM


@pytest.mark.parametrize(("replace", "attribute"), [(False, "genre"), (True, "genre.sync")])
def test_a_kometa_file_is_yaml_that_matches_by_title_and_year(tmp_path, replace, attribute):
    with open_kometa(tmp_path / "genres.yml", replace=replace) as put:
        put(FILM)
        put(FILM)
        put(Decision("b", title="Nothing predicted"))
        put(Decision("c", title="Yes: 🎬\u2028", predicted=("Drama",)))
    assert yaml.safe_load((tmp_path / "genres.yml").read_text()) == {
        "metadata": {
            'Salt: "A" (1999)': {
                "match": {"title": 'Salt: "A"', "year": 1999},
                attribute: ["Science Fiction", "Crime"],
            },
            "Yes: 🎬": {"match": {"title": "Yes: 🎬"}, attribute: ["Drama"]},
        }
    }


def test_an_empty_kometa_file_is_yaml_too(tmp_path):
    with open_kometa(tmp_path / "genres.yml", replace=False):
        pass
    assert yaml.safe_load((tmp_path / "genres.yml").read_text()) == {"metadata": {}}


@pytest.mark.parametrize("letter", ["\x00", "\x7f", "\x92", "\ufeff", "\ufffe", "\udce9"])
def test_no_title_makes_the_file_unreadable(tmp_path, letter):
    title = f"It{letter}s"
    with open_kometa(tmp_path / "genres.yml", replace=False) as put:
        put(Decision("a", title=title, predicted=("Drama",)))
    read = yaml.safe_load((tmp_path / "genres.yml").read_text())
    assert read["metadata"][title]["match"] == {"title": title}


def test_films_that_were_written_before_stay_in_the_file(tmp_path):
    kept = [
        Decision(name, title=name, genres=("Drama", "War"), action="keep") for name in ("A", "B")
    ]
    path = tmp_path / "genres.yml"
    with open_kometa(path, replace=False, is_written=lambda film: film.path == "A") as put:
        for film in kept:
            put(film)
    read = yaml.safe_load(path.read_text())
    assert read == {"metadata": {"A": {"match": {"title": "A"}, "genre": ["Drama", "War"]}}}


def test_titles_that_differ_in_white_space_alone_are_one_entry(tmp_path):
    path = tmp_path / "genres.yml"
    with open_kometa(path, replace=False) as put:
        for title in ("The  Salt\tShip", "The Salt Ship", "The\u3000Salt Ship "):
            put(Decision(title, title=title, year=1999, predicted=("Drama",)))
    assert path.read_text().count('"The Salt Ship (1999)":') == 1


def test_a_film_and_a_series_of_one_name_are_left_out_with_a_note(tmp_path):
    path = tmp_path / "genres.yml"
    film = Decision("a", title="Salt", year=1999, predicted=("Drama",))
    notes = []
    with open_kometa(path, replace=False, note=notes.append) as put:
        for decision in (film, replace(film, kind="series"), film, replace(film, title="Heat")):
            put(decision)
    assert notes == ["Salt (1999) is a film and a series: neither is in the Kometa file"]
    assert list(yaml.safe_load(path.read_text())["metadata"]) == ["Heat (1999)"]


def test_a_film_with_the_predicted_genres_in_its_nfo_is_in_the_file(tmp_path):
    path = tmp_path / "genres.yml"
    with open_kometa(path, replace=True) as put:
        put(Decision("a", title="A", genres=("War",), predicted=("War",), action="keep"))
        put(Decision("b", title="B", genres=("War",), write=("Drama",), predicted=("War", "Drama")))
    metadata = yaml.safe_load(path.read_text())["metadata"]
    assert [metadata[name]["genre.sync"] for name in "AB"] == [["War"], ["War", "Drama"]]
