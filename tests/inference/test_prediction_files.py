import csv
import io
from pathlib import Path

import pytest

from posterplot.errors import OutputError
from posterplot.films import Prediction, Rejected
from posterplot.inference.prediction_files import (
    check_format,
    prediction_rows,
    row_problem,
    show,
    write_rows,
)

LINE = {
    "id": "a",
    "title": "Salt",
    "genres": ["Drama"],
    "probabilities": {"Drama": 0.5, "Western": 0.0},
    "modalities": ["poster"],
}


def _bars(width, encoding="utf-8", **options):
    from rich.console import Console

    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    show(LINE, Console(file=stream, width=width, **options))
    stream.seek(0)
    return stream.read().splitlines()


@pytest.mark.parametrize(
    "options", [{}, {"force_terminal": True, "no_color": True}, {"force_terminal": True}]
)
def test_without_colours_a_bar_is_as_long_as_its_probability(options, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    _, half, none, _ = _bars(80, **options)
    assert half.count("━") == 15
    assert none.count("━") == 0
    assert none.endswith(" 0%")


@pytest.mark.parametrize(("width", "bar"), [(120, 30), (40, 25), (25, 10), (16, 0)])
def test_bars_fit_the_width(width, bar):
    _, *rows, _ = _bars(width)
    assert len(rows) == 2
    assert rows[0].count("━") == bar // 2
    assert {len(row) for row in rows} == {15 + bar if bar else 15}


def test_bars_in_ascii():
    _, half, none, _ = _bars(80, "ascii")
    assert half.startswith("* Drama   ###############  ")
    assert "#" not in none


def test_rows_of_predictions():
    probabilities = {"Action": 0.123456, "Drama": 1.0}
    salt = Prediction("a", "Salt", ("Drama",), probabilities, ("poster", "overview"))
    odd = Prediction("b", "", (), probabilities, ("overview",), familiar=False, guarantee="half")
    poster = Rejected("b", "", "row 3", "poster", "poster is damaged")
    whole = Rejected("c", "Gold", "row 4", "film", "no id")
    plain = {"title": "", "probabilities": {"Action": 0.1235, "Drama": 1.0}}
    rows = list(prediction_rows([salt, poster, odd, whole]))
    assert rows == [
        plain
        | {"id": "a", "title": "Salt", "genres": ["Drama"], "modalities": ["poster", "overview"]},
        plain
        | {"id": "b", "genres": [], "modalities": ["overview"], "familiar": False}
        | {"guarantee": "half", "problem": "poster is damaged"},
        {"id": "c", "title": "Gold", "error": "no id"},
    ]
    assert [row_problem(row) for row in rows] == ["", "poster is damaged", "no id"]


def test_all_problems_of_a_film_are_named():
    poster = Rejected("a", "A", "row 2", "poster", "poster is damaged")
    overview = Rejected("a", "A", "row 2", "overview", "overview is one word")
    film = Rejected("a", "A", "row 2", "film", "overview is one word")
    alone, with_parts = (
        list(prediction_rows(items)) for items in ([film], [poster, overview, film])
    )
    assert [row["error"] for row in alone] == ["overview is one word"]
    assert [row["error"] for row in with_parts] == ["poster is damaged; overview is one word"]


def test_a_problem_is_not_that_of_the_next_film():
    poster = Rejected("a", "", "row 2", "poster", "poster is damaged")
    film = Prediction("b", "", (), {"Action": 0.5}, ("overview",))
    (row,) = prediction_rows([poster, film])
    assert "problem" not in row


@pytest.mark.parametrize("name", ["genres.txt", "genres", "genres.json"])
def test_an_unknown_format_is_refused(name):
    with pytest.raises(OutputError, match=r"use \.jsonl, \.csv or \.parquet"):
        check_format(Path(name))


def test_a_carriage_return_in_a_title_breaks_no_row(tmp_path):
    path = tmp_path / "genres.csv"
    write_rows(iter([LINE | {"title": "Salt\rand Pepper"}, LINE]), path, ("Drama", "Western"))
    with path.open(newline="", encoding="utf-8") as stream:
        assert [row["title"] for row in csv.DictReader(stream)] == ["Salt\rand Pepper", "Salt"]
    assert path.read_bytes().count(b"\n") == 3
