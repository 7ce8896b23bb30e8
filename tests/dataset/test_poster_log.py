from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import poster_bytes, write_catalogue

from posterplot.dataset import poster_log as module
from posterplot.dataset.poster_log import NO_POSTER, decode, poster_log
from posterplot.dataset.prepare import prepare
from posterplot.dataset.stored_poster import stored_poster
from posterplot.errors import CatalogueError, OutputError

POSTER = poster_bytes(("Drama",), 1)
LARGE = poster_bytes(("Drama",), 2, (600, 900))
POSTERS = [decode(POSTER, None)[1], NO_POSTER, decode(LARGE, None)[1]]


def contents(folder):
    files = folder.rglob("*")
    return {p.relative_to(folder): p.read_bytes() for p in files if p.is_file()}


def interrupted(path, posters):
    with suppress(KeyboardInterrupt), poster_log(path) as log:
        for poster in posters:
            log.next()
            log.add(poster)
        raise KeyboardInterrupt


def read_posters(path):
    """Return the posters that the next call reads; it is interrupted too."""
    with suppress(KeyboardInterrupt), poster_log(path) as log:
        posters = list(iter(log.next, None))
        raise KeyboardInterrupt
    return posters


@pytest.mark.parametrize("poster", [POSTER, LARGE])
def test_a_known_poster_is_not_decoded_again(poster, monkeypatch):
    content, logged = decode(poster, None)
    assert content == stored_poster(poster).content
    assert decode(poster, POSTERS[1]) == (content, logged)
    monkeypatch.setattr(module, "stored_poster", lambda _: 1 / 0)
    assert decode(poster, logged) == (content, logged)
    with pytest.raises(ZeroDivisionError):
        decode(poster + b"changed", logged)


def test_an_interrupted_call_is_continued(tmp_path):
    path = tmp_path / "dataset.part"
    interrupted(path, POSTERS[:2])
    assert read_posters(path) == POSTERS[:2]
    interrupted(path, POSTERS)
    assert read_posters(path) == POSTERS


@settings(max_examples=25)
@given(st.integers(0, 2**20))
def test_a_part_of_a_record_is_nothing(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("log") / "dataset.part"
    interrupted(path, POSTERS)
    whole = path.read_bytes()
    path.write_bytes(whole[: cut % len(whole)])
    posters = read_posters(path)
    assert posters == POSTERS[: len(posters)]
    assert len(posters) < len(POSTERS)
    interrupted(path, POSTERS)
    assert path.read_bytes() == whole


def test_the_file_goes_with_success_and_with_an_error_of_the_user(tmp_path):
    path = tmp_path / "dataset.part"
    with poster_log(path) as log:
        log.add(NO_POSTER)
    assert not path.exists()
    with suppress(CatalogueError), poster_log(path) as log:
        log.add(NO_POSTER)
        raise CatalogueError("is wrong")
    assert not path.exists()


def test_other_files_are_left_alone_and_other_versions_are_not_read(tmp_path, monkeypatch):
    path = tmp_path / "dataset.part"
    path.write_text("a chapter of my thesis")
    with (
        pytest.raises(OutputError, match="not the log of an interrupted prepare"),
        poster_log(path),
    ):
        pass
    assert path.read_text() == "a chapter of my thesis"
    path.unlink()
    interrupted(path, POSTERS)
    monkeypatch.setattr(module, "_HEAD", b"decoded posters of posterplot 99.0\n")
    assert read_posters(path) == []
    assert not path.exists()


def test_prepare_continues_with_the_same_dataset(tmp_path, monkeypatch):
    table = write_catalogue(tmp_path / "films", 40)
    prepare(table, tmp_path / "expected")
    done = 0

    def stop(films):
        nonlocal done
        done += films
        if done > 20:
            raise KeyboardInterrupt

    out = tmp_path / "made" / "dataset"
    with pytest.raises(KeyboardInterrupt):
        prepare(table, out, advance=stop)
    assert [path.name for path in out.parent.iterdir()] == ["dataset.part"]
    (tmp_path / "films/posters/0.jpg").write_bytes(LARGE)  # changed meanwhile
    decoded = []
    monkeypatch.setattr(
        module, "stored_poster", lambda poster: decoded.append(poster) or stored_poster(poster)
    )
    prepare(table, out)
    assert LARGE in decoded
    assert 0 < len(decoded) < 25
    assert [path.name for path in out.parent.iterdir()] == ["dataset"]
    prepare(table, tmp_path / "again")
    assert contents(out) == contents(tmp_path / "again")
    assert contents(out) != contents(tmp_path / "expected")


def test_a_dataset_has_its_name_only_when_the_log_is_gone(tmp_path, monkeypatch):
    """Killed in between, the next call would be refused and the log would stay for ever."""
    rename = Path.rename

    def seen(path, target):
        assert not (tmp_path / "dataset.part").exists()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", seen)
    prepare(write_catalogue(tmp_path / "films", 12), tmp_path / "dataset")
    assert (tmp_path / "dataset/dataset.json").exists()
