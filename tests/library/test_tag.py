import os
import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posterplot.errors import UsageError
from posterplot.library.journal import lock_journal
from posterplot.library.tag import tag
from posterplot.library.undo import undo
from tests.library.conftest import FakePredictor, add_film, contents
from tests.library.oddities import ODDITIES, nfo

PLAIN = ODDITIES["plain"].data


def _without_genres(data: bytes) -> str:
    """An NFO without its genres and the white space beside them."""
    codecs = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
    return _cut(data.decode(codecs.get(data[:2], "latin-1")))


def _cut(text: str) -> str:
    text = re.sub(r"\s*<genre(?:\s[^>]*)?(?:/>|>(?:[^<]|<!\[CDATA\[.*?\]\]>)*</genre>)", "", text)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("name", ODDITIES)
def test_every_unusual_nfo_is_written_or_skipped_with_a_reason(tmp_path, predictor, name):
    oddity = ODDITIES[name]
    folder = add_film(tmp_path, "Salt (1999)", oddity.data)
    before = contents(tmp_path)
    [planned] = tag(tmp_path, predictor)
    assert (planned.action, contents(tmp_path)) == (oddity.action, before)
    [done] = tag(tmp_path, predictor, write=True)
    assert done.action == oddity.action
    assert oddity.reason in done.reason
    after = contents(tmp_path)
    assert set(after) == set(before)
    if oddity.action != "write":
        assert after == before
        return
    data = (folder / "movie.nfo").read_bytes()
    assert data != oddity.data
    assert _without_genres(data) == _without_genres(oddity.data)
    assert [d.action for d in tag(tmp_path, predictor)] == ["keep"]
    assert [u.restored for u in undo(tmp_path)] == [True]
    assert contents(tmp_path) == before


def test_new_genres_are_indented_like_their_neighbours(tmp_path, predictor):
    folder = add_film(tmp_path, "A", ODDITIES["CRLF"].data)
    list(tag(tmp_path, predictor, write=True))
    expected = ODDITIES["CRLF"].data.replace(
        b"</plot>\r\n",
        b"</plot>\r\n  <genre>Science Fiction</genre>\r\n  <genre>Crime</genre>\r\n",
    )
    assert (folder / "movie.nfo").read_bytes() == expected


_FILMS = st.lists(
    st.tuples(st.sampled_from(sorted(ODDITIES)), st.sampled_from(["movie", "video", "both"])),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=int(os.environ.get("LIBRARIES", "60")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(films=_FILMS, mode=st.sampled_from(["missing", "add", "replace"]), create=st.booleans())
def test_undo_restores_every_byte_of_any_library(tmp_path_factory, films, mode, create):
    library = tmp_path_factory.mktemp("library")
    for n, (oddity, where) in enumerate(films):
        name = f"Salt {n} (1999)"
        data = ODDITIES[oddity].data
        for nfo_name in ("movie.nfo", f"{name}.nfo"):
            if where == "both" or (where == "movie") == (nfo_name == "movie.nfo"):
                add_film(library, name, data, nfo=nfo_name)
    before = contents(library)
    decisions = list(tag(library, FakePredictor(), write=True, mode=mode, create=create))
    after = contents(library)
    assert len(decisions) == len(films)
    assert set(after) == set(before)
    for path, data in after.items():
        assert _without_genres(data) == _without_genres(before[path])
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {nfo for d in decisions for nfo in d.nfo if d.action == "write"} & changed
    if any(d.action == "write" for d in decisions):
        list(undo(library))
    assert contents(library) == before


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


def test_add_recognises_genres_by_their_other_names(tmp_path, predictor):
    folder = add_film(tmp_path, "A", nfo("<genre>Sci-Fi</genre>").encode())
    list(tag(tmp_path, predictor, write=True, mode="add"))
    genres = re.findall(r"<genre>(.*?)</genre>", (folder / "movie.nfo").read_text())
    assert genres == ["Sci-Fi", "Crime"]


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


def test_unfamiliar_films_are_left_out_on_request(tmp_path, state):
    plot = "<title>{}</title><plot>A thief plans a last murder in the old town.</plot>"
    for title in ("Usual", "Strange", "Unknown"):
        data = f"<movie>{plot.format(title)}</movie>".encode()
        add_film(tmp_path, f"{title} (1999)", data)
    predictor = FakePredictor(familiar={"Usual": True, "Strange": False})
    every = {d.title: d for d in tag(tmp_path, predictor)}
    assert {d.action for d in every.values()} == {"write"}
    assert "trust the genres less" in every["Strange"].reason
    chosen = {d.title: d for d in tag(tmp_path, predictor, write=True, only_familiar=True)}
    assert {title: d.action for title, d in chosen.items()} == {
        "Usual": "write",
        "Strange": "skip",
        "Unknown": "skip",
    }
    left_out = chosen["Strange"]
    assert left_out.unfamiliar
    assert not left_out.is_error
    assert left_out.write == ()
    assert left_out.reason == (
        "unlike the films that this model was measured on: left out by `only_familiar`"
    )
    assert chosen["Unknown"].reason.startswith("not known to be like the films")
    assert b"<genre>" not in (tmp_path / "Strange (1999)" / "movie.nfo").read_bytes()
    assert b"<genre>" in (tmp_path / "Usual (1999)" / "movie.nfo").read_bytes()


def test_only_familiar_needs_a_model_that_can_say(tmp_path, predictor):
    add_film(tmp_path, "Salt (1999)", ODDITIES["CRLF"].data)
    with pytest.raises(UsageError, match=r"cannot say which films .* calibrate"):
        list(tag(tmp_path, predictor, only_familiar=True))


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


def test_several_runs_are_undone_one_after_the_other(tmp_path, predictor):
    folder = add_film(tmp_path, "A", PLAIN)
    list(tag(tmp_path, predictor, write=True))
    first = (folder / "movie.nfo").read_bytes()
    list(tag(tmp_path, FakePredictor(["Drama"]), write=True, mode="replace"))
    list(undo(tmp_path))
    assert (folder / "movie.nfo").read_bytes() == first
    list(undo(tmp_path))
    assert (folder / "movie.nfo").read_bytes() == PLAIN
    with pytest.raises(UsageError, match="nothing to undo"):
        list(undo(tmp_path))


def test_undo_leaves_files_that_were_changed_since(tmp_path, predictor):
    for name in "ABC":
        add_film(tmp_path, name, PLAIN)
    list(tag(tmp_path, predictor, write=True))
    (tmp_path / "A" / "movie.nfo").write_bytes(b"<movie>mine</movie>")
    (tmp_path / "B" / "movie.nfo").unlink()
    done = {u.path: u for u in undo(tmp_path)}
    assert "changed since" in done["A/movie.nfo"].reason
    assert done["B/movie.nfo"].reason == "is gone"
    assert done["C/movie.nfo"].restored
    assert (tmp_path / "A" / "movie.nfo").read_bytes() == b"<movie>mine</movie>"
    assert not (tmp_path / "B" / "movie.nfo").exists()


def test_a_file_that_became_a_link_does_not_keep_older_runs_from_being_undone(tmp_path, predictor):
    library, other = tmp_path / "library", tmp_path / "other.nfo"
    path = add_film(library, "A", PLAIN) / "movie.nfo"
    second = add_film(library, "B", PLAIN) / "movie.nfo"
    list(tag(library, predictor, write=True))
    list(tag(library, FakePredictor(["Drama"]), write=True, mode="replace"))
    path.rename(other)
    path.symlink_to(other)
    assert "symbolic link" in {u.path: u.reason for u in undo(library)}["A/movie.nfo"]
    list(undo(library))
    assert second.read_bytes() == PLAIN


def test_writing_and_undoing_leave_a_new_time_and_the_old_mode(tmp_path, predictor):
    path = add_film(tmp_path, "A", PLAIN) / "movie.nfo"
    path.chmod(0o640)
    os.utime(path, (0, 0))
    for do in (lambda: tag(tmp_path, predictor, write=True), lambda: undo(tmp_path)):
        list(do())
        assert path.stat().st_mode & 0o777 == 0o640
        assert path.stat().st_mtime > time.time() - 60
        os.utime(path, (0, 0))


def test_a_file_that_another_program_changes_is_not_written(tmp_path):
    path = add_film(tmp_path, "A", PLAIN) / "movie.nfo"

    class Meddler(FakePredictor):
        def predict(self, films):
            for answer in super().predict(films):
                path.write_bytes(PLAIN + b"\n")
                yield answer

    [done] = tag(tmp_path, Meddler(), write=True)
    assert (done.action, done.is_error) == ("skip", True)
    assert "was changed by another program" in done.reason
    assert path.read_bytes() == PLAIN + b"\n"


def test_if_one_nfo_cannot_be_written_the_other_is_restored(tmp_path):
    add_film(tmp_path, "A", PLAIN)
    second = add_film(tmp_path, "A", PLAIN, nfo="A.nfo") / "A.nfo"

    class Meddler(FakePredictor):
        def predict(self, films):
            for answer in super().predict(films):
                second.write_bytes(b"<movie/>")
                yield answer

    [done] = tag(tmp_path, Meddler(), write=True)
    assert done.action == "skip"
    assert (tmp_path / "A" / "movie.nfo").read_bytes() == PLAIN


def test_hard_links_links_and_read_only_files_are_not_written(tmp_path, predictor):
    library, outside = tmp_path / "library", tmp_path / "outside.nfo"
    outside.write_bytes(PLAIN)
    os.link(outside, add_film(library, "hard", None) / "movie.nfo")
    (add_film(library, "soft", None) / "movie.nfo").symlink_to(outside)
    (add_film(library, "mode", PLAIN) / "movie.nfo").chmod(0o444)
    os.mkfifo(add_film(library, "pipe", None) / "movie.nfo")
    with (add_film(library, "huge", None) / "movie.nfo").open("wb") as stream:
        stream.truncate(1 << 30)  # not read, so it takes no time
    (library / "away").symlink_to(tmp_path)
    done = {d.path.partition("/")[0]: d.reason for d in tag(library, predictor, write=True)}
    assert "hard-linked" in done["hard"]
    assert "symbolic link" in done["soft"]
    assert "read-only" in done["mode"]
    assert "not a regular file" in done["pipe"]
    assert "larger than" in done["huge"]
    assert "not followed" in done["away"]
    assert outside.read_bytes() == PLAIN


def test_unprintable_names_are_escaped(tmp_path, predictor):
    for name in (b"line\nbreak", b"caf\xe9", "🎬".encode(), b"\x1b[31mred"):
        add_film(tmp_path, os.fsdecode(name), PLAIN)
    before = contents(tmp_path)
    assert [d.action for d in tag(tmp_path, predictor, write=True)] == ["write"] * 4
    list(undo(tmp_path))
    assert contents(tmp_path) == before


def test_a_second_tag_at_the_same_time_is_refused(tmp_path, predictor):
    add_film(tmp_path, "A", PLAIN)
    with lock_journal(tmp_path), pytest.raises(UsageError, match="another posterplot tag"):
        list(tag(tmp_path, predictor, write=True))


def test_a_stopped_run_is_continued_and_undone_as_one(tmp_path, predictor):
    for n in range(70):  # more than are recorded at once
        add_film(tmp_path, f"{n:02}", PLAIN)
    before = contents(tmp_path)
    stopped = tag(tmp_path, predictor, write=True)
    next(stopped)
    stopped.close()
    assert contents(tmp_path) != before
    list(tag(tmp_path, predictor, write=True))
    assert {d.action for d in tag(tmp_path, predictor)} == {"keep"}
    assert all(u.restored for u in undo(tmp_path))
    assert contents(tmp_path) == before


def test_a_library_that_holds_the_journal_is_refused(state, predictor):
    add_film(state, "A", PLAIN)
    with pytest.raises(UsageError, match="would be inside the library"):
        list(tag(state, predictor, write=True))
