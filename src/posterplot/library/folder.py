"""A folder of a media library, with what decides which films are in it."""

import re
from os import DirEntry
from pathlib import Path
from typing import NamedTuple

from posterplot.library.exclude import is_video
from posterplot.library.names import names_a_film

Files = dict[str, "DirEntry[str]"]  # lower-case name -> entry


class Folder(NamedTuple):
    """A folder of a media library.

    Attributes:
        path: Path of the folder.
        root: Root folder of the library.
        files: Lower-case name -> entry.
        nfos: Lower-case name -> every spelling of it.
        folders: Names of the folders in it, without those of extras.
        extras: Names of the folders in it that hold extras, if it is the folder of a film.

    """

    path: Path
    root: Path
    files: Files
    nfos: dict[str, list[Path]]
    folders: list[str]
    extras: list[str]

    def existing(self, *names: str) -> list[Path]:
        """Return the NFOs with these names, ignoring case, without duplicates."""
        found = (path for name in names for path in self.nfos.get(name.lower(), ()))
        return list(dict.fromkeys(found))

    def only_nfo(self) -> list[Path]:
        """Return the NFO if it is the only one; Kodi reads it whatever its name is."""
        nfos = [path for spellings in self.nfos.values() for path in spellings]
        return nfos if len(nfos) == 1 else []

    def is_mixed_root(self) -> bool:
        """Return whether this is a library of films, rather than the folder of one film.

        As for Jellyfin, a loose film in it has only the files of its name: a picture or an NFO with
        another name may be that of the library, or of another film. But Radarr calls ``tag`` with
        the folder of one film. That holds no other folder, or is named after the film.
        """
        if self.path != self.root or not self.folders or names_a_film(self.path.name):
            return False
        start = re.compile(re.escape(self.path.name.lower()) + r"(?!\w)")
        return not any(is_video(entry.name) and start.match(n) for n, entry in self.files.items())
