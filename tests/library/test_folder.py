from pathlib import Path
from types import SimpleNamespace

import pytest

from posterplot.library.folder import Folder

ROOT = Path("/media/films")


def folder(path=ROOT, *, videos=(), nfos=(), folders=()):
    files = {name.lower(): SimpleNamespace(name=name) for name in videos}
    by_name = {}
    for name in nfos:
        by_name.setdefault(name.lower(), []).append(path / name)
    return Folder(path, ROOT, files, by_name, list(folders), [])


def test_nfos_are_found_in_every_spelling_and_once():
    both = folder(nfos=["Movie.nfo", "movie.NFO"])
    assert both.existing("movie.nfo", "MOVIE.nfo") == [ROOT / "Movie.nfo", ROOT / "movie.NFO"]
    assert both.existing("heat.nfo") == []
    assert both.only_nfo() == []
    assert folder(nfos=["grp.nfo"]).only_nfo() == [ROOT / "grp.nfo"]


@pytest.mark.parametrize(
    ("path", "videos", "folders", "mixed"),
    [
        (ROOT, ["Alien (1979).mkv"], ["Heat (1995)"], True),
        (ROOT, ["Alien (1979).mkv"], [], False),  # it may be the folder of this film
        (ROOT, ["films 1080p.mkv"], ["Heat (1995)"], False),  # named after its folder
        (ROOT, ["filmstrip.mkv"], ["Heat (1995)"], True),
        (ROOT / "Horror", ["Alien (1979).mkv"], ["Heat (1995)"], False),
    ],
)
def test_a_library_with_folders_of_films_is_mixed(path, videos, folders, mixed):
    assert folder(path, videos=videos, folders=folders).is_mixed_root() is mixed
