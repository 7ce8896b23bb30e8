"""Find the films of a media library, with their video files, NFOs and posters.

Layouts are those of Jellyfin and Kodi: one folder per film, several films in a folder, parts,
versions, DVD and Blu-ray folders. One folder is held in memory at a time, so memory does not grow
with the library. No link is followed out of it.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import DirEntry
from pathlib import Path
from typing import Literal, NamedTuple

from posterplot.errors import UsageError
from posterplot.library.artwork import FILM, SERIES, find_poster
from posterplot.library.exclude import (
    Rules,
    excluded,
    find_marker,
    is_episode,
    is_extras,
    is_left_out,
    is_season,
    is_video,
    may_hold_films,
    rules_above,
    rules_of,
)
from posterplot.library.folder import Files, Folder
from posterplot.library.names import name_of_film
from posterplot.library.parts import group_parts, is_disc_folder, one_film, title_of_parts

Kind = Literal["film", "series"]


@dataclass(frozen=True, slots=True)
class Found:
    """A film or a series.

    Attributes:
        kind: Whether it is a film or a series.
        path: Path of its first video, or of its folder if it has several files or is a disc.
        name: Name of the folder or file; it may hold a title and a year.
        nfos: All its NFOs that some media server reads; may be empty.
        poster: The picture that a media server shows, or None.
        new_nfo: The NFO that most servers would read, if it existed.

    """

    kind: Kind
    path: Path
    name: str
    nfos: tuple[Path, ...]
    poster: Path | None
    new_nfo: Path


class LeftOut(NamedTuple):
    """A file or folder that was left out.

    Attributes:
        path: Path of the file or folder.
        reason: Why it was left out.
        is_error: Whether this is an error. It is not if the user has excluded the film.

    """

    path: Path
    reason: str
    is_error: bool


def library_root(library: Path) -> Path:
    """Return a library's path with links resolved.

    Raises:
        UsageError: The path is not a folder.

    """
    if not library.is_dir():
        problem = "is a file, not a folder" if library.exists() else "no such folder"
        raise UsageError(problem, where=library, hint="name the folder of your library")
    return library.resolve()


def find_films(root: Path, *, series: bool = False) -> Iterator[Found | LeftOut]:
    """Find every film of a library, in the order of their paths.

    Args:
        root: The library, with no link in its path.
        series: Whether series are found too. Otherwise they are left out with a reason.

    """
    above, excluding_file = rules_above(root)
    if excluding_file:
        yield LeftOut(root, f"left out by {excluding_file}", is_error=False)
        return
    waiting: list[tuple[Path, tuple[Rules, ...]]] = [(root, above)]
    while waiting:
        path, rules = waiting.pop()
        try:
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
            found, below = _search_folder(path, root, entries, rules, series=series)
        except OSError as error:
            yield LeftOut(path, f"cannot be read ({error.strerror or error})", is_error=True)
            continue
        yield from found
        waiting.extend(reversed(below))


def _search_folder(
    path: Path,
    root: Path,
    entries: "list[DirEntry[str]]",
    rules: tuple[Rules, ...],
    *,
    series: bool,
) -> tuple[list[Found | LeftOut], list[tuple[Path, tuple[Rules, ...]]]]:
    """Return the films of a folder, and the folders below it that may hold more."""
    by_name = {entry.name: entry for entry in entries}
    if (marker := find_marker(by_name)) and entries:
        return [LeftOut(path, f"left out by {marker}", is_error=False)], []
    folder_rules, excluding_file = rules_of(path, by_name)
    if excluding_file:
        return [LeftOut(path, f"left out by {excluding_file}", is_error=False)], []
    rules = (*rules, *folder_rules)
    found: list[Found | LeftOut] = []
    below: list[tuple[Path, tuple[Rules, ...]]] = []
    files: Files = {}
    nfos: dict[str, list[Path]] = {}
    folders: list[str] = []
    extras: list[str] = []
    for entry in entries:
        is_folder = _leads_to_folder(entry)
        if is_folder and is_left_out(entry.name):
            continue
        if rules and (source := excluded(Path(entry.path), rules, folder=is_folder)):
            if is_folder or is_video(entry.name):
                found.append(LeftOut(Path(entry.path), f"left out by {source}", is_error=False))
            continue
        if not is_folder:
            if entry.name.startswith("."):  # as the ._NAME that macOS leaves on a server
                continue
            files.setdefault(entry.name.lower(), entry)
            if entry.name.lower().endswith(".nfo"):
                nfos.setdefault(entry.name.lower(), []).append(Path(entry.path))
        elif entry.is_symlink():
            reason = "is a symbolic link to a folder, which is not followed"
            found.append(LeftOut(Path(entry.path), reason, is_error=False))
        else:
            (extras if is_extras(entry.name) else folders).append(entry.name)
    folder = Folder(path, root, files, nfos, folders, extras)
    films, deeper = _films(folder, series=series)
    found += films
    if deeper:
        more, passed = _search_extras(folder, films)
        found += passed
        below = [(path / name, rules) for name in sorted(folders + more, key=os.fsencode)]
    return found, below


def _search_extras(
    folder: Folder, films: "list[Found | LeftOut]"
) -> tuple[list[str], list[LeftOut]]:
    """Return the folders with a name of extras that may hold films, and those left out.

    Extras lie beside a film. Where there is none, or where films of other folders are too, a folder
    does not disappear without a line.
    """
    if any(isinstance(film, Found) for film in films) and not folder.is_mixed_root():
        return [], []
    more = [name for name in folder.extras if may_hold_films(name)]
    reason = "has a name of extras, and is not searched for films"
    passed = [name for name in folder.extras if name not in more]
    return more, [LeftOut(folder.path / name, reason, is_error=False) for name in passed]


def _leads_to_folder(entry: "DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that points to itself
        return False


def _films(folder: Folder, *, series: bool) -> tuple[list[Found | LeftOut], bool]:
    """Return the films of a folder, and whether the folders below it may hold more."""
    if folder.existing("tvshow.nfo"):
        if series:
            return [_series(folder)], False
        return [LeftOut(folder.path, "is a series; `series` tags it too", is_error=False)], False
    if folder.path != folder.root and any(is_season(name) for name in folder.folders):
        return [LeftOut(folder.path, "is a series without a tvshow.nfo", is_error=False)], False
    if _is_disc(folder):
        return [_disc(folder)], False
    found: list[Found | LeftOut] = []
    stems: dict[str, str] = {}
    spellings: set[str] = set()
    episodes = 0
    for entry in folder.files.values():
        if not is_video(entry.name):
            continue
        stem = entry.name.rpartition(".")[0]
        if not entry.is_file(follow_symlinks=False) and not entry.is_symlink():
            found.append(LeftOut(Path(entry.path), "is not a regular file", is_error=True))
        elif is_episode(stem, folder.path.name) and not folder.existing("movie.nfo"):
            episodes += 1
        elif stem.lower() not in spellings:  # a film in two formats has one NFO
            spellings.add(stem.lower())
            stems[stem] = entry.name
    if episodes:
        reason = f"holds {episodes} episode{'s' * (episodes > 1)} and no tvshow.nfo"
        found.append(LeftOut(folder.path, reason, is_error=False))
    groups = group_parts(stems)
    if not groups and not folder.folders and folder.existing("movie.nfo"):
        found.append(_without_video(folder))
    if one_film(folder.path.name, groups) and not folder.is_mixed_root():
        found.append(_single(folder, groups, stems))
    else:
        names = Counter(name.lower() for group in groups for name in set(_stems([group])))
        found += [_one_of_many(folder, group, stems, names) for group in groups]
    return found, True


def _series(folder: Folder) -> Found:
    nfos = tuple(folder.existing("tvshow.nfo"))
    poster = find_poster(folder.files, folder.root, (), SERIES)
    return Found("series", folder.path, folder.path.name, nfos, poster, nfos[0])


def _is_disc(folder: Folder) -> bool:
    lower = {name.lower() for name in folder.folders}
    if "video_ts" in lower or "bdmv" in lower or "video_ts.ifo" in folder.files:
        return True
    videos = any(is_video(entry.name) for entry in folder.files.values())
    parts = [name for name in folder.folders if is_disc_folder(name)]
    return not videos and len(parts) > 1 and folder.path != folder.root


def _disc(folder: Folder) -> Found:
    """Return the film of a DVD or Blu-ray folder, or of the folders ``cd1``, ``cd2``."""
    name = folder.path.name
    nfos = folder.existing("movie.nfo", f"{name}.nfo", "VIDEO_TS.nfo")
    for inner in folder.folders:
        wanted = {"video_ts": "video_ts.nfo", "bdmv": "index.nfo"}.get(inner.lower())
        if wanted:
            with os.scandir(folder.path / inner) as listing:
                nfos += sorted(Path(e.path) for e in listing if e.name.lower() == wanted)
    nfos = nfos or folder.only_nfo()
    poster = find_poster(folder.files, folder.root, [name], FILM)
    new = folder.path / "movie.nfo"
    return Found("film", folder.path, name, tuple(nfos), poster, new)


def _without_video(folder: Folder) -> Found:
    """Return the film of a folder with a ``movie.nfo`` and no video."""
    nfos = tuple(folder.existing("movie.nfo"))
    poster = find_poster(folder.files, folder.root, [], FILM)
    return Found("film", folder.path, folder.path.name, nfos, poster, nfos[0])


def _single(folder: Folder, groups: list[list[str]], stems: Mapping[str, str]) -> Found:
    """Return the only film of a folder: one file, parts of one, or versions of one."""
    files = [stem for group in groups for stem in group]
    nfos = folder.existing("movie.nfo", *(f"{stem}.nfo" for stem in _stems(groups)))
    nfos = nfos or folder.only_nfo()
    poster = find_poster(folder.files, folder.root, _stems(groups), FILM)
    first = folder.path / stems[files[0]]
    name = files[0]
    if folder.path != folder.root:  # which is not named after a film
        name = name_of_film(folder.path.name, files[0], alone=not folder.folders)
    new = folder.path / ("movie.nfo" if len(groups) > 1 else f"{files[0]}.nfo")
    return Found("film", first, name, tuple(nfos), poster, new)


def _one_of_many(
    folder: Folder, group: list[str], stems: Mapping[str, str], names_of_all: Mapping[str, int]
) -> Found:
    """Return one of several films of a folder. Only files with its name belong to it.

    The common name of parts may also be that of another film: ``Dune.nfo`` belongs to ``Dune.mkv``,
    not to ``Dune Part 1.mkv`` and ``Dune Part 2.mkv``.
    """
    common = [name for name in _stems([group])[len(group) :] if names_of_all[name.lower()] == 1]
    names = group + common
    nfos = tuple(folder.existing(*(f"{name}.nfo" for name in names)))
    poster = find_poster(folder.files, folder.root, names, ())
    new = folder.path / f"{group[0]}.nfo"
    return Found("film", folder.path / stems[group[0]], group[0], nfos, poster, new)


def _stems(groups: list[list[str]]) -> list[str]:
    """Return the possible names of a film: those of its files, and their common part."""
    names = [stem for group in groups for stem in group]
    return names + [title_of_parts(group[0]) for group in groups if len(group) > 1]
