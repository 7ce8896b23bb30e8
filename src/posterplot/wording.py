"""Format numbers and lists as text, for pages and terminals."""

from collections.abc import Sequence


def listing(names: Sequence[str]) -> str:
    """Join names in a sentence: ``a``, ``a and b``, ``a, b and c``; ``none`` if there are none."""
    if not names:
        return "none"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def count(number: int, thing: str, things: str = "") -> str:
    """Format a count with its noun: ``1 film``, ``2 films``, ``1,234 films``."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def percent(share: float) -> str:
    """Format a share in [0, 1]: ``62 %``, ``6.2 %``, ``0.6 %``.

    Only 0 is ``0 %`` and only 1 is ``100 %``.
    """
    if 0 < share < 0.0005:
        return "under 0.1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.1f} %"


def signed(number: float, digits: int = 2) -> str:
    """Format a number with its sign; the minus is as wide as the plus, and 0 has a plus."""
    rounded = round(number, digits) + 0.0  # not "-0.000"
    return f"{rounded:+.{digits}f}".replace("-", "−")
