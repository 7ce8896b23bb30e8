"""Figures and lists as running text: what the sentences of the report are made of."""

from collections.abc import Sequence

from posterplot.evaluation.intervals import Interval


def listing(names: Sequence[str]) -> str:
    """Join names as a sentence does: ``a``, ``a and b``, ``a, b and c``; ``none`` without any."""
    if not names:
        return "none"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def count(number: int, thing: str, things: str = "") -> str:
    """Count things: ``1 film``, ``2 films``, ``1,234 films``."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def percent(share: float) -> str:
    """Write a share in [0, 1]: ``62 %``, ``6.2 %``, ``0.6 %``; never ``0 %`` of what is not 0."""
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.1f} %"


def figure(value: float | None) -> str:
    """Write a figure in [0, 1] with three decimals; a dash where it does not exist."""
    return "–" if value is None or value != value else f"{value:.3f}"


def between(found: Interval, *, signed: bool = False) -> str:
    """Write a figure and its interval: ``0.373 (0.341 to 0.402)``; with signs if ``signed``."""
    if found.low != found.low:  # there is no interval
        return f"{found.value:+.3f}" if signed else f"{found.value:.3f}"
    value, low, high = (f"{v:+.3f}" if signed else f"{v:.3f}" for v in found)
    return f"{value} ({low} to {high})"


def side(found: Interval) -> int:
    """Return 1 where the whole interval is above 0, -1 where it is below, else 0."""
    return int(found.low > 0) - int(found.high < 0)
