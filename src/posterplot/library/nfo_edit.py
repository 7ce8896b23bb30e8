"""Change the genres in an NFO and keep every other byte."""

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from posterplot.library.nfo_scan import Element, Nfo

# In an NFO without genres, they are added after the last of these elements, as media managers do.
_BEFORE_GENRES = ("plot", "outline", "tagline", "review", "biography")


class Splice(NamedTuple):
    """A replacement of bytes in a file.

    Attributes:
        start, end: Byte offsets; equal for an insertion.
        content: The bytes that replace them.

    """

    start: int
    end: int
    content: bytes


def add_elements(nfo: Nfo, name: str, values: Sequence[str]) -> list[Splice]:
    """Add elements after the last one with this name, with the same indentation.

    Args:
        nfo: NFO to edit.
        name: Name of the elements: ``genre`` or ``tag``.
        values: Plain text, at least one.

    """
    existing = nfo.named(name) or (nfo.named("genre") if name == "tag" else [])
    anchors = existing or nfo.named(*_BEFORE_GENRES) or list(nfo.children)
    if anchors:
        position, lead = anchors[-1].end, _lead(nfo, anchors[-1])
    else:
        position = nfo.inside[0]
        content = nfo.text[slice(*nfo.inside)]
        lead = next((f"{end}  " for end in ("\r\n", "\n", "\r") if end in content), "")
    added = "".join(f"{lead}{_element(name, value)}" for value in values)
    offset = nfo.offset(position)
    return [Splice(offset, offset, nfo.encode(added))]


def replace_genres(nfo: Nfo, values: Sequence[str]) -> list[Splice]:
    """Replace the first genre element by these genres, and remove the others.

    Args:
        nfo: NFO to edit.
        values: Plain text, at least one.

    """
    existing = nfo.named("genre")
    if not existing:
        return add_elements(nfo, "genre", values)
    first, *others = existing
    block = _lead(nfo, first).join(_element("genre", value) for value in values)
    splices = [Splice(nfo.offset(first.start), nfo.offset(first.end), nfo.encode(block))]
    for element in others:
        start = element.start - len(_lead(nfo, element))
        splices.append(Splice(nfo.offset(start), nfo.offset(element.end), b""))
    return splices


def apply(data: bytes, splices: Sequence[Splice]) -> bytes:
    """Return the bytes of a file with the splices applied. Splices must not overlap."""
    for start, end, content in sorted(splices, reverse=True):
        data = data[:start] + content + data[end:]
    return data


def _element(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"


def _lead(nfo: Nfo, element: Element) -> str:
    """Return the line end and the indentation before an element; empty if text precedes it."""
    text, start = nfo.text, element.start
    while text[start - 1] in " \t":
        start -= 1
    if text[start - 1] == "\n":
        start -= 2 if text[start - 2] == "\r" else 1
    elif text[start - 1] == "\r":
        start -= 1
    return text[start : element.start]
