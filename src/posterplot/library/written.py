"""Tell genres that posterplot wrote from those of somebody else."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from posterplot.catalogue.vocabularies import to_imdb
from posterplot.files import writing
from posterplot.library.journal import Change, films_of, library_of
from posterplot.library.journal_folder import state_folder
from posterplot.library.nfo_read import read
from posterplot.library.nfo_scan import Nfo, NfoError, scan
from posterplot.library.plan import Decision

_DIGEST_BYTES = 16


class WrittenGenres:
    """The genres that posterplot wrote below a folder, except in undone runs.

    Args:
        folder: A library, a folder in one, or one that holds libraries; with no link in its path.

    Raises:
        OutputError: The journal is damaged, or of a newer posterplot.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._contents: set[bytes] = set()  # digests of whole files, whatever their path is now
        self._added: dict[Path, set[str]] = {}
        self._reduced: dict[Path, list[set[str]]] = {}
        for path, change in _changes(folder):
            old, new = _genres(change.old or b""), _genres(change.new)
            if old == new:
                continue
            self._contents.add(_digest(change.new))
            self._added.setdefault(path, set()).update(new - old)
            if old - new:
                self._reduced.setdefault(path, []).append(new)

    def are_kept_by(self, decision: Decision) -> bool:
        """Return whether a film that keeps its genres has some that posterplot wrote."""
        for name in decision.nfo:
            path = self._folder / name
            with suppress(OSError, NfoError):
                if self.are_in(path, _scan(path.read_bytes())):
                    return True
        return False

    def are_in(self, path: Path, nfo: Nfo) -> bool:
        """Return whether the genres of an NFO are, in whole or in part, what posterplot wrote.

        They are if the file is as it was written, also if its film was moved or renamed since; if
        it has a genre that was added to it; or if it has exactly those that were left to it.

        Args:
            path: Path of the file.
            nfo: Its content.

        """
        genres = _names(nfo)
        return (
            _digest(nfo.data) in self._contents
            or not genres.isdisjoint(self._added.get(path, ()))
            or genres in self._reduced.get(path, ())
        )


def _changes(folder: Path) -> Iterator[tuple[Path, Change]]:
    """Yield the changes that were not undone in all libraries above or below a folder."""
    state = state_folder()
    with writing(state), suppress(FileNotFoundError):
        next(state.iterdir(), None)  # glob finds nothing, silently, where it may not read
    for run in sorted([*state.glob("*/[0-9]*.jsonl"), *state.glob("*/[0-9]*.undone")]):
        library = library_of(run)
        if library is None:
            continue
        if not (library.is_relative_to(folder) or folder.is_relative_to(library)):
            continue
        for changes in films_of(run):
            for change in changes:
                yield library / change.path, change


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()


def _genres(data: bytes) -> set[str]:
    try:
        return _names(_scan(data))
    except NfoError:  # there was no file
        return set()


def _scan(data: bytes) -> Nfo:
    """Scan the NFO of a film or a series."""
    try:
        return scan(data)
    except NfoError:
        return scan(data, "tvshow")


def _names(nfo: Nfo) -> set[str]:
    """Return the genres of an NFO by their IMDb names: programs may rewrite them as others."""
    genres = read(nfo).genres
    return {name for genre in genres for name in to_imdb(genre) or (genre.casefold(),)}
