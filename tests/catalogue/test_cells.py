from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from posterplot.catalogue.cells import id_of, text_of, title_and_year, year_of
from posterplot.errors import FilmError


@pytest.mark.parametrize(
    ("value", "year"),
    [
        *(("1999", 1999), (1999, 1999), (1999.0, 1999), ("1999.0", 1999), ("", None)),
        *((float("nan"), None), ("MCMXCIX", None), (0, None), (None, None), ("99", None)),
        *(("1995-10-30", 1995), ("10/30/1995", 1995), ("30 Oct 1995", 1995), ("2008–2013", 2008)),
        *((date(1995, 10, 30), 1995), (datetime(1995, 10, 30), 1995), ("\\N", None)),
        *((True, None), ([1999], None), (19991, None), ("19991030", None), (-1999, 1999)),
    ],
)
def test_year(value, year):
    assert year_of(value) == year


def test_title_and_year_make_a_key():
    assert title_and_year("Heat (1995)") == ("Heat", 1995)
    assert title_and_year("2001") == ("2001", None)
    assert title_and_year("(1995)") == ("", 1995)
    assert title_and_year("Heat  (1995) (1996)") == ("Heat  (1995)", 1996)


def test_a_long_run_of_spaces_takes_no_time():
    title = "a" + " " * 10**6 + "b"
    assert title_and_year(title) == (title, None)  # took hours


@pytest.mark.parametrize(
    "value", ["", "N/A", "\\N", "NULL", "nan", "None", "-", None, float("nan")]
)
def test_no_id(value):
    assert id_of(value) == ""


def test_ids_of_other_types():
    values = ["862.0", 862.0, Decimal("862.00"), {"$numberInt": "862"}, 862]
    assert [id_of(value) for value in values] == ["862"] * 5
    assert id_of({"$oid": "573a"}) == "573a"
    assert id_of(UUID(int=1)).endswith("0001")
    assert id_of("1.05") == "1.05"
    assert text_of(Decimal("7.5"), "id") == "7.5"
    assert year_of({"$numberInt": "1995"}) == year_of(Decimal(1995)) == 1995
    with pytest.raises(FilmError, match="id is an object, not text"):
        id_of({"$oid": {}})


def test_a_list_of_one_value_is_that_value():
    assert text_of(["Heat"], "title") == "Heat"
    with pytest.raises(FilmError, match="title is a list, not text"):
        text_of(["Heat", "Sleep"], "title")
    with pytest.raises(FilmError, match="title is a list, not text"):
        text_of([["Heat"]], "title")
