import csv
from collections import Counter
from dataclasses import replace

import pytest

from posterplot.audit.audit import Audit, Finding
from posterplot.audit.label_errors import NoiseRates
from posterplot.audit.output import COLUMNS, audit_page, summary_lines, write_audit
from posterplot.catalogue import open_catalogue
from posterplot.errors import OutputError

FINDING = Finding(
    id="a",
    title="Salt <b>",
    genre="War",
    kind="given",
    probability=0.0321,
    label_error_probability=0.98765,
    catalogue_genres=("Drama", "War"),
    reason="War, is unlikely",
    source="films.csv row 2",
)


def result(**changes) -> Audit:
    parts = {
        "findings": [FINDING],
        "films": 1200,
        "rates": NoiseRates(0.125, 0.25),
        "unlabelled": 0,
        "rejected": [],
        "unknown": Counter(),
        "absent": (),
    }
    return Audit(**parts | changes)


def test_the_table_and_the_page_are_written_together(tmp_path):
    table, page = tmp_path / "audit.csv", tmp_path / "audit.html"
    write_audit([replace(FINDING, title="Salt\r<b>")], "<p>é</p>", table, page)
    assert page.read_text(encoding="utf-8") == "<p>é</p>"
    with table.open(newline="", encoding="utf-8") as stream:
        header, row = csv.reader(stream)
    assert tuple(header) == COLUMNS
    assert row == [
        *("a", "Salt\r<b>", "War", "given", "0.0321", "0.9877"),
        *("Drama|War", "War, is unlikely", "films.csv row 2"),
    ]


def test_neither_is_written_if_one_exists(tmp_path):
    (tmp_path / "audit.html").write_text("mine")
    with pytest.raises(OutputError, match=r"audit\.html: exists already"):
        write_audit([FINDING], "", tmp_path / "audit.csv", tmp_path / "audit.html")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_the_page_shows_films_of_the_catalogue_and_escapes_their_titles(tmp_path):
    path = tmp_path / "films.csv"
    path.write_text("id,title,year,overview,genres\na,Salt <b>,1951,A gun.,War\nb,,,A kiss.,War\n")
    findings = [FINDING, replace(FINDING, id="gone", title="Gone")]
    done = []
    page = audit_page(result(findings=findings), open_catalogue(path), None, done.append)
    assert done == [1, 1]
    assert "Salt &lt;b&gt;" in page
    assert "Salt <b>" not in page
    assert "1951" in page
    assert "Gone" in page


def test_the_summary_says_what_was_not_checked():
    assert list(summary_lines(result())) == [
        "1,200 films checked; an estimated 12 % of the films without a genre are labelled with it,"
        " and 25 % of the films with it are not"
    ]
    odd = result(unlabelled=3, unknown=Counter({"Foreign": 2000}), absent=("Action", "Crime"))
    assert list(summary_lines(odd))[1:] == [
        "3 films have no genre that the model knows: not checked",
        "genres that the model does not know, not checked: Foreign 2,000",
        "no film here has Action, Crime: not checked",
    ]
