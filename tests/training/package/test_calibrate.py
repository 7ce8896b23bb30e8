"""How far an answer can be trusted, from a film to a line of output."""

import csv
import json
from dataclasses import replace

import pytest
from PIL import Image
from tests.posters import encoded
from tests.tiny_bundle import GENRES, overview, write_tiny_bundle, write_tiny_joint_bundle

from posterplot.films import Film, Prediction, Rejected
from posterplot.inference.bundle import load_bundle
from posterplot.inference.prediction_files import prediction_rows, write_rows
from posterplot.inference.predictor import Predictor
from posterplot.inference.settings import with_settings
from posterplot.training.package.calibrate import calibrate, count_read_whole
from sentences import SENTENCES

KINDS = [("Action",), ("Drama",), ("Romance",), ("Action", "Drama")]


def _films(number, seed=0):
    return [
        Film(str(n), genres=KINDS[n % 4], overview=overview(KINDS[n % 4], seed + n))
        for n in range(number)
    ]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    uncalibrated = write_tiny_bundle(folder / "uncalibrated")
    result = calibrate(uncalibrated, _films(300))
    changes = result.manifest.model_dump(include={"languages", "max_pieces_per_word"}) | {
        "decisions": result.manifest.decisions
    }
    return write_tiny_bundle(folder / "bundle", result.familiarity, **changes), result


def test_the_bundle_holds_what_was_fitted(fitted):
    bundle, result = fitted
    back = load_bundle(bundle.path)
    assert back.manifest.languages == ("en",)
    assert back.manifest.features == result.manifest.features == {"overview": 6}
    assert back.manifest.max_pieces_per_word == 1.25
    assert back.manifest.decisions.guarantees == result.manifest.decisions.guarantees
    assert back.manifest.decisions.guarantees.films == 300
    assert back.familiarity.name in back.manifest.files


def test_most_films_are_familiar_and_strange_ones_are_not(fitted):
    predictor = Predictor(fitted[0])
    usual = [p.familiar for p in predictor.predict(_films(100, seed=1000))]
    assert sum(usual) >= 85
    strange = Film("x", overview="the and with kiss kiss kiss kiss kiss kiss kiss love spring gun")
    [prediction] = predictor.predict([strange])
    assert prediction.familiar is False
    [row] = prediction_rows([prediction])
    assert row["familiar"] is False


def test_an_overview_in_another_language_is_not_read(fitted):
    bundle = fitted[0]
    film = Film("x", overview=SENTENCES["de"][0])
    [answer] = Predictor(bundle).predict([film])
    assert isinstance(answer, Rejected)
    assert answer.reason == "overview is in German; this model reads English"
    [answer] = Predictor(with_settings(bundle, any_language=True)).predict([film])
    assert isinstance(answer, Prediction)


def test_a_guarantee_decides_and_is_stated(fitted, tmp_path):
    guaranteed = with_settings(fitted[0], precision=0.9)
    threshold = guaranteed.manifest.decisions.thresholds["genre"][0]
    rows = list(prediction_rows(Predictor(guaranteed).predict(_films(40, seed=500))))
    for row in rows:
        assert set(row["genres"]) == {
            genre for genre in GENRES if row["probabilities"][genre] >= round(threshold, 4)
        }
        assert row["guarantee"].startswith("at least 90 % of the predicted genres are right")
    named = [(row["id"], genre) for row in rows for genre in row["genres"]]
    right = [genre in KINDS[int(n) % 4] for n, genre in named]
    assert len(right) > 20
    assert sum(right) >= 0.85 * len(right)
    for suffix in (".csv", ".jsonl", ".parquet"):
        write_rows(iter(rows), tmp_path / f"genres{suffix}", GENRES)
    with (tmp_path / "genres.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    assert table[0]["guarantee"] == rows[0]["guarantee"]
    assert {row["familiar"] for row in table} <= {"", "no"}
    lines = (tmp_path / "genres.jsonl").read_text().splitlines()
    assert json.loads(lines[0]) == rows[0]


@pytest.mark.parametrize(
    ("both", "alone", "used"), [(3, 57, 60), (40, 20, 40), (200, 250, 200), (190, 250, 440)]
)
def test_films_with_both_inputs_are_used_alone_unless_they_are_few(tmp_path, both, alone, used):
    joint = write_tiny_joint_bundle(tmp_path)
    films = _films(both + alone)
    image = encoded(Image.new("RGB", (96, 144), "red"))
    films[:both] = [replace(film, poster=image) for film in films[:both]]
    assert calibrate(joint, films).figures["films"] == used


GERMAN = "Ein Mann sucht seine Schwester und findet im Wald ein verlassenes Haus voller Briefe."


def test_films_that_are_not_read_whole_decide_nothing_about_films_that_are(tmp_path):
    joint = write_tiny_joint_bundle(tmp_path, languages=("en",))
    image = encoded(Image.new("RGB", (96, 144), "red"))
    films = [replace(film, poster=image) for film in _films(220)]
    unread = [replace(film, id=f"g{film.id}", overview=GERMAN) for film in films[:10]]
    alone, mixed = calibrate(joint, films), calibrate(joint, [*films, *unread])
    assert mixed.manifest.languages == ("en",)
    assert mixed.figures["films"] == 220
    assert mixed.manifest.decisions == alone.manifest.decisions
    assert mixed.familiarity == alone.familiarity
    assert count_read_whole(joint, [*films, *unread]) == 220


def test_posters_that_cannot_be_read_leave_no_decisions_for_posters(tmp_path):
    joint = write_tiny_joint_bundle(tmp_path)
    films = [replace(film, poster=b"damaged") for film in _films(40)]
    fitted = calibrate(joint, films).manifest
    assert "poster" in joint.manifest.decisions_by_modality
    assert list(fitted.decisions_by_modality) == ["overview"]


def test_nothing_is_known_of_posters_where_no_film_has_one(tmp_path):
    joint = write_tiny_joint_bundle(tmp_path)
    assert calibrate(joint, _films(120)).familiarity is None


def test_nothing_is_said_by_a_bundle_that_knows_nothing(tmp_path):
    plain = write_tiny_bundle(tmp_path / "plain")
    [row] = prediction_rows(Predictor(plain).predict(_films(1)))
    assert set(row) == {"id", "title", "genres", "probabilities", "modalities"}
