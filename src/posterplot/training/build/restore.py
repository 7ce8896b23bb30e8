"""A finished run back to its network: gradients come from weights, and not from the graph."""

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from posterplot.inference.bundle import Bundle, PosterInput, load_bundle
from posterplot.dataset.tokens import pad
from posterplot.errors import BundleError, ConfigError, UsageError
from posterplot.networks import GenreNetwork
from posterplot.inference.predictor import FilmInputs, Predictor
from posterplot.training.build.network import bare_network, make_network
from posterplot.training.config.run_config import NetworkConfig, load_config
from posterplot.training.build.init_from import trained_state

_CONFIG = "config.toml"
# between torch and ONNX Runtime, in logits; of other weights they differ by far more
_TOLERANCE = 1e-3
_TOLERANCE_INT8 = 1.0  # quantised, it answers nearly alike, and least so of made-up films


def restore_network(run: Path) -> GenreNetwork:
    """Build the network of a finished run and load its best checkpoint.

    Pretrained weights are not needed, unless they were frozen: then no checkpoint has them, and
    they come from where the configuration says.

    Args:
        run: the folder that ``train`` wrote, with ``config.toml``, ``checkpoints/`` and
            ``bundle/``.

    Returns:
        The network in eval mode, on the CPU.

    Raises:
        UsageError: it is no run, or one without a network: late fusion, TF-IDF.
        ConfigError: its configuration or checkpoint is missing or damaged; the weights or the
            ``config.json`` of a pretrained encoder cannot be had.
        BundleError: its bundle is missing or damaged, or another network's.

    """
    if not (run / _CONFIG).is_file():
        raise UsageError(
            f"is not a run: there is no {_CONFIG} in it",
            where=run,
            hint="gradients need the network itself: name the folder that train wrote",
        )
    config = load_config(run / _CONFIG)
    if not isinstance(config, NetworkConfig):
        raise UsageError(
            f"is a run of {config.kind}, which has no network",
            where=run,
            hint="gradients need one: name the run of a trained network",
        )
    bundle = load_bundle(run)
    state, dataset = trained_state(run, str(run))
    genres = len(bundle.manifest.genres)
    if config.fit.frozen:
        # encoders as training made them: from the seed, the configuration's weights, other runs
        start = config.init_from.model_copy(update={"head": None})
        made = config.model_copy(update={"init_from": start})
        network, _ = make_network(made, [], torch.full((genres,), 0.5), dataset)
        head = {k.removeprefix("head."): v for k, v in state.items() if k.startswith("head.")}
        _load(network.head, head, run)
    else:
        words = Tokenizer.from_file(str(bundle.tokenizer)) if bundle.manifest.overview else None
        network = bare_network(config, genres, words)
        _load(network, state, run)
    network.eval().requires_grad_(False)
    _check(network, bundle, run, _TOLERANCE_INT8 if config.export.int8 else _TOLERANCE)
    return network


def feed(
    network: GenreNetwork, inputs: FilmInputs, poster: PosterInput | None
) -> dict[str, Tensor]:
    """Return what a network takes of one film, by the names in ``network.inputs``, in their order.

    Args:
        network: on the CPU.
        inputs: what the film lacks is masked.
        poster: the size of its posters, if it reads any.

    Returns:
        Of posters ``(1, 3, H, W)`` uint8, poster_present ``(1,)`` bool, tokens ``(1, T)`` int64,
        token_mask ``(1, T)`` bool those that the network reads.

    """
    tokens, mask = pad([np.zeros(0, np.int64) if inputs.tokens is None else inputs.tokens])
    given = {"tokens": torch.from_numpy(tokens), "token_mask": torch.from_numpy(mask)}
    if poster is not None:
        shown = np.zeros((3, poster.height, poster.width), np.uint8)
        given["posters"] = torch.from_numpy(shown if inputs.poster is None else inputs.poster)[None]
        given["poster_present"] = torch.tensor([inputs.poster is not None])
    return {name: given[name] for name in network.inputs}


def _load(module: nn.Module, state: dict[str, Tensor], run: Path) -> None:
    try:
        module.load_state_dict(state)
    except RuntimeError as error:  # keys and shapes, over many lines
        raise ConfigError(
            "its checkpoint holds another network than its config.toml describes",
            where=run,
            hint="put the files of one training together, or train anew",
        ) from error


def _check(network: GenreNetwork, bundle: Bundle, run: Path, tolerance: float) -> None:
    """Refuse a network that is not the one in the bundle: it would explain another model."""
    manifest = bundle.manifest
    rng = np.random.default_rng(0)
    poster, tokens = None, None
    if manifest.poster:
        size = (3, manifest.poster.height, manifest.poster.width)
        poster = rng.integers(0, 256, size, dtype=np.uint8)
    if manifest.overview:
        words = Tokenizer.from_file(str(bundle.tokenizer)).get_vocab_size()
        tokens = rng.integers(0, words, min(16, manifest.overview.max_tokens))
    inputs = FilmInputs(poster, tokens)
    with torch.no_grad():
        own = network(*feed(network, inputs, manifest.poster).values()).logits.numpy()
    told = Predictor(bundle).run([inputs])["logits"]
    apart = float(np.abs(own - told).max()) if own.shape == told.shape else float("inf")
    if not apart <= tolerance:
        raise BundleError(
            "its bundle and its checkpoint are not of the same network: on a made-up film their "
            f"logits differ by up to {apart:.2g}",
            where=run,
            hint="put the files of one training together, or train anew",
        )
