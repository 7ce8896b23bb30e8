"""Group video files that are parts or versions of one film, by their names."""

import re
from collections.abc import Iterable

_PART = re.compile(
    r"(?P<head>.*?)[ _.\-]+(?:cd|dvd|part|pt|dis[ck])[ _.\-]*(?P<number>\d{1,2}|[a-d])"
    r"(?P<tail>(?:[ _.\-()\[\]].*)?)",
    re.IGNORECASE,
)
# "Part 1" is no disc: the folders of a series of films are named so.
_FOLDER = re.compile(r"(?:cd|dvd|dis[ck])[ _.\-]*(?:\d{1,2}|[a-d])", re.IGNORECASE)
_BRACKETS = re.compile(r"^\s*(?:[\[{(][^\])}]*[\])}]\s*)*")
_YEAR = re.compile(r"(?<![^ ._()\[\]-])(?:18|19|20)\d\d(?![^ ._()\[\]-])")


def group_parts(stems: Iterable[str]) -> list[list[str]]:
    """Group the files of a folder into films: ``Film-cd1`` and ``Film-cd2`` are one.

    Args:
        stems: Names without suffix.

    Returns:
        The file names of each film, in order. A single "Part 2" is a film of its own.

    """
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for stem in stems:
        match = _PART.fullmatch(stem)
        key: tuple[str, ...] = (stem,)
        if match:
            key = (match["head"].lower(), match["tail"].lower())
        groups.setdefault(key, []).append((match["number"].zfill(2) if match else "", stem))
    return [[stem for _, stem in sorted(group)] for group in groups.values()]


def title_of_parts(stem: str) -> str:
    """Return the name of a part without its number: ``Film`` for ``Film-cd1``."""
    match = _PART.fullmatch(stem)
    return match["head"] if match else stem


def one_film(folder: str, groups: list[list[str]]) -> bool:
    """Return whether all files of a folder belong to one film, possibly in several versions.

    The names of versions start with that of the folder: ``Film (1999) - 4K`` in ``Film (1999)``.
    Where the folder has no year, those of the files must be the same: ``Dune (1984)`` and ``Dune
    (2021)`` in ``Dune`` are two films, as for Jellyfin.
    """
    if len(groups) < 2:
        return bool(groups)
    years = {tuple(_YEAR.findall(first[len(folder) :])[-1:]) for first, *_ in groups}
    if len(years) > 1 and not _YEAR.search(folder):
        return False
    for first, *_ in groups:
        if not first.lower().startswith(folder.lower()):
            return False
        rest = _BRACKETS.sub("", first[len(folder) :]).lstrip()
        if rest and rest[0] not in "-_.":
            return False
    return True


def is_disc_folder(name: str) -> bool:
    """Return whether a folder name is that of one of several discs: ``cd1``, ``Disc 2``."""
    return _FOLDER.fullmatch(name) is not None
