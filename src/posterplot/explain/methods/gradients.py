"""Score posters and overviews by gradient methods, with captum, on the network of a run."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from posterplot.explain.methods.scores import Method, Scorer, Scores, patch_grid
from posterplot.inference.bundle import Bundle, PosterInput, load_bundle
from posterplot.inference.reader import FilmInputs

if TYPE_CHECKING:  # torch is slow to import, and not installed where films are only predicted
    from tokenizers import Tokenizer
    from torch import Tensor, nn

    from posterplot.networks import Features, GenreNetwork

STEPS = 32  # steps along the line over which gradients are integrated
_BATCH_POSTERS = 8  # posters per pass: the activations of all are in memory for the gradients


def gradient_scorers(run: Path) -> dict[Method, Scorer]:
    """Return the methods that use the gradients of a run's network.

    ``grad-cam`` (Selvaraju et al., arXiv 1610.02391) scores the patches of posters: the sum over
    the encoder's channels, each weighted by the mean of the logit's gradient over the patches.
    Negative scores are kept: they lower the score of the genre.

    ``integrated-gradients`` (Sundararajan et al., arXiv 1703.01365) scores pixels, summed over a
    grid of the encoder's patches, and tokens: how the logit changes on the path from a baseline to
    the film. The baseline of a poster has one colour, its mean; that of an overview has mask tokens
    (padding if the tokenizer has no mask) between the tokenizer's special tokens. The scores add up
    to the change.

    All score the raw logit, given all inputs of the film, and are deterministic.

    Args:
        run: The folder that ``train`` wrote.

    Raises:
        UsageError, ConfigError, BundleError: As
            :func:`posterplot.training.build.restore.restore_network`.

    """
    from posterplot.training.build.restore import restore_network

    return network_scorers(restore_network(run), load_bundle(run))


def network_scorers(network: "GenreNetwork", bundle: Bundle) -> dict[Method, Scorer]:
    """Return the methods of :func:`gradient_scorers` for a network in memory.

    Args:
        network: Network on the CPU, in eval mode.
        bundle: Bundle that describes the inputs.

    """
    from tokenizers import Tokenizer

    size = bundle.manifest.poster
    scorers: dict[Method, Scorer] = {}
    if size:
        scorers["grad-cam"] = partial(_grad_cam, network, size)
    tokenizer = Tokenizer.from_file(str(bundle.tokenizer)) if bundle.manifest.overview else None
    scorers["integrated-gradients"] = partial(_integrated_gradients, network, size, tokenizer)
    return scorers


def _grad_cam(
    network: "GenreNetwork", size: PosterInput, inputs: FilmInputs, genres: Sequence[int]
) -> Scores:
    from captum.attr import LayerGradCam
    from torch import nn

    features = _encode(network, size, inputs)
    if inputs.poster is None or features.patches is None:
        return Scores(None, None)
    # captum expects channels on the second axis, and encoders return them last
    channels_first = nn.Identity()

    def forward(patches: "Tensor") -> "Tensor":
        seen = channels_first(patches.transpose(1, 2)).transpose(1, 2)
        return _logits(network, features, len(patches), patches=seen)

    # the encoder runs once: Grad-CAM needs no gradient below its last layer
    patches = features.patches.repeat(len(genres), 1, 1).requires_grad_()
    scores = LayerGradCam(forward, channels_first).attribute(patches, target=list(genres))
    grid = patch_grid(patches.shape[1], size.height, size.width)
    return Scores(scores.detach().reshape(len(genres), *grid).numpy(), None)


def _integrated_gradients(
    network: "GenreNetwork",
    size: PosterInput | None,
    tokenizer: "Tokenizer | None",
    inputs: FilmInputs,
    genres: Sequence[int],
) -> Scores:
    features = _encode(network, size, inputs)
    poster = overview = None
    if size is not None and inputs.poster is not None and features.patches is not None:
        grid = patch_grid(features.patches.shape[1], size.height, size.width)
        poster = _over_pixels(network, grid, features, inputs.poster, genres)
    if tokenizer is not None and inputs.tokens is not None:
        overview = _over_tokens(network, tokenizer, features, inputs.tokens, genres)
    return Scores(poster, overview)


def _over_pixels(
    network: "GenreNetwork",
    grid: tuple[int, int],
    features: "Features",
    pixels: NDArray[np.uint8],
    genres: Sequence[int],
) -> NDArray[np.float32]:
    """Return ``(K, rows, columns)`` integrated gradients, summed over pixels and channels."""
    import torch
    from captum.attr import IntegratedGradients

    def forward(posters: "Tensor") -> "Tensor":
        return _logits(network, features, len(posters), patches=network.encode_posters(posters))

    poster = torch.from_numpy(pixels)[None].float()
    blank = poster.mean(dim=(2, 3), keepdim=True).expand_as(poster)
    down, across = (
        np.arange(n) * cells // n for n, cells in zip(pixels.shape[1:], grid, strict=True)
    )
    cell = (down[:, None] * grid[1] + across).ravel()
    scores = []
    for genre in genres:
        each = IntegratedGradients(forward).attribute(
            poster, blank, target=genre, n_steps=STEPS, internal_batch_size=_BATCH_POSTERS
        )
        weights = each.sum(dim=1).flatten().numpy()
        scores.append(np.bincount(cell, weights, grid[0] * grid[1]).reshape(grid))
    return np.stack(scores).astype(np.float32)


def _over_tokens(
    network: "GenreNetwork",
    tokenizer: "Tokenizer",
    features: "Features",
    tokens: NDArray[np.int64],
    genres: Sequence[int],
) -> NDArray[np.float32]:
    """Return ``(K, T)`` integrated gradients, summed over the dimensions of each embedding."""
    import torch
    from captum.attr import LayerIntegratedGradients

    mask = torch.ones(1, len(tokens), dtype=torch.bool)

    def forward(overviews: "Tensor") -> "Tensor":
        rows = len(overviews)
        encoded = network.encode_overviews(overviews, mask.expand(rows, -1))
        return _logits(network, features, rows, token_features=encoded)

    frame = tokenizer.encode("").ids
    blank = np.where(np.isin(tokens, frame), tokens, _masked(tokenizer))
    overview, baseline = (torch.from_numpy(row)[None] for row in (tokens, blank))
    method = LayerIntegratedGradients(forward, _embedding(network))
    scores = [
        method.attribute(overview, baseline, target=genre, n_steps=STEPS).sum(dim=-1)
        for genre in genres
    ]
    return torch.cat(scores).detach().float().numpy()


def _encode(network: "GenreNetwork", size: PosterInput | None, inputs: FilmInputs) -> "Features":
    import torch

    from posterplot.training.build.restore import feed

    with torch.no_grad():
        return network.encode(*feed(network, inputs, size).values())


def _logits(
    network: "GenreNetwork", features: "Features", rows: int, **other: "Tensor"
) -> "Tensor":
    """Return ``(rows, G)`` logits of one film, with the features in ``other`` replaced."""
    parts = {
        name: part.expand(rows, *part.shape[1:])
        for name, part in features._asdict().items()
        if part is not None
    }
    logits: Tensor = network.head(features._replace(**parts | other)).logits
    return logits


def _masked(tokenizer: "Tokenizer") -> int:
    """Return the id of the mask token, or 0 (padding) if there is none."""
    known = (tokenizer.token_to_id(name) for name in ("[MASK]", "<mask>"))
    return next((number for number in known if number is not None), 0)


def _embedding(network: "GenreNetwork") -> "nn.Module":
    """Return the embedding layer of the token ids."""
    from posterplot.networks import OverviewLSTM, TransformerLSTM

    encoder = network.overview
    if isinstance(encoder, OverviewLSTM):
        return encoder.embedding
    if isinstance(encoder, TransformerLSTM):
        encoder = encoder.transformer
    made: nn.Module = encoder.model.get_input_embeddings()  # type: ignore[union-attr, operator]
    return made
