"""Films that were encoded once and for all: what a head is trained on when encoders are frozen."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from posterplot.bundle import OverviewInput, PosterInput
from posterplot.films import Film, Modality
from posterplot.models import Features, GenreNetwork
from posterplot.training.batches import Films, batch_order, draw_dropout, loader

_FILES = ("patches", "present", "words", "ends")


class EncodedBatch(NamedTuple):
    """B films, encoded.

    Attributes:
        features: for the head.
        targets, aims: as in :class:`posterplot.training.batches.Batch`.

    """

    features: Features
    targets: Tensor
    aims: Tensor


class Encoded(NamedTuple):
    """N encoded films in half precision; of a modality that is not read the arrays are empty.

    Attributes:
        patches: ``(N, P, D)`` float16.
        present: ``(N,)`` bool, whether there is a poster.
        words: ``(ΣT, D)`` float16, one film's after the other's.
        ends: ``(N,)`` int64, where those of each film end.
        rows: film id -> position.

    """

    patches: NDArray[np.float16]
    present: NDArray[np.bool_]
    words: NDArray[np.float16]
    ends: NDArray[np.int64]
    rows: dict[str, int]


class EncodedFilms(TorchDataset[int]):
    """Some of the films that were encoded; what it gives are positions, for ``collate``.

    Args:
        encoded: these films and perhaps others.
        films: N.
        targets: ``(N, G)`` float32 in {0, 1}; NaN where nobody said.
        aims: ``(N, G)`` float32 in [0, 1].
        modality_dropout: as :class:`posterplot.training.batches.Films` takes it.

    """

    def __init__(
        self,
        encoded: Encoded,
        films: Sequence[Film],
        targets: Tensor,
        aims: Tensor,
        modality_dropout: dict[Modality, float] | None,
    ) -> None:
        self._encoded = encoded
        self._dropout = modality_dropout or {}
        self.seed = 0
        self.targets, self.aims = targets, aims
        self._rows = np.array([encoded.rows[film.id] for film in films], np.intp)
        self._ends = np.concatenate([[0], encoded.ends]).astype(np.int64)
        words = len(encoded.ends) > 0
        self.lengths: list[int] = (
            np.diff(self._ends)[self._rows].tolist() if words else [0] * len(films)
        )

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> int:
        return index

    def collate(self, chosen: Sequence[int]) -> EncodedBatch:
        """Lay the films at B positions side by side."""
        e = self._encoded
        rows = self._rows[list(chosen)]
        posters, overviews = len(e.patches) > 0, len(e.ends) > 0
        present = e.present[rows] if posters else np.zeros(len(rows), bool)
        lengths = np.array([self.lengths[n] for n in chosen])
        for place, n in enumerate(chosen):
            if self._dropout and present[place] and lengths[place]:
                dropped = draw_dropout(self._dropout, self.seed, n)
                if dropped == "poster":
                    present[place] = False
                elif dropped == "overview":
                    lengths[place] = 0
        patches = words = mask = None
        if posters:
            patches = torch.from_numpy(e.patches[rows]).float()
        if overviews:
            longest = max(1, int(lengths.max()))
            laid = np.zeros((len(rows), longest, e.words.shape[1]), np.float16)
            for place, (row, length) in enumerate(zip(rows, lengths, strict=True)):
                start = self._ends[row]
                laid[place, :length] = e.words[start : start + length]
            words = torch.from_numpy(laid).float()
            mask = torch.from_numpy(np.arange(longest)[None] < lengths[:, None])
        index = torch.tensor(list(chosen))
        both = torch.from_numpy(present) if posters and overviews else None
        features = Features(patches, both, words, mask)
        return EncodedBatch(features, self.targets[index], self.aims[index])


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
) -> Encoded:
    """Encode films with frozen encoders, or find them encoded.

    Args:
        network: whose encoders are asked, on the CPU.
        films: in any order, which does not matter.
        poster, overview, tokenizer: how films enter.
        folder: where encoded films are kept between runs, under a name made of the encoders'
            weights and of what they read. If it cannot be written they are encoded each time.
        batch_size: B.
        workers: processes that read films.
        half: whether to compute in bfloat16.

    """
    ordered = sorted(films, key=lambda film: film.id)
    rows = {film.id: n for n, film in enumerate(ordered)}
    key = _key(network, ordered, repr((poster, overview, half)))
    kept = folder / key
    if all((kept / f"{name}.npy").is_file() for name in _FILES):
        return Encoded(rows=rows, **{n: np.load(kept / f"{n}.npy", mmap_mode="r") for n in _FILES})
    ready = Films(
        ordered, torch.zeros(len(ordered), 1), poster=poster, overview=overview, tokenizer=tokenizer
    )
    encoded = _encode(network, ready, rows, batch_size, workers, half)
    with suppress(OSError):
        draft = kept.with_name(f"{key}.part")
        draft.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            np.save(draft / f"{name}.npy", getattr(encoded, name))
        draft.rename(kept)
    return encoded


def encoded_loader(
    films: EncodedFilms, batch_size: int, *, shuffle_seed: int | None
) -> DataLoader[int]:
    """Return a loader, as :func:`posterplot.training.batches.loader` does."""
    return DataLoader(
        films,
        batch_sampler=batch_order(films.lengths, batch_size, shuffle_seed),
        collate_fn=films.collate,
        generator=torch.Generator(),
    )


def _encode(
    network: GenreNetwork,
    films: Films,
    rows: dict[str, int],
    batch_size: int,
    workers: int,
    half: bool,
) -> Encoded:
    count = len(films)
    # longest first, so that little is padding and the memory needed shows at once
    order = sorted(range(count), key=films.lengths.__getitem__, reverse=True)
    patches: NDArray[np.float16] = np.zeros((0, 0, 0), np.float16)
    present = np.zeros(0, np.bool_)
    words: list[NDArray[np.float16]] = [np.zeros((0, 0), np.float16)] * count
    at = 0
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        for batch in loader(films, batch_size, workers=workers, shuffle_seed=None, order=order):
            places = order[at : at + len(batch.targets)]
            at += len(places)
            features = network.encode(*(getattr(batch, name) for name in network.inputs))
            if features.patches is not None and batch.poster_present is not None:
                if not len(patches):
                    patches = np.zeros((count, *features.patches.shape[1:]), np.float16)
                    present = np.zeros(count, np.bool_)
                patches[places] = features.patches.half().numpy()
                present[places] = batch.poster_present.numpy()
            if features.words is not None and features.token_mask is not None:
                seen = features.words.half().numpy()
                for n, place in enumerate(places):
                    words[place] = seen[n, : int(features.token_mask[n].sum())].copy()
    reads = any(len(row) for row in words)
    return Encoded(
        patches,
        present,
        np.concatenate([row for row in words if len(row)]) if reads else words[0],
        np.cumsum([len(row) for row in words], dtype=np.int64) if reads else np.zeros(0, np.int64),
        rows,
    )


def _key(network: GenreNetwork, films: Sequence[Film], reads: str) -> str:
    """Return a digest of the encoders and of all that they read."""
    digest = hashlib.sha256(reads.encode())
    for encoder in (network.poster, network.overview):
        for name, value in encoder.state_dict().items() if encoder else ():
            digest.update(name.encode())
            digest.update(value.contiguous().numpy().tobytes())
    for film in films:
        poster = film.poster.read_bytes() if isinstance(film.poster, Path) else film.poster or b""
        told = (film.id, film.title, film.overview, hashlib.sha256(poster).hexdigest())
        digest.update(repr(told).encode())
    return digest.hexdigest()[:32]
