"""Write a complete NFO for a film without one."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

# The links from which Kodi looks up a film.
PAGES = {
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
    """Return the NFO of a film as Kodi writes it: UTF-8, one element per line.

    If ids are known, links to the film's pages follow the root, so that Kodi still looks up the
    other metadata, and these genres override those it finds.

    Args:
        title: Title of the film.
        year: Year of release, if known.
        ids: ``imdb``, ``tmdb``, ``tvdb`` -> id.
        genres: Genres of the film.
        tags: Tags of the film.

    """
    lines = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', "<movie>"]
    lines.append(f"  <title>{_text(title)}</title>")
    if year:
        lines.append(f"  <year>{year}</year>")
    for n, (site, value) in enumerate(sorted(ids.items())):
        default = ' default="true"' if n == 0 else ""
        lines.append(f'  <uniqueid type="{site}"{default}>{_text(value)}</uniqueid>')
    lines += [f"  <genre>{_text(genre)}</genre>" for genre in genres]
    lines += [f"  <tag>{_text(tag)}</tag>" for tag in tags]
    lines.append("</movie>")
    lines += [page.format(ids[site]) for site, page in PAGES.items() if site in ids]
    return ("\n".join(lines) + "\n").encode()


def _text(value: str) -> str:
    printable = "".join(c for c in " ".join(value.split()) if c.isprintable())
    return escape(printable.encode("utf-8", "replace").decode())
