"""A prepared split as batches of tensors."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms import v2

from posterplot.bundle import OverviewInput, PosterInput
from posterplot.dataset.posters import decode_poster, poster_array
from posterplot.dataset.text import clean_overview
from posterplot.dataset.tokens import pad, tokenize
from posterplot.films import GenreVocabulary
from posterplot.training.augmentation import augment


class Batch(NamedTuple):
    """B films.

    Attributes:
        posters: ``(B, 3, H, W)`` uint8; None where the model reads none.
        tokens: ``(B, T)`` int64, 0 = padding; None where the model reads none.
        token_mask: ``(B, T)`` bool, True = real; None where the model reads none.
        targets: ``(B, G)`` float32 in {0, 1}.

    """

    posters: Tensor | None
    tokens: Tensor | None
    token_mask: Tensor | None
    targets: Tensor


class _Example(NamedTuple):
    poster: Tensor | None
    tokens: NDArray[np.int64] | None
    target: Tensor


class Films(TorchDataset[_Example]):
    """The films of a split that have what the model reads.

    Posters stay encoded until they are asked for, so a split takes the memory of its files.

    Args:
        table: of the split, with columns overview, genres and poster.
        vocabulary: the genres.
        poster: how posters enter, or None.
        overview: how overviews enter, or None.
        tokenizer: where overviews enter.
        augmentation: of posters, for training.
        seed: of the augmentation; another one in each epoch.

    """

    def __init__(
        self,
        table: pa.Table,
        vocabulary: GenreVocabulary,
        *,
        poster: PosterInput | None,
        overview: OverviewInput | None,
        tokenizer: Tokenizer | None,
        augmentation: v2.Compose | None = None,
        seed: int = 0,
    ) -> None:
        self._poster = poster
        self._augmentation = augmentation
        self.seed = seed
        self._table = table
        self.targets = torch.from_numpy(vocabulary.encode(table["genres"].to_pylist()))
        self._tokens: list[NDArray[np.int64]] | None = None
        if overview is not None and tokenizer is not None:
            texts = [clean_overview(text) for text in table["overview"].to_pylist()]
            self._tokens = tokenize(tokenizer, texts, overview.max_tokens)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> _Example:
        poster: Tensor | None = None
        if self._poster is not None:
            encoded = self._table["poster"][index].as_py()["bytes"]
            pixels = poster_array(decode_poster(encoded), self._poster.height, self._poster.width)
            poster = torch.from_numpy(pixels)
            if self._augmentation is not None:
                poster = augment(self._augmentation, poster, mix(self.seed, index))
        tokens = None if self._tokens is None else self._tokens[index]
        return _Example(poster, tokens, self.targets[index])


def usable(table: pa.Table, *, poster: bool, overview: bool) -> pa.Table:
    """Return the films that have every modality asked for."""
    if poster:
        table = table.filter(table["poster"].is_valid())
    if overview:
        table = table.filter(table["overview"].is_valid())
    return table


def collate(examples: Sequence[_Example]) -> Batch:
    """Lay B examples side by side; overviews are padded to the longest among them."""
    posters = [e.poster for e in examples if e.poster is not None]
    rows = [e.tokens for e in examples if e.tokens is not None]
    tokens, mask = (torch.from_numpy(part) for part in pad(rows)) if rows else (None, None)
    return Batch(
        posters=torch.stack(posters) if posters else None,
        tokens=tokens,
        token_mask=mask,
        targets=torch.stack([e.target for e in examples]),
    )


def steps_an_epoch(films: int, batch_size: int) -> int:
    """Return the number of training batches in N films.

    A lone film at the end is left out, as batch normalisation cannot learn from it; every epoch
    leaves out another one.
    """
    full, rest = divmod(films, batch_size)
    return full + (1 if rest > 1 or not full else 0)


def loader(
    films: Films, batch_size: int, *, workers: int, shuffle_seed: int | None
) -> DataLoader[_Example]:
    """Return a loader; its order, if shuffled, depends on ``shuffle_seed`` alone.

    The order is drawn here and now: a sampler that draws when it is iterated gives another order
    to who iterates twice, as Lightning does when it resumes.
    """
    order = list(range(len(films)))
    if shuffle_seed is not None:
        drawn = torch.Generator().manual_seed(shuffle_seed)
        order = torch.randperm(len(films), generator=drawn).tolist()
        del order[steps_an_epoch(len(films), batch_size) * batch_size :]
    return DataLoader(
        films,
        batch_size,
        sampler=order,
        collate_fn=collate,
        num_workers=workers,
        # its own, or each new iterator would draw from the generator that dropout draws from
        generator=torch.Generator(),
    )


def mix(*numbers: int) -> int:
    """Return a 32-bit seed that depends on all the numbers and on their order."""
    return zlib.crc32(",".join(map(str, numbers)).encode())
