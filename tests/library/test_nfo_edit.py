import pytest

from posterplot.library.nfo_edit import add_elements, apply
from posterplot.library.nfo_read import read
from posterplot.library.nfo_scan import scan
from tests.library.oddities import ODDITIES


@pytest.mark.parametrize("name", [n for n, o in ODDITIES.items() if o.action == "write"])
def test_names_that_an_encoding_cannot_hold_are_read_back(name):
    data = ODDITIES[name].data
    nfo = scan(data)
    edited = apply(data, add_elements(nfo, "genre", ["Café 電影 & <Noir>"]))
    assert read(scan(edited)).genres == ("Café 電影 & <Noir>",)


def test_a_name_in_a_legacy_encoding_is_a_reference():
    data = ODDITIES["windows-1252"].data
    edited = apply(data, add_elements(scan(data), "genre", ["Café"]))
    assert b"<genre>Caf&#233;</genre>" in edited
