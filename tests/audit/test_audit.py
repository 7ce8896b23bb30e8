import csv
import json

import pytest
from tests.conftest import overview_of

from posterplot.audit.audit import audit
from posterplot.catalogue import open_catalogue
from posterplot.errors import CatalogueError
from posterplot.films import Prediction
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.inference.read_predictions import read_predictions


@pytest.fixture(scope="module")
def predictor(runs):
    return Predictor(load_bundle(runs / "tiny-tfidf"))


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "overview", "genres"])
        writer.writerows(rows)
    return path


def films(count=40):
    genres = (("Action",), ("Drama",), ("Romance",), ("Drama", "Romance"))
    return [
        [f"n{n}", f"New {n}", overview_of(genres[n % 4], 500 + n), "|".join(genres[n % 4])]
        for n in range(count)
    ]


class CertainPredictor:
    """Predicts the genres that films have before a label is changed, with some uncertainty."""

    genres = ("Action", "Drama", "Romance")

    def predict(self, items):
        of_film = {row[0]: row[3].split("|") for row in films()}
        for n, film in enumerate(items):
            known = of_film[film.id]
            each = {g: (0.8 if g in known else 0.1) + n / 1000 for g in self.genres}
            yield Prediction(film.id, film.title, tuple(known), each, ("overview",))


def test_a_changed_label_is_found(tmp_path):
    predictor = CertainPredictor()
    rows = films()
    rows[4][3] = "Romance"  # it is Action
    done = []
    result = audit(
        open_catalogue(write(tmp_path / "f.csv", rows)), predictor, top=5, advance=done.append
    )
    assert (result.films, sum(done), len(result.findings)) == (40, 40, 5)
    pairs = [(f.id, f.genre, f.kind) for f in result.findings]
    assert {("n4", "Romance", "given"), ("n4", "Action", "missing")} & set(pairs)
    errors = [f.label_error_probability for f in result.findings]
    assert errors == sorted(errors, reverse=True)
    assert all(0 <= f.probability <= 1 and f.genre in f.reason for f in result.findings)


def test_the_summary_lists_what_was_not_audited(predictor, tmp_path):
    rows = [
        [*row[:3], "Romance"] if "Romance" in row[3] else [*row[:3], "Drama"] for row in films()
    ]
    rows[0][3] = "Foreign|Drama"
    rows[1][3] = "Foreign"
    rows[2][2] = ""
    result = audit(open_catalogue(write(tmp_path / "f.csv", rows)), predictor, top=500)
    assert result.unknown == {"Foreign": 2}
    assert result.unlabelled == 1
    assert result.absent == ("Action",)
    assert [item.reason for item in result.rejected] == ["has neither a poster nor an overview"]
    assert not any(f.genre == "Action" for f in result.findings)


def test_too_few_films(predictor, tmp_path):
    with pytest.raises(CatalogueError, match="only 5 films have a genre that the model knows"):
        audit(open_catalogue(write(tmp_path / "f.csv", films(5))), predictor, top=5)


def test_films_of_one_genre_are_refused(tmp_path):
    rows = [[*row[:3], "Drama"] for row in films()]
    catalogue = open_catalogue(write(tmp_path / "f.csv", rows))
    with pytest.raises(CatalogueError, match="almost all of the 40 films have the same genres"):
        audit(catalogue, CertainPredictor(), top=5)


def test_genres_that_the_model_does_not_know_count_among_those_of_a_film(tmp_path):
    rows = films()
    for row in rows[:4]:
        row[3] = f"Western|War|{row[3]}"
    rows[0][3] = "Western|War|Drama"  # it is Action
    open_ = open_catalogue(write(tmp_path / "f.csv", rows))
    free, limited = (
        audit(open_, CertainPredictor(), top=500, at_most=most).findings for most in (None, 3)
    )

    def missing(findings, film):
        return {
            f.genre: f.label_error_probability
            for f in findings
            if f.id == film and f.kind == "missing"
        }

    assert missing(free, "n0")
    for genre, probability in missing(free, "n0").items():
        assert missing(limited, "n0")[genre] == pytest.approx(probability / 10)
    assert missing(free, "n5") == missing(limited, "n5")
    [reason] = {f.reason for f in limited if f.id == "n0" and f.genre == "Action"}
    assert "It has 3 genres, as 7.5 % of these films have." in reason


def test_predictions_of_other_films_are_refused(tmp_path):
    """Films without ids are numbered by their rows, in every catalogue alike."""
    probabilities = dict.fromkeys(CertainPredictor.genres, 0.5)
    lines = [
        {"id": f"row-{n + 2}", "title": f"Other {n}", "probabilities": probabilities}
        for n in range(40)
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    rows = [["", *row[1:]] for row in films()]
    with pytest.raises(CatalogueError, match="40 films not in the file of predictions: give"):
        audit(
            open_catalogue(write(tmp_path / "f.csv", rows)),
            read_predictions(tmp_path / "p.jsonl"),
            top=5,
        )
