"""Title, year and ids of a film from the name of its folder or file."""

import re
from typing import NamedTuple

# By far the commonest form, read at once: guessit takes 12 ms a name.
_PLAIN = re.compile(r"([^()\[\]{}._]+) \(((?:18|19|20)\d\d)\)")
_ID = re.compile(r"[\[{(](imdb|tmdb|tvdb)(?:id)?[-=]((?:tt)?\d+)[\]})]", re.IGNORECASE)
_IMDB = re.compile(r"\btt\d{7,9}\b")


class Name(NamedTuple):
    """What a name tells.

    Attributes:
        title: empty if it tells none.
        year: of release, or None.
        ids: ``imdb``, ``tmdb``, ``tvdb`` -> id.

    """

    title: str
    year: int | None
    ids: dict[str, str]


def parse_name(name: str) -> Name:
    """Read the name of a folder or, without its suffix, of a file.

    >>> parse_name("Blade Runner 2049 (2017) {tmdb-335984}")
    Name(title='Blade Runner 2049', year=2017, ids={'tmdb': '335984'})
    >>> parse_name("1917.2019.2160p.BluRay.x265-GROUP")
    Name(title='1917', year=2019, ids={})
    """
    ids = {kind.lower(): value for kind, value in _ID.findall(name)}
    if imdb := _IMDB.search(name):
        ids.setdefault("imdb", imdb[0])
    bare = _ID.sub("", name).strip()
    if match := _PLAIN.fullmatch(bare):
        return Name(match[1].strip(), int(match[2]), ids)
    from guessit.api import GuessitException, guessit  # takes a third of a second to import

    readable = bare.encode("utf-8", "replace").decode()
    try:
        guess = guessit(readable, {"type": "movie"})
    except GuessitException:  # it fails on some names that no film has
        return Name(readable, None, ids)
    title, year = guess.get("title"), guess.get("year")
    if isinstance(title, list):  # guessit gives several of a name that repeats itself
        title = title[0]
    if not title:  # "2012" is a title where nothing else is one
        return Name(readable, None, ids)
    return Name(str(title), year if isinstance(year, int) else None, ids)
