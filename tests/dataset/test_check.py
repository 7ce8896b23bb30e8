import pytest
from tests.posters import POSTERS

from posterplot.dataset.check import check_film
from posterplot.dataset.duplicates import overview_key
from posterplot.dataset.manifest import film_digest
from posterplot.dataset.poster_log import NO_POSTER
from posterplot.films import Film, Rejected

OVERVIEW = "A cook inherits a ship, and with it a crew."


def test_a_film_is_cleaned_and_gets_its_keys():
    film = Film("a", "Salt", 1999, f"  <p>{OVERVIEW}</p> ", ("Drama",), POSTERS["small"])
    checked = check_film(film)
    assert checked.rejected == ()
    assert checked.film.overview == OVERVIEW
    assert checked.film.poster == POSTERS["small"]  # kept as it is
    assert checked.overview_key == overview_key(OVERVIEW)
    assert checked.digest == film_digest(checked.film)
    assert checked.poster_hash == checked.logged.hash is not None


def test_parts_that_cannot_be_used_are_left_out_and_listed():
    film = Film("a", "Salt", overview="N/A", genres=("Drama",), poster=POSTERS["small"], source="s")
    checked = check_film(film)
    assert checked.film.modalities == ("poster",)
    reason = "overview says nothing: 'N/A'"
    assert checked.rejected == (Rejected("a", "Salt", "s", "overview", reason),)
    film = Film("a", overview=OVERVIEW, genres=("Drama",), poster=b"<html>")
    checked = check_film(film)
    assert checked.film.modalities == ("overview",)
    assert [(part.part, "HTML" in part.reason) for part in checked.rejected] == [("poster", True)]
    assert checked.logged == NO_POSTER


def test_a_film_without_a_usable_part_is_rejected_with_every_reason():
    checked = check_film(Film("a", overview="N/A", genres=("Drama",), poster=b""))
    assert checked.film is None
    assert checked.digest == b""
    (film,) = checked.rejected
    assert film.part == "film"
    assert film.reason == "overview says nothing: 'N/A'; poster is empty"


@pytest.mark.parametrize("unlabelled", [False, True])
def test_a_film_without_genres_is_only_used_if_that_is_allowed(unlabelled):
    checked = check_film(Film("a", overview=OVERVIEW), unlabelled=unlabelled)
    assert (checked.film is not None) is unlabelled
    assert [part.reason for part in checked.rejected] == (
        [] if unlabelled else ["has no genres: it cannot be used for training"]
    )


def test_a_logged_poster_is_not_decoded_again(monkeypatch):
    film = Film("a", genres=("Drama",), poster=POSTERS["large"])
    first = check_film(film)
    monkeypatch.setattr("posterplot.dataset.poster_log.stored_poster", None)
    again = check_film(film, known=first.logged)
    assert again == first
