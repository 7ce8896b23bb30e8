import pytest

from posterplot.catalogue.safe_files import inside, read_inside
from posterplot.errors import FilmError

MB = 2**20


def test_links_out_of_a_folder(tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "home").mkdir()
    (tmp_path / "home/link").symlink_to("../secret")
    assert not inside(tmp_path / "home/link", tmp_path / "home")
    assert not inside(tmp_path / "home/a\0b", tmp_path / "home")
    with pytest.raises(FilmError, match="is a link that leads out of the catalogue: link"):
        read_inside(tmp_path / "home/link", tmp_path / "home")
