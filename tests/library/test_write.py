import errno
import os
import struct
import sys
import time

import pytest

from posterplot.library.tag import tag
from posterplot.library.undo import undo
from posterplot.library.write import temporary_of
from tests.library.conftest import FakePredictor, add_film
from tests.library.oddities import ODDITIES

PLAIN = ODDITIES["plain"].data


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


def test_a_temporary_file_that_is_in_the_way_is_named(tmp_path, predictor):
    left = temporary_of(add_film(tmp_path, "A", PLAIN) / "movie.nfo")
    left.write_bytes(b"of another program, or of a journal that is lost")
    [done] = tag(tmp_path, predictor, write=True)
    assert f"{left.name} is there already; remove that file" in done.reason
    assert left.exists()
    left.unlink()
    [done] = tag(tmp_path, predictor, write=True)
    assert done.action == "write"


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


@pytest.mark.parametrize("number", [errno.EACCES, errno.ESTALE, errno.EIO])
def test_a_folder_that_cannot_be_searched_stops_no_other_film(
    tmp_path, predictor, monkeypatch, number
):
    """As for a user who may list a folder, but not open its files."""
    hidden = add_film(tmp_path, "A", PLAIN)
    add_film(tmp_path, "B", PLAIN)

    def refuse(function):
        def refusing(path, *args, **options):
            if os.fspath(path).startswith(f"{hidden}{os.sep}"):
                raise OSError(number, os.strerror(number), path)
            return function(path, *args, **options)

        return refusing

    for name in ("open", "stat", "lstat"):
        monkeypatch.setattr(os, name, refuse(getattr(os, name)))
    left, written = tag(tmp_path, predictor)
    assert (left.action, left.is_error) == ("skip", True)
    assert left.reason == f"movie.nfo cannot be read ({os.strerror(number)})"
    assert written.action == "write"


@pytest.mark.skipif(sys.platform != "linux", reason="access control lists of Linux")
def test_a_file_gets_no_rights_from_its_folder(tmp_path, predictor):
    folder = add_film(tmp_path, "A", PLAIN)
    path = folder / "movie.nfo"
    path.chmod(0o640)
    # owner rwx, user 12345 rwx, group r-x, mask rwx, others r-x
    entries = ((1, 7, -1), (2, 7, 12345), (4, 5, -1), (16, 7, -1), (32, 5, -1))
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    try:
        os.setxattr(folder, "system.posix_acl_default", acl)
    except OSError:
        pytest.skip("this file system has no access control lists")
    for do in (lambda: tag(tmp_path, predictor, write=True), lambda: undo(tmp_path)):
        list(do())
        assert "system.posix_acl_access" not in os.listxattr(path)
        assert path.stat().st_mode & 0o777 == 0o640
    os.setxattr(path, "system.posix_acl_access", acl)  # its own stay
    list(tag(tmp_path, predictor, write=True))
    assert os.getxattr(path, "system.posix_acl_access") == acl
