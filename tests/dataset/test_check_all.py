from concurrent.futures import ThreadPoolExecutor

import pytest

from posterplot.catalogue import open_catalogue
from posterplot.dataset import check_all as module
from posterplot.dataset.check_all import check_all
from posterplot.dataset.poster_log import NO_POSTER
from posterplot.films import Rejected


class Log:
    """A log without entries of an earlier call."""

    def __init__(self):
        self.added = []

    def next(self):
        return None

    def add(self, poster):
        self.added.append(poster)


@pytest.fixture
def catalogue(tmp_path):
    """A hundred films; every tenth has a cell too many, and every seventh no genres."""
    rows = []
    for n in range(100):
        genres, more = "" if n % 7 == 3 else "Drama", ",x" if n % 10 == 0 else ""
        rows.append(f"f{n},Film {n} is about a cook.,{genres}{more}")
    path = tmp_path / "films.csv"
    path.write_text("id,overview,genres\n" + "\n".join(rows) + "\n")
    return open_catalogue(path)


@pytest.mark.parametrize("cores", [1, 3])
def test_films_keep_their_order_on_any_number_of_cores(catalogue, monkeypatch, cores):
    monkeypatch.setattr(module, "available_cores", lambda: cores)
    log, done = Log(), []
    with ThreadPoolExecutor(cores) as pool:
        checked = list(check_all(catalogue, pool, log, done.append))
    expected = list(catalogue.films())
    assert len(checked) == 100
    assert sum(done) == 100
    for result, item in zip(checked, expected, strict=True):
        if isinstance(item, Rejected):
            assert result.rejected == (item,)
        elif item.genres:
            assert result.film.id == item.id
        else:
            assert result.rejected[0].reason.startswith("has no genres")
    # the log has an entry for every film that the catalogue gave
    assert log.added == [NO_POSTER] * sum(not isinstance(item, Rejected) for item in expected)


def test_few_films_are_in_memory(catalogue, monkeypatch):
    monkeypatch.setattr(module, "available_cores", lambda: 1)
    read = []
    real = type(catalogue).films

    def films(self):
        for item in real(self):
            read.append(item)
            yield item

    monkeypatch.setattr(type(catalogue), "films", films)
    with ThreadPoolExecutor(1) as pool:
        next(check_all(catalogue, pool, Log()))
        assert len(read) <= 16 * 3
