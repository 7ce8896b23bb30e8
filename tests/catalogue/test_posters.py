from pathlib import Path

import pytest

from posterplot.catalogue.access import Access
from posterplot.catalogue.posters import PosterAddress, Posters
from posterplot.errors import FilmError


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "films"
    (folder / "posters").mkdir(parents=True)
    for name in ("862.jpg", "posters/abc.JPG", "posters/tt0114709.png"):
        (folder / name).write_bytes(b"x")
    (tmp_path / "secret.jpg").write_bytes(b"x")
    return folder


def find(folder: Path, text: str, *ids: str, named: bool = True, outside: bool = False):
    return Posters(folder, named=named, access=Access(outside=outside)).find(text, ids)


def test_paths_of_posters_in_the_folder(folder):
    assert find(folder, "posters/none.jpg") == folder / "posters/none.jpg"  # found missing later
    assert find(folder, "") is None
    assert find(folder, "", "862") is None
    assert find(folder, f"{folder}/862.jpg") == folder / "862.jpg"
    assert find(folder, "posters/../862.jpg") == folder / "posters/../862.jpg"


def test_paths_that_are_parts_of_addresses(folder):
    (folder / "posters/The Cat.jpg").touch()
    (folder / "posters/100%25.jpg").touch()
    assert find(folder, "posters/The%20Cat.jpg") == folder / "posters/The Cat.jpg"
    assert find(folder, "posters/100%25.jpg") == folder / "posters/100%25.jpg"
    assert find(folder, "posters/No%20Cat.jpg") == folder / "posters/No%20Cat.jpg"
    assert find(folder, "https://host/The%20Cat.jpg") == folder / "posters/The Cat.jpg"
    with pytest.raises(FilmError, match="outside the catalogue's folder"):
        find(folder, "%2e%2e/secret.jpg")


def test_windows_paths(folder):
    assert find(folder, "posters\\abc.JPG") == folder / "posters/abc.JPG"
    assert find(folder, "C:\\films\\posters\\abc.jpg") == folder / "posters/abc.JPG"
    assert find(folder, "C:\\films\\none.jpg") == PosterAddress("C:\\films\\none.jpg")
    (folder / "a\\b.jpg").touch()  # a name that Windows does not allow
    assert find(folder, "a\\b.jpg") == folder / "a\\b.jpg"


@pytest.mark.parametrize(
    "text", ["/abc.jpg", "https://image.tmdb.org/t/p/w500/abc.jpg?x=1", "http://host/abc.JPG"]
)
def test_addresses_are_looked_up_by_name(folder, text):
    assert find(folder, text) == folder / "posters/abc.JPG"


def test_addresses_are_looked_up_by_id(folder):
    assert find(folder, "/none.jpg", "862", "") == folder / "862.jpg"
    assert find(folder, "https://host/x", "1", "tt0114709") == folder / "posters/tt0114709.png"
    assert find(folder, "https://host/x", "1", "") == PosterAddress("https://host/x")


@pytest.mark.parametrize(
    "text", ["https://host/1/poster.jpg", "http://host/2/Cover?x=1", "C:\\a\\folder.jpg"]
)
def test_names_that_many_posters_have_are_not_looked_up(folder, text):
    for name in ("poster.jpg", "cover.jpg", "folder.jpg"):
        (folder / name).write_bytes(b"x")
    assert find(folder, text, "1") == PosterAddress(text)
    assert find(folder, text, "862") == folder / "862.jpg"
    assert find(folder, "poster.jpg") == folder / "poster.jpg"


@pytest.mark.parametrize("start", ["https://host", "C:"])
def test_a_file_is_the_poster_of_one_address(folder, start):
    posters = Posters(folder, named=True)
    first, second = f"{start}/1/abc.jpg".replace(":/1", ":\\1/"), f"{start}/2/abc.jpg"
    second = second.replace(":/2", ":\\2/")
    assert posters.find(first, ["1"]) == folder / "posters/abc.JPG"
    assert posters.find(second, ["2"]) == PosterAddress(second)
    assert posters.find(second, ["862"]) == folder / "862.jpg"
    assert posters.find(first, ["3"]) == folder / "posters/abc.JPG"


def test_without_a_column_the_id_names_the_poster(folder):
    assert find(folder, "", "862", named=False) == folder / "862.jpg"
    assert find(folder, "", "863", named=False) is None


def test_what_leads_out_of_the_folder_is_read_only_if_that_is_allowed(folder):
    (folder / "posters/link.jpg").symlink_to(folder.parent / "secret.jpg")
    (folder / "up").symlink_to(folder.parent)
    (folder / "inside.jpg").symlink_to("862.jpg")
    paths = ["/elsewhere/p.jpg", "../secret.jpg", "posters/link.jpg", "up/secret.jpg"]
    for text in [*paths, "posters/../../secret.jpg"]:
        with pytest.raises(FilmError, match=r"outside the catalogue's folder \(`allow_outside"):
            find(folder, text)
        assert find(folder, text, outside=True) == folder / text
    assert find(folder, "inside.jpg") == folder / "inside.jpg"
    assert find(folder, "", "link", named=False) is None
    assert find(folder, "", "link", named=False, outside=True) == folder / "posters/link.jpg"


def test_names_that_no_file_can_have(folder):
    for text in ("x" * 5000, "a\0b"):
        assert find(folder, text) == folder / text
