"""Motifs and posters, and what each must hold to."""

from random import Random

import numpy as np
from PIL import Image

from posterplot.demo.art.brief import Brief, Motif
from posterplot.demo.art.canvas import POSTER_SIZE
from posterplot.demo.art.film_poster import COMPOSITIONS, Words, draw_poster
from posterplot.demo.art.palettes import mix_palette

WORDS = Words("The Clock of Ada", "Look again.", "Ada Wick", ("A PICTURE", "BY ADA WICK"))


def brief(composition: str = "emblem", lettering: str = "airy", year: int = 2000) -> Brief:
    palette = mix_palette("noir", year, Random(0))
    return Brief(composition, palette, "castle", "stranger", "key", lettering, year)


def drawn_by(module: str) -> list[str]:
    """Return the compositions that a module of ``demo.art`` draws."""
    return [name for name, (draw, _) in COMPOSITIONS.items() if draw.__module__.endswith(module)]


def check_composition(composition: str) -> None:
    """Check that a poster has the right size, and shows something."""
    poster = draw_poster(brief(composition), WORDS, Random(1))
    assert (poster.mode, poster.size) == ("RGB", POSTER_SIZE)
    assert np.asarray(poster.convert("L")).std() > 8


def check_motif(motif: Motif, *, wide: bool = False) -> None:
    """Check that a motif is drawn, and at its position unless it is wide."""
    sheet = Image.new("RGB", (400, 400), "white")
    motif(sheet, 200, 350, 200, (0, 0, 0), (200, 0, 0), Random(0))
    drawn = np.asarray(sheet).min(axis=2) < 250
    assert 1200 < drawn.sum() < 0.7 * drawn.size
    assert wide or drawn[150:350, 100:300].sum() > 0.5 * drawn.sum()
