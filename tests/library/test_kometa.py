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
        put(Decision("c", title="Yes: 🎬\u2028", write=("Drama",)))
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
        put(Decision("a", title=title, write=("Drama",)))
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
