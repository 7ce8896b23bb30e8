"""adapt, from the command line and without torch."""

import csv

import pytest
from tests.cli.own_films import KINDS, WITHOUT_TORCH, write_films
from tests.commands import call_all
from tests.tiny_bundle import write_tiny_bundle


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("base") / "bundle").path


def test_own_genres(base, tmp_path):
    films = write_films(tmp_path / "films.csv", 80, "own")
    adapt = ("adapt", films, "--model", base, "--out", tmp_path / "own")
    predict = ("predict", films, "--model", tmp_path / "own", "--out", tmp_path / "genres.csv")
    adapted, predicted, again = call_all(WITHOUT_TORCH, (adapt, predict, adapt))
    assert adapted[0] == 0, adapted
    assert "2 genres learned from 80 films" in adapted[1]
    assert predicted[0] == 0, predicted
    with (tmp_path / "genres.csv").open(newline="") as stream:
        genres = [row["genres"] for row in csv.DictReader(stream)]
    assert sum(genres[n] == list(KINDS)[n % 2] for n in range(80)) > 70
    assert again[0] == 2
    assert "exists already" in again[1]
