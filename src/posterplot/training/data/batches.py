"""Films as batches of tensors."""

import random
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms import v2

from posterplot.dataset.poster_images import decode_poster, poster_array
from posterplot.dataset.text import overview_text, title_text
from posterplot.dataset.tokens import pad, tokenize
from posterplot.films import Film, Modality
from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.training.data.augmentation import augment

# overviews are sorted by length within this many batches, to save padding
_WINDOW = 8


class Batch(NamedTuple):
    """B films.

    Attributes:
        posters: ``(B, 3, H, W)`` uint8, black where absent; None where the model reads none.
        poster_present: ``(B,)`` bool; None where the model reads none.
        tokens: ``(B, T)`` int64, 0 = padding; None where the model reads none.
        token_mask: ``(B, T)`` bool, True = real, all False where the overview is absent; None
            where the model reads none.
        targets: ``(B, G)`` float32 in {0, 1}; NaN where the label is unknown.
        soft_targets: ``(B, G)`` float32 in [0, 1]: the targets of the loss, which are the targets
            above or a mix of them and a teacher's probabilities; NaN where neither is known.
        weights: ``(B,)`` float32 of the films in the loss.

    """

    posters: Tensor | None
    poster_present: Tensor | None
    tokens: Tensor | None
    token_mask: Tensor | None
    targets: Tensor
    soft_targets: Tensor
    weights: Tensor


class _Example(NamedTuple):
    poster: Tensor | None
    poster_present: bool
    tokens: NDArray[np.int64] | None
    target: Tensor
    soft_target: Tensor
    weight: Tensor


class Films(TorchDataset[_Example]):
    """Films as a dataset of PyTorch.

    Posters are decoded when they are needed, so films take only the memory of their files.

    Args:
        films: N, each with a modality that the model reads.
        targets: ``(N, G)`` float32 in {0, 1}; NaN where the label is unknown.
        soft_targets: ``(N, G)`` float32 in [0, 1]; the targets if None.
        weights: ``(N,)`` float32 of the films in the loss; 1 if None.
        poster: size of the posters; None if the model reads none.
        overview: length of the overviews; None if the model reads none.
        tokenizer: of the overviews, if the model reads them.
        augmentation: of posters, for training.
        modality_dropout: probability that this modality of a film with both is hidden, for
            training.
        title_dropout: probability that an overview is read without the title, for training.
        title_instead: if there is modality dropout, probability that the title replaces an absent
            or hidden overview, for training.

    If the model reads posters, and titles before overviews, the title of a film with a poster
    replaces an absent or hidden overview.

    """

    def __init__(
        self,
        films: Sequence[Film],
        targets: Tensor,
        *,
        poster: PosterInput | None,
        overview: OverviewInput | None,
        tokenizer: Tokenizer | None,
        soft_targets: Tensor | None = None,
        weights: Tensor | None = None,
        augmentation: v2.Compose | None = None,
        modality_dropout: dict[Modality, float] | None = None,
        title_dropout: float = 0.0,
        title_instead: float = 1.0,
    ) -> None:
        self._posters = [film.poster for film in films]
        self._poster = poster
        self._augmentation = augmentation
        self._dropout = modality_dropout or {}
        self.seed = 0  # of augmentation and modality dropout; a different one in each epoch
        self.targets = targets
        self.soft_targets = targets if soft_targets is None else soft_targets
        self.weights = torch.ones(len(targets)) if weights is None else weights
        self._title_dropout = title_dropout
        self._title_instead = title_instead if self._dropout else 1.0
        self._tokens: list[NDArray[np.int64]] | None = None
        self._untitled: list[NDArray[np.int64]] | None = None
        self._titles: list[NDArray[np.int64]] | None = None
        if overview is not None and tokenizer is not None:
            self._tokens = _tokens(films, tokenizer, overview.max_tokens, title=overview.title)
            if overview.title and title_dropout:
                self._untitled = _tokens(films, tokenizer, overview.max_tokens, title=False)
            if overview.title and poster is not None:
                titles = [title_text(film) if film.poster else None for film in films]
                self._titles = tokenize(tokenizer, titles, overview.max_tokens)

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def lengths(self) -> list[int]:
        """Number of tokens of each film's overview, or of the title that replaces it."""
        if self._tokens is None:
            return [0] * len(self)
        if self._titles is None:
            return [len(row) for row in self._tokens]
        pairs = zip(self._tokens, self._titles, strict=True)
        return [len(row) or len(title) for row, title in pairs]

    def __getitem__(self, index: int) -> _Example:
        tokens = None if self._tokens is None else self._tokens[index]
        if self._untitled is not None and _random(self.seed, index, 2) < self._title_dropout:
            tokens = self._untitled[index]
        present = self._poster is not None and self._posters[index] is not None
        if present and tokens is not None and len(tokens) and self._dropout:
            dropped = draw_dropout(self._dropout, self.seed, index)
            if dropped == "poster":
                present = False
            elif dropped == "overview":
                tokens = tokens[:0]
        if self._titles is not None and tokens is not None and not len(tokens):
            titled = _random(self.seed, index, 3) < self._title_instead
            tokens = self._titles[index] if titled and present else tokens
        poster = None if self._poster is None else self._read(index, self._poster, present)
        return _Example(
            poster,
            present,
            tokens,
            self.targets[index],
            self.soft_targets[index],
            self.weights[index],
        )

    def _read(self, index: int, size: PosterInput, present: bool) -> Tensor:
        encoded = self._posters[index]
        if not present or encoded is None:
            return torch.zeros(3, size.height, size.width, dtype=torch.uint8)
        pixels = poster_array(decode_poster(encoded), size.height, size.width)
        poster = torch.from_numpy(pixels)
        if self._augmentation is not None:
            poster = augment(self._augmentation, poster, combine_seeds(self.seed, index))
        return poster


def draw_dropout(probabilities: dict[Modality, float], seed: int, index: int) -> Modality | None:
    """Draw which modality of a film with both is hidden in this epoch: at most one."""
    drawn = _random(seed, index, 1)
    if drawn < probabilities["poster"]:
        return "poster"
    return "overview" if drawn < probabilities["poster"] + probabilities["overview"] else None


def _random(seed: int, index: int, purpose: int) -> float:
    """Return a random number in [0, 1) that depends only on the arguments."""
    return random.Random(combine_seeds(seed, index, purpose)).random()  # noqa: S311, no secret


def _tokens(
    films: Sequence[Film], tokenizer: Tokenizer, max_tokens: int, *, title: bool
) -> list[NDArray[np.int64]]:
    return tokenize(tokenizer, [overview_text(film, title=title) for film in films], max_tokens)


def collate(examples: Sequence[_Example]) -> Batch:
    """Stack B examples; overviews are padded to the longest of them."""
    posters = [e.poster for e in examples if e.poster is not None]
    rows = [e.tokens for e in examples if e.tokens is not None]
    tokens, mask = (torch.from_numpy(part) for part in pad(rows)) if rows else (None, None)
    return Batch(
        posters=torch.stack(posters) if posters else None,
        poster_present=torch.tensor([e.poster_present for e in examples]) if posters else None,
        tokens=tokens,
        token_mask=mask,
        targets=torch.stack([e.target for e in examples]),
        soft_targets=torch.stack([e.soft_target for e in examples]),
        weights=torch.stack([e.weight for e in examples]),
    )


def steps_per_epoch(films: int, batch_size: int) -> int:
    """Return the number of training batches in N films.

    If the last batch would hold a single film, it is left out, because batch normalisation cannot
    learn from it. Every epoch leaves out a different film.
    """
    full, rest = divmod(films, batch_size)
    return full + (1 if rest > 1 or not full else 0)


def batch_order(lengths: Sequence[int], batch_size: int, seed: int | None) -> list[list[int]]:
    """Return the batches of an epoch.

    Args:
        lengths: of N overviews, in tokens.
        batch_size: B.
        seed: of the order; None for the order of the films, every film included.

    Returns:
        Lists of at most B positions. If shuffled, films of similar length are in one batch.

    """
    films = len(lengths)
    if seed is None:
        return [list(range(n, min(n + batch_size, films))) for n in range(0, films, batch_size)]
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(films, generator=generator).tolist()
    del order[steps_per_epoch(films, batch_size) * batch_size :]
    batches: list[list[int]] = []
    for start in range(0, len(order), _WINDOW * batch_size):
        window = order[start : start + _WINDOW * batch_size]
        window.sort(key=lengths.__getitem__)  # stable: films of equal length stay shuffled
        batches += [window[n : n + batch_size] for n in range(0, len(window), batch_size)]
    return [batches[n] for n in torch.randperm(len(batches), generator=generator).tolist()]


def loader(
    films: Films,
    batch_size: int,
    *,
    workers: int,
    shuffle_seed: int | None,
    order: Sequence[int] | None = None,
) -> DataLoader[_Example]:
    """Return a loader whose order, if shuffled, depends only on ``shuffle_seed``.

    Without a seed the films keep their order, or follow ``order`` if it is given.

    The order is drawn once, here: a sampler that draws anew for each iteration would change the
    order of a resumed training, because Lightning iterates twice when it resumes.
    """
    batches = batch_order(films.lengths, batch_size, shuffle_seed)
    if order is not None:
        batches = [[order[n] for n in batch] for batch in batches]
    return DataLoader(
        films,
        batch_sampler=batches,
        collate_fn=collate,
        num_workers=workers,
        # otherwise each new iterator would draw from the generator that dropout uses
        generator=torch.Generator(),
    )


def combine_seeds(*numbers: int) -> int:
    """Return a 32-bit seed that depends on all the numbers and on their order."""
    return zlib.crc32(",".join(map(str, numbers)).encode())
