"""Draw charts as small inline SVG.

They are generated here and not by a plotting library, so that they use the light or dark colours of
the page: every stroke and fill has a class of the style sheet. Units are CSS pixels; the page may
scale a chart.
"""

from collections.abc import Sequence
from math import floor, log10
from typing import NamedTuple

from markupsafe import Markup, escape

from posterplot.evaluation.evaluation import Bin
from posterplot.evaluation.intervals import Interval
from posterplot.report.page.wording import format_metric


class Curve(NamedTuple):
    """Values over epochs.

    Attributes:
        name: Name in the legend.
        style: Class of the style sheet.
        values: Values, one per epoch; NaN if there is none.

    """

    name: str
    style: str
    values: Sequence[float]


class DotRow(NamedTuple):
    """The values of one genre with their intervals.

    Attributes:
        name: Name at the left.
        chance: Value that a dashed tick marks.
        figures: Class of the style sheet -> value.

    """

    name: str
    chance: float
    figures: dict[str, Interval]


def curves(title: str, lines: Sequence[Curve], first: int, mark: int | None = None) -> Markup:
    """Draw curves over epochs.

    Args:
        title: Shown above, and read by screen readers.
        lines: Lines of E values each.
        first: Number of the first epoch.
        mark: An epoch to mark.

    """
    width, height, left, right, top, bottom = 320, 210, 40, 8, 30, 40
    values = [v for line in lines for v in line.values if v == v]
    low, high, step = _axis(min(values, default=0.0), max(values, default=1.0))
    steps = max(len(line.values) for line in lines)

    def x(n: int) -> float:
        return left + (width - left - right) * (n / (steps - 1) if steps > 1 else 0.5)

    def y(value: float) -> float:
        return top + (height - top - bottom) * (1 - (value - low) / (high - low))

    parts = [_text(left, 16, title, "title")]
    ticks = round((high - low) / step)
    digits = max(0, -floor(log10(step)))
    for n in range(ticks + 1):
        at = y(low + n * step)
        parts.append(_line(left, at, width - right, at, "grid"))
        parts.append(_text(left - 5, at + 4, f"{low + n * step:.{digits}f}", "tick", "end"))
    every = max(1, -(-steps // 6))
    parts += [
        _text(x(n), height - bottom + 15, str(first + n), "tick", "middle")
        for n in range(0, steps, every)
    ]
    if mark is not None:
        parts.append(_line(x(mark - first), top, x(mark - first), height - bottom, "mark"))
    at_legend = float(left)
    for line in lines:
        points = [(x(n), y(v)) for n, v in enumerate(line.values) if v == v]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline class="line {escape(line.style)}" points="{path}"/>')
        if len(points) == 1:
            parts.append(_shape(line.style, *points[0]))
        parts.append(_line(at_legend, height - 10, at_legend + 14, height - 10, line.style, "line"))
        parts.append(_text(at_legend + 18, height - 6, line.name, "tick"))
        at_legend += 30 + 5.6 * len(line.name)
    summary = "; ".join(
        f"{line.name} from {format_metric(line.values[0])} to {format_metric(line.values[-1])}"
        for line in lines
    )
    return _svg(width, height, f"{title}: {summary}", parts)


def reliability(title: str, bins: Sequence[Bin]) -> Markup:
    """Draw how often genres were true against their predicted probability.

    Args:
        title: Title for screen readers.
        bins: The area of each dot grows with the pairs in its bin.

    """
    size, left, top, bottom = 300, 44, 10, 40
    span = size - left - top

    def x(value: float) -> float:
        return left + span * value

    def y(value: float) -> float:
        return top + (size - top - bottom) * (1 - value)

    parts = []
    for n in range(6):
        parts.append(_line(x(0), y(n / 5), x(1), y(n / 5), "grid"))
        parts.append(_text(left - 5, y(n / 5) + 4, f"{n / 5:.1f}", "tick", "end"))
        parts.append(_text(x(n / 5), size - bottom + 15, f"{n / 5:.1f}", "tick", "middle"))
    parts.append(_line(x(0), y(0), x(1), y(1), "mark"))
    path = " ".join(f"{x(b.probability):.1f},{y(b.share):.1f}" for b in bins)
    parts.append(f'<polyline class="line both" points="{path}"/>')
    most = max(b.pairs for b in bins)
    for b in bins:
        radius = 2.5 + 6 * (b.pairs / most) ** 0.5
        parts.append(
            f'<circle class="both" cx="{x(b.probability):.1f}" cy="{y(b.share):.1f}" '
            f'r="{radius:.1f}"><title>{b.pairs:,} pairs: probability {b.probability:.3f}, '
            f"true {b.share:.3f}</title></circle>"
        )
    parts.append(_text(x(0.5), size - 6, "predicted probability", "tick", "middle"))
    turned = f'transform="rotate(-90 11 {y(0.5):.0f})"'
    parts.append(_text(11, y(0.5), "share that is true", "tick", "middle", turned))
    summary = "; ".join(f"predicted {b.probability:.2f}, true {b.share:.2f}" for b in bins)
    return _svg(size, size, f"{title}: {summary}", parts)


def dots(title: str, rows: Sequence[DotRow]) -> Markup:
    """Draw values in [0, 1] and their intervals, one row per genre.

    Args:
        title: Title for screen readers.
        rows: Rows, one or more.

    """
    width, left, right, top, row = 340, 84, 10, 6, 28
    height = top + row * len(rows) + 24

    def x(value: float) -> float:
        return left + (width - left - right) * value

    parts = []
    for n in range(6):
        parts.append(_line(x(n / 5), top, x(n / 5), height - 22, "grid"))
        parts.append(_text(x(n / 5), height - 7, f"{n / 5:.1f}", "tick", "middle"))
    for r, line in enumerate(rows):
        middle = top + row * (r + 0.5)
        parts.append(_text(left - 8, middle + 4, line.name, "name", "end"))
        parts.append(_line(x(line.chance), middle - 12, x(line.chance), middle + 12, "mark"))
        for n, (style, found) in enumerate(line.figures.items()):
            at = middle + 8 * (n - (len(line.figures) - 1) / 2)
            if found.low == found.low:
                parts.append(_line(x(found.low), at, x(found.high), at, style, "line"))
            parts.append(_shape(style, x(found.value), at))
    return _svg(width, height, f"{title}; the figures are in the table below", parts)


def key(style: str) -> Markup:
    """Draw the mark of a style for a legend."""
    return Markup(  # noqa: S704 - from numbers and names of our own
        f'<svg class="key" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">'
        f"{_shape(style, 6, 6)}</svg>"
    )


def _axis(low: float, high: float) -> tuple[float, float, float]:
    """Return a round lower end, a round upper end and a round step for two to six ticks."""
    span = max(high - low, 1e-6)
    power = 10 ** floor(log10(span / 4))
    step = next(power * n for n in (1, 2, 5, 10) if span / (power * n) <= 4)
    start = floor(low / step) * step
    ticks = -floor(-(high - start) / step)
    return start, start + max(ticks, 1) * step, step


def _shape(style: str, x: float, y: float) -> str:
    """Draw a mark whose shape depends on the style, so that colour is not the only difference."""
    if style == "overview":
        return f'<rect class="{style}" x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'
    if style == "both":
        points = f"{x:.1f},{y - 5:.1f} {x + 5:.1f},{y:.1f} {x:.1f},{y + 5:.1f} {x - 5:.1f},{y:.1f}"
        return f'<polygon class="{style}" points="{points}"/>'
    return f'<circle class="{escape(style)}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def _line(x1: float, y1: float, x2: float, y2: float, *styles: str) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line class="{escape(" ".join(styles))}" {ends}/>'


def _text(x: float, y: float, text: str, style: str, anchor: str = "", more: str = "") -> str:
    where = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}"{where} {more}>{escape(text)}</text>'


def _svg(width: int, height: int, label: str, parts: Sequence[str]) -> Markup:
    return Markup(  # noqa: S704 - all texts in it are escaped
        f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )
