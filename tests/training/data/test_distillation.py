import csv
import json
import math
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from tests.conftest import CNN

from posterplot.errors import ConfigError
from posterplot.films import Film, GenreVocabulary, Prediction
from posterplot.inference.prediction_files import prediction_rows, write_rows
from posterplot.training.config.films import DistillationConfig
from posterplot.training.config.run_config import load_config
from posterplot.training.data.distillation import distilled_targets
from posterplot.training.loop.fit import fit_network

GENRES = GenreVocabulary(("Action", "Drama"))
FILMS = [Film(name, overview="words") for name in ("a", "b", "c")]
TARGETS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def _teacher(path, probabilities, genres=GENRES.names):
    """Write predictions: film -> its probabilities, or None where the film was rejected."""
    lines = []
    for film, row in probabilities.items():
        line = {"id": film, "title": ""}
        if row is None:
            line["error"] = "no poster"
        else:
            line["probabilities"] = dict(zip(genres, row, strict=True))
        lines.append(line)
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        kind = pa.struct([(genre, pa.float32()) for genre in genres])
        schema = pa.schema([("id", pa.string()), ("title", pa.string()), ("probabilities", kind)])
        pq.write_table(pa.Table.from_pylist(lines, schema), path)
    return str(path)


def _targets(*teachers, weight=0.5, targets=TARGETS):
    config = DistillationConfig(predictions=teachers, weight=weight)
    return distilled_targets(config, GENRES, FILMS, targets, lambda _: None)


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_soft_targets_by_hand(tmp_path, suffix):
    probabilities = {"a": (0.5, 0.25), "b": (0.0, 1.0), "c": None, "of another split": (0.1, 0.1)}
    soft_targets = _targets(_teacher(tmp_path / f"one{suffix}", probabilities), weight=0.7)
    a = [0.3 * 1 + 0.7 * 0.5, 0.3 * 0 + 0.7 * 0.25]
    b = [0.0, 0.3 * 1 + 0.7 * 1]
    assert soft_targets.dtype == torch.float32
    assert torch.allclose(soft_targets, torch.tensor([a, b, [1.0, 1.0]]))


def test_the_mean_over_the_teachers_with_a_film_is_used(tmp_path):
    one = _teacher(tmp_path / "one.jsonl", {"a": (0.2, 0.6), "b": (0.4, 0.4)})
    two = _teacher(tmp_path / "two.parquet", {"a": (0.6, 0.8)})
    soft_targets = _targets(one, two, weight=1.0)
    assert torch.allclose(soft_targets, torch.tensor([[0.4, 0.7], [0.4, 0.4], [1.0, 1.0]]))


@pytest.mark.parametrize(("weight", "expected"), [(0.0, [1.0, 0.0]), (1.0, [0.2, 0.6])])
def test_the_weight_mixes_labels_and_probabilities(tmp_path, weight, expected):
    teacher = _teacher(tmp_path / "one.jsonl", {"a": (0.2, 0.6)})
    assert _targets(teacher, weight=weight)[0].tolist() == pytest.approx(expected)


def test_films_without_labels_have_only_the_teachers_probability(tmp_path):
    teacher = _teacher(tmp_path / "one.jsonl", {"a": (0.2, 0.6), "b": (0.2, 0.6)})
    targets = torch.tensor([[1.0, 0.0], [math.nan, math.nan], [math.nan, math.nan]])
    soft_targets = _targets(teacher, weight=0.5, targets=targets)
    assert soft_targets[0].tolist() == pytest.approx([0.6, 0.3])
    assert soft_targets[1].tolist() == pytest.approx([0.2, 0.6])
    assert soft_targets[2].isnan().all()


def test_genres_are_matched_by_name_and_others_left_out(tmp_path):
    names = ("Western", "Drama", "Action")
    teacher = _teacher(tmp_path / "one.parquet", {"a": (0.9, 0.6, 0.2)}, names)
    assert _targets(teacher, weight=1.0)[0].tolist() == pytest.approx([0.2, 0.6])


def test_predictions_of_posterplot_can_be_a_teacher(runs, dataset, tmp_path):
    from posterplot.inference.bundle import load_bundle
    from posterplot.inference.predictor import Predictor

    films = [film for film in dataset.films("train") if film.overview]
    predictor = Predictor(load_bundle(runs / "tiny-lstm"))
    answers = list(predictor.predict(films))
    for name in ("teacher.jsonl", "teacher.parquet", "teacher.csv"):
        path = tmp_path / name
        write_rows(prediction_rows(answers), path, dataset.vocabulary.names)
        config = DistillationConfig(predictions=(str(tmp_path / name),), weight=1.0)
        targets = torch.zeros(len(films), 3)
        soft_targets = distilled_targets(config, dataset.vocabulary, films, targets, lambda _: None)
        expected = torch.tensor([list(answer.probabilities.values()) for answer in answers])
        assert (soft_targets - expected).abs().max() < 1e-4


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_teacher_without_a_genre_is_refused(tmp_path, suffix):
    teacher = _teacher(tmp_path / f"one{suffix}", {"a": (0.5,)}, ("Action",))
    with pytest.raises(ConfigError, match="lacks Drama"):
        _targets(teacher)


def test_teachers_of_other_films_are_refused(tmp_path):
    teacher = _teacher(tmp_path / "one.jsonl", {"z": (0.5, 0.5), "a": None})
    with pytest.raises(ConfigError, match="no training film has predictions of a teacher"):
        _targets(teacher)


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_numbers_of_rows_are_compared_with_the_titles(tmp_path, suffix):
    """Two datasets without ids count their rows alike, and so do the files of their teachers."""
    answer = Prediction("row-2", "Heat", (), {"Action": 0.2, "Drama": 0.6}, ("overview",))
    teacher = tmp_path / f"one{suffix}"
    write_rows(prediction_rows([answer, replace(answer, id="row-3")]), teacher, GENRES.names)
    films = [Film("row-2", "Salt", overview="words"), Film("row-2", "Heat", overview="words")]
    config = DistillationConfig(predictions=(str(teacher),), weight=1.0)
    soft_targets = distilled_targets(config, GENRES, films, TARGETS[:2], lambda _: None)
    assert torch.allclose(soft_targets, torch.tensor([[1.0, 0.0], [0.2, 0.6]]))
    with pytest.raises(ConfigError, match="no training film has predictions of a teacher"):
        distilled_targets(config, GENRES, films[:1], TARGETS[:1], lambda _: None)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.parquet", b"not parquet"),
        ("one.parquet", b""),
        ("one.jsonl", b"not json\n"),
        ("one.jsonl", b"5\n"),
        ("one.jsonl", b'{"id": "a", "probabilities": [0.5, 0.5]}\n'),
        ("one.jsonl", b'{"id": "a", "probabilities": {"Action": "x", "Drama": 1}}\n'),
        ("one.jsonl", b'{"id": "a", "probabilities": {"Action": 90, "Drama": 1}}\n'),
        ("one.jsonl", b'{"id": "a", "probabilities": {"Action": NaN, "Drama": 1}}\n'),
        ("one.jsonl", b'{"id": "a", "probabilities": {"Action": -0.1, "Drama": 1}}\n'),
        ("one.jsonl", b"\xff\xfe\n"),
        ("one.csv", b"id,title\na,b\n"),
        ("none.jsonl", None),
        ("none.parquet", None),
    ],
)
def test_a_file_without_predictions_is_refused(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match="is not a file of predictions") as caught:
        _targets(str(tmp_path / name))
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_a_network_is_trained_on_a_teachers_predictions_for_extra_films(
    dataset, further, tmp_path, monkeypatch
):
    monkeypatch.setattr("posterplot.training.loop.fit.export_network", lambda *_, **__: b"")
    probabilities = {f"x{n}": (0.9, 0.8, 0.7) for n in range(4, 20)}
    teacher = _teacher(tmp_path / "teacher.parquet", probabilities, dataset.vocabulary.names)
    (tmp_path / "config.toml").write_text(
        f'{CNN}\n[distillation]\npredictions = ["{teacher}"]\nextra = ["{further}"]\n'
    )
    config = load_config(tmp_path / "config.toml", ["fit.epochs=1"])
    made = fit_network(config, dataset, tmp_path / "run", resume=False, log=lambda _: None)
    posters = sum(film.poster is not None for film in dataset.films("train"))
    assert made.train_films == posters
    assert made.notes["films_without_labels"] == 14  # two of the sixteen have no poster
    with (tmp_path / "run" / "history.csv").open() as stream:
        (row,) = csv.DictReader(stream)
    assert all(math.isfinite(float(value)) for value in row.values())
