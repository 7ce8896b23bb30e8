"""Restore the network of a finished run, whose gradients the exported graph cannot give."""

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from posterplot.dataset.tokens import pad
from posterplot.errors import BundleError, ConfigError, UsageError
from posterplot.inference.bundle import RUN_CONFIG, Bundle, PosterInput, load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs
from posterplot.networks import GenreNetwork
from posterplot.training.build.init_from import trained_state
from posterplot.training.build.network import make_network
from posterplot.training.config.run_config import NetworkConfig, load_config

# maximum difference between the logits of torch and ONNX Runtime; other weights differ by more
_TOLERANCE = 1e-3
_TOLERANCE_INT8 = 1.0


def restore_network(run: Path) -> GenreNetwork:
    """Build the network of a finished run and load its best checkpoint.

    Pretrained weights are only needed if they were frozen, as they are not in the checkpoint then.

    Args:
        run: Folder that ``train`` wrote, with ``config.toml``, ``checkpoints/`` and ``bundle/``.

    Returns:
        The network in eval mode, on the CPU.

    Raises:
        UsageError: The folder is not a run, or its model is not a network (late fusion, TF-IDF).
        ConfigError: The configuration or the checkpoint is missing or damaged, or the weights or
            the ``config.json`` of a pretrained encoder are not available.
        BundleError: The bundle is missing or damaged, or belongs to another network.

    """
    if not (run / RUN_CONFIG).is_file():
        raise UsageError(
            f"is not a run: there is no {RUN_CONFIG} in it",
            where=run,
            hint="gradients need the network itself: give the folder that train wrote",
        )
    config = load_config(run / RUN_CONFIG)
    if not isinstance(config, NetworkConfig):
        raise UsageError(
            f"is a run of {config.kind}, which has no network",
            where=run,
            hint="gradients need one: give the run of a trained network",
        )
    bundle = load_bundle(run)
    state, dataset = trained_state(run, str(run))
    share = torch.full((len(bundle.manifest.genres),), 0.5)
    if config.fit.frozen:
        # the encoders as training created them: from the seed, pretrained weights and other runs
        without_head = config.init_from.model_copy(update={"head": None})
        network, _ = make_network(
            config.model_copy(update={"init_from": without_head}), [], share, dataset
        )
        head = {k.removeprefix("head."): v for k, v in state.items() if k.startswith("head.")}
        _load(network.head, head, run)
    else:
        tokenizer = Tokenizer.from_file(str(bundle.tokenizer)) if bundle.manifest.overview else None
        network, _ = make_network(config, [], share, dataset, tokenizer=tokenizer, load=False)
        _load(network, state, run)
    network.eval().requires_grad_(False)
    _check(network, bundle, run, _TOLERANCE_INT8 if config.export.int8 else _TOLERANCE)
    return network


def feed(
    network: GenreNetwork, inputs: FilmInputs, poster: PosterInput | None
) -> dict[str, Tensor]:
    """Return the input tensors of a network for one film.

    Args:
        network: Network on the CPU.
        inputs: Inputs of the film. Absent modalities are masked.
        poster: Size of the posters, if the network reads any.

    Returns:
        The tensors that ``network.inputs`` names, in that order, out of posters ``(1, 3, H, W)``
        uint8, poster_present ``(1,)`` bool, tokens ``(1, T)`` int64, token_mask ``(1, T)`` bool.

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
    except RuntimeError as error:  # torch's message lists keys and shapes on many lines
        raise ConfigError(
            "its checkpoint is of another network than its config.toml describes",
            where=run,
            hint="put the files of one training together, or train again",
        ) from error


def _check(network: GenreNetwork, bundle: Bundle, run: Path, tolerance: float) -> None:
    """Refuse a network that does not match the bundle."""
    manifest = bundle.manifest
    rng = np.random.default_rng(0)
    poster, tokens = None, None
    if manifest.poster:
        size = (3, manifest.poster.height, manifest.poster.width)
        poster = rng.integers(0, 256, size, dtype=np.uint8)
    if manifest.overview:
        vocabulary = Tokenizer.from_file(str(bundle.tokenizer)).get_vocab_size()
        tokens = rng.integers(0, vocabulary, min(16, manifest.overview.max_tokens))
    inputs = FilmInputs(poster, tokens)
    with torch.no_grad():
        own = network(*feed(network, inputs, manifest.poster).values()).logits.numpy()
    exported = Predictor(bundle).run([inputs])["logits"]
    same_shape = own.shape == exported.shape
    difference = float(np.abs(own - exported).max()) if same_shape else float("inf")
    if not difference <= tolerance:
        raise BundleError(
            "its bundle and its checkpoint are not of the same network: on random inputs their "
            f"logits differ by up to {difference:.2g}",
            where=run,
            hint="put the files of one training together, or train again",
        )
