import io
import json
import sys

import pytest
from rich.console import Console

from posterplot.cli import console


@pytest.fixture
def log(monkeypatch):
    """Standard error, in a file."""
    stream = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=stream, width=40))
    return stream


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set: the seconds since the start."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(("total", "of_all"), [(2000, " of 2,000"), (None, "")])
def test_a_log_has_a_line_of_progress_every_30_seconds(log, clock, total, of_all):
    with console.progress("predicting", total, done=100) as advance:
        for seconds, finished in (
            (1, 1),
            (29, 100),
            (30, 1000),
            (31, 1),
            (59, 1),
            (61, 0),
            (62, 1),
        ):
            clock[0] = seconds
            advance(finished)
    assert log.getvalue().splitlines() == [
        f"predicting: 1,201{of_all} films",
        f"predicting: 1,204{of_all} films",
    ]


def test_a_terminal_has_a_bar_that_leaves_nothing(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(console, "err", Console(file=stream, force_terminal=True, width=80))
    with console.progress("drawing", 4, unit="posters") as advance:
        advance(4)
    assert "drawing" in stream.getvalue()
    assert "4/4" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K")  # the line is erased


def test_an_error_of_a_film_names_the_film_if_it_has_a_name(log):
    console.print_film_error("f1", "Salt [b]", "poster is a folder")
    console.print_film_error("", "", "poster is outside the folder (`allow_outside` reads it)")
    assert log.getvalue().splitlines() == [
        "f1 Salt [b]: poster is a folder",
        "Poster is outside the folder (--allow-outside reads it)",
    ]


@pytest.mark.parametrize(
    ("failed", "partly", "message"),
    [
        (2, 0, "2 of 1000 films could not be used"),
        (0, 3, "3 of 1000 films could be used only in part"),
        (2, 3, "2 of 1000 films could not be used; 3 of 1000 films could be used only in part"),
    ],
)
def test_films_that_failed_are_counted_apart_from_those_used_in_part(log, failed, partly, message):
    console.print_error_count(failed, partly, 1000)
    assert log.getvalue() == f"{message}\n".replace("1000", "1,000")


def test_a_note_names_options_and_is_not_marked_up(log):
    console.print_note("[red] `remote=True` fetches it, and this line is longer than the terminal")
    assert log.getvalue() == (
        "[red] --remote fetches it, and this line is longer than the terminal\n"
    )


def test_an_error_has_exit_code_2(log):
    assert console.print_error("films.csv: [x] is wrong") == 2
    assert log.getvalue() == "posterplot: films.csv: [x] is wrong\n"


@pytest.mark.parametrize(("encoding", "written"), [("utf-8", "愛"), ("ascii", "\\u611b")])
def test_json_is_one_line_in_any_encoding(monkeypatch, encoding, written):
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    console.print_json({"title": "愛\n"})
    stream.flush()
    line = stream.buffer.getvalue().decode(encoding)
    assert written in line
    assert line.count("\n") == 1
    assert json.loads(line) == {"title": "愛\n"}
