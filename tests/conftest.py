"""Small films made by code: nothing here is from a real catalogue."""

import csv
import io
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from posterplot.dataset.prepare import prepare
from posterplot.dataset.reading import Dataset, open_dataset

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
def catalogue(tmp_path_factory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("catalogue"))


@pytest.fixture(scope="session")
def dataset(catalogue, tmp_path_factory) -> Dataset:
    out = tmp_path_factory.mktemp("prepared") / "dataset"
    prepare(catalogue, out)
    return open_dataset(out)


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
def bert(tmp_path_factory) -> Path:
    return write_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def runs(dataset, tmp_path_factory) -> Path:
    """A folder of finished runs: tiny-cnn, tiny-lstm, tiny-tfidf, tiny-fusion."""
    from posterplot.training.config.run_config import load_config
    from posterplot.training.train import train

    folder = tmp_path_factory.mktemp("runs")
    for text in (CNN, LSTM, TFIDF, FUSION):
        config = folder / "config.toml"
        config.write_text(text.format(folder=folder))
        loaded = load_config(config)
        train(loaded, dataset, folder / loaded.name)
    return folder


@pytest.fixture(scope="session")
def joint_run(dataset, tmp_path_factory):
    """A run of a tiny joint model, whose graph tells attention and evidence."""
    from posterplot.training.config.run_config import load_config
    from posterplot.training.train import train

    folder = tmp_path_factory.mktemp("joint")
    (folder / "config.toml").write_text(JOINT)
    train(load_config(folder / "config.toml"), dataset, folder / "run")
    return folder / "run"


@pytest.fixture(scope="session")
def frozen_run(dataset, bert, tmp_path_factory):
    """A run over pretrained encoders that did not learn; it reads titles too."""
    from posterplot.training.config.run_config import load_config
    from posterplot.training.train import train

    folder = tmp_path_factory.mktemp("frozen")
    (folder / "config.toml").write_text(FROZEN.format(bert=bert))
    config = load_config(folder / "config.toml", ["overview.title=true"])
    train(config, dataset, folder / "run")
    return folder / "run"


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
