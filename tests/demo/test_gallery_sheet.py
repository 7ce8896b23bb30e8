import json

import numpy as np
import pytest
from PIL import Image
from tests.conftest import poster_bytes

from posterplot.demo.gallery_sheet import draw_gallery
from posterplot.errors import OutputError


@pytest.fixture
def table(tmp_path):
    """Seven films with posters, one without, and their predictions."""
    rows = []
    for n in range(7):
        (tmp_path / f"{n}.jpg").write_bytes(poster_bytes(("Drama",), n))
        rows.append(f"f{n},A gun.,Drama,{n}.jpg\n")
    rows.append("bare,A gun.,Drama,\n")
    (tmp_path / "films.csv").write_text("id,overview,genres,poster\n" + "".join(rows))
    lines = [json.dumps({"id": f"f{n}", "genres": ["Drama", "War"][: n % 3]}) for n in range(7)]
    (tmp_path / "predictions.jsonl").write_text("\n".join(lines))
    return tmp_path / "films.csv"


def draw(table, *ids):
    out = table.with_name("gallery.jpg")
    out.unlink(missing_ok=True)
    draw_gallery(table, table.with_name("predictions.jsonl"), list(ids), out)
    with Image.open(out) as sheet:
        return np.asarray(sheet.convert("RGB")).astype(int)


def test_six_films_are_in_a_row_and_films_without_a_poster_are_left_out(table):
    one = draw(table, "f0", "bare")
    six = draw(table, *(f"f{n}" for n in range(6)))
    seven = draw(table, *(f"f{n}" for n in range(7)), "bare")
    assert one.shape == six.shape
    assert seven.shape[0] > 1.9 * six.shape[0]


def test_right_genres_are_green_wrong_ones_red_and_missed_ones_grey(table):
    def inked(sheet):
        """Which of red and green is darker in the darkest line of the caption: -, 0 or +."""
        caption = sheet[320:355, 14:214]
        ink = caption[caption.sum(axis=2) < 450]
        return {int(np.sign(round((red - green) / 40))) for red, green, _ in ink}

    assert inked(draw(table, "f0")) == {0}  # Drama is missed
    assert -1 in inked(draw(table, "f1"))  # Drama is right
    assert {-1, 1} <= inked(draw(table, "f2"))  # and War is wrong


def test_no_file_is_replaced(table):
    out = table.with_name("gallery.jpg")
    out.write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        draw_gallery(table, table.with_name("predictions.jsonl"), ["f0"], out)
    assert out.read_text() == "mine"
