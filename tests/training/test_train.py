import csv
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from tests.conftest import CNN, FUSION, LSTM, TFIDF

from posterplot.errors import ConfigError, DatasetError, OutputError
from posterplot.films import Prediction
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.training.config.run_config import load_config
from posterplot.training.train import train


@pytest.fixture
def config(tmp_path):
    def load(text, *overrides):
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load_config(path, list(overrides))

    return load


@pytest.mark.parametrize("name", ["tiny-cnn", "tiny-lstm"])
def test_a_run_holds_the_documented_files(runs, name):
    run = runs / name
    assert {p.name for p in run.iterdir()} >= {
        "config.toml",
        "history.csv",
        "checkpoints",
        "bundle",
    }
    with (run / "history.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    for row in rows:
        for split in ("train", "validation"):
            assert float(row[f"{split}_loss"]) > 0
            for mean in ("micro", "macro"):
                for figure in ("precision", "recall", "f1"):
                    assert 0 <= float(row[f"{split}_{mean}_{figure}"]) <= 1


def test_resuming_with_another_configuration_is_refused(config, dataset, runs):
    for change, was in (("fit.epochs=2", "fit.epochs was 3"), ("seed=4", "seed was 0")):
        with pytest.raises(ConfigError, match=f"{was} and is"):
            train(config(CNN, change), dataset, runs / "tiny-cnn", resume=True)


@pytest.mark.usefixtures("quick_export")
def test_a_resumed_run_may_have_more_epochs(config, dataset, tmp_path):
    train(config(CNN, "fit.epochs=1"), dataset, tmp_path / "run")
    bundle = train(config(CNN, "fit.epochs=2"), dataset, tmp_path / "run", resume=True)
    assert bundle.manifest.provenance["epochs"] == 2
    assert load_config(tmp_path / "run" / "config.toml").fit.epochs == 2


@pytest.mark.parametrize("text", [CNN, TFIDF], ids=["network", "tfidf"])
def test_validation_films_without_any_genre_of_train_are_refused(config, catalogue, tmp_path, text):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    rows = catalogue.read_text().splitlines()
    renamed = [
        re.sub("Action|Drama|Romance", "Kabuki", row) if row.endswith("validation") else row
        for row in rows
    ]
    (tmp_path / "films.csv").write_text(
        "\n".join(renamed).replace("posters/", f"{catalogue.parent}/posters/")
    )
    prepare(tmp_path / "films.csv", tmp_path / "dataset")
    with pytest.raises(DatasetError, match="no validation film has a genre that the training"):
        train(config(text), open_dataset(tmp_path / "dataset"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_existing_run_is_not_changed(config, dataset, runs):
    with pytest.raises(OutputError, match="exists already"):
        train(config(CNN), dataset, runs / "tiny-cnn")


def test_resuming_another_folder_is_refused(config, dataset, tmp_path):
    with pytest.raises(OutputError, match="not a run to resume"):
        train(config(CNN), dataset, tmp_path / "nothing", resume=True)


def test_a_dataset_without_validation_films_is_refused(config, catalogue, tmp_path):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    table = tmp_path / "train_only.csv"
    text = catalogue.read_text().replace("posters/", f"{catalogue.parent}/posters/")
    table.write_text(text.replace("validation", "train"))
    prepare(table, tmp_path / "dataset")
    with pytest.raises(DatasetError, match="has no validation films"):
        train(config(CNN), open_dataset(tmp_path / "dataset"), tmp_path / "run")


def test_the_bundle_records_its_provenance(runs, dataset):
    manifest = load_bundle(runs / "tiny-cnn").manifest
    provenance = json.loads(manifest.model_dump_json())["provenance"]
    assert provenance["dataset"] == dataset.manifest.fingerprint
    assert provenance["config"]["fit"]["epochs"] == 3
    assert provenance["best_epoch"] in (1, 2, 3)
    card = (runs / "tiny-cnn" / "bundle" / "README.md").read_text()
    assert "tiny-cnn" in card
    assert all(genre in card for genre in manifest.genres)


def test_fusing_models_of_the_wrong_modality_is_refused(config, dataset, runs, tmp_path):
    text = f"""
kind = "late-fusion"
name = "wrong"
poster = "{runs}/tiny-lstm"
overview = "{runs}/tiny-cnn"
"""
    with pytest.raises(ConfigError, match="reads overview"):
        train(config(text), dataset, tmp_path / "run")


@pytest.mark.usefixtures("quick_export")
def test_a_film_whose_overview_has_no_words_does_not_stop_training(config, catalogue, tmp_path):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    table = tmp_path / "films.csv"
    text = catalogue.read_text().replace("posters/", f"{catalogue.parent}/posters/")
    table.write_text(text + "odd,Odd,2000,\U0001f3ac\U0001f37f!,Drama,,validation\n")
    prepare(table, tmp_path / "dataset")
    bundle = train(config(LSTM, "fit.epochs=1"), open_dataset(tmp_path / "dataset"), tmp_path / "r")
    assert bundle.manifest.provenance["decisions"]["films"] > 0


def test_a_failed_training_leaves_nothing_behind(config, dataset, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no disk")

    monkeypatch.setattr("posterplot.training.loop.fit.make_network", fail)
    with pytest.raises(RuntimeError):
        train(config(CNN), dataset, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("quick_export")
def test_a_finished_run_may_be_resumed(config, dataset, tmp_path):
    train(config(CNN, "fit.epochs=1"), dataset, tmp_path / "run")
    graph = (tmp_path / "run" / "bundle" / "model.onnx").read_bytes()
    train(config(CNN, "fit.epochs=1"), dataset, tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "bundle" / "model.onnx").read_bytes() == graph


def test_parts_of_another_dataset_are_refused(config, catalogue, runs, tmp_path):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    table = tmp_path / "films.csv"
    lines = catalogue.read_text().splitlines()[:-1]
    table.write_text("\n".join(lines).replace("posters/", f"{catalogue.parent}/posters/"))
    prepare(table, tmp_path / "other")
    with pytest.raises(ConfigError, match="was trained on another dataset"):
        train(config(FUSION.format(folder=runs)), open_dataset(tmp_path / "other"), tmp_path / "x")


@pytest.mark.usefixtures("quick_export")
def test_a_genre_with_one_film(config, catalogue, tmp_path):
    """A dataset of a lone genre, and one in which a genre has a single film, both train."""
    from posterplot.catalogue import Access, open_catalogue
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    text = catalogue.read_text().replace("posters/", f"{catalogue.parent}/posters/")
    lone = text.replace("Action|", "").replace("|Romance", "")
    lone = lone.replace(",Action,", ",Drama,").replace(",Romance,", ",Drama,")
    rare = text.replace(",Action|Drama,", ",Action|Drama|Opera,", 1)
    for name, table in (("lone", lone), ("rare", rare)):
        (tmp_path / f"{name}.csv").write_text(table)
        outside = open_catalogue(tmp_path / f"{name}.csv", access=Access(outside=True))
        prepare(outside, tmp_path / name)
        dataset = open_dataset(tmp_path / name)
        for part, model in (("cnn", CNN), ("tfidf", TFIDF)):
            changes = [] if part == "tfidf" else ["fit.epochs=1"]
            bundle = train(config(model, *changes), dataset, tmp_path / f"{name}-{part}")
            assert bundle.manifest.genres == dataset.vocabulary.names
    assert "Opera" in dataset.vocabulary.names


@pytest.mark.usefixtures("quick_export")
def test_mixed_precision_needs_only_the_configuration(config, dataset, tmp_path):
    precision = 'fit.precision="bf16-mixed"'
    bundle = train(config(CNN, precision, "fit.epochs=1"), dataset, tmp_path / "run")
    assert load_bundle(bundle.path).manifest == bundle.manifest


@pytest.mark.parametrize("kind", ["joint", "frozen"])
def test_a_fusion_predicts_from_either_modality(request, dataset, kind):
    bundle = load_bundle(request.getfixturevalue(f"{kind}_run"))
    assert bundle.modalities == ("poster", "overview")
    assert bundle.manifest.overview.title is (kind == "frozen")
    predictor = Predictor(bundle)
    film = next(film for film in dataset.films("test") if len(film.modalities) == 2)
    films = [film, replace(film, overview=None), replace(film, poster=None)]
    answers = list(predictor.predict(films))
    assert [answer.modalities for answer in answers] == [
        ("poster", "overview"),
        ("poster",),
        ("overview",),
    ]
    logits = predictor.logits(films)[1]
    assert np.isfinite(logits).all()
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(logits[one] - logits[other]).max() > 1e-5
    predictions = list(predictor.predict(dataset.films("test")))
    assert len(predictions) == len(list(dataset.films("test")))
    assert all(isinstance(answer, Prediction) for answer in predictions)
    assert bundle.manifest.provenance["parameters"] > 500
    retitled = predictor.logits([replace(film, title="chase chase")])[1]
    assert (np.abs(retitled - logits[0]).max() > 1e-5) == (kind == "frozen")
    card = (bundle.path / "README.md").read_text()
    assert bundle.manifest.name in card
