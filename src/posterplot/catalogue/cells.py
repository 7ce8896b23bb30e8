"""Convert the value of a cell to text, a year or a split."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from posterplot.errors import CatalogueError, FilmError
from posterplot.films import SPLITS, Split

# Common short forms. Any other name is probably a mistake.
_SPLITS: Mapping[str, Split] = {
    **{s: s for s in SPLITS},
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
}
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|2[01]\d\d)(?!\d)")
_TITLE_YEAR = re.compile(r"\((1[89]\d\d|2[01]\d\d)\)$")


# What programs write where there is no value.
MISSING = frozenset({"", "-", "n/a", "\\n", "nan", "none", "null"})
_MAX_MISSING_CHARS = max(map(len, MISSING))
# How MongoDB writes values to JSON that JSON has no type for.
_WRAPPERS = frozenset({"$oid", "$numberInt", "$numberLong", "$numberDouble", "$date"})


def id_of(value: object, name: str = "id") -> str:
    """Return the id in a cell, "" if there is none.

    Raises:
        FilmError: As :func:`text_of`.

    >>> id_of("862.0"), id_of("N/A"), id_of({"$oid": "573a"})
    ('862', '', '573a')
    """
    text = text_of(value, name)
    if len(text) <= _MAX_MISSING_CHARS and text.casefold() in MISSING:
        return ""
    if text.endswith(".0") and text[:-2].isdecimal():  # pandas makes floats of ids
        return text[:-2]
    return text


def text_of(value: object, name: str) -> str:
    """Return the text of a cell, "" if it is empty.

    Bytes are text in UTF-8: Parquet files of some programs have strings without that type.

    Raises:
        FilmError: The value is a list of several values, an object, true or false, or bytes that
            are not UTF-8.
    """
    if isinstance(value, bytes):
        try:
            return value.decode().strip()
        except UnicodeDecodeError:
            raise FilmError(f"{name} is not UTF-8") from None
    if isinstance(value, str):
        # JSON can hold lone surrogates; files cannot
        return (value if value.isascii() else _whole(value)).strip()
    if value is None or value != value:  # NaN, which pandas writes for missing values
        return ""
    if isinstance(value, list | tuple) and len(value) == 1 and not isinstance(value[0], list):
        return text_of(value[0], name)
    value = _unwrapped(value)
    if _is_integer(value):
        value = int(value)  # type: ignore[call-overload]  # pandas makes floats of ids
    if isinstance(value, bool) or not isinstance(value, int | float | date | Decimal | UUID | str):
        raise FilmError(f"{name} is {_type_name(value)}, not text")
    return str(value)


def year_of(value: object) -> int | None:
    """Return a year, also from a date; None if it cannot be read.

    >>> year_of("1999"), year_of("1995-10-30"), year_of("2008–2013"), year_of("soon")
    (1999, 1995, 2008, None)
    """
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    value = _unwrapped(value)
    if type(value) is str:
        return _year_in(value[:40])
    if isinstance(value, date):
        return value.year
    if _is_integer(value):
        value = int(value)  # type: ignore[call-overload]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return _year_in(str(value)[:40])


@lru_cache(maxsize=10_000)  # tables have few distinct dates
def _year_in(text: str) -> int | None:
    match = _YEAR.search(text)
    return int(match[1]) if match else None


def title_and_year(title: str) -> tuple[str, int | None]:
    """Split a title such as ``Heat (1995)`` into title and year."""
    match = _TITLE_YEAR.search(title)
    return (title[: match.start()].rstrip(), int(match[1])) if match else (title, None)


def is_split(text: str) -> bool:
    """Return whether a text is the name of a split."""
    return text.lower() in _SPLITS


def split_of(value: object, where: str) -> Split | None:
    """Read the name of a split.

    Raises:
        CatalogueError: The name is not that of a split.
    """
    text = text_of(value, "split").lower()
    if text and text not in _SPLITS:
        raise CatalogueError(
            f"unknown split {text!r}", where=where, hint=f"use one of {', '.join(SPLITS)}"
        )
    return _SPLITS[text] if text else None


def _unwrapped(value: object) -> object:
    """Return the value that MongoDB has put into an object: ``{"$oid": "573a…"}``."""
    if isinstance(value, Mapping) and len(value) == 1:
        [(name, inner)] = value.items()
        if name in _WRAPPERS and isinstance(inner, str | int | float):
            return inner
    return value


def _is_integer(value: object) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value()


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _type_name(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else type(value).__name__
