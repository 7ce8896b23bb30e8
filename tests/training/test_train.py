import csv
import json

import pytest
import torch

from posterplot.bundle import load_bundle
from posterplot.errors import ConfigError, DatasetError, OutputError
from posterplot.training.config import load_config
from posterplot.training.train import train
from tests.conftest import CNN, LSTM


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
    assert {p.name for p in run.iterdir()} >= {"config.toml", "history.csv", "checkpoints", "bundle"}
    with (run / "history.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    for row in rows:
        for split in ("train", "validation"):
            assert float(row[f"{split}_loss"]) > 0
            for mean in ("micro", "macro"):
                for figure in ("precision", "recall", "f1"):
                    assert 0 <= float(row[f"{split}_{mean}_{figure}"]) <= 1


@pytest.mark.parametrize("text", [CNN, LSTM])
def test_a_resumed_training_ends_with_the_very_same_weights(
    config, dataset, tmp_path, monkeypatch, text
):
    whole = config(text, "fit.epochs=4")
    train(whole, dataset, tmp_path / "whole")

    class Stopped(Exception):
        pass

    from posterplot.training.module import GenreModule

    begun = GenreModule.on_train_epoch_start

    def stop_in_the_third_epoch(self):
        if self.current_epoch == 2:
            raise Stopped
        begun(self)

    monkeypatch.setattr(GenreModule, "on_train_epoch_start", stop_in_the_third_epoch)
    with pytest.raises(Stopped):
        train(whole, dataset, tmp_path / "broken")
    monkeypatch.undo()
    torch.manual_seed(12345)  # whatever random state the new process has
    train(whole, dataset, tmp_path / "broken", resume=True)

    def weights(run):
        last = torch.load(tmp_path / run / "checkpoints" / "last.ckpt", weights_only=False)
        return last["state_dict"]

    expected, found = weights("whole"), weights("broken")
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[key], found[key]) for key in expected)
    assert (tmp_path / "whole/history.csv").read_text() == (
        tmp_path / "broken/history.csv"
    ).read_text()


def test_the_number_of_reading_processes_changes_nothing(config, dataset, tmp_path):
    for workers in (0, 2):
        train(config(CNN, f"fit.workers={workers}"), dataset, tmp_path / str(workers))
    histories = [(tmp_path / str(w) / "history.csv").read_text() for w in (0, 2)]
    assert histories[0] == histories[1]


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
    assert provenance["best_epoch"] in (0, 1, 2)
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
