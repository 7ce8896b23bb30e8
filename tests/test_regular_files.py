import os
from pathlib import Path

import pytest

from posterplot.errors import FilmError
from posterplot.regular_files import read_regular

MB = 2**20


def test_a_regular_file_is_read_whole(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 10)
    assert read_regular(tmp_path / "a", "file", 10) == b"x" * 10


def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(FilmError, match=f"poster file is a device or a pipe: .*{name}"):
            read_regular(tmp_path / name, "poster file", MB)
    with pytest.raises(FilmError, match="poster file is a folder"):
        read_regular(tmp_path, "poster file", MB)
    with pytest.raises(FilmError, match="poster file not found"):
        read_regular(tmp_path / "none", "poster file", MB)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="only Linux has it")
def test_files_of_proc_are_empty():
    """They have no size; some block, others have no end."""
    for name in ("/proc/kmsg", "/proc/self/mem", "/proc/self/status"):
        try:
            assert read_regular(Path(name), "file", MB) == b""
        except FilmError as error:  # not everybody may open them
            assert "cannot be read" in error.what  # noqa: PT017


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(20 * 2**30)
    with pytest.raises(FilmError, match="poster file is too large: over 256 MB"):
        read_regular(tmp_path / "sparse", "poster file", 256 * MB)
    (tmp_path / "a").write_bytes(b"x" * 11)
    with pytest.raises(FilmError, match="file is too large: over 10 bytes"):
        read_regular(tmp_path / "a", "file", 10)
