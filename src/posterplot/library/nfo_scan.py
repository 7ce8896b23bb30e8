"""Find the byte positions of the elements of an NFO with a tolerant scanner.

Media servers read files that no XML parser accepts (a bare ``&``, links after the root), and no
parser writes a file back byte for byte. So the scanner finds the direct children of the root and
nothing else; :mod:`posterplot.library.nfo_edit` then changes only the bytes in question.
"""

import codecs
import html
import re
from dataclasses import dataclass

from posterplot.errors import FilmError

# Larger than any NFO that a media manager writes; Radarr itself reads up to 10 MB.
MAX_BYTES = 5_000_000

# The markup that matters here. Possessive and lazy repeats keep the time linear.
_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    r"|</(?P<close>[^\s<>/]+)\s*>"
    r"|<(?P<open>[A-Za-z_:\x80-\U0010ffff][^\s<>/!?='\"&;]*)"
    r"(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>",
    re.DOTALL,
)
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_NO_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
_CDATA = "<![CDATA["
_LINK = re.compile(r"https?://|\btt\d{7,}")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    # before UTF-16, whose byte-order mark is a prefix of this one
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings in which each ASCII byte is that character, so markup is found without decoding.
_ASCII_BASED = re.compile(r"(ascii|utf-8|iso8859|cp125|cp8|cp437|koi8|gb|big5|euc|shift_jis|mac-)")


class NfoError(FilmError):
    """An NFO cannot be edited.

    Args:
        what: Reason, as a phrase.
        foreign: Whether it is not the NFO of a film (but release notes, links, an episode), so
            that another NFO of the same film may still be edited.

    """

    def __init__(self, what: str, *, foreign: bool = False) -> None:
        super().__init__(what)
        self.foreign = foreign


@dataclass(frozen=True, slots=True)
class Element:
    """A direct child of the root.

    Attributes:
        name: Name of the element, as it is written.
        start, end: Offsets of the whole element in :attr:`Nfo.text`.
        inner: Start and end of its content; None for ``<genre/>``.
        nested: Whether it holds other elements.

    """

    name: str
    start: int
    end: int
    inner: tuple[int, int] | None
    nested: bool


@dataclass(frozen=True, slots=True)
class Nfo:
    """The root of an NFO and its children.

    Attributes:
        data: Bytes of the file.
        root: Name of the root: ``movie`` or ``tvshow``.
        text: The file in which markup is found: one character per byte, or decoded from UTF-16 or
            UTF-32.
        codec: Encoding of the values; None if unknown.
        wide: The codec of ``text`` where it is UTF-16 or UTF-32, else empty.
        prolog: The text before the root.
        children: Children of the root, in order.
        inside: Start and end of the root's content.
        bad_entity: Offset of the first ``&`` that starts no XML entity, or None.

    """

    data: bytes
    root: str
    text: str
    codec: str | None
    wide: str
    prolog: str
    children: tuple[Element, ...]
    inside: tuple[int, int]
    bad_entity: int | None

    def named(self, *names: str) -> list[Element]:
        """Return the children with these names, in order."""
        return [child for child in self.children if child.name in names]

    def value(self, element: Element) -> str:
        """Return the text of an element, with entities and CDATA decoded and comments left out."""
        if element.inner is None:
            return ""
        raw = self.text[element.inner[0] : element.inner[1]]
        if not self.wide:
            raw = raw.encode("latin-1").decode(self.codec or "utf-8", "replace")
        parts, position = [], 0
        for token in _TOKEN.finditer(raw):
            parts.append(html.unescape(raw[position : token.start()]))
            if token[0].startswith(_CDATA):
                parts.append(token[0][len(_CDATA) : -len("]]>")])
            position = token.end()
        return "".join((*parts, html.unescape(raw[position:]))).strip()

    def offset(self, position: int) -> int:
        """Return the offset in ``data`` of a position in ``text``."""
        if not self.wide:
            return position
        return len(self.text[:position].encode(self.wide, "surrogatepass"))

    def encode(self, text: str) -> bytes:
        """Encode new markup.

        In an encoding other than Unicode, characters outside ASCII become character references:
        Jellyfin reads such a file as UTF-8 whatever it declares, and all programs read references.
        """
        if self.wide or self.codec == "utf-8":
            return text.encode(self.wide or "utf-8")
        return text.encode("ascii", "xmlcharrefreplace")


def scan(data: bytes, root: str = "movie") -> Nfo:
    """Find the children of the root of an NFO.

    Args:
        data: Bytes of the whole file.
        root: Required name of the root: ``movie`` or ``tvshow``.

    Raises:
        NfoError: The file cannot be edited safely; the message says why.

    """
    text, codec, wide, position = _decode(data)
    if not text[position:].strip():
        raise NfoError("is empty", foreign=True)
    match, opened = _find_root(text, position)
    name = match["open"]
    if name == f"{root}s":
        raise NfoError(f"holds several films in one <{name}>")
    if name != root:
        raise NfoError(f"its root is <{name}>, not <{root}>", foreign=True)
    if match["attributes"].endswith("/"):
        raise NfoError(f"holds nothing but <{root}/>", foreign=True)
    children, close, end, bad = _children(text, match.end(), root)
    _check_rest(text, end)
    inside = (match.end(), close)
    return Nfo(data, root, text, codec, wide, text[:opened], children, inside, bad)


def _decode(data: bytes) -> tuple[str, str | None, str, int]:
    """Return ``text``, ``codec`` and ``wide`` of :class:`Nfo`, and the offset of the text."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            if codec == "utf-8":
                return data.decode("latin-1"), _checked_codec(data, "utf-8"), "", len(bom)
            try:
                return data.decode(codec, "surrogatepass"), codec, codec, 1
            except UnicodeDecodeError as error:
                raise NfoError(f"is not valid {codec[:6].upper()}") from error
    declared = _DECLARED.match(data[:200].lstrip())
    codec = "utf-8"
    if declared:
        try:
            codec = codecs.lookup(declared[1].decode()).name
        except LookupError:
            codec = "unknown"
    if data.isascii():
        codec = "utf-8" if codec == "utf-8" else "ascii"
    usable = _checked_codec(data, codec) if _ASCII_BASED.match(codec) else None
    return data.decode("latin-1"), usable, "", 0


def _checked_codec(data: bytes, codec: str) -> str | None:
    """Return the codec if decoding and encoding the file with it gives the same bytes."""
    try:
        return codec if data.decode(codec).encode(codec) == data else None
    except UnicodeError:
        return None


def _find_root(text: str, position: int) -> tuple[re.Match[str], int]:
    """Return the match of the root's start tag, and its position."""
    while True:
        start = text.find("<", position)
        match = _TOKEN.match(text, start) if start >= 0 else None
        if start >= 0 and text[start : start + 9].upper() == "<!DOCTYPE":
            raise NfoError("has a DOCTYPE, and Jellyfin reads nothing of such a file")
        if match is None or match["close"] or text[position:start].strip():
            what = "holds links only" if _LINK.search(text) else "holds no XML"
            if match is None and text.startswith("<", start) and "<?xml" in text[:start]:
                raise NfoError("ends before its root does")
            raise NfoError(what, foreign=True)
        if match["open"]:
            return match, start
        position = match.end()


def _children(
    text: str, position: int, root: str
) -> tuple[tuple[Element, ...], int, int, int | None]:
    """Return the children, where the root's end tag starts and ends, and the first bad entity."""
    children: list[Element] = []
    stack = [root]
    child, bad = (0, 0), None  # start of the current child, and start of its content
    nested = False
    while True:
        start = text.find("<", position)
        if bad is None and start >= 0 and (entity := _NO_ENTITY.search(text, position, start)):
            bad = entity.start()
        match = _TOKEN.match(text, start) if start >= 0 else None
        if match is None:
            if start >= 0 and _is_damaged(text, start):
                raise NfoError(f"is not well-formed in line {text.count(chr(10), 0, start) + 1}")
            raise NfoError(f"ends before </{root}>")
        position = match.end()
        if match["open"]:
            empty = match["attributes"].endswith("/")
            if len(stack) > 1:
                nested = True
            elif empty:
                children.append(Element(match["open"], start, position, None, nested=False))
            else:
                child, nested = (start, position), False
            if not empty:
                stack.append(match["open"])
        elif match["close"]:
            if stack.pop() != match["close"]:
                line = text.count("\n", 0, start) + 1
                raise NfoError(f"is not well-formed in line {line}: </{match['close']}>")
            if not stack:
                return tuple(children), start, position, bad
            if len(stack) == 1:
                inner = (child[1], start)
                children.append(Element(match["close"], child[0], position, inner, nested))


def _is_damaged(text: str, start: int) -> bool:
    """Return whether a ``<`` is stray, and not the start of a tag where the file was truncated."""
    return ">" in text[start:] or "<" in text[start + 1 :]


def _check_rest(text: str, position: int) -> None:
    """Refuse a second root; links, comments and any other text may follow the first."""
    while (start := text.find("<", position)) >= 0:
        match = _TOKEN.match(text, start)
        if match is None and text.startswith(("<!--", "<?", _CDATA), start):
            return  # what does not end holds all that follows; to search on would take for ever
        if match is not None and match["open"]:
            raise NfoError("has more than one root")
        position = match.end() if match else start + 1
