"""Exclude files that are not films, by the rules of common media servers and managers."""

import codecs
import os
import re
import stat
from collections.abc import Iterable
from os import DirEntry
from pathlib import Path
from typing import NamedTuple

from pathspec import GitIgnoreSpec

VIDEOS = frozenset(
    ".3g2 .3gp .amv .asf .asx .avc .avi .bin .bivx .disc .divx .dv .dvr-ms .evo .f4v .fli .flv "
    " .h264 .img .iso .m2t .m2ts .m2v .m4v .mk3d .mkv .mov .mp4 .mpe .mpeg .mpg .mts .mxf .nrg"
    " .nsv .nuv .ogm .ogv .pva .qt .rec .rm .rmvb .strm .svq3 .tp .trp .ts .ty .vc1 .viv .vob .vp3"
    " .webm .wmv .wtv .xvid".split()
)
_FOLDERS = frozenset(
    {
        *("sample", "samples", "minta", "metadata", "extrafanart", "extrathumbs", "subs"),
        *("eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found"),
        *("lost.dir", "plex versions", "ps3_update", "ps3_vprm", "temprec", "tempsbe"),
    }
)
_EXTRAS = frozenset(
    {
        *("trailers", "backdrops", "theme-music", "behind the scenes", "deleted scenes"),
        *("featurettes", "extras", "extra"),
    }
)
# Extras beside a film; elsewhere people name folders of films so, or a film has this title.
_EXTRAS_OR_FILMS = frozenset(("clips", "interviews", "other", "proof", "scenes", "shorts"))
_EXTRA = re.compile(
    r"^(trailer|sample)$|\bsample\b|(^|[^a-z])minta([^a-z]|$)"
    r"|[-._](trailer|sample)$|[-_ ] (trailer|sample)$"
    r"|-(scene|clip|interview|behindthescenes|deleted|deletedscene|featurette|short|extra|other)$",
    re.IGNORECASE,
)
_EPISODE = re.compile(
    r"(?:^|[^a-z0-9])(?:s\d{1,4}[ ._-]?e\d{1,4}|\d{1,2}x\d{2,3})(?:[^0-9]|$)", re.I
)
# A film with such a title, followed by its year: "10x10 (2018)".
_TITLE_WITH_YEAR = re.compile(r"(?P<title>\d{1,2}x\d{2,3})(?!\d).*[(\[](?:18|19|20)\d\d[)\]]", re.I)
_SEASON = re.compile(r"(?:season|staffel|saison|series)[ ._-]*\d+", re.IGNORECASE)
_MARKERS = frozenset({".nomedia", ".tmmignore", "tmmignore"})
_MAX_RULES = 100_000


class Rules(NamedTuple):
    """The rules of an ``.ignore`` or ``.plexignore``, for its folder and all folders below.

    Attributes:
        folder: Folder of the file.
        source: Name of the file, for messages.
        spec: The patterns it excludes.

    """

    folder: Path
    source: str
    spec: GitIgnoreSpec


def is_video(name: str) -> bool:
    """Return whether a name is that of a video file, other than a trailer or a sample."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or name.startswith(".") or f"{dot}{suffix}".lower() not in VIDEOS:
        return False
    return not _EXTRA.search(stem)


def is_episode(stem: str, folder: str = "") -> bool:
    """Return whether a name is that of an episode: ``S01E02``, ``1x02``.

    Args:
        stem: Name of a file without suffix.
        folder: Name of its folder.

    >>> is_episode("Show 1x02"), is_episode("10x10 (2018)"), is_episode("10x10", "10x10 (2018)")
    (True, False, False)
    """
    if not _EPISODE.search(stem):
        return False
    films = (_TITLE_WITH_YEAR.match(name) for name in (stem, folder))
    return not any(film and stem.lower().startswith(film["title"].lower()) for film in films)


def is_season(name: str) -> bool:
    """Return whether a name is that of a season's folder; that of "Specials" need not be."""
    return _SEASON.fullmatch(name) is not None


def is_left_out(folder: str) -> bool:
    """Return whether media servers ignore any folder of this name: samples, recycle bins."""
    return folder[0] in ".@" or folder.lower() in _FOLDERS or folder.lower().endswith(".trickplay")


def is_extras(folder: str) -> bool:
    """Return whether a folder of this name holds extras, if it is in the folder of a film."""
    return folder.lower() in _EXTRAS or may_hold_films(folder)


def may_hold_films(folder: str) -> bool:
    """Return whether a folder with a name of extras may hold films, if it is in no film's folder.

    >>> may_hold_films("Shorts"), may_hold_films("Trailers")
    (True, False)
    """
    return folder.lower() in _EXTRAS_OR_FILMS


def find_marker(names: Iterable[str]) -> str:
    """Return the name of a file that excludes its whole folder, or ""."""
    return next((name for name in names if name.lower() in _MARKERS), "")


def rules_of(folder: Path, files: dict[str, "DirEntry[str]"]) -> tuple[list[Rules], str]:
    """Read a folder's ``.ignore`` and ``.plexignore``.

    Args:
        folder: Folder that holds the files.
        files: Name -> entry, of the folder.

    Returns:
        The rules, and the name of the file that excludes the whole folder, or an empty string.

    """
    rules = []
    for name in (".ignore", ".plexignore"):
        entry = files.get(name)
        if entry is None or not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
            continue
        with (folder / name).open("rb") as stream:
            lines = _decode(stream.read(_MAX_RULES)).splitlines()
        lines = [line for line in lines if line.strip() and not line.startswith("#")]
        valid = []
        for line in lines:
            try:
                GitIgnoreSpec.from_lines([line])
            except ValueError:
                continue
            valid.append(line)
        if valid:
            rules.append(Rules(folder, name, GitIgnoreSpec.from_lines(valid)))
        elif name == ".ignore":
            return [], name
    return rules, ""


def _decode(content: bytes) -> str:
    """Decode a text file; editors of Windows write a byte-order mark, PowerShell UTF-16."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if utf16 else "utf-8-sig", "replace")


def excluded(path: Path, rules: Iterable[Rules], *, folder: bool) -> str:
    """Return the name of the file whose rules exclude a path, or ""."""
    for rule in rules:
        relative = path.relative_to(rule.folder).as_posix() + ("/" if folder else "")
        if rule.spec.match_file(relative):
            return rule.source
    return ""


def rules_above(root: Path) -> tuple[tuple[Rules, ...], str]:
    """Read the rules in the folders above a library: they hold for all folders below.

    Args:
        root: The library, with no link in its path.

    Returns:
        The rules, and the path of the file that excludes the library, or an empty string.

    """
    rules: list[Rules] = []
    for folder in reversed(root.parents):
        try:
            with os.scandir(folder) as listing:
                files = {entry.name: entry for entry in listing}
            own, excluding_file = rules_of(folder, files)
        except OSError:  # of another user, who shares only folders below
            continue
        if name := find_marker(files) or excluding_file:
            return (), str(folder / name)
        rules += own
    for rule in rules:
        if excluded(root, [rule], folder=True):
            return (), str(rule.folder / rule.source)
    return tuple(rules), ""
