import csv
import json

import pytest
from tests.conftest import CNN

from posterplot.bundle import load_bundle
from posterplot.errors import ConfigError, DatasetError, OutputError
from posterplot.training.config import load_config
from posterplot.training.train import train


@pytest.fixture
def config(tmp_path):
    def load(text, *overrides):
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load_config(path, list(overrides))

    return load


@pytest.mark.parametrize("name", ["tiny-cnn", "tiny-lstm"])
def test_a_run_holds_what_it_should(runs, name):
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
    with pytest.raises(ConfigError, match=r"fit.epochs was 3 and is 9"):
        train(config(CNN, "fit.epochs=9"), dataset, runs / "tiny-cnn", resume=True)


def test_an_existing_run_is_left_alone(config, dataset, runs):
    with pytest.raises(OutputError, match="exists already"):
        train(config(CNN), dataset, runs / "tiny-cnn")


def test_resuming_what_is_no_run_is_refused(config, dataset, tmp_path):
    with pytest.raises(OutputError, match="not a run to resume"):
        train(config(CNN), dataset, tmp_path / "nothing", resume=True)


def test_a_dataset_without_validation_films_is_refused(config, catalogue, tmp_path):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    table = catalogue.parent / "train_only.csv"
    table.write_text(catalogue.read_text().replace("validation", "train"))
    prepare(table, tmp_path / "dataset")
    with pytest.raises(DatasetError, match="has no validation films"):
        train(config(CNN), open_dataset(tmp_path / "dataset"), tmp_path / "run")


def test_the_bundle_tells_how_it_was_made(runs, dataset):
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
