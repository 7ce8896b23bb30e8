"""The verb: a configuration and a dataset to a run.

::

    run/
      config.toml     every value, defaults spelt out
      history.csv     a row an epoch (networks)
      timing.json     which share of its time the last call waited for films (networks)
      checkpoints/    best.ckpt and last.ckpt (networks); last.ckpt is what --resume goes on from
      bundle/         what ships
"""

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posterplot.dataset.reading import Dataset
from posterplot.dataset.text import clean_overview
from posterplot.dataset.tokens import tokenize
from posterplot.errors import ConfigError, DatasetError, OutputError
from posterplot.inference.bundle import (
    GRAPH,
    Bundle,
    OverviewInput,
    load_bundle,
)
from posterplot.inference.predictor import Predictor
from posterplot.training.config.run_config import (
    Config,
    LateFusionConfig,
    NetworkConfig,
    TfidfConfig,
    save_config,
)
from posterplot.training.families.trained_model import TrainedModel
from posterplot.training.package.decisions import folds
from posterplot.training.package.package import BUNDLE, films_with, package

CONFIG = "config.toml"


def train(
    config: Config,
    dataset: Dataset,
    out: Path,
    *,
    resume: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Bundle:
    """Train what a configuration asks for, and write its run.

    Args:
        config: of the model.
        dataset: with films to train on and films to validate on.
        out: the run's folder, new unless ``resume``.
        resume: whether to go on from the last checkpoint of a run that was broken off.
        say: told in a line each what is worth knowing.

    Returns:
        The finished bundle.

    Raises:
        OutputError: ``out`` exists and ``resume`` is off, or it cannot be written.
        ConfigError: the run was begun with another configuration; the parts cannot be fused.
        DatasetError: no films to train or validate on.

    """
    for split in ("train", "validation"):
        if split not in dataset.manifest.splits:
            raise DatasetError(
                f"has no {split} films",
                where=dataset.path,
                hint="prepare a catalogue with more films, or fix its split column",
            )
    _open_run(config, out, resume)
    try:
        made = _make(config, dataset, out, resume, say)
        return package(config, dataset, out / BUNDLE, made, say)
    except BaseException:
        if not resume and not (out / "checkpoints" / "last.ckpt").is_file():
            shutil.rmtree(out)  # ours, and of no use: there is nothing to resume from
        raise


def _make(
    config: Config, dataset: Dataset, out: Path, resume: bool, say: Callable[[str], None]
) -> TrainedModel:
    if isinstance(config, NetworkConfig):
        from posterplot.training.loop.fit import fit_network

        return fit_network(config, dataset, out, resume=resume, say=say)
    if isinstance(config, TfidfConfig):
        return _fit_tfidf(config, dataset, say)
    return _fuse(config, dataset, say)


def _open_run(config: Config, out: Path, resume: bool) -> None:
    saved = out / CONFIG
    if resume:
        if not saved.is_file():
            raise OutputError("is not a run to resume", where=out, hint="leave --resume out")
        try:
            before = _flat(tomllib.loads(saved.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise OutputError("is damaged", where=saved, hint="begin a new run") from error
        now = _flat(config.model_dump(mode="json", exclude_none=True))
        odd = [k for k in sorted({*before, *now}) if before.get(k) != now.get(k)]
        if odd:
            changes = "; ".join(f"{k} was {before.get(k)} and is {now.get(k)}" for k in odd)
            raise ConfigError(
                f"the run was begun with another configuration: {changes}",
                where=out,
                hint="resume with the run's own config.toml, or begin a new run",
            )
        return
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise OutputError(
            "exists already", where=out, hint="name another folder, or go on with --resume"
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        save_config(config, saved)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}", where=out, hint="name another place"
        ) from error


def _fit_tfidf(config: TfidfConfig, dataset: Dataset, say: Callable[[str], None]) -> TrainedModel:
    from posterplot.training.data.word_tokenizer import train_tokenizer
    from posterplot.training.families.tfidf import fit_tfidf

    films = films_with(dataset, "train", ("overview",))
    overviews = [clean_overview(film.overview) or "" for film in films]
    say(f"{len(films)} training films have an overview")
    # every word gets an id: the n-grams, not the words, are what is pruned
    tokenizer = train_tokenizer(overviews, max_words=1_000_000, min_count=1)
    reads = OverviewInput(max_tokens=1024)
    tokens = tokenize(tokenizer, overviews, reads.max_tokens)
    targets = dataset.vocabulary.encode([film.genres for film in films])
    return TrainedModel(
        graph=fit_tfidf(tokens, targets, config),
        tokenizer=tokenizer.to_str(),
        poster=None,
        overview=reads,
        train_films=len(films),
        notes={},
        held_out={},
    )


def _fuse(config: LateFusionConfig, dataset: Dataset, say: Callable[[str], None]) -> TrainedModel:
    from posterplot.training.families.late_fusion import (
        FusionWeights,
        check_components,
        fit_weights,
        fuse_graphs,
    )

    poster, overview = load_bundle(Path(config.poster)), load_bundle(Path(config.overview))
    check_components(poster, overview)
    for part in (poster, overview):
        if part.manifest.provenance.get("dataset") != dataset.manifest.fingerprint:
            raise ConfigError(
                "was trained on another dataset, so it may have seen the films to validate on",
                where=part.path,
                hint="train both parts and the fusion on the same dataset",
            )
    films = [f for f in dataset.films("validation") if len(f.modalities) == 2]
    if not films:
        raise DatasetError(
            "no validation film has both a poster and an overview",
            where=dataset.path,
            hint="late fusion needs some to weigh the models",
        )
    say(f"{len(films)} validation films have both a poster and an overview")
    with_poster, z_poster = Predictor(poster).logits(films)
    films, z_overview = Predictor(overview).logits(with_poster)
    if len(films) != len(z_poster):  # posters are checked when prepared, overviews need a word
        readable = {film.id for film in films}
        z_poster = z_poster[[film.id in readable for film in with_poster]]
    logits = np.stack([z_poster, z_overview], axis=-1).astype(np.float64)
    targets = dataset.vocabulary.encode([film.genres for film in films]).astype(np.float64)
    counts = dataset.manifest.splits["train"]
    found = np.array([counts.genres[genre] for genre in dataset.vocabulary.names])
    share = (found + 0.5) / (counts.films + 1)

    def fit(chosen: NDArray[np.intp]) -> FusionWeights:
        return fit_weights(
            poster, overview, logits[chosen], targets[chosen], share, config.shrinkage
        )

    fusion = fit(np.arange(len(films)))
    # what decisions are fitted on must not have been seen by the weights
    held_out: dict[str, NDArray[np.float64]] = {}
    for seen, held in folds(len(films), config.seed):
        w = fit(seen)
        rows = (logits[held] * w.weights[2]).sum(axis=-1) + w.bias[2]
        held_out |= {films[n].id: row for n, row in zip(held, rows, strict=True)}
    return TrainedModel(
        graph=fuse_graphs(poster, overview, fusion),
        tokenizer=overview.tokenizer.read_text(encoding="utf-8"),
        poster=poster.manifest.poster,
        overview=overview.manifest.overview,
        train_films=None,
        notes={
            "parts": {
                modality: {"name": b.manifest.name, "graph": b.manifest.files[GRAPH]}
                for modality, b in (("poster", poster), ("overview", overview))
            },
            "weights": {
                genre: {"poster": round(float(p), 4), "overview": round(float(o), 4)}
                for genre, (p, o) in zip(dataset.vocabulary.names, fusion.weights[2], strict=True)
            },
        },
        held_out=held_out,
    )


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
