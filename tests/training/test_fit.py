import pytest
import torch
from tests.conftest import CNN, LSTM

from posterplot.errors import DatasetError, OutputError
from posterplot.training.config import load_config
from posterplot.training.fit import fit_network
from posterplot.training.module import GenreModule


class StoppedError(Exception):
    pass


@pytest.fixture
def fit(tmp_path, dataset, monkeypatch):
    """Train as configured and return the folder; the graph is not what is tested here."""
    monkeypatch.setattr("posterplot.training.fit.export_network", lambda *_, **__: b"")

    def run(name, text, *overrides, resume=False):
        path = tmp_path / "config.toml"
        path.write_text(text)
        config = load_config(path, list(overrides))
        fit_network(config, dataset, tmp_path / name, resume=resume, say=lambda _: None)
        return tmp_path / name

    return run


def _weights(run):
    return torch.load(run / "checkpoints" / "last.ckpt", weights_only=False)["state_dict"]


def _assert_same_training(one, other):
    expected, found = _weights(one), _weights(other)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[key], found[key]) for key in expected)
    assert (one / "history.csv").read_text() == (other / "history.csv").read_text()


@pytest.mark.parametrize("text", [CNN, LSTM], ids=["cnn", "lstm"])
def test_a_resumed_training_ends_with_the_very_same_weights(fit, tmp_path, monkeypatch, text):
    whole = fit("whole", text, "fit.epochs=4")
    begin = GenreModule.on_train_epoch_start

    def stop_in_the_third_epoch(module):
        if module.current_epoch == 2:
            raise StoppedError
        begin(module)

    with monkeypatch.context() as patched:
        patched.setattr(GenreModule, "on_train_epoch_start", stop_in_the_third_epoch)
        with pytest.raises(StoppedError):
            fit("broken", text, "fit.epochs=4")
    torch.manual_seed(12345)  # whatever random state the new process has
    _assert_same_training(whole, fit("broken", text, "fit.epochs=4", resume=True))


def test_the_number_of_reading_processes_changes_nothing(fit):
    _assert_same_training(fit("none", CNN, "fit.workers=0"), fit("two", CNN, "fit.workers=2"))


def test_another_seed_is_another_training(fit):
    one, other = fit("one", CNN, "seed=1"), fit("other", CNN, "seed=2")
    assert (one / "history.csv").read_text() != (other / "history.csv").read_text()


@pytest.mark.parametrize("loss", ["bce", "weighted-bce", "focal", "asymmetric"])
def test_every_loss_trains(fit, loss):
    run = fit("run", CNN, f"loss.kind={loss}", "fit.epochs=1")
    assert (run / "history.csv").is_file()


def test_training_stops_early_without_progress(fit):
    run = fit("run", CNN, "fit.epochs=30", "fit.patience=1", "fit.learning_rate=1e-9")
    assert len((run / "history.csv").read_text().splitlines()) < 30


def test_nothing_to_resume_from(fit):
    with pytest.raises(OutputError, match="no checkpoint to resume from"):
        fit("run", CNN, resume=True)


def test_a_split_without_the_modality_is_refused(tmp_path, catalogue):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    lines = catalogue.read_text().splitlines()
    table = tmp_path / "films.csv"
    for n, line in enumerate(lines):
        if line.endswith("validation"):
            lines[n] = line.replace(line.split(",")[5], "")
    table.write_text("\n".join(lines).replace("posters/", f"{catalogue.parent}/posters/"))
    prepare(table, tmp_path / "dataset")
    (tmp_path / "config.toml").write_text(CNN)
    with pytest.raises(DatasetError, match="no film of validation has a poster"):
        fit_network(
            load_config(tmp_path / "config.toml"),
            open_dataset(tmp_path / "dataset"),
            tmp_path / "run",
            resume=False,
            say=lambda _: None,
        )


def test_a_checkpoint_that_cannot_be_resumed_is_refused(fit, tmp_path):
    run = fit("run", CNN, "fit.epochs=1")
    last = run / "checkpoints" / "last.ckpt"
    whole = last.read_bytes()
    last.write_bytes(whole[:500])
    with pytest.raises(OutputError, match="is damaged"):
        fit("run", CNN, "fit.epochs=2", resume=True)
    last.write_bytes(whole)
    run.rename(tmp_path / "moved")
    with pytest.raises(OutputError, match="was moved since"):
        fit("moved", CNN, "fit.epochs=2", resume=True)


def test_a_run_resumes_on_its_own_dataset_alone(fit, catalogue, tmp_path):
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    run = fit("run", CNN, "fit.epochs=1")
    lines = catalogue.read_text().splitlines()[:-1]
    table = tmp_path / "fewer.csv"
    table.write_text("\n".join(lines).replace("posters/", f"{catalogue.parent}/posters/"))
    prepare(table, tmp_path / "other")
    config = load_config(tmp_path / "config.toml")
    with pytest.raises(DatasetError, match="not the dataset that the run was begun with"):
        fit_network(config, open_dataset(tmp_path / "other"), run, resume=True, say=lambda _: None)
