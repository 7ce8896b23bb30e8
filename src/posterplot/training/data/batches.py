"""Load films as batches of tensors."""

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
from posterplot.dataset.tokens import pad
from posterplot.films import Film, Modality
from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.training.data.augmentation import augment
from posterplot.training.data.order import batch_order
from posterplot.training.data.token_rows import TokenRows, tokenize_many
from posterplot.training.ranks import ALONE, Rank


class Batch(NamedTuple):
    """A batch of B films.

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
    """A PyTorch dataset of films.

    Posters are read and decoded when they are needed. Only the tokens, the targets and the location
    of the poster are kept in memory.

    Args:
        films: N, each with a modality that the model reads.
        targets: ``(N, G)`` float32 in {0, 1}; NaN where the label is unknown.
        soft_targets: ``(N, G)`` float32 in [0, 1]; the targets if None.
        weights: ``(N,)`` float32 of the films in the loss; 1 if None.
        poster: Size of the posters; None if the model reads none.
        overview: Length of the overviews; None if the model reads none.
        tokenizer: Tokenizer of the overviews, if the model reads them.
        augmentation: Augmentation of posters, for training.
        modality_dropout: Modality -> probability that it is hidden in a film with both, for
            training.
        title_dropout: Probability that an overview is read without the title, for training.
        title_instead: If there is modality dropout, probability that the title replaces an absent
            or hidden overview, for training.
        factors: ``(N,)`` how often each film is shown in an epoch; once if None. Item ``n`` is film
            ``n % N``; its augmentation and dropout depend on ``n``.

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
        factors: NDArray[np.float64] | None = None,
    ) -> None:
        self.factors = factors
        self._posters = [film.poster for film in films]
        self._poster = poster
        self._augmentation = augmentation
        self._dropout = modality_dropout or {}
        self.seed = 0  # seed of augmentation and modality dropout; it differs in each epoch
        self.targets = targets
        self.soft_targets = targets if soft_targets is None else soft_targets
        self.weights = torch.ones(len(targets)) if weights is None else weights
        self._title_dropout = title_dropout
        self._title_instead = title_instead if self._dropout else 1.0
        self._tokens: TokenRows | None = None
        self._untitled: TokenRows | None = None
        self._titles: TokenRows | None = None
        if overview is not None and tokenizer is not None:
            self._tokens = _tokens(films, tokenizer, overview.max_tokens, title=overview.title)
            if overview.title and title_dropout:
                self._untitled = _tokens(films, tokenizer, overview.max_tokens, title=False)
            if overview.title and poster is not None:
                titles = (title_text(film) if film.poster else None for film in films)
                self._titles = tokenize_many(tokenizer, titles, overview.max_tokens)

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def lengths(self) -> list[int]:
        """Number of tokens of each film's overview, or of the title that replaces it."""
        if self._tokens is None:
            return [0] * len(self)
        lengths = self._tokens.lengths
        if self._titles is not None:
            lengths = np.where(lengths > 0, lengths, self._titles.lengths)
        found: list[int] = lengths.tolist()
        return found

    def __getitem__(self, index: int) -> _Example:
        film = index % len(self)
        tokens = None if self._tokens is None else self._tokens[film]
        if self._untitled is not None and _random(self.seed, index, 2) < self._title_dropout:
            tokens = self._untitled[film]
        present = self._poster is not None and self._posters[film] is not None
        if present and tokens is not None and len(tokens) and self._dropout:
            dropped = draw_dropout(self._dropout, self.seed, index)
            if dropped == "poster":
                present = False
            elif dropped == "overview":
                tokens = tokens[:0]
        if self._titles is not None and tokens is not None and not len(tokens):
            titled = _random(self.seed, index, 3) < self._title_instead
            tokens = self._titles[film] if titled and present else tokens
        poster = None if self._poster is None else self._read(index, self._poster, present)
        return _Example(
            poster,
            present,
            tokens,
            self.targets[film],
            self.soft_targets[film],
            self.weights[film],
        )

    def _read(self, index: int, size: PosterInput, present: bool) -> Tensor:
        encoded = self._posters[index % len(self)]
        if not present or encoded is None:
            return torch.zeros(3, size.height, size.width, dtype=torch.uint8)
        pixels = poster_array(decode_poster(encoded), size.height, size.width)
        poster = torch.from_numpy(pixels)
        if self._augmentation is not None:
            poster = augment(self._augmentation, poster, combine_seeds(self.seed, index))
        return poster


def draw_dropout(probabilities: dict[Modality, float], seed: int, index: int) -> Modality | None:
    """Draw which modality of a film with both is hidden in this epoch, if any."""
    drawn = _random(seed, index, 1)
    if drawn < probabilities["poster"]:
        return "poster"
    return "overview" if drawn < probabilities["poster"] + probabilities["overview"] else None


def _random(seed: int, index: int, purpose: int) -> float:
    """Return a random number in [0, 1) that depends only on the arguments."""
    return random.Random(combine_seeds(seed, index, purpose)).random()  # noqa: S311, no secret


def _tokens(
    films: Sequence[Film], tokenizer: Tokenizer, max_tokens: int, *, title: bool
) -> TokenRows:
    texts = (overview_text(film, title=title) for film in films)
    return tokenize_many(tokenizer, texts, max_tokens)


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


def loader(
    films: Films,
    batch_size: int,
    *,
    workers: int,
    shuffle_seed: int | None,
    order: Sequence[int] | None = None,
    rank: Rank = ALONE,
) -> DataLoader[_Example]:
    """Return a loader whose order, if shuffled, depends only on ``shuffle_seed``.

    Without a seed the films keep their order, or follow ``order`` if it is given. With several
    processes, each reads only its share.

    The order is drawn once, here: a sampler that draws again for each iteration would change the
    order of a resumed training, because Lightning iterates twice when it resumes.
    """
    batches = batch_order(films.lengths, batch_size, shuffle_seed, rank, films.factors)
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
