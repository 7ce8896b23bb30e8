"""Change the genres and tags of one NFO of a film, and check what a media server would read."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from posterplot.library.genre_names import same_genre
from posterplot.library.journal import Change
from posterplot.library.nfo_edit import Splice, add_elements, replace_genres
from posterplot.library.nfo_read import NfoFacts, read
from posterplot.library.nfo_scan import Nfo, NfoError, scan
from posterplot.library.write import Original, read_file

_UNREADABLE = "\ufffd"  # what decoding puts in place of bytes that are no letter


class NfoFile(NamedTuple):
    """An NFO of a film.

    Attributes:
        file: The file as it was read.
        nfo: Its elements.
        facts: What they say.

    """

    file: Original
    nfo: Nfo
    facts: NfoFacts


class Wanted(NamedTuple):
    """What all NFOs of a film shall have.

    Attributes:
        existing: Genres that any of them has.
        genres: Genres to write.
        tags: Tags to add.
        replace: Whether the genres take the place of the existing ones.

    """

    existing: Sequence[str]
    genres: Sequence[str]
    tags: Sequence[str]
    replace: bool


def read_nfo(path: Path, kind: str, *, to_write: bool = True) -> NfoFile:
    """Read an NFO of a film or a series.

    Args:
        path: Path of the file.
        kind: ``film`` or ``series``.
        to_write: Whether a file that cannot be written is refused.

    Raises:
        NfoError: The file cannot be read, or cannot be edited safely.

    """
    file = read_file(path, to_write=to_write)
    nfo = scan(file.data, "tvshow" if kind == "series" else "movie")
    return NfoFile(file, nfo, read(nfo))


def change_nfo(nfo: NfoFile, wanted: Wanted, path: str) -> Change:
    """Return the change that gives an NFO these genres; it has no splices if nothing changes.

    Args:
        nfo: NFO to change.
        wanted: What it shall have.
        path: Its path relative to the library.

    Raises:
        NfoError: The NFO cannot be edited safely.

    """
    existing = nfo.facts.genres
    splices: list[Splice] = []
    if wanted.replace:
        values = [nfo.nfo.value(element) for element in nfo.nfo.named("genre")]
        # not for another order alone: Jellyfin sorts genres each time that it saves
        if wanted.genres and sorted(values) != sorted(wanted.genres):
            splices += replace_genres(nfo.nfo, wanted.genres)
    else:
        # genres of another NFO of the film come first, so that all NFOs end with the same genres
        both = (*wanted.existing, *wanted.genres)
        added = tuple(name for name in both if not same_genre(name, existing))
        if unreadable := next((name for name in added if _UNREADABLE in name), ""):
            raise NfoError(
                f"{nfo.file.path.name} lacks the genre {unreadable} of another NFO of the film,"
                " whose letters cannot be read; save that NFO as UTF-8"
            )
        if added:
            splices += add_elements(nfo.nfo, "genre", added)
    existing_tags = [tag.casefold() for tag in nfo.facts.tags]
    tags = [tag for tag in wanted.tags if tag.casefold() not in existing_tags]
    if tags:
        splices += add_elements(nfo.nfo, "tag", tags)
    change = Change(path, nfo.file.data, tuple(splices))
    _check(change, nfo, wanted)
    return change


def _check(change: Change, nfo: NfoFile, wanted: Wanted) -> None:
    """Read the new content as a media server would, and refuse it if anything else changed."""
    if not change.splices:
        return
    unsafe = NfoError(f"{nfo.file.path.name} cannot be edited safely")
    try:
        after = read(scan(change.new, nfo.nfo.root))
    except NfoError as error:
        raise unsafe from error
    before = nfo.facts
    unchanged = ("title", "year", "plot", "ids", "lock")
    if any(getattr(before, name) != getattr(after, name) for name in unchanged):
        raise unsafe
    if wanted.replace and wanted.genres:
        correct = sorted(after.genres) == sorted(wanted.genres)
    else:
        both = (*wanted.existing, *wanted.genres)
        correct = all(same_genre(name, after.genres) for name in both)
    if not correct:
        raise unsafe
