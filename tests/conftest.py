"""Small films made by code: nothing here is from a real catalogue."""

import csv
import gc
import io
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from filelock import FileLock, Timeout
from hypothesis import settings
from PIL import Image

if TYPE_CHECKING:
    from posterplot.dataset.reading import Dataset

# how fast a machine is, and whether an example is the first to need a model, are no matter of tests
settings.register_profile("posterplot", deadline=None)
settings.load_profile("posterplot")

GENRES = ("Action", "Drama", "Romance")
WORDS = {
    "Action": "gun chase blast",
    "Drama": "grief house letter",
    "Romance": "kiss wedding spring",
}
COLOURS = {"Action": (220, 60, 30), "Drama": (40, 40, 90), "Romance": (250, 150, 200)}


def poster_bytes(genres: tuple[str, ...], seed: int, size: tuple[int, int] = (40, 60)) -> bytes:
    """A noisy poster in the colours of its genres."""
    rng = np.random.default_rng(seed)
    colour = np.mean([COLOURS[g] for g in genres], axis=0)
    pixels = np.clip(colour + rng.normal(0, 40, (size[1], size[0], 3)), 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def overview_of(genres: tuple[str, ...], seed: int) -> str:
    """A few words of its genres among words that mean nothing."""
    rng = np.random.default_rng(seed)
    own = [w for g in genres for w in WORDS[g].split()]
    noise = [f"word{n}" for n in rng.integers(0, 30, size=8)]
    chosen = [*rng.choice(own, size=3).tolist(), *noise]
    rng.shuffle(chosen)
    return f"Film {seed}: " + " ".join(chosen)


def write_catalogue(folder: Path, films: int = 60) -> Path:
    """Write a catalogue: every seventh film lacks the poster, every fifth the overview."""
    (folder / "posters").mkdir(parents=True)
    splits = ("train", "train", "train", "validation", "test")
    with (folder / "films.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "year", "overview", "genres", "poster", "split"])
        for n in range(films):
            genres = tuple(
                g for g, yes in zip(GENRES, (n % 2, n % 3, n % 5 > 2), strict=True) if yes
            )
            genres = genres or ("Drama",)
            poster = ""
            if n % 7 != 3:
                poster = f"posters/{n}.jpg"
                (folder / poster).write_bytes(poster_bytes(genres, n))
            overview = "" if n % 5 == 1 and poster else overview_of(genres, n)
            row = (f"f{n}", f"Title {n}", 1960 + n, overview, "|".join(genres), poster)
            writer.writerow([*row, splits[n // 2 % 5]])
    return folder / "films.csv"


# what takes longest: many a test starts processes, or has several networks trained
LONG = ("scale", "demo", "report", "test_examples.py", "test_torch_free.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long tests first in each half of all, as two processes begin there.

    One that runs out of tests takes some from the end of the other's half: these are short.
    """
    folder = config.rootpath / "tests"
    first = {item: item.path.relative_to(folder).parts[0] for item in items}
    long = [item for item in items if first[item] in LONG]
    training = [item for item in items if first[item] == "training"]
    others = [item for item in items if first[item] not in (*LONG, "training")]
    here = max(len(items) // 2 - len(long), 0)
    items[:] = [*long, *others[:here], *training, *others[here:]]


def pytest_collection_finish() -> None:
    """Leave what was imported out of garbage collections: they would search it again each time."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """Keep tests out of the cache folder of whoever runs them."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def interrupts():
    """Let SIGINT interrupt: a shell ignores it in programs that it starts in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Callable[..., Path]:
    """Return a function that makes a folder once for all processes that run tests.

    Tests read what is in it and change nothing. Several functions may each make a part of it; then
    several processes may make it at the same time.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def make_once(name: str, *makes: Callable[[Path], object]) -> Path:
        folder = root / f"made-once-{name}"
        folder.mkdir(exist_ok=True)
        for wait in (False, True):  # first the parts that no other process is making
            for n, make in enumerate(makes):
                made = root / f"{folder.name}.{n}.done"
                with suppress(Timeout), FileLock(f"{made}.lock", blocking=wait):
                    if not made.exists():
                        make(folder)
                        made.touch()
        return folder

    return make_once


@pytest.fixture(scope="session")
def catalogue(made_once) -> Path:
    return made_once("catalogue", write_catalogue) / "films.csv"


@pytest.fixture(scope="session")
def dataset(catalogue, made_once) -> "Dataset":
    from posterplot.dataset.prepare import prepare
    from posterplot.dataset.reading import open_dataset

    made = made_once("dataset", lambda folder: prepare(catalogue, folder / "dataset"))
    return open_dataset(made / "dataset")


CNN = """
kind = "network"
name = "tiny-cnn"
[poster]
height = 24
width = 16
channels = [4, 6]
[fit]
epochs = 3
batch_size = 8
accelerator = "cpu"
"""

LSTM = """
kind = "network"
name = "tiny-lstm"
[overview]
max_tokens = 20
min_count = 1
embedding = 6
hidden = 5
[fit]
epochs = 3
batch_size = 8
accelerator = "cpu"
"""

# a fusion of both, from scratch
JOINT = """
kind = "network"
name = "tiny-joint"
[poster]
height = 24
width = 16
channels = [4, 6]
[overview]
max_tokens = 20
min_count = 1
embedding = 6
hidden = 5
[head]
kind = "attention"
width = 8
heads = 2
[modality_dropout]
poster = 0.3
overview = 0.3
[fit]
epochs = 2
batch_size = 8
ema_decay = 0.9
accelerator = "cpu"
"""

# a fusion of both over pretrained encoders, which do not learn
FROZEN = """
kind = "network"
name = "tiny-frozen"
[poster]
encoder = "test_efficientnet"
height = 48
width = 32
[overview]
encoder = "{bert}"
max_tokens = 20
[head]
kind = "gated"
width = 8
[fit]
epochs = 2
batch_size = 8
frozen = true
accelerator = "cpu"
"""

# a poster encoder of timm, all of which learns
TUNED = """
kind = "network"
name = "tiny-tuned"
[poster]
encoder = "test_efficientnet"
height = 48
width = 32
[head]
kind = "pooled"
[fit]
epochs = 1
batch_size = 8
accelerator = "cpu"
"""

# an LSTM over a pretrained encoder
CONTEXTUAL = """
kind = "network"
name = "tiny-contextual"
[overview]
encoder = "{bert}"
max_tokens = 20
[overview.lstm]
hidden = 4
[head]
kind = "mean"
[fit]
epochs = 1
batch_size = 8
accelerator = "cpu"
"""

TFIDF = """
kind = "tfidf"
name = "tiny-tfidf"
min_films = 1
"""

FUSION = """
kind = "late-fusion"
name = "tiny-fusion"
poster = "{folder}/tiny-cnn"
overview = "{folder}/tiny-lstm"
"""


def write_bert(folder: Path, **sizes: int) -> Path:
    """Write a tiny BERT that never learnt anything, in Hugging Face's layout, and its tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    words = [f"word{n}" for n in range(30)]
    words += [word for text in WORDS.values() for word in text.split()]
    known = {word: n for n, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    size = {
        "hidden_size": 12,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "max_position_embeddings": 40,
        "vocab_size": len(known),
    }
    torch.manual_seed(0)
    BertModel(BertConfig(**size | sizes)).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def bert(made_once) -> Path:
    return made_once("bert", write_bert)


@pytest.fixture(scope="session")
def shallow_bert(made_once) -> Path:
    """The same with one layer, whose export takes less time."""
    return made_once("shallow-bert", lambda folder: write_bert(folder, num_hidden_layers=1))


def keep_exporter_tables() -> None:
    """Keep what PyTorch's exporter knows of operators: it reads it from their source each time."""
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    if not hasattr(ONNXRegistry.from_torchlib, "cache_info"):
        ONNXRegistry.from_torchlib = staticmethod(cache(ONNXRegistry.from_torchlib))


def train_runs(
    dataset: "Dataset", folder: Path, *texts: str, changes: tuple[str, ...] = ()
) -> None:
    """Train the models of configurations, each in a folder of its name."""
    from posterplot.training.config.run_config import load_config
    from posterplot.training.train import train

    keep_exporter_tables()
    for n, text in enumerate(texts):
        config = folder / f"{os.getpid()}-{n}.toml"
        config.write_text(text)
        loaded = load_config(config, list(changes))
        train(loaded, dataset, folder / loaded.name)


@pytest.fixture(scope="session")
def runs(dataset, made_once) -> Path:
    """A folder of finished runs: tiny-cnn, tiny-lstm, tiny-tfidf, tiny-fusion."""

    parts = [partial(_train_run, dataset, text) for text in (LSTM, CNN, TFIDF)]
    folder = made_once("runs", *parts)
    made_once("fusion", lambda _: train_runs(dataset, folder, FUSION.format(folder=folder)))
    return folder


def _train_run(dataset: "Dataset", text: str, folder: Path) -> None:
    train_runs(dataset, folder, text)


@pytest.fixture(scope="session")
def joint_run(dataset, made_once) -> Path:
    """A run of a tiny joint model, whose graph tells attention and evidence."""
    made = made_once("joint", lambda folder: train_runs(dataset, folder, JOINT))
    return made / "tiny-joint"


@pytest.fixture(scope="session")
def frozen_run(dataset, shallow_bert, made_once) -> Path:
    """A run over pretrained encoders that did not learn; it reads titles too."""
    text, changes = FROZEN.format(bert=shallow_bert), ("overview.title=true",)

    def make(folder):
        with pytest.MonkeyPatch.context() as patched:  # it takes as long as the export itself
            patched.setattr("posterplot.training.loop.fit.check_export", lambda *_, **__: None)
            train_runs(dataset, folder, text, changes=changes)

    return made_once("frozen", make) / "tiny-frozen"


@pytest.fixture(scope="session")
def tuned_runs(dataset, shallow_bert, made_once) -> Path:
    """Runs whose pretrained encoders learned: tiny-tuned, tiny-contextual, tiny-int8.

    tiny-int8 has the weights of tiny-contextual.
    """
    from posterplot.training.package.export import export_network

    graphs = []

    def export_once(network, **inputs):  # as it takes most of the time
        graphs.append(graphs[0] if graphs else export_network(network, **inputs))
        return graphs[-1]

    def make(folder):
        text = CONTEXTUAL.format(bert=shallow_bert)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("posterplot.training.loop.fit.check_export", lambda *_, **__: None)
            train_runs(dataset, folder, TUNED)
            patched.setattr("posterplot.training.loop.fit.export_network", export_once)
            train_runs(dataset, folder, text)
            small = text.replace("tiny-contextual", "tiny-int8")
            train_runs(dataset, folder, small, changes=("export.int8=true",))

    return made_once("tuned", make)


@pytest.fixture(scope="module")
def chromium():
    """A headless browser. Until it is closed, asyncio cannot run in this process."""
    from tests.browser import browser

    with browser() as chromium:
        yield chromium


@pytest.fixture
def quick_export(monkeypatch):
    """Train networks of one modality without the exporter; their graphs are not theirs."""
    from tests.quick_graph import quick_graph

    monkeypatch.setattr("posterplot.training.loop.fit.export_network", quick_graph)


@pytest.fixture
def call(capsys, monkeypatch):
    """Run a command line; return exit code, standard output and standard error."""
    from posterplot.cli import main

    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return stopped.value.code, captured.out, captured.err

    return run
