"""Format metrics and their intervals as text."""

from posterplot.evaluation.intervals import Interval


def format_metric(value: float | None) -> str:
    """Format a metric in [0, 1] with three decimals, or as a dash if it does not exist."""
    return "–" if value is None or value != value else f"{value:.3f}"


def format_interval(found: Interval, *, signed: bool = False) -> str:
    """Format a metric and its interval: ``0.373 (0.341 to 0.402)``, with signs if ``signed``."""
    if found.low != found.low:  # there is no interval
        return f"{found.value:+.3f}" if signed else f"{found.value:.3f}"
    value, low, high = (f"{v:+.3f}" if signed else f"{v:.3f}" for v in found)
    return f"{value} ({low} to {high})"


def sign(found: Interval) -> int:
    """Return 1 if the whole interval is above 0, -1 if it is below, else 0."""
    return int(found.low > 0) - int(found.high < 0)
