import csv
import json

import pytest
import yaml

from posterplot.library.kometa import open_kometa
from posterplot.library.plan import Decision
from posterplot.library.plan_file import open_plan

FILM = Decision(
    path="caf\udce9/a\nb.mkv",
    title='Salt: "A"',
    year=1999,
    nfo=("caf\udce9/movie.nfo", "x.nfo"),
    poster="poster.jpg",
    genres=("Drama",),
    write=("Science Fiction", "Crime"),
    probabilities={"Sci-Fi": 0.91234567},
    action="write",
    reason="because",
)


def test_a_plan_in_json_lines(tmp_path):
    with open_plan(tmp_path / "plan.jsonl") as put:
        put(FILM)
        put(Decision("b", reason="locked"))
    lines = [json.loads(line) for line in (tmp_path / "plan.jsonl").read_text().splitlines()]
    assert lines[0] == {
        "path": "caf\udce9/a\nb.mkv",
        "title": 'Salt: "A"',
        "year": 1999,
        "action": "write",
        "reason": "because",
        "nfo": ["caf\udce9/movie.nfo", "x.nfo"],
        "poster": "poster.jpg",
        "genres": ["Drama"],
        "write": ["Science Fiction", "Crime"],
        "tags": [],
        "probabilities": {"Sci-Fi": 0.9123},
    }
    assert (lines[1]["path"], lines[1]["action"], lines[1]["reason"]) == ("b", "skip", "locked")


def test_a_plan_in_csv(tmp_path):
    with open_plan(tmp_path / "plan.csv") as put:
        put(FILM)
    with (tmp_path / "plan.csv").open(newline="") as stream:
        [row] = csv.DictReader(stream)
    assert row["write"] == "Science Fiction|Crime"
    assert row["probabilities"] == "Sci-Fi=0.9123"


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
