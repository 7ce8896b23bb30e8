import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posterplot.errors import UsageError
from posterplot.library.tag import tag
from posterplot.library.undo import undo
from tests.library.conftest import FakePredictor, add_film, contents
from tests.library.oddities import ODDITIES

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


def test_unprintable_names_are_escaped(tmp_path, predictor):
    for name in (b"line\nbreak", b"caf\xe9", "🎬".encode(), b"\x1b[31mred"):
        add_film(tmp_path, os.fsdecode(name), PLAIN)
    before = contents(tmp_path)
    assert [d.action for d in tag(tmp_path, predictor, write=True)] == ["write"] * 4
    list(undo(tmp_path))
    assert contents(tmp_path) == before
