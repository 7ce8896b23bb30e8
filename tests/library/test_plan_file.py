import csv
import json
from dataclasses import replace

from posterplot.library.plan import Decision
from posterplot.library.plan_file import open_plan
from tests.library.conftest import FILM


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
        put(replace(FILM, title="Icon\r"))
    with (tmp_path / "plan.csv").open(newline="") as stream:
        [row] = csv.DictReader(stream)
    assert row["title"] == "Icon\r"
    assert row["write"] == "Science Fiction|Crime"
    assert row["probabilities"] == "Sci-Fi=0.9123"
