import csv
import sys

import pytest
from tests.conftest import LSTM

from posterplot.errors import ConfigError
from posterplot.training.config.run_config import load_config
from posterplot.training.loop.history import read_history
from posterplot.training.train import train


@pytest.fixture
def fit(tmp_path, dataset, quick_export):
    def run(*loggers, epochs=2, resume=False):
        (tmp_path / "config.toml").write_text(LSTM)
        changes = [f"fit.epochs={epochs}", f"fit.loggers={list(loggers)}"]
        config = load_config(tmp_path / "config.toml", changes)
        train(config, dataset, tmp_path / "run", resume=resume)
        return [float(row["validation_mAP"]) for row in read_history(tmp_path / "run/history.csv")]

    return run


def test_csv_and_a_resumed_run_with_other_loggers(fit, tmp_path):
    assert len(fit()) == 2
    assert not (tmp_path / "run/csv").exists()
    expected = fit("csv", epochs=3, resume=True)
    with (tmp_path / "run/csv/version_0/metrics.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["validation_mAP"]]
    assert [float(row["validation_mAP"]) for row in rows] == pytest.approx(expected[2:], abs=1e-6)
    parameters = (tmp_path / "run/csv/version_0/hparams.yaml").read_text()
    assert "fit.epochs: 3" in parameters


def test_tensorboard(fit, tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    expected = fit("tensorboard")
    events = reader.EventAccumulator(str(tmp_path / "run/tensorboard"))
    events.Reload()
    values = [scalar.value for scalar in events.Scalars("validation_mAP")]
    assert values == pytest.approx(expected, abs=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of MLflow's use of SQLAlchemy
def test_mlflow_without_a_server(fit, tmp_path, monkeypatch):
    pytest.importorskip("mlflow")
    from mlflow.tracking import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    expected = fit("mlflow")
    client = MlflowClient(f"sqlite:///{tmp_path / 'run/mlflow.db'}")
    experiment = client.get_experiment_by_name("posterplot")
    (run,) = client.search_runs([experiment.experiment_id])
    history = client.get_metric_history(run.info.run_id, "validation_mAP")
    assert [metric.value for metric in history] == pytest.approx(expected, abs=1e-6)
    assert run.data.params["fit.epochs"] == "2"
    assert run.info.run_name == "tiny-lstm"


def test_wandb_offline(fit, tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    expected = fit("wandb")
    assert wandb.run.summary["validation_mAP"] == pytest.approx(expected[-1], abs=1e-6)
    assert wandb.run.config["fit.epochs"] == 2
    wandb.finish()
    assert list((tmp_path / "run/wandb").glob("offline-run-*/*.wandb"))


def test_a_tracker_that_is_not_installed_is_named(fit, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.setattr("lightning.pytorch.loggers.wandb._WANDB_AVAILABLE", False)
    with pytest.raises(ConfigError) as caught:
        fit("wandb")
    line = str(caught.value)
    assert line.startswith("fit.loggers: wandb is not installed; pip install 'posterplot[loggers]'")


def test_an_unknown_tracker(tmp_path):
    (tmp_path / "config.toml").write_text(LSTM)
    with pytest.raises(
        ConfigError, match=r"overrides=.*fit.loggers.*'csv', 'tensorboard', 'wandb'"
    ):
        load_config(tmp_path / "config.toml", ['fit.loggers=["neptune"]'])
