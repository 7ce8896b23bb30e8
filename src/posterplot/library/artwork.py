"""Find the picture in a film's folder that media servers show as its poster."""

import os
import stat
from collections.abc import Iterable, Mapping
from os import DirEntry
from pathlib import Path

# In Jellyfin's order; those that only Kodi reads come last.
_SUFFIXES = ".png .jpg .jpeg .webp .tbn .gif .bmp .tif .tiff .avif".split()
_ENDINGS = ("", "-poster", "-folder", "-cover", "-default", "-movie")
FILM = ("poster", "folder", "cover", "default", "movie")
SERIES = ("poster", "folder", "cover", "default", "show")


def find_poster(
    files: Mapping[str, "DirEntry[str]"], root: Path, stems: Iterable[str], shared: Iterable[str]
) -> Path | None:
    """Return the picture that Jellyfin shows as the poster; other servers rarely differ.

    Names are compared without case. Empty files and links that lead out of the library are ignored.

    Args:
        files: Lower-case name -> entry, of the folder.
        root: Root folder of the library.
        stems: Names of the film's files without suffix; pictures with these names come first.
        shared: Names of pictures for the whole folder; empty where several films share it.

    """
    wanted = [stem.lower() + ending for ending in _ENDINGS for stem in stems]
    for name in (*wanted, *shared):
        for suffix in _SUFFIXES:
            entry = files.get(name + suffix)
            if entry is not None and _is_picture(entry, root):
                return Path(entry.path)
    return None


def _is_picture(entry: "DirEntry[str]", root: Path) -> bool:
    try:
        status = entry.stat()
        inside = not entry.is_symlink() or Path(os.path.realpath(entry.path)).is_relative_to(root)
    except OSError:  # a broken link, or a loop of links
        return False
    return inside and stat.S_ISREG(status.st_mode) and status.st_size > 0
