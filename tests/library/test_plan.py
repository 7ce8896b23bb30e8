import os
import re

import pytest

from posterplot.library.tag import tag
from posterplot.library.undo import undo
from tests.library.conftest import FakePredictor, add_film, contents
from tests.library.oddities import ODDITIES, nfo

PLAIN = ODDITIES["plain"].data


def test_both_nfos_of_a_film_get_the_same_genres(tmp_path, predictor):
    folder = add_film(tmp_path, "A", PLAIN)
    add_film(tmp_path, "A", nfo("<genre>Drama</genre>").encode(), nfo="A.nfo")
    [kept] = tag(tmp_path, predictor)
    assert kept.action == "keep"
    assert "movie.nfo has none" in kept.reason
    list(tag(tmp_path, predictor, write=True, mode="add"))
    for name in ("movie.nfo", "A.nfo"):
        genres = re.findall(r"<genre>(.*?)</genre>", (folder / name).read_text())
        assert genres == ["Drama", "Science Fiction", "Crime"]


def test_nfos_of_different_films_are_left_alone(tmp_path, predictor):
    one, other = ("<tmdbid>1</tmdbid>", "<id>tt0000001</id>"), ("<tmdbid>2</tmdbid>",)
    add_film(tmp_path, "A", nfo(*one).encode())
    add_film(tmp_path, "A", nfo(*other).encode(), nfo="A.nfo")
    add_film(tmp_path, "B", nfo("<imdbid>tt0000001</imdbid>", "<tmdbid>0</tmdbid>").encode())
    add_film(tmp_path, "B", nfo("<imdbid>1</imdbid>", "<tmdbid>3</tmdbid>").encode(), nfo="B.nfo")
    before = contents(tmp_path / "A")
    left, written = tag(tmp_path, predictor, write=True)
    assert (left.action, left.is_error) == ("skip", True)
    assert "A.nfo and movie.nfo are of different films (tmdb 1 and 2)" in left.reason
    assert contents(tmp_path / "A") == before
    assert written.action == "write"


def test_add_recognises_genres_by_their_other_names(tmp_path, predictor):
    folder = add_film(tmp_path, "A", nfo("<genre>Sci-Fi</genre>").encode())
    list(tag(tmp_path, predictor, write=True, mode="add"))
    genres = re.findall(r"<genre>(.*?)</genre>", (folder / "movie.nfo").read_text())
    assert genres == ["Sci-Fi", "Crime"]


def test_add_writes_no_second_name_of_a_predicted_genre(tmp_path):
    folder = add_film(tmp_path, "A", nfo("<genre>Musical</genre>").encode())
    [kept] = tag(tmp_path, FakePredictor(["Musical"]), write=True, mode="add")
    assert (kept.action, kept.predicted) == ("keep", ("Music",))
    assert b"<genre>Music</genre>" not in (folder / "movie.nfo").read_bytes()


def test_nfos_with_other_titles_and_years_are_of_different_films(tmp_path, predictor):
    def write(name, title, year):
        data = f"<movie><title>{title}</title><year>{year}</year></movie>".encode()
        folder = add_film(tmp_path, name, data, nfo=f"{title}.nfo".replace("Salt", name))
        (folder / "poster.jpg").write_bytes(b"poster")

    for name, other, year in (("A", "Heat", 1995), ("B", "Sel", 2000), ("C", "Salt II", 1999)):
        write(name, "Salt", 1999)
        add_film(
            tmp_path,
            name,
            f"<movie><title>{other}</title><year>{year}</year></movie>".encode(),
        )
    different, translated, sequel = tag(tmp_path, predictor)
    assert different.is_error
    assert "different films (Heat (1995) and Salt (1999))" in different.reason
    assert (translated.action, sequel.action) == ("write", "write")


def test_replace_removes_other_genres(tmp_path, predictor):
    data = nfo("<genre>Action / War</genre>", "<studio>S</studio>", "<genre/>").encode()
    folder = add_film(tmp_path, "A", data)
    list(tag(tmp_path, predictor, write=True, mode="replace"))
    expected = data.replace(
        b"<genre>Action / War</genre>", b"<genre>Science Fiction</genre>\n  <genre>Crime</genre>"
    ).replace(b"\n  <genre/>", b"")
    assert (folder / "movie.nfo").read_bytes() == expected
    assert [d.action for d in tag(tmp_path, predictor, mode="replace")] == ["keep"]


def test_genres_without_a_name_become_tags_on_request(tmp_path):
    folder = add_film(tmp_path, "A", PLAIN)
    predictor = FakePredictor(["Biography"])
    [skipped] = tag(tmp_path, predictor)
    assert "`tags`" in skipped.reason
    [done] = tag(tmp_path, predictor, tags=True, write=True)
    assert (done.write, done.tags) == ((), ("Biography",))
    assert b"</plot>\n  <tag>Biography</tag>\n" in (folder / "movie.nfo").read_bytes()


def test_a_new_nfo_is_complete_and_undone_by_removing_it(tmp_path, predictor):
    (add_film(tmp_path, "Salt (1999) {tmdb-78}", None) / "poster.jpg").write_bytes(b"poster")
    before = contents(tmp_path)
    [left] = tag(tmp_path, predictor)
    assert (left.action, left.reason) == ("skip", "has no NFO; `create` writes one")
    [done] = tag(tmp_path, predictor, create=True, write=True)
    [path] = done.nfo
    assert (tmp_path / path).read_text() == (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<movie>\n'
        "  <title>Salt</title>\n  <year>1999</year>\n"
        '  <uniqueid type="tmdb" default="true">78</uniqueid>\n'
        "  <genre>Science Fiction</genre>\n  <genre>Crime</genre>\n"
        "</movie>\nhttps://www.themoviedb.org/movie/78\n"
    )
    assert [u.reason for u in undo(tmp_path)] == ["removed"]
    assert contents(tmp_path) == before


@pytest.mark.parametrize("kind", ["folder", "link", "file"])
def test_a_film_whose_nfo_cannot_be_written_is_predicted_for_kometa(tmp_path, monkeypatch, kind):
    library = tmp_path / "library"
    path = add_film(library, "A", PLAIN) / "movie.nfo"
    if kind == "folder":
        monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    elif kind == "link":
        os.link(path, tmp_path / "other.nfo")
    else:
        path.chmod(0o444)
    for write in (False, True):
        [plain] = tag(library, FakePredictor(), write=write)
        [done] = tag(library, FakePredictor(), write=write, all_films=True)
        assert (done.action, done.write) == ("skip", ("Science Fiction", "Crime"))
        assert (plain.action, plain.write, plain.is_error) == ("skip", (), True)
        assert (done.reason, done.is_error) == (plain.reason, write)
    assert path.read_bytes() == PLAIN


def test_a_film_with_release_notes_is_predicted_for_kometa(tmp_path, predictor):
    folder = add_film(tmp_path, "Heat (1995)", b"GRP presents", nfo="grp.nfo")
    (folder / "poster.jpg").write_bytes(b"poster")
    for options in ({}, {"create": True}):
        [left] = tag(tmp_path, predictor, **options)
        [done] = tag(tmp_path, predictor, all_films=True, write=True, **options)
        assert (left.write, done.write) == ((), ("Science Fiction", "Crime"))
        assert left.reason == done.reason == "grp.nfo holds no XML"
        assert (done.action, done.is_error, done.title) == ("skip", False, "Heat")


def test_locked_tags_are_not_written(tmp_path):
    data = nfo("<lockedfields>Name|Tags</lockedfields>").encode()
    path = add_film(tmp_path, "A", data) / "movie.nfo"
    [skipped] = tag(tmp_path, FakePredictor(["Biography"]), tags=True, write=True)
    assert (skipped.action, skipped.tags) == ("skip", ())
    assert "the tags of movie.nfo are locked" in skipped.reason
    assert path.read_bytes() == data
    [done] = tag(tmp_path, FakePredictor(["Biography", "Crime"]), tags=True, write=True)
    assert (done.action, done.write, done.tags) == ("write", ("Crime",), ())
    assert "the tags of movie.nfo are locked" in done.reason
    assert b"<tag>" not in path.read_bytes()


def test_unreadable_genres_are_not_copied_into_the_other_nfo(tmp_path, predictor):
    folder = add_film(tmp_path, "A", PLAIN)
    latin = nfo("<genre>Com\xe9die</genre>").encode("latin-1").replace(b"utf-8", b"unheard-of")
    add_film(tmp_path, "A", latin, nfo="A.nfo")
    before = contents(folder)
    [done] = tag(tmp_path, predictor, mode="add", write=True)
    assert (done.action, done.is_error) == ("skip", True)
    assert "whose letters cannot be read" in done.reason
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("name", "warned"),
    [("{tvdb-123}", True), ("{tmdb-78}", False), ("{imdb-83658}", False), ("{tmdb-tt0}", True)],
)
def test_a_new_nfo_without_an_id_that_kodi_looks_up_is_noted(tmp_path, predictor, name, warned):
    (add_film(tmp_path, f"Salt (1999) {name}", None) / "poster.jpg").write_bytes(b"poster")
    [done] = tag(tmp_path, predictor, create=True)
    assert done.action == "write"
    assert ("Kodi looks up no other data" in done.reason) is warned
