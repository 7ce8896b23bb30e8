"""Parse title, year and ids from the name of a film's folder or file."""

import re
from typing import NamedTuple

# The most common form. It is parsed here, because guessit takes 12 ms per name.
_PLAIN = re.compile(r"([^()\[\]{}._]+) \(((?:18|19|20)\d\d)\)")
_ID = re.compile(r"[\[{(](imdb|tmdb|tvdb)(?:id)?[-=]((?:tt)?\d+)[\]})]", re.IGNORECASE)
_IMDB = re.compile(r"\btt\d{7,9}\b")


class Name(NamedTuple):
    """Title, year and ids from a name.

    Attributes:
        title: Title; empty if there is none.
        year: Year of release, or None.
        ids: ``imdb``, ``tmdb``, ``tvdb`` -> id.

    """

    title: str
    year: int | None
    ids: dict[str, str]


def parse_name(name: str) -> Name:
    """Parse the name of a folder, or the name of a file without its suffix.

    >>> parse_name("Blade Runner 2049 (2017) {tmdb-335984}")
    Name(title='Blade Runner 2049', year=2017, ids={'tmdb': '335984'})
    >>> parse_name("1917.2019.2160p.BluRay.x265-GROUP")
    Name(title='1917', year=2019, ids={})
    """
    ids = {site.lower(): value for site, value in _ID.findall(name)}
    if imdb := _IMDB.search(name):
        ids.setdefault("imdb", imdb[0])
    bare = _ID.sub("", name).strip()
    if match := _PLAIN.fullmatch(bare):
        return Name(match[1].strip(), int(match[2]), ids)
    from guessit.api import GuessitException, guessit  # guessit takes a third of a second to import

    readable = bare.encode("utf-8", "replace").decode()
    try:
        guess = guessit(readable, {"type": "movie"})
    except GuessitException:  # guessit raises it for some names that are not of films
        return Name(readable, None, ids)
    title, year = guess.get("title"), guess.get("year")
    if isinstance(title, list):  # guessit returns several if a name repeats itself
        title = title[0]
    if not title:  # as in "2012", which guessit takes for a year
        return Name(readable, None, ids)
    return Name(str(title), year if isinstance(year, int) else None, ids)
