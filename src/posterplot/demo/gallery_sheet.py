"""Draw one image of many posters, each with its predicted and its true genres."""

import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from posterplot.catalogue import read_catalogue
from posterplot.dataset.poster_images import decode_poster
from posterplot.files import new_file
from posterplot.films import Film

_COLUMNS, _ROWS = 6, 3
_WIDTH, _HEIGHT, _TEXT, _GAP = 200, 300, 46, 14
_PAPER, _CORRECT, _WRONG, _MISSED = "#faf7f2", "#15803d", "#b91c1c", "#8a8f98"


def draw_gallery(table: Path, predictions: Path, ids: list[str], out: Path) -> None:
    """Draw the first films of ``ids`` that have a poster.

    Below each poster are the predicted genres, correct ones in green and wrong ones in red, and in
    grey the true genres that were missed.

    Args:
        table: Table of the catalogue.
        predictions: JSON lines of ``posterplot predict``.
        ids: Ids of the films to draw.
        out: Path of the JPEG to write.

    Raises:
        OutputError: ``out`` cannot be written.
    """
    with predictions.open(encoding="utf-8") as stream:
        predicted = {line["id"]: line.get("genres", []) for line in map(json.loads, stream)}
    wanted = set(ids)
    films = [
        film
        for film in read_catalogue(table)
        if isinstance(film, Film) and film.id in wanted and film.poster is not None
    ][: _COLUMNS * _ROWS]
    rows = -(-len(films) // _COLUMNS)
    size = (_GAP + _COLUMNS * (_WIDTH + _GAP), _GAP + rows * (_HEIGHT + _TEXT + _GAP))
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for n, film in enumerate(films):
        x = _GAP + n % _COLUMNS * (_WIDTH + _GAP)
        y = _GAP + n // _COLUMNS * (_HEIGHT + _TEXT + _GAP)
        if film.poster is not None:
            poster = decode_poster(film.poster).resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
            sheet.paste(poster, (x, y))
        _caption(draw, (x, y + _HEIGHT + 6), predicted.get(film.id, []), film.genres)
    with new_file(out) as temporary:
        sheet.save(temporary, "JPEG", quality=88)


def _caption(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], predicted: list[str], true: tuple[str, ...]
) -> None:
    font = ImageFont.load_default(13)
    words = [(genre, _CORRECT if genre in true else _WRONG) for genre in predicted]
    words += [(genre, _MISSED) for genre in true if genre not in predicted]
    x, y = at
    for word, colour in words:
        width = draw.textlength(word + "  ", font)
        if x + width > at[0] + _WIDTH + _GAP:
            x, y = at[0], y + 17
        draw.text((x, y), word, colour, font)
        x += int(width)
