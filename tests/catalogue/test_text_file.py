import gzip

import pytest

from posterplot.catalogue import read_catalogue
from posterplot.catalogue.movielens import open_movielens
from posterplot.catalogue.text_file import encoding_of, open_text
from posterplot.errors import CatalogueError, UsageError

FRENCH = "Amélie découvre un café à Paris, où l’amour naît. Un garçon prépare une fête d’été.\n"
POLISH = "Młody człowiek przyjeżdża do Łodzi i spotyka dziewczynę, którą kocha. Wybucha wojna.\n"
RUSSIAN = "Молодой человек приезжает в Москву и встречает девушку.\n"
JAPANESE = "若い男が東京に来て女の子に出会う物語です。\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((FRENCH, "utf-8"), (FRENCH, "utf-8-sig"), (FRENCH, "utf-16"), (FRENCH, "utf-16-le")),
        *((FRENCH, "utf-16-be"), (FRENCH, "cp1252"), (FRENCH.replace("’", "'"), "latin-1")),
        *((POLISH, "cp1250"), (RUSSIAN, "cp1251"), (JAPANESE, "shift_jis"), ("x\n", "ascii")),
        *((RUSSIAN * 20, "utf-16-le"), (RUSSIAN * 20, "utf-16-be")),
    ],
)
def test_encodings(tmp_path, text, encoding):
    path = tmp_path / "films.csv"
    path.write_bytes(("id,overview\n" + "1," + text).encode(encoding))
    with open_text(path, encoding_of(path), newline="") as file:
        assert file.read() == "id,overview\n1," + text


def test_compressed(tmp_path):
    path = tmp_path / "films.csv.gz"
    path.write_bytes(gzip.compress(FRENCH.encode("cp1252")))
    assert encoding_of(path) == "cp1252"
    with open_text(path, "cp1252") as file:
        assert file.read() == FRENCH
    path.write_bytes(gzip.compress(FRENCH.encode() * 100)[:-20])
    with pytest.raises(CatalogueError, match="cannot be read"):
        encoding_of(path)


def test_declared(tmp_path):
    assert encoding_of(tmp_path / "none", "Latin1") == "iso8859-1"
    with pytest.raises(UsageError, match="there is no encoding 'klingon'"):
        encoding_of(tmp_path / "none", "klingon")


def test_a_damaged_file_is_not_read_in_another_encoding(tmp_path):
    path = tmp_path / "films.csv"
    path.write_bytes(FRENCH.encode() + FRENCH.encode("cp1252"))
    assert encoding_of(path) == "utf-8"
    with (
        pytest.raises(CatalogueError, match=rf"byte {len(FRENCH.encode()) + 2:,} is not UTF-8"),
        open_text(path, "utf-8") as file,
    ):
        file.read()


@pytest.mark.parametrize("name", ["films.csv", "films.jsonl", "films.csv.gz", "movies.dat"])
def test_a_line_without_end_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr("posterplot.catalogue.text_file._MAX_LINE_CHARS", 1000)
    content = b"id,overview\n1,One film.\n2," + b"x " * 1000
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    read = (lambda path: open_movielens(path).read(())) if name == "movies.dat" else read_catalogue
    with pytest.raises(CatalogueError, match=r"line 3 is over 1,000 characters long; check that"):
        list(read(path))
