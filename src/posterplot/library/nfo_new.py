"""A complete NFO for a film that has none."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_PAGES = {
    "tmdb": "https://www.themoviedb.org/movie/{}",
    "imdb": "https://www.imdb.com/title/{}",
}


def new_nfo(
    title: str,
    year: int | None,
    ids: Mapping[str, str],
    genres: Sequence[str],
    tags: Sequence[str] = (),
) -> bytes:
    """Write an NFO of a film as Kodi does: UTF-8, an element a line.

    Links to the film's pages follow the root where ids are known, so that Kodi still looks up the
    rest and puts these genres on top of it.

    Args:
        title: of the film.
        year: of release, if known.
        ids: ``imdb``, ``tmdb``, ``tvdb`` -> id.
        genres: to write.
        tags: to write.

    """
    lines = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', "<movie>"]
    lines.append(f"  <title>{_text(title)}</title>")
    if year:
        lines.append(f"  <year>{year}</year>")
    for n, (kind, value) in enumerate(sorted(ids.items())):
        default = ' default="true"' if n == 0 else ""
        lines.append(f'  <uniqueid type="{kind}"{default}>{_text(value)}</uniqueid>')
    lines += [f"  <genre>{_text(genre)}</genre>" for genre in genres]
    lines += [f"  <tag>{_text(tag)}</tag>" for tag in tags]
    lines.append("</movie>")
    lines += [page.format(ids[kind]) for kind, page in _PAGES.items() if kind in ids]
    return ("\n".join(lines) + "\n").encode()


def _text(value: str) -> str:
    printable = "".join(c for c in value if c.isprintable())
    return escape(printable.encode("utf-8", "replace").decode())
