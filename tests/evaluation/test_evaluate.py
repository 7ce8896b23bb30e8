import json
from dataclasses import replace

import numpy as np
import pytest

from posterplot.errors import DatasetError, UsageError
from posterplot.evaluation import (
    LabelledPredictions,
    compare,
    evaluate,
    predict_split,
    read_evaluation,
    write_evaluation,
)
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor


def _evaluated(runs, dataset, name, split="test"):
    bundle = load_bundle(runs / name)
    predicted = predict_split(bundle, dataset, split, lambda _: None)
    return evaluate(bundle, dataset, split, predicted), predicted


def test_it_counts_evaluated_and_left_out_films(runs, dataset):
    evaluation, predicted = _evaluated(runs, dataset, "tiny-cnn")
    films = list(dataset.films("test"))
    with_poster = [f for f in films if f.poster]
    assert evaluation.films == len(with_poster) == len(predicted.films)
    assert sum(evaluation.left_out.values()) == len(films) - len(with_poster)
    for row in evaluation.genres:
        assert row.support == sum(row.genre in f.genres for f in with_poster)


def test_every_overall_metric_lies_in_its_interval(runs, dataset):
    evaluation, _ = _evaluated(runs, dataset, "tiny-fusion")
    assert {"mAP", "micro_f1", "samples_f1", "hamming_loss", "ECE"} <= set(evaluation.overall)
    for name in ("mAP", "micro_f1", "hamming_loss"):
        figure = evaluation.overall[name]
        assert figure.low <= figure.value <= figure.high


def test_decisions_are_those_of_predict_where_modalities_have_other_rules(runs, dataset):
    bundle = load_bundle(runs / "tiny-fusion")
    manifest = bundle.manifest
    everything = (0.0,) * len(manifest.genres)
    by_modality = {
        modality: decisions.model_copy(
            update={"rule": "half", "thresholds": {**decisions.thresholds, "half": everything}}
        )
        for modality, decisions in manifest.decisions_by_modality.items()
    }
    bundle = replace(
        bundle, manifest=manifest.model_copy(update={"decisions_by_modality": by_modality})
    )
    predicted = predict_split(bundle, dataset, "test", lambda _: None)
    assert len(set(predicted.modalities)) > 1
    evaluation = evaluate(bundle, dataset, "test", predicted)
    hits = decided = true = 0
    for film, one in zip(
        predicted.films, Predictor(bundle).predict(dataset.films("test")), strict=True
    ):
        hits += len({*one.genres} & {*film.genres})
        decided += len(one.genres)
        true += len(film.genres)
    assert evaluation.overall["micro_f1"].value == pytest.approx(
        2 * hits / (decided + true), abs=1e-6
    )


def test_slices_partition_the_films(runs, dataset):
    evaluation, _ = _evaluated(runs, dataset, "tiny-fusion")
    for by in ("modalities", "decade", "genres"):
        assert sum(s.films for s in evaluation.slices if s.by == by) == evaluation.films
    assert {s.value for s in evaluation.slices if s.by == "modalities"} <= {
        "poster",
        "overview",
        "poster + overview",
    }


def test_slices_by_modalities_are_those_that_were_used(runs, dataset):
    _, predicted = _evaluated(runs, dataset, "tiny-fusion")
    used = [("poster", "title")] * 4 + [("overview",)] * (len(predicted.films) - 4)
    bundle = load_bundle(runs / "tiny-fusion")
    evaluation = evaluate(bundle, dataset, "test", predicted._replace(modalities=used))
    films = {s.value: s.films for s in evaluation.slices if s.by == "modalities"}
    assert films == {"poster + title": 4, "overview": len(predicted.films) - 4}


def test_slices_by_number_of_genres_are_in_numerical_order(runs, dataset):
    _, predicted = _evaluated(runs, dataset, "tiny-lstm")
    films = [
        replace(film, genres=(film.genres * 11)[: (1, 2, 10)[n % 3]])
        for n, film in enumerate(predicted.films)
    ]
    evaluation = evaluate(
        load_bundle(runs / "tiny-lstm"), dataset, "test", predicted._replace(films=films)
    )
    assert [s.value for s in evaluation.slices if s.by == "genres"] == ["1", "2", "10"]


def test_the_sources_of_labels_are_slices(runs, dataset):
    _, predicted = _evaluated(runs, dataset, "tiny-lstm")
    bundle = load_bundle(runs / "tiny-lstm")

    def by_source(name):
        films = [replace(film, label_source=name(n)) for n, film in enumerate(predicted.films)]
        evaluation = evaluate(bundle, dataset, "test", predicted._replace(films=films))
        return {s.value: s for s in evaluation.slices if s.by == "label_source"}

    assert by_source(lambda n: "") == {}
    slices = by_source(lambda n: ("imdb", "")[n % 2])
    assert {name: s.films for name, s in slices.items()} == {
        "imdb": -(-len(predicted.films) // 2),
        "unknown": len(predicted.films) // 2,
    }
    assert slices["imdb"].expected_genres == pytest.approx(
        predicted.probabilities[::2].sum(1).mean()
    )
    assert slices["imdb"].true_genres == pytest.approx(predicted.targets[::2].sum(1).mean())
    many = by_source(lambda n: f"source {n}")
    assert len(many) == min(21, len(predicted.films))  # twenty sources, and all others


def test_it_is_written_and_read_back(runs, dataset, tmp_path):
    evaluation, predicted = _evaluated(runs, dataset, "tiny-lstm")
    answers = predicted.labelled(load_bundle(runs / "tiny-lstm").manifest.genres)
    write_evaluation(evaluation, answers, tmp_path / "e.json")
    again, same = read_evaluation(tmp_path / "e.json")
    assert again == evaluation
    assert same.ids == answers.ids
    assert (same.targets == answers.targets).all()
    assert (same.probabilities == answers.probabilities).all()
    assert "NaN" not in (tmp_path / "e.json").read_text()
    assert json.loads((tmp_path / "e.json").read_text())["split"] == "test"
    (tmp_path / "e.parquet").unlink()
    with pytest.raises(UsageError, match="is not an evaluation"):
        read_evaluation(tmp_path / "e.json")


def test_a_missing_split_is_refused(runs, catalogue, tmp_path):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    table = tmp_path / "films.csv"
    text = catalogue.read_text().replace(",test", ",train")
    table.write_text(text.replace("posters/", f"{catalogue.parent}/posters/"))
    prepare(table, tmp_path / "dataset")
    with pytest.raises(DatasetError, match="has no test films"):
        _evaluated(runs, open_dataset(tmp_path / "dataset"), "tiny-lstm")


def test_films_with_only_unknown_genres(runs, catalogue, tmp_path):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    table = tmp_path / "films.csv"
    text = catalogue.read_text().replace("posters/", f"{catalogue.parent}/posters/")
    for genre in ("Action", "Drama", "Romance"):
        text = text.replace(genre, f"{genre} [/noir]")
    table.write_text(text)
    prepare(table, tmp_path / "dataset")
    with pytest.raises(DatasetError, match="no film of test has a genre that the model knows"):
        _evaluated(runs, open_dataset(tmp_path / "dataset"), "tiny-lstm")


def test_it_records_whether_the_model_was_trained_on_the_dataset(
    runs, dataset, catalogue, tmp_path
):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    assert _evaluated(runs, dataset, "tiny-lstm")[0].same_dataset
    table = tmp_path / "films.csv"
    lines = catalogue.read_text().splitlines()[:-1]
    table.write_text("\n".join(lines).replace("posters/", f"{catalogue.parent}/posters/"))
    prepare(table, tmp_path / "dataset")
    other = open_dataset(tmp_path / "dataset")
    assert not _evaluated(runs, other, "tiny-lstm")[0].same_dataset


def _answers(ids, probabilities, targets):
    return LabelledPredictions(
        list(ids), ("A", "B"), np.array(targets, bool), np.array(probabilities, float)
    )


def test_a_perfect_model_is_significantly_better():
    rng = np.random.default_rng(0)
    targets = rng.random((80, 2)) < 0.4
    ids = [str(n) for n in range(80)]
    perfect, guesses = _answers(ids, targets * 0.8 + 0.1, targets), rng.random((80, 2))
    gain = compare(perfect, _answers(ids, guesses, targets))
    assert gain.films == 80
    assert 0 < gain.mAP.low <= gain.mAP.value <= gain.mAP.high
    none = compare(perfect, perfect)
    assert (none.mAP.value, none.mAP.low, none.mAP.high) == (0, 0, 0)


def test_models_are_compared_on_the_films_they_share_whatever_their_order():
    targets = [[1, 0], [0, 1], [1, 1]]
    one = _answers("abc", [[0.9, 0.1], [0.2, 0.8], [0.7, 0.6]], targets)
    other = _answers("cba", np.array(one.probabilities)[::-1], targets[::-1])
    assert compare(one, other).mAP.value == 0
    fewer = _answers("cx", [[0.5, 0.5], [0.1, 0.1]], [[1, 1], [0, 0]])
    assert compare(one, fewer).films == 1
    with pytest.raises(ValueError, match="in common"):
        compare(one, _answers("xyz", one.probabilities, targets))
