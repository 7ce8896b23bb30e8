import re

import pytest
from tests.report.sample_results import GENRES, gathered

from posterplot.errors import OutputError
from posterplot.report.page.render import check_page, render, write_page

NOTHING = dict.fromkeys(GENRES, 0.0)
POSTERS_WIN = {"poster": {}, "overview": NOTHING, "both": dict.fromkeys(GENRES, 0.5)}
OVERVIEWS_WIN = {"poster": NOTHING, "overview": {}, "both": dict.fromkeys(GENRES, 0.5)}


def _text(page):
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_the_findings_change_if_posters_are_better():
    posters = _text(render(gathered(POSTERS_WIN), []))
    overviews = _text(render(gathered(OVERVIEWS_WIN), []))
    assert posters.count("Posters say more about genres than overviews") == 2  # answer and section
    assert "Overviews say more about genres than posters" not in posters
    assert overviews.count("Overviews say more about genres than posters") == 2
    assert posters.count("poster better") == overviews.count("overview better") == len(GENRES)
    assert "overview better" not in posters
    assert "reading only posters, the better input" in posters
    assert "reading only overviews, the better input" in overviews


def test_every_section_is_there():
    page = render(gathered(POSTERS_WIN), [])
    assert len(re.findall(r'<details class="section" id="\w+">', page)) == 12
    assert all(len(finding) > 10 for finding in re.findall(r'class="finding">(.*?)<', page))
    text = _text(page)
    assert "No learning curve: the-both was made up." in text
    assert "f" * 64 + " , this one" in text
    assert "seed 3" in text


def test_the_figures_of_the_table_are_those_of_the_evaluation():
    report = gathered({"overview": {"Drama": 0.3}})
    rows = re.findall(r"<tr>(.*?)</tr>", render(report, []).split('id="genres"')[1], re.S)
    (row,) = [row for row in rows if ">Drama<" in row][:1]
    (drama,) = (r for r in report.main_model.evaluation.genres if r.genre == "Drama")
    for figure in (drama.precision, drama.recall, drama.f1, drama.average_precision):
        assert f"{figure.value:.3f}" in row
    assert f"{drama.support}" in row


def test_a_report_on_a_poster_model_says_what_is_missing():
    text = _text(render(gathered({"poster": {}}), []))
    assert "Posters and overviews are not compared" in text
    assert "6 could not be checked" in text
    assert "both minus the better" not in text


def test_an_invalid_output_is_refused(tmp_path):
    with pytest.raises(OutputError, match="cannot be a"):
        check_page(tmp_path / "report.pdf")
    write_page("<p>", tmp_path / "report.html")
    with pytest.raises(OutputError, match="exists already"):
        write_page("<p>", tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == "<p>"


def test_tables_sort_in_a_browser(chromium, tmp_path):
    path = tmp_path / "report.html"
    write_page(render(gathered({"poster": {"Drama": 0.1}}), []), path)
    page = chromium.new_page()
    page.goto(path.as_uri())
    page.locator("#open-all").click()
    head = page.locator("#genres th", has_text="recall").locator("button")
    head.click()
    assert page.locator("#genres tbody th").last.inner_text() == "Drama"
    head.click()
    assert page.locator("#genres tbody th").first.inner_text() == "Drama"
    page.locator("#genres th", has_text="genre").locator("button").first.click()
    assert page.locator("#genres tbody th").all_inner_texts() == sorted(GENRES)


def test_differences_sort_by_their_value_in_a_browser(chromium, tmp_path):
    path = tmp_path / "report.html"
    strengths = {
        "poster": dict.fromkeys(GENRES[2:], 0.0),
        "overview": dict.fromkeys(GENRES[:2], 0.0),
        "both": dict.fromkeys(GENRES, 0.5),
    }
    write_page(render(gathered(strengths), []), path)
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    page.locator("#open-all").click()
    page.locator("th", has_text="poster minus overview").locator("button").click()
    cells = page.locator("tbody td[data-label='poster minus overview']").all_inner_texts()
    differences = [float(cell.split()[0].replace("−", "-")) for cell in cells]
    assert len(differences) > 1
    assert differences == sorted(differences, reverse=True)
    assert any(cell.startswith("−") for cell in cells)
    hint = page.locator(".rows .sorting").first
    assert hint.is_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert hint.is_hidden()  # a phone shows no headings
