"""Read the names of genres from a cell, in any notation."""

import ast
import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from posterplot.catalogue.cells import MISSING, text_of
from posterplot.catalogue.vocabularies import to_imdb
from posterplot.errors import FilmError
from posterplot.normalisation import normalized

_NUMBER = re.compile(r"(-?[0-9]{1,18})(?:\.0)?")
_UNLABELLED = -1  # what Hugging Face datasets hold where a label is unknown
_MAX_LIST_CHARS = 20_000  # parsing longer lists could exhaust memory
_NO_GENRE = MISSING | {"unknown", "not available", "(no genres listed)", "[]", "{}", "()", "?"}
# The first that a text has separates its genres. Others, such as "/", are also in names.
_SEPARATORS = ("|", ";", ",", "\n", " / ", "，", "、")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")  # genres are printed on terminals
_ESCAPE = re.compile(r"\\([\\'\"nrtxuUN0-7]?)")
# Two adjacent texts, such as NumPy's ['A' 'B'], which Python would join.
_SIDE_BY_SIDE = re.compile(r"""(['"])\s+(['"])""")
_TUPLE = re.compile(r"""\(\s*['"].*\)""", re.DOTALL)  # "(500) Days" is none
_ARRAY = re.compile(r"\{[^{}:']*\}")  # of PostgreSQL: {Drama,"Science Fiction"}


def genres_of(value: object, names: Mapping[int, str]) -> tuple[str, ...]:
    r"""Read a genre cell.

    The cell may hold names joined with ``|``, ``;``, ``,``, a line break, a slash between spaces or
    an East Asian comma; or a list, also in the notation of JSON, Python, NumPy or PostgreSQL, of
    names, of numbers, of one 0 or 1 per genre, or of objects with ``name``.

    Args:
        value: Value of the cell.
        names: Number -> genre, where genres are numbers; empty if they are not. The number -1 then
            means that there is no label.

    Returns:
        Distinct names in their order, in NFC, white space collapsed.

    Raises:
        FilmError: The genres cannot be read.

    >>> genres_of("Drama|Sci-Fi", {}), genres_of("[{'id': 18, 'name': 'Drama'}]", {})
    (('Drama', 'Sci-Fi'), ('Drama',))
    """
    items = _items(value)
    # a 0 or 1 per genre
    if names and len(items) == len(names) > 2 and all(i in (0, 1) for i in items):
        items = [number for number, yes in zip(names, items, strict=True) if yes]
    return clean_names(_name(item, names) for item in items)


def clean_names(names: Iterable[str]) -> tuple[str, ...]:
    """Normalise genre names: NFC, distinct, without control characters and without "none"."""
    plain = (_CONTROL.sub(" ", normalized("NFC", name)) for name in names)
    clean = (" ".join(name.split()) for name in plain)
    return tuple(dict.fromkeys(n for n in clean if n and n.casefold() not in _NO_GENRE))


def _items(value: object) -> Sequence[object]:
    if isinstance(value, FilmError):  # the reason from the format, why they cannot be used
        raise value
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, Mapping):
        return [value]
    text = text_of(value, "genres")
    if not text or text.casefold() in _NO_GENRE:
        return []
    if text[0] in "[{" or _TUPLE.fullmatch(text):
        listed = _literal(text)
        return listed if isinstance(listed, list) else [listed]
    separator = next((mark for mark in _SEPARATORS if mark in text), "|")
    return text.split(separator)


def _literal(text: str) -> object:
    """Read a list in JSON or Python notation. pandas writes lists to CSV in the latter."""
    value: object = None
    if len(text) <= _MAX_LIST_CHARS:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            try:
                value = _python(_SIDE_BY_SIDE.sub(r"\1, \2", text))
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                value = next(csv.reader([text[1:-1]])) if _ARRAY.fullmatch(text) else None
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, set):
        value = sorted(value, key=str)
    if not isinstance(value, list | dict):
        raise FilmError(
            f'genres look like a list but are not JSON: write ["A", "B"] or A|B, not {text[:40]}'
        )
    return value


def _contradicts(name: object, genre: str) -> bool:
    """Return whether a name is that of another genre, so that its number is not of this list."""
    own = to_imdb(name) if isinstance(name, str) else None
    return own is not None and own != to_imdb(genre)


def _python(text: str) -> object:
    # Before any other letter, a backslash is literal. Python would warn about it.
    return ast.literal_eval(_ESCAPE.sub(lambda m: m[0] if m[1] else "\\" + m[0], text))


def _name(item: object, names: Mapping[int, str]) -> str:
    if isinstance(item, Mapping):
        number, name = item.get("id"), item.get("name")
        if isinstance(number, int) and number in names and not _contradicts(name, names[number]):
            return names[number]  # the name may be in any language
        item = name
        if not isinstance(item, str):
            raise FilmError("genres hold an object without a name")
    if isinstance(item, float) and item.is_integer():
        item = int(item)
    if names and isinstance(item, str) and (match := _NUMBER.fullmatch(item.strip())):
        item = int(match[1])
    if names and isinstance(item, int):
        if item == _UNLABELLED:
            return ""
        if item not in names:
            raise FilmError(f"genres hold an unknown number: {item}")
        return names[item]
    if item is None or isinstance(item, str):
        return text_of(item, "genre")
    if isinstance(item, int):
        raise FilmError(f"genres are not all text, and nothing says what number {item} is")
    raise FilmError("genres are not all text")
