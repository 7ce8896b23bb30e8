import os

from posterplot.library.artwork import FILM, find_poster


def _poster(folder, shared=FILM):
    files = {entry.name.lower(): entry for entry in os.scandir(folder)}
    found = find_poster(files, folder, ["Heat"], shared)
    return found and found.name


def test_the_picture_of_the_film_comes_before_that_of_the_folder(tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    assert _poster(folder) is None
    (folder / "Poster.JPG").write_bytes(b"x")
    assert _poster(folder) == "Poster.JPG"
    assert _poster(folder, shared=()) is None
    (folder / "heat-poster.jpg").write_bytes(b"x")
    assert _poster(folder) == "heat-poster.jpg"
    (folder / "heat.png").touch()  # empty
    assert _poster(folder) == "heat-poster.jpg"


def test_links_out_of_the_library_are_ignored(tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"x")
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "poster.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "folder.jpg").symlink_to(folder / "gone.jpg")
    assert _poster(folder) is None
