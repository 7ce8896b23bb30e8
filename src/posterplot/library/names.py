"""Parse title, year and ids from the name of a film's folder or file."""

import re
from typing import NamedTuple

# The form that media managers write: the title, the year in parentheses, and anything else. It is
# parsed here, because guessit takes 12 ms per name, drops full stops and a number in parentheses
# from a title, and takes what follows a dash for another title.
_PLAIN = re.compile(
    r"(?P<title>(?:\((?!(?:18|19|20)\d\d\))[^()\[\]{}_]+\))?[^()\[\]{}_]+"
    r"|\[\w+\](?:(?:[²³]| \d)(?!\S)[^()\[\]{}_]*?)?)"  # "[REC]²"; "[GROUP] Film" is left to guessit
    r" \((?P<year>(?:18|19|20)\d\d)\)(?:[ \-\[{(].*)?"
)
# A film has no episodes, and guessit lists every one of "e01-e99999", which takes minutes.
_GUESS = {"type": "movie", "excludes": ["episode", "season"]}
_SCENE = re.compile(r"\S*\.\S*")  # "The.Salt.Ship", whose full stops are spaces
_ID = re.compile(
    r"[\[{(](imdb|tmdb|tvdb)(?:id)?[-=](tt)?0*([1-9]\d*)[\]})]", re.IGNORECASE | re.ASCII
)
_IMDB = re.compile(r"\btt\d{7,9}\b")

_YEAR_IN_BRACKETS = re.compile(r"[(\[](?:18|19|20)\d\d[)\]]")
_YEAR_AFTER_TITLE = re.compile(r"[^ ._-].*[ ._-](?:18|19|20)\d\d(?!\w)")


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


def name_of_film(folder: str, file: str, *, alone: bool) -> str:
    """Return the name of a film: that of its folder, or that of its file if that says more.

    A folder may be named after a genre, a year or a series of films. So a year counts, most of all
    in brackets.

    Args:
        folder: Name of the folder.
        file: Name of the file without suffix.
        alone: Whether the folder has no other folder in it. Otherwise an id in its name may be that
            of a series of films.

    >>> name_of_film("Horror", "Alien (1979)", alone=True)
    'Alien (1979)'
    >>> name_of_film("Alien (1979)", "grp-aln", alone=True)
    'Alien (1979)'
    """
    if alone and _has_id(folder):
        return folder
    file_says = 2 if _has_id(file) else _certainty(file)
    return file if file_says > _certainty(folder) else folder


def names_a_film(folder: str) -> bool:
    """Return whether the name of a folder is that of a film: it has an id or a year in brackets.

    >>> names_a_film("Alien (1979)"), names_a_film("Films")
    (True, False)
    """
    return _has_id(folder) or bool(_YEAR_IN_BRACKETS.search(folder))


def _has_id(name: str) -> bool:
    return bool(_ID.search(name) or _IMDB.search(name))


def _certainty(name: str) -> int:
    """Return how certainly a name has the year of a film: 2 in brackets, 1 after a title, or 0."""
    if _YEAR_IN_BRACKETS.search(name):
        return 2
    return 1 if _YEAR_AFTER_TITLE.search(name) else 0


def _ids(name: str) -> dict[str, str]:
    """Return the ids in brackets as their sites write them: ``tt`` is of IMDb alone."""
    ids = {}
    for site, prefix, number in _ID.findall(name):
        if site.lower() == "imdb":
            ids["imdb"] = f"tt{number.zfill(7)}"
        elif not prefix:
            ids[site.lower()] = number
    return ids


def parse_name(name: str) -> Name:
    """Parse the name of a folder, or the name of a file without its suffix.

    >>> parse_name("Blade Runner 2049 (2017) {tmdb-335984}")
    Name(title='Blade Runner 2049', year=2017, ids={'tmdb': '335984'})
    >>> parse_name("1917.2019.2160p.BluRay.x265-GROUP")
    Name(title='1917', year=2019, ids={})
    """
    ids = _ids(name)
    if imdb := _IMDB.search(name):
        ids.setdefault("imdb", imdb[0])
    bare = _ID.sub("", name).strip()
    if (match := _PLAIN.fullmatch(bare)) and not _SCENE.fullmatch(match["title"]):
        return Name(match["title"].strip(), int(match["year"]), ids)
    from guessit.api import GuessitException, guessit  # guessit takes a third of a second to import

    readable = bare.encode("utf-8", "replace").decode()
    try:
        guess = guessit(readable, _GUESS)
    except GuessitException:  # guessit raises it for some names that are not of films
        return Name(readable, None, ids)
    title, year = guess.get("title"), guess.get("year")
    if isinstance(title, list):  # guessit returns several if a name repeats itself
        title = title[0]
    if not title:  # as in "2012", which guessit takes for a year
        return Name(readable, None, ids)
    return Name(str(title), year if isinstance(year, int) else None, ids)
