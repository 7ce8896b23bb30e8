"""Encode films once with frozen encoders, to train a head on the result."""

import hashlib
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from posterplot.dataset.poster_images import read_poster
from posterplot.dataset.text import overview_text
from posterplot.file_parts import FilePart
from posterplot.films import Film, Modality
from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import Features, GenreNetwork
from posterplot.progress import Progress, no_progress
from posterplot.training.data.array_cache import Create, cached_arrays
from posterplot.training.data.batches import Films, draw_dropout, loader
from posterplot.training.data.order import batch_order
from posterplot.training.ranks import ALONE

_NO_PATCHES: NDArray[np.float16] = np.zeros((0, 0, 0), np.float16)
_NO_TOKENS: NDArray[np.float16] = np.zeros((0, 0), np.float16)


class EncodedBatch(NamedTuple):
    """A batch of B encoded films.

    Attributes:
        features: Features of the encoders, the inputs of the head.
        targets, soft_targets, weights: As in :class:`posterplot.training.data.batches.Batch`.

    """

    features: Features
    targets: Tensor
    soft_targets: Tensor
    weights: Tensor


class Encoded(NamedTuple):
    """N encoded films in half precision. The arrays of a modality that is not read are empty.

    Attributes:
        patches: ``(N, P, D)`` float16.
        present: ``(N,)`` bool, whether there is a poster.
        token_features: ``(ΣT, D)`` float16, those of one film after those of another.
        ends: ``(N,)`` int64, where the token features of each film end.
        rows: ``(N,)`` indices into ``present`` and ``ends``, in the order of the films that were
            given.

    """

    patches: NDArray[np.float16]
    present: NDArray[np.bool_]
    token_features: NDArray[np.float16]
    ends: NDArray[np.int64]
    rows: NDArray[np.intp]


class EncodedFilms(TorchDataset[int]):
    """A PyTorch dataset of encoded films, whose items are indices for ``collate``.

    Args:
        encoded: The N films.
        targets, soft_targets, weights, modality_dropout: As
            :class:`posterplot.training.data.batches.Films` takes them.
        factors: As :class:`posterplot.training.data.batches.Films` takes them.

    """

    def __init__(
        self,
        encoded: Encoded,
        targets: Tensor,
        soft_targets: Tensor,
        modality_dropout: dict[Modality, float] | None,
        weights: Tensor | None = None,
        factors: NDArray[np.float64] | None = None,
    ) -> None:
        self._encoded = encoded
        self.factors = factors
        self._dropout = modality_dropout or {}
        self.seed = 0
        self.targets, self.soft_targets = targets, soft_targets
        self.weights = torch.ones(len(targets)) if weights is None else weights
        self._rows = encoded.rows
        self._ends = np.concatenate([[0], encoded.ends]).astype(np.int64)
        has_overviews = len(encoded.ends) > 0
        self.lengths: list[int] = (
            np.diff(self._ends)[self._rows].tolist() if has_overviews else [0] * len(targets)
        )

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> int:
        return index

    def collate(self, chosen: Sequence[int]) -> EncodedBatch:
        """Stack the films at B indices."""
        e = self._encoded
        films = [n % len(self) for n in chosen]
        rows = self._rows[films]
        posters, overviews = len(e.patches) > 0, len(e.ends) > 0
        present = e.present[rows] if posters else np.zeros(len(rows), bool)
        lengths = np.array([self.lengths[n] for n in films])
        for b, n in enumerate(chosen):
            if self._dropout and present[b] and lengths[b]:
                dropped = draw_dropout(self._dropout, self.seed, n)
                if dropped == "poster":
                    present[b] = False
                elif dropped == "overview":
                    lengths[b] = 0
        patches = token_features = mask = None
        if posters:
            patches = torch.from_numpy(e.patches[rows]).float()
        if overviews:
            longest = max(1, int(lengths.max()))
            padded = np.zeros((len(rows), longest, e.token_features.shape[1]), np.float16)
            for b, (row, length) in enumerate(zip(rows, lengths, strict=True)):
                start = self._ends[row]
                padded[b, :length] = e.token_features[start : start + length]
            token_features = torch.from_numpy(padded).float()
            mask = torch.from_numpy(np.arange(longest)[None] < lengths[:, None])
        index = torch.tensor(films)
        both = torch.from_numpy(present) if posters and overviews else None
        features = Features(patches, both, token_features, mask)
        return EncodedBatch(
            features, self.targets[index], self.soft_targets[index], self.weights[index]
        )


def encode_films(
    network: GenreNetwork,
    films: Sequence[Film],
    *,
    poster: PosterInput | None,
    overview: OverviewInput | None,
    tokenizer: Tokenizer | None,
    folder: Path,
    batch_size: int,
    workers: int,
    half: bool,
    progress: Progress = no_progress,
) -> Encoded:
    """Encode films with frozen encoders, or load them from the cache.

    Args:
        network: Network whose encoders are used, on the CPU.
        films: N films, in any order.
        poster, overview, tokenizer: How films are read.
        folder: Cache of encoded films, one entry per modality, named by a digest of the encoder's
            weights and of its inputs. If it cannot be written, films are encoded each time.
        batch_size: B.
        workers: Number of processes that read films.
        half: Whether to compute in bfloat16.
        progress: Shows how many films are encoded.

    """
    # by id, so that the cache serves any order; films of several datasets may share an id
    order = sorted(range(len(films)), key=lambda n: films[n].id)
    ordered = [films[n] for n in order]
    no_targets = torch.zeros(len(ordered), 1)
    patches, present = _NO_PATCHES, np.zeros(0, bool)
    token_features, ends = _NO_TOKENS, np.zeros(0, np.int64)
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        if network.poster is not None:
            torch_films = Films(ordered, no_targets, poster=poster, overview=None, tokenizer=None)
            inputs = [(film.id, _digest_of(film.poster)) for film in ordered]
            normalised = network.mean.tolist(), network.std.tolist()
            key = _key(network.poster, inputs, poster, normalised)
            compute = partial(_encode_posters, network, torch_films, batch_size, workers, progress)
            patches, present = cached_arrays(folder / key, ("patches", "present"), compute)
        if network.overview is not None and overview is not None and tokenizer is not None:
            torch_films = Films(
                ordered, no_targets, poster=None, overview=overview, tokenizer=tokenizer
            )
            inputs = [(film.id, overview_text(film, title=overview.title)) for film in ordered]
            key = _key(network.overview, inputs, overview, tokenizer.to_str(), half)
            compute = partial(_encode_overviews, network, torch_films, batch_size, progress)
            token_features, ends = cached_arrays(folder / key, ("token_features", "ends"), compute)
    rows = np.argsort(order)
    return Encoded(patches, present, token_features, ends, rows)


def encoded_loader(
    films: EncodedFilms, batch_size: int, *, shuffle_seed: int | None
) -> DataLoader[int]:
    """Return a loader, as :func:`posterplot.training.data.batches.loader` does."""
    return DataLoader(
        films,
        batch_sampler=batch_order(films.lengths, batch_size, shuffle_seed, ALONE, films.factors),
        collate_fn=films.collate,
        generator=torch.Generator(),
    )


def _encode_posters(
    network: GenreNetwork,
    films: Films,
    batch_size: int,
    workers: int,
    progress: Progress,
    create: Create,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return ``(N, P, D)`` float16 patches and ``(N,)`` bool of whether there is a poster."""
    patches = _NO_PATCHES
    present = create("present", (len(films),), np.bool_)
    start = 0
    with progress("encoding posters", len(films)) as advance:
        for batch in loader(films, batch_size, workers=workers, shuffle_seed=None):
            if batch.posters is not None and batch.poster_present is not None:
                encoded = network.encode_posters(batch.posters).half().numpy()
                if not start:
                    patches = create("patches", (len(films), *encoded.shape[1:]), np.float16)
                end = start + len(encoded)
                patches[start:end], present[start:end] = encoded, batch.poster_present.numpy()
                start = end
            advance(len(batch.targets))
    return patches, present


def _encode_overviews(
    network: GenreNetwork, films: Films, batch_size: int, progress: Progress, create: Create
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return ``(ΣT, D)`` float16 token features, and the ``(N,)`` int64 end of each film's."""
    features: NDArray[np.float16] | None = None
    ends = create("ends", (len(films),), np.int64)
    ends[:] = np.cumsum(films.lengths)
    # longest first: this saves padding, and a lack of memory shows at once
    order = sorted(range(len(films)), key=films.lengths.__getitem__, reverse=True)
    positions = iter(order)
    with progress("encoding overviews", len(films)) as advance:
        for batch in loader(films, batch_size, workers=0, shuffle_seed=None, order=order):
            if batch.tokens is not None and batch.token_mask is not None:
                encoded = network.encode_overviews(batch.tokens, batch.token_mask).half().numpy()
                if features is None:
                    shape = int(ends[-1]), encoded.shape[2]
                    features = create("token_features", shape, np.float16)
                for row in encoded:
                    n = next(positions)
                    features[ends[n] - films.lengths[n] : ends[n]] = row[: films.lengths[n]]
            advance(len(batch.targets))
    return _NO_TOKENS if features is None else features, ends


def _key(encoder: nn.Module, inputs: object, *settings: object) -> str:
    """Return a digest of an encoder's layers, weights and inputs."""
    # repr() of transformers' layers does not show all of their configuration
    configs = [str(module.config) for module in encoder.modules() if hasattr(module, "config")]
    versions = [version(part) for part in ("timm", "transformers")]
    digest = hashlib.sha256(repr((inputs, settings, repr(encoder), configs, versions)).encode())
    for name, value in encoder.state_dict().items():
        digest.update(name.encode())
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


def _digest_of(poster: Path | bytes | FilePart | None) -> str | None:
    if poster is None:
        return None
    content = poster if isinstance(poster, bytes) else read_poster(poster)
    return hashlib.sha256(content).hexdigest()
