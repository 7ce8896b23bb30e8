import csv
import itertools
import os
import re
import resource
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.conftest import CNN, FROZEN, JOINT, LSTM
from tests.tiny_bundle import write_tiny_bundle

from posterplot.dataset.reading import Dataset
from posterplot.errors import ConfigError, DatasetError, OutputError
from posterplot.file_parts import FilePart
from posterplot.networks.genre_network import IMAGENET_MEAN, IMAGENET_STD
from posterplot.training.build.network import make_network
from posterplot.training.config.run_config import load_config
from posterplot.training.data.batches import Films
from posterplot.training.data.film_data import FilmData
from posterplot.training.data.order import steps_per_epoch
from posterplot.training.data.repeats import repeat_factors, shown_films
from posterplot.training.data.selection import read_films
from posterplot.training.loop.fit import fit_network
from posterplot.training.loop.module import GenreModule, epoch_metrics


class StoppedError(Exception):
    pass


@pytest.fixture
def fit(tmp_path, dataset, monkeypatch):
    """Train as configured and return the folder; the graph is not what is tested here."""
    monkeypatch.setattr("posterplot.training.loop.fit.export_network", lambda *_, **__: b"")
    monkeypatch.setattr("posterplot.training.loop.fit.check_export", lambda *_, **__: None)

    def run(name, text, *overrides, resume=False):
        path = tmp_path / "config.toml"
        path.write_text(text)
        config = load_config(path, list(overrides))
        run.model = fit_network(config, dataset, tmp_path / name, resume=resume, log=lambda _: None)
        return tmp_path / name

    return run


@pytest.fixture(scope="module")
def whole_cnn(dataset, tmp_path_factory):
    """A finished training of CNN, with which others are compared."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "config.toml").write_text(CNN)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("posterplot.training.loop.fit.export_network", lambda *_, **__: b"")
        config = load_config(folder / "config.toml")
        fit_network(config, dataset, folder / "run", resume=False, log=lambda _: None)
    return folder / "run"


def _weights(run):
    return torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]


def _assert_same_training(one, other):
    expected, result = _weights(one), _weights(other)
    assert expected.keys() == result.keys()
    assert all(torch.equal(expected[key], result[key]) for key in expected)
    assert (one / "history.csv").read_text() == (other / "history.csv").read_text()


MIXED = f"{CNN}\n[augmentation]\nmixup = 0.7"
# the rarest genre has a share of a third: its films are shown sqrt(0.99 * 3) = 1.7 times
REPEATED = f"{JOINT}\n[sampling]\nrepeat_threshold = 0.99"


@pytest.mark.parametrize(
    "text",
    [LSTM, MIXED, REPEATED],  # of overviews, of posters, of both
    ids=["lstm", "mixed", "repeated"],
)
def test_a_resumed_training_ends_with_identical_weights(fit, tmp_path, monkeypatch, text):
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


def test_the_number_of_reading_processes_changes_nothing(fit, whole_cnn):
    _assert_same_training(whole_cnn, fit("two", CNN, "fit.workers=2"))


@pytest.mark.parametrize("text", [CNN, JOINT], ids=["cnn", "joint"])
def test_posters_read_from_the_disk_train_as_those_in_memory(fit, monkeypatch, text):
    read = Dataset.films

    def in_memory(dataset, split, *, in_place=False):
        films = list(read(dataset, split, in_place=in_place))
        types.update(type(film.poster) for film in films)
        return iter([film if film.poster is None else _loaded(film) for film in films])

    types = set()
    streamed = fit("streamed", text, "fit.epochs=1")
    with monkeypatch.context() as patched:
        patched.setattr(Dataset, "films", in_memory)
        _assert_same_training(streamed, fit("in_memory", text, "fit.epochs=1"))
    assert types == {FilePart, type(None)}


def _loaded(film):
    return replace(film, poster=film.poster.read())


@pytest.mark.parametrize("workers", [0, 1])
def test_a_dataset_that_changes_amid_training_ends_it_with_one_line(
    fit, monkeypatch, workers, tmp_path
):
    def changed(part):
        raise DatasetError("was changed while it was used", where=part.path, hint="start again")

    monkeypatch.setattr(FilePart, "read", changed)
    with pytest.raises(DatasetError) as raised:
        fit("run", CNN, f"fit.workers={workers}")
    assert re.fullmatch(
        r"/\S+\.parquet: was changed while it was used; start again", str(raised.value)
    )


def test_films_of_rare_genres_make_an_epoch_longer(fit, dataset):
    usual = fit("usual", JOINT, "fit.epochs=1")
    longer = fit("longer", REPEATED, "fit.epochs=1")
    steps = [
        torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["global_step"]
        for run in (usual, longer)
    ]
    films = dataset.manifest.splits["train"].films
    assert steps[0] == steps_per_epoch(films, 8)
    targets = dataset.vocabulary.encode([film.genres for film in dataset.films("train")])
    shown = shown_films(repeat_factors(torch.from_numpy(targets), 0.99))
    assert shown > films
    assert steps[1] == steps_per_epoch(shown, 8)


def test_the_sources_of_the_run_that_it_starts_from_are_kept(fit, whole_cnn, tmp_path):
    start = tmp_path / "start"
    shutil.copytree(whole_cnn, start)
    write_tiny_bundle(start / "bundle", provenance={"sources": ["a" * 64]})
    fit("run", CNN, "fit.epochs=1", f"init_from.poster={start}")
    assert fit.model.notes["sources"] == ["a" * 64]


def test_another_seed_is_another_training(fit, whole_cnn):
    other = fit("other", CNN, "seed=2")
    assert (whole_cnn / "history.csv").read_text() != (other / "history.csv").read_text()


@pytest.mark.parametrize("loss", ["bce", "weighted-bce", "focal", "asymmetric"])
def test_every_loss_trains(fit, loss):
    """The loss falls, and genres are ranked better than after the first epoch."""
    options = "fit.epochs=12", "fit.learning_rate=0.02", "overview.word_dropout=0"
    run = fit("run", LSTM, f"loss.kind={loss}", "overview.dropout=0", *options)
    with (run / "history.csv").open() as stream:
        first, *_, last = csv.DictReader(stream)
    assert float(last["train_loss"]) < 0.9 * float(first["train_loss"])
    assert float(last["train_mAP"]) > float(first["train_mAP"]) + 0.1


def test_training_stops_early_without_progress(fit):
    run = fit("run", CNN, "fit.epochs=30", "fit.patience=1", "fit.learning_rate=1e-9")
    rows = (run / "history.csv").read_text().splitlines()
    assert len(rows) < 30
    options = "fit.epochs=30", "fit.patience=1", "fit.learning_rate=1e-9"
    again = fit("run", CNN, *options, resume=True)
    assert (again / "history.csv").read_text().splitlines() == rows  # it has ended


def test_a_device_with_too_little_memory_is_reported_in_one_line(fit, monkeypatch):
    def fail(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nSee the docs")

    monkeypatch.setattr("lightning.Trainer.fit", fail)
    with pytest.raises(ConfigError, match=r"^fit.batch_size: .*allocate 2 GiB\.; lower it"):
        fit("run", CNN)


@pytest.mark.parametrize("batch_size", [8, 100])  # 100: an epoch is a single step
def test_an_extended_run_follows_its_own_schedule_from_its_first_step_on(
    fit, monkeypatch, batch_size
):
    text = LSTM.replace("batch_size = 8", f"batch_size = {batch_size}")
    step, rates = GenreModule.training_step, []

    def record(module, *batch):
        group = module.optimizers().param_groups[0]
        rates.append((group["lr"], group["betas"]))
        return step(module, *batch)

    monkeypatch.setattr(GenreModule, "training_step", record)
    fit("whole", text, "fit.epochs=3")
    whole = rates[:]
    fit("run", text, "fit.epochs=2")
    rates.clear()
    fit("run", text, "fit.epochs=3", resume=True)
    assert rates == whole[-len(rates) :]
    assert len(rates) == len(whole) / 3


def test_a_finished_run_can_be_extended(fit):
    short = fit("run", CNN, "fit.epochs=2")
    first = (short / "history.csv").read_text().splitlines()
    longer = fit("run", CNN, "fit.epochs=4", resume=True)
    rows = (longer / "history.csv").read_text().splitlines()
    assert len(rows) == 5
    assert rows[:3] == first
    saved = torch.load(longer / "checkpoints" / "last.ckpt", weights_only=True)
    assert saved["epoch"] == 3
    assert saved["lr_schedulers"][0]["total_steps"] == saved["global_step"]


def _die_while_reading(monkeypatch, received, prepare=lambda: None):
    """Let the process that reads films end by a signal."""
    read = Films._read

    def die(films, index, *rest):
        if torch.utils.data.get_worker_info() is not None and index > 5:
            prepare()
            os.kill(os.getpid(), received)
        return read(films, index, *rest)

    monkeypatch.setattr(Films, "_read", die)


def test_a_killed_reading_process_is_reported_and_nothing_hangs(fit, monkeypatch):
    """What a container does that runs out of shared memory: it kills the process with SIGBUS."""
    _die_while_reading(monkeypatch, signal.SIGBUS)
    with pytest.raises(ConfigError, match=r"fit.workers: a process that reads films was killed"):
        fit("run", CNN, "fit.workers=1", "fit.epochs=1")


@pytest.mark.parametrize("lost", [False, True])
def test_a_signal_to_all_processes_stops_the_training(fit, monkeypatch, lost):
    """Of Ctrl-C, systemd and timeout. The process that reads films may end first.

    What the handler raises may be lost in a destructor.
    """
    handler = (lambda *_: None) if lost else signal.default_int_handler
    before = signal.signal(signal.SIGTERM, handler)

    def later():
        if not os.fork():
            time.sleep(0.2)
            os.kill(parent, signal.SIGTERM)
            os._exit(0)

    parent = os.getpid()
    _die_while_reading(monkeypatch, signal.SIGKILL, later)
    try:
        with pytest.raises(KeyboardInterrupt):
            fit("run", CNN, "fit.workers=1", "fit.epochs=1")
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_encoder_that_cannot_be_exported_is_refused_before_the_first_epoch(
    bert, dataset, tmp_path, monkeypatch
):
    def fail(*_, **__):
        raise RuntimeError("an operator is missing\nand more")

    monkeypatch.setattr("posterplot.training.package.export.export_network", fail)
    monkeypatch.setattr(GenreModule, "training_step", fail)
    (tmp_path / "config.toml").write_text(FROZEN.format(bert=bert))
    config = load_config(tmp_path / "config.toml", ["fit.frozen=false"])
    with pytest.raises(ConfigError, match=r"cannot be exported .*: an operator is missing") as e:
        fit_network(config, dataset, tmp_path / "run", resume=False, log=lambda _: None)
    assert str(bert) in str(e.value)
    assert "\n" not in str(e.value)


def test_without_a_checkpoint_a_resumed_training_begins_anew(fit, whole_cnn):
    """It was killed in its first epoch."""
    _assert_same_training(whole_cnn, fit("killed", CNN, resume=True))


@pytest.mark.parametrize(
    ("name", "number"), [("best.ckpt", 1), ("last.ckpt", 1), ("last.ckpt", 2), ("history.csv", 1)]
)
def test_a_training_killed_while_it_writes_ends_the_same(fit, whole_cnn, monkeypatch, name, number):
    """Stopped after a file is written beside its place, before it replaces the one of before."""
    replace, writes = Path.replace, itertools.count(1)

    def stop(path, target):
        if Path(target).name == name and Path(target).exists() and next(writes) == number:
            raise StoppedError
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stop)
        with pytest.raises(StoppedError):
            fit("broken", CNN)
    _assert_same_training(whole_cnn, fit("broken", CNN, resume=True))


def test_a_damaged_last_checkpoint_is_not_the_end_of_a_run(fit, whole_cnn):
    """Training goes on from the best one, and ends as it would have."""
    run = fit("run", CNN)
    (run / "checkpoints" / "last.ckpt").write_bytes(b"half")
    (run / "history.csv").unlink()
    fit("run", CNN, resume=True)
    _assert_same_training(run, whole_cnn)


def test_a_disk_that_is_full_keeps_the_checkpoint_before(fit, tmp_path, monkeypatch):
    whole = fit("whole", CNN, "fit.epochs=2")
    folder = tmp_path / "run" / "checkpoints"
    begin = GenreModule.on_train_epoch_start
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = []

    def fill_the_disk(module):
        if module.current_epoch == 1:
            before.append((folder / "last.ckpt").read_bytes())
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before[0]) // 2, limits[1]))
        begin(module)

    with monkeypatch.context() as patched:
        patched.setattr(GenreModule, "on_train_epoch_start", fill_the_disk)
        try:
            with pytest.raises(
                OutputError, match=r"the checkpoint before it is kept; .*resume=True"
            ):
                fit("run", CNN, "fit.epochs=2")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (folder / "last.ckpt").read_bytes() == before[0]
    assert sorted(path.name for path in folder.iterdir()) == ["best.ckpt", "last.ckpt"]
    _assert_same_training(whole, fit("run", CNN, "fit.epochs=2", resume=True))


def test_checkpoints_are_written_beside_their_place(fit, monkeypatch, tmp_path):
    """The system's temporary folder may be on another disk, where a rename is a copy."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "absent"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("shutil.move", None)
    assert (fit("run", CNN, "fit.epochs=1") / "checkpoints" / "last.ckpt").is_file()


def test_a_split_without_the_modality_is_refused(tmp_path, catalogue):
    from posterplot.catalogue import Access, open_catalogue
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    lines = catalogue.read_text().splitlines()
    table = tmp_path / "films.csv"
    for n, line in enumerate(lines):
        if line.endswith("validation"):
            lines[n] = line.replace(line.split(",")[5], "")
    table.write_text("\n".join(lines).replace("posters/", f"{catalogue.parent}/posters/"))
    outside = open_catalogue(table, access=Access(outside=True))
    prepare(outside, tmp_path / "dataset")
    (tmp_path / "config.toml").write_text(CNN)
    with pytest.raises(DatasetError, match="no validation film has a poster"):
        fit_network(
            load_config(tmp_path / "config.toml"),
            open_dataset(tmp_path / "dataset"),
            tmp_path / "run",
            resume=False,
            log=lambda _: None,
        )


def test_a_checkpoint_that_cannot_be_resumed_is_refused(fit, tmp_path):
    run = fit("run", CNN, "fit.epochs=1")
    last = run / "checkpoints" / "last.ckpt"
    whole = last.read_bytes()
    last.write_bytes(whole[:500])
    (last.parent / "best.ckpt").write_bytes(b"")
    with pytest.raises(OutputError, match="is damaged"):
        fit("run", CNN, "fit.epochs=2", resume=True)
    last.write_bytes(whole)
    run.rename(tmp_path / "moved")
    with pytest.raises(OutputError, match="was moved since"):
        fit("moved", CNN, "fit.epochs=2", resume=True)


def test_a_run_resumes_only_on_its_own_dataset(fit, catalogue, tmp_path):
    from posterplot.catalogue import Access, open_catalogue
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    run = fit("run", CNN, "fit.epochs=1")
    lines = catalogue.read_text().splitlines()[:-1]
    table = tmp_path / "fewer.csv"
    table.write_text("\n".join(lines).replace("posters/", f"{catalogue.parent}/posters/"))
    prepare(open_catalogue(table, access=Access(outside=True)), tmp_path / "other")
    config = load_config(tmp_path / "config.toml")
    with pytest.raises(DatasetError, match="not the dataset that the run was started with"):
        fit_network(config, open_dataset(tmp_path / "other"), run, resume=True, log=lambda _: None)


def test_a_resumed_training_of_a_frozen_network_ends_the_same(fit, bert, monkeypatch):
    text = FROZEN.format(bert=bert)
    options = "fit.epochs=3", "fit.ema_decay=0.9", "modality_dropout.poster=0.3"
    whole = fit("whole", text, *options)
    begin = GenreModule.on_train_epoch_start

    def stop_in_the_last_epoch(module):
        if module.current_epoch == 2:
            raise StoppedError
        begin(module)

    with monkeypatch.context() as patched:
        patched.setattr(GenreModule, "on_train_epoch_start", stop_in_the_last_epoch)
        with pytest.raises(StoppedError):
            fit("broken", text, *options)
    _assert_same_training(whole, fit("broken", text, *options, resume=True))


def test_a_frozen_network_trains_equally_on_cached_films(fit, bert, dataset, cache_folder):
    before = sorted(path.name for path in dataset.path.rglob("*"))
    encoded = cache_folder / "posterplot" / "encoded"
    shutil.rmtree(encoded, ignore_errors=True)
    one = fit("one", FROZEN.format(bert=bert))
    assert len(list(encoded.iterdir())) == 4  # posters, overviews; both splits
    assert sorted(path.name for path in dataset.path.rglob("*")) == before
    _assert_same_training(one, fit("other", FROZEN.format(bert=bert)))
    # encoders do not learn, so a checkpoint need not hold them
    assert all(key.startswith("network.head.") for key in _weights(one))


@pytest.mark.parametrize("frozen", [True, False])
def test_only_frozen_parts_are_in_eval_mode_during_training(fit, bert, monkeypatch, frozen):
    step = GenreModule.training_step
    still: set[str] = set()

    def look(module, batch, n):
        still.update(name for name, part in module.network.named_modules() if not part.training)
        return step(module, batch, n)

    monkeypatch.setattr(GenreModule, "training_step", look)
    options = f"fit.frozen={str(frozen).lower()}", "poster.frozen_stages=1", "fit.epochs=1"
    fit("run", FROZEN.format(bert=bert), *options, "seed=5")
    stem = ("poster.model.conv_stem", "poster.model.bn1", "poster.model.blocks.0")
    assert all(name.startswith(stem) for name in still)
    assert bool(still) is not frozen


def test_checkpoints_hold_the_moving_average_of_the_weights(fit, monkeypatch):
    steps = []

    def record(module, *_):
        steps.append({k: v.detach().clone() for k, v in module.network.named_parameters()})

    monkeypatch.setattr(GenreModule, "on_train_batch_end", record)
    run = fit("run", JOINT)
    average = steps[0]
    for weights in steps[1:]:
        average = {k: 0.9 * average[k] + 0.1 * weights[k] for k in average}
    saved = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    assert len(steps) == saved["global_step"] > 5
    for name, value in average.items():
        assert torch.allclose(saved["state_dict"][f"network.{name}"], value, atol=1e-6), name
        assert torch.equal(saved["current_model_state"][f"network.{name}"], steps[-1][name])


def test_averaging_changes_no_constant_so_a_finished_run_gives_the_same_model_again(
    fit, monkeypatch
):
    exported = []

    def keep(network, **_):
        exported.append({**dict(network.named_parameters()), **dict(network.named_buffers())})
        return b""

    monkeypatch.setattr("posterplot.training.loop.fit.export_network", keep)
    fit("whole", JOINT)
    fit("whole", JOINT, resume=True)
    once, again = exported
    assert once["mean"].flatten().tolist() == torch.tensor(IMAGENET_MEAN).mul(255).tolist()
    assert once["std"].flatten().tolist() == torch.tensor(IMAGENET_STD).mul(255).tolist()
    assert all(torch.equal(once[name], again[name]) for name in once)


def test_the_validated_weights_are_exported(fit, dataset, tmp_path):
    run = fit("run", JOINT)
    best = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)
    config = load_config(run.parent / "config.toml")
    films = read_films(config, dataset, lambda _: None)
    network, tokenizer = make_network(config, films.train_overviews, films.targets.mean(dim=0), "")
    state = {k.removeprefix("network."): v for k, v in best["state_dict"].items()}
    network.load_state_dict(state)
    data = FilmData(config, films, network.eval(), tokenizer, tmp_path / "encoded")
    with torch.no_grad():
        logits = [
            network(*(getattr(batch, name) for name in network.inputs)).logits
            for batch in data.val_dataloader()
        ]
    figures = epoch_metrics(torch.cat(logits), films.validation_targets)
    with (run / "history.csv").open() as stream:
        row = list(csv.DictReader(stream))[best["epoch"]]
    for name in ("mAP", "micro_f1", "macro_recall"):
        assert float(row[f"validation_{name}"]) == pytest.approx(figures[name].item(), abs=1e-5)


def test_training_films_drop_modalities_and_titles_and_those_of_validation_do_not(
    bert, dataset, tmp_path
):
    (tmp_path / "config.toml").write_text(FROZEN.format(bert=bert))
    options = "fit.frozen=false", "overview.title=true", "overview.title_dropout=0.5"
    dropout = "modality_dropout.poster=0.4", "modality_dropout.overview=0.4"
    config = load_config(tmp_path / "config.toml", [*options, *dropout])
    films = read_films(config, dataset, lambda _: None)
    network, tokenizer = make_network(config, [], films.targets.mean(dim=0), "")
    data = FilmData(config, films, network, tokenizer, tmp_path)
    assert data.overview.title

    def seen(ready: Films, films):
        shown = []
        for seed in range(5):
            ready.seed = seed
            for n, film in enumerate(films):
                example = ready[n]
                # a title stands in the place of an overview
                text = bool(film.overview) or film.poster is not None
                had = film.poster is not None, text
                shown.append(had == (example.poster_present, len(example.tokens) > 0))
                shown.append(ready.lengths[n] == len(example.tokens))
        return shown

    assert all(seen(data._validation, films.validation))
    assert not all(seen(data._train, films.train))
    assert any(seen(data._train, films.train))
