import pickle
import zlib

import pytest

from posterplot.errors import DatasetError
from posterplot.file_parts import FilePart


@pytest.fixture
def part(tmp_path):
    (tmp_path / "file").write_bytes(b"before poster after")
    return FilePart(tmp_path / "file", 7, 6, zlib.crc32(b"poster"))


def test_the_bytes_are_read(part):
    assert part.read() == b"poster"
    assert pickle.loads(pickle.dumps(part)).read() == b"poster"


@pytest.mark.parametrize("content", [b"before Poster after", b"before pos", b""])
def test_a_changed_file_is_refused(part, content):
    part.path.write_bytes(content)
    with pytest.raises(DatasetError, match="was changed while it was used; prepare"):
        part.read()


def test_a_file_that_is_gone_is_named(part):
    part.path.unlink()
    with pytest.raises(DatasetError, match=r"file: cannot be read any more \(No such file"):
        part.read()
