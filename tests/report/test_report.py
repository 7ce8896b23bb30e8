import base64
import io
import re

import pytest
from PIL import Image

from posterplot.cli import main
from tests.browser import check_page


@pytest.fixture(scope="module")
def page(runs, dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "report.html"
    folders = [str(runs / f"tiny-{name}") for name in ("cnn", "lstm", "tfidf", "fusion")]
    with pytest.raises(SystemExit) as stopped:
        main(["report", *folders, "--data", str(dataset.path), "--out", str(out)])
    assert stopped.value.code == 0
    return out


def test_it_shows_films_with_posters_and_texts(page):
    text = page.read_text()
    cards = re.findall(r'<article class="card">.*?</article>', text, re.S)
    assert cards
    assert any("data:image/webp;base64," in card and 'class="text"' in card for card in cards)
    (found, *_) = re.findall(r"data:image/webp;base64,([^\"]+)", text)
    with Image.open(io.BytesIO(base64.b64decode(found))) as poster:
        assert poster.width == 160
    assert len(re.findall(r'<svg class="chart"', text)) >= 2 * 6 + 4  # curves and reliability


def test_it_is_one_file_that_loads_nothing(page):
    addresses = re.findall(r'(?:src|href)="([^"#]+)', page.read_text())
    assert addresses
    assert all(address.startswith("data:") for address in addresses)


def test_the_page_is_accessible_in_a_browser(chromium, page):
    check_page(chromium, page)


def test_no_file_is_replaced(page, runs, dataset, capsys):
    before = page.read_bytes()
    for out, message in ((page, "exists already"), (page.with_suffix(".txt"), "use .html")):
        with pytest.raises(SystemExit) as stopped:
            main(["report", str(runs / "tiny-cnn"), "--data", str(dataset.path), "--out", str(out)])
        assert stopped.value.code == 2
        assert message in capsys.readouterr().err
    assert page.read_bytes() == before
