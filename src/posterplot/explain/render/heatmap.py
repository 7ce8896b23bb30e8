"""Draw scores over a poster as a heatmap."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from posterplot.dataset.poster_images import shrink

_SIDE = 320  # maximum shorter side of a poster with its heatmap, in pixels
_LONGER_SIDE = 4 * _SIDE  # maximum longer side: drawing takes some 130 bytes per pixel

# Colour and opacity by heat: lighter and more opaque with heat, from violet over red to yellow. The
# order is also visible to people who cannot distinguish red from green, and in print.
_HEAT = (0.0, 0.1, 0.35, 0.65, 1.0)
_RAMP = (
    (70, 20, 130, 0.0),
    (84, 24, 140, 0.12),
    (190, 44, 112, 0.5),
    (248, 128, 44, 0.68),
    (255, 240, 120, 0.78),
)
# white of the poster is darkened to this value, so that the hottest parts are the lightest
_LIGHTEST = 150
_CONTOUR = 0.5

_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "centre", "right")


def displayed(poster: Image.Image) -> Image.Image:
    """Return a poster in the size in which its heatmap is drawn: at most 320 x 1,280 pixels."""
    shorter, longer = sorted(poster.size)
    side = min(_SIDE, shorter * _LONGER_SIDE // longer)
    return shrink(poster, max(1, side))


def heatmap(
    scores: NDArray[np.float32], height: int, width: int, scale: float | None = None
) -> NDArray[np.float32]:
    """Convert the scores of a poster to a heatmap of where it raised the score of the genre.

    Negative scores count as 0; the others are divided by ``scale``. Between the centres of cells,
    heat is interpolated linearly, which adds no peaks.

    Args:
        scores: ``(rows, columns)`` float32, signed.
        height, width: Height H and width W of the poster.
        scale: Score whose heat is 1; None takes the largest score.

    Returns:
        ``(H, W)`` float32 in [0, 1]; all 0 if no score is positive.

    """
    positive = np.maximum(scores, 0.0, dtype=np.float32)
    peak = float(positive.max()) if scale is None else scale
    if not peak > 0.0:
        return np.zeros((height, width), np.float32)
    cells = Image.fromarray(positive / peak)
    smooth = cells.resize((width, height), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(smooth, dtype=np.float32), 0.0, 1.0)


def overlay(
    poster: Image.Image, scores: NDArray[np.float32], scale: float | None = None
) -> Image.Image:
    """Draw the heatmap of ``(rows, columns)`` scores over a poster.

    The whole poster is shown in its own aspect ratio and in muted greys, so that none of its own
    colours looks like heat. A line encloses all heat above a half.

    Args:
        poster: Poster in RGB.
        scores: ``(rows, columns)`` float32, signed.
        scale: See :func:`heatmap`.

    Returns:
        Image in RGB, in the size of :func:`displayed`.

    """
    small = displayed(poster)
    heat = heatmap(scores, small.height, small.width, scale)
    colours = np.asarray(small, dtype=np.float32)
    greys = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    muted = (0.75 * greys[..., None] + 0.25 * colours) * (_LIGHTEST / 255)
    ramp = _ramp(heat)
    alpha = ramp[..., 3:]
    mixed = ramp[..., :3] * alpha + muted * (1.0 - alpha)
    inside = heat >= _CONTOUR
    mixed[_rim(inside)] = (255, 255, 255)
    mixed[_rim(~inside)] = (20, 10, 30)
    return Image.fromarray(mixed.round().astype(np.uint8))


def with_legend(image: Image.Image, headline: str, most: str) -> Image.Image:
    """Add a strip below: a headline, and a colour bar with labels at both ends.

    Args:
        image: Poster with its heatmap, in RGB.
        headline: Genre and its probability.
        most: Label of the lightest colour.

    """
    width = max(image.width, 240)
    font, small = ImageFont.load_default(17), ImageFont.load_default(12)
    picture = Image.new("RGB", (width, image.height + 74), (24, 22, 28))
    picture.paste(image, ((width - image.width) // 2, 0))
    draw = ImageDraw.Draw(picture)
    top = image.height + 8
    draw.text((10, top), _fitting(headline, font, width - 20), font=font, fill=(255, 255, 255))
    bar = _ramp(np.linspace(0.0, 1.0, width - 20, dtype=np.float32))
    shades = bar[:, :3] * bar[:, 3:] + 90 * (1.0 - bar[:, 3:])
    strip = np.repeat(shades[None].round().astype(np.uint8), 12, axis=0)
    picture.paste(Image.fromarray(strip), (10, top + 26))
    draw.text((10, top + 42), "nothing", font=small, fill=(225, 222, 230))
    label = _fitting(most, small, width - 90)
    draw.text((width - 10, top + 42), label, font=small, fill=(225, 222, 230), anchor="ra")
    return picture


def whereabouts(scores: NDArray[np.float32]) -> str:
    """Describe in words where the largest of ``(rows, columns)`` scores are.

    The poster is divided into nine parts. A part is named if it has more than two ninths of all
    heat; at most two parts are named.

    Returns:
        ``"top centre"``, ``"top centre and bottom left"``, ``"spread over the whole poster"`` or
        ``"nowhere"``.

    """
    heat = heatmap(scores, 90, 60)
    if not heat.any():
        return "nowhere"
    ninths = heat.reshape(3, 30, 3, 20).sum(axis=(1, 3)) / heat.sum()
    order = np.argsort(-ninths, axis=None, kind="stable")[:2]
    named = [divmod(int(n), 3) for n in order if ninths.flat[n] > 2 / 9]
    if not named:
        return "spread over the whole poster"
    return " and ".join(_position_name(row, column) for row, column in named)


def _position_name(row: int, column: int) -> str:
    return "the middle" if row == column == 1 else f"{_ROWS[row]} {_COLUMNS[column]}"


def _ramp(heat: NDArray[np.float32]) -> NDArray[Any]:
    """Return RGB in [0, 255] and opacity in [0, 1] for heat of any shape."""
    return np.stack([np.interp(heat, _HEAT, channel) for channel in zip(*_RAMP, strict=True)], -1)


def _rim(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of a region that have a neighbour outside it."""
    padded = np.pad(inside, 1, mode="edge")
    deep = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return inside & ~deep


def _fitting(text: str, font: Any, width: int) -> str:
    """Return the text, shortened with an ellipsis to at most ``width`` pixels."""
    while font.getlength(text) > width and len(text) > 1:
        text = text[:-2] + "…"
    return text
