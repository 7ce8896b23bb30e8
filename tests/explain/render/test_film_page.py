import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from posterplot.explain.explanation import Explanation, FilmExplanation, ModalityShare, Word
from posterplot.explain.render.film_page import IndexEntry, index_page
from posterplot.explain.render.film_page import film_page as render_page
from posterplot.explain.render.overlays import draw_overlays
from posterplot.inference.familiarity import UNFAMILIAR

HOSTILE = '<script>alert("x")</script> & "quoted"'
POSTER = Image.new("RGB", (40, 60), (200, 30, 30))


def film_page(film, poster, **options):
    return render_page(film, poster, draw_overlays(film, poster), **options)


class Seen(HTMLParser):
    """Collect tags, attributes and text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_data(self, data):
        self.words.append(data)


def _film(method="evidence", title=HOSTILE, **changes):
    heat = np.zeros((3, 3), np.float32)
    heat[0, 1] = 0.25
    e = Explanation(
        genre="Drama <b>",
        probability=0.8125,
        threshold=0.25,
        decided=True,
        poster=heat,
        words=(Word(0, 8, 2.0), Word(9, 12, -1.0)),
        share=ModalityShare(-1.0, -0.5, 2.0),
        poster_method=method,
        overview_method=method,
    )
    fields = {
        "id": "a",
        "title": title,
        "text": "<script> gun & x",
        "modalities": ("poster", "overview"),
        "genres": ("Drama <b>",),
        "without": {"poster": ("Drama <b>",), "overview": ()},
        "explanations": (e,),
    }
    return FilmExplanation(**fields | changes)


def test_hostile_uploads_are_refused():
    seen = Seen(film_page(_film(), POSTER))
    assert "script" not in seen.tags
    assert HOSTILE in seen.text
    assert "Drama <b>: 81 %" in seen.text
    page = index_page([IndexEntry("a", HOSTILE, ("<i>",))])
    assert "script" not in Seen(page).tags
    assert HOSTILE in Seen(page).text


def test_the_page_says_if_a_film_is_unlike_those_measured():
    assert UNFAMILIAR in Seen(film_page(_film(familiar=False), POSTER)).text
    for familiar in (True, None):
        assert UNFAMILIAR not in Seen(film_page(_film(familiar=familiar), POSTER)).text


def test_the_page_loads_nothing_from_the_network():
    page = film_page(_film(), POSTER)
    for _, name, value in Seen(page).attributes:
        if name in ("src", "href"):
            assert value.startswith("data:")
    assert "http" not in page
    assert not re.search(r"url\(|@import", page)


def test_the_summary_is_in_words():
    text = Seen(film_page(_film(), POSTER)).text
    assert "Predicted (threshold 25 %)." in text
    assert "Without the poster: Drama <b> (the same)." in text
    assert "Without the overview: no genre." in text
    assert "poster −0.50" in text
    assert "overview +2.00" in text
    assert "The score is −1.00 without any input and +0.50 with both." in text
    assert "0 +0.25" in text
    assert "Raised the score most: top centre. Method: evidence." in text
    assert "Lowered it: gun. Method: evidence." in text


def test_alternative_text_says_where_the_heat_is():
    seen = Seen(film_page(_film(), POSTER))
    alts = [value for tag, name, value in seen.attributes if (tag, name) == ("img", "alt")]
    assert seen.tags.count("img") == len(alts) == 2
    assert alts[1] == "The poster with its heatmap for Drama <b>: top centre."


def test_raised_and_lowered_words_have_different_marks():
    seen = Seen(film_page(_film(), POSTER))
    marks = [value for tag, name, value in seen.attributes if (tag, name) == ("mark", "class")]
    assert marks[-2:] == ["f f3", "a a2"]
    style = film_page(_film(), POSTER)
    assert "underline solid" in style
    assert "underline wavy" in style


def test_attention_is_described_as_attention():
    text = Seen(film_page(_film("attention"), POSTER)).text
    assert "Attention on the poster" in text
    assert "raised the score" not in text.replace("raised or lowered", "")
    assert "25 % of the attention" in text
    assert "not necessarily why it decided" in text


@pytest.mark.parametrize("left", ["poster", "overview"])
def test_a_film_of_one_modality(left):
    e = _film().explanations[0]
    kept = {"poster": e.poster, "words": e.words, "poster_method": None, "overview_method": None}
    kept |= {"words": None} if left == "poster" else {"poster": None}
    kept[f"{left}_method"] = "evidence"
    lone = Explanation(e.genre, 0.1, 0.2, decided=False, share=e.share, **kept)
    text = None if left == "poster" else "<script> gun & x"
    film = _film(
        modalities=(left,), without={}, genres=(), explanations=(lone,), text=text, title=""
    )
    seen = Seen(film_page(film, POSTER if left == "poster" else None))
    assert "Not predicted (threshold" in seen.text
    assert "Without" not in seen.text
    assert "How much each input" not in seen.text
    assert seen.tags.count("img") == (2 if left == "poster" else 0)
    assert ("<script> gun" in seen.text) == (left == "overview")


def _luminance(colour):
    colour = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("kind", ["film", "index"])
def test_contrast_is_aa(scheme, kind):
    page = film_page(_film(), POSTER) if kind == "film" else index_page([])
    root = re.findall(r":root \{(.*?)\}", page, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#\w+);", root))
    grounds = [c for name, c in colours.items() if name in ("paper", "card") or name[-1].isdigit()]
    for ground in grounds:
        for name in ("ink", "soft", "link"):
            if name in colours and (
                name == "ink" or ground in (colours["paper"], colours.get("card"))
            ):
                light, dark = sorted((_luminance(colours[name]), _luminance(ground)), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


def test_a_page_links_back_to_the_index():
    film = _film()
    links = [v for tag, n, v in Seen(film_page(film, POSTER, index="../index.html")).attributes
             if (tag, n) == ("a", "href")]  # fmt: skip
    assert links == ["../index.html"]
    assert ("a", "href") not in {a[:2] for a in Seen(film_page(film, POSTER)).attributes}


def test_the_index_shows_posters():
    page = index_page([IndexEntry("a", "A", (), "poster.jpg"), IndexEntry("b", "B", ())])
    images = [value for tag, name, value in Seen(page).attributes if (tag, name) == ("img", "src")]
    assert images == ["a/poster.jpg"]
