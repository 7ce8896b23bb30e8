"""Format metrics and their intervals as text."""

from posterplot.evaluation.intervals import Interval
from posterplot.wording import signed


def format_metric(value: float | None) -> str:
    """Format a metric with three decimals; a dash if it does not exist."""
    return "–" if value is None or value != value else signed(value, 3).removeprefix("+")


def format_difference(value: float) -> str:
    """Format a difference of metrics with its sign and three decimals."""
    return signed(value, 3)


def format_interval(found: Interval, *, difference: bool = False) -> str:
    """Format a metric and its interval: ``0.373 (0.341 to 0.402)``; with signs if a difference."""
    write = format_difference if difference else format_metric
    if found.low != found.low:  # there is no interval
        return write(found.value)
    return f"{write(found.value)} ({write(found.low)} to {write(found.high)})"


def sign(found: Interval) -> int:
    """Return 1 if the whole interval is above 0, -1 if it is below, else 0."""
    return int(found.low > 0) - int(found.high < 0)
