import pytest
from tests.conftest import poster_bytes
from tests.library.conftest import add_film
from tests.library.oddities import ODDITIES, nfo


@pytest.fixture
def model(runs):
    return runs / "tiny-fusion"


@pytest.fixture
def poster(tmp_path):
    path = tmp_path / "one.jpg"
    path.write_bytes(poster_bytes(("Action",), 1))
    return path


@pytest.fixture
def library(tmp_path, tmp_path_factory, monkeypatch):
    """A media library of four films and a series; what tag records of it goes elsewhere."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    folder = tmp_path / "films"
    add_film(folder, "Salt (1999)", ODDITIES["CRLF"].data)
    add_film(folder, "Heat (1995)", nfo("<genre>Crime</genre>").encode())
    add_film(folder, "Broken (2001)", ODDITIES["truncated"].data)
    add_film(folder, "line\nbreak\x1b[31m", ODDITIES["locked"].data)
    (folder / "Show").mkdir()
    (folder / "Show" / "tvshow.nfo").write_bytes(
        nfo(root="tvshow").replace("{plot}", "Astronauts fight aliens near a dying star.").encode()
    )
    return folder


@pytest.fixture
def table(tmp_path):
    """A German table with semicolons, in Latin-1; one film has no overview."""
    path = tmp_path / "filme.csv"
    path.write_text(
        "Const;Series_Title;Released_Year;Plot;Genre;Budget\n"
        "tt1;Heat;1995;Ein Dieb trifft auf einen müden Polizisten.;Crime, Drama;5\n"
        "tt2;Nichts;1996;N/A;Drama;5\n",
        encoding="latin-1",
    )
    return path
