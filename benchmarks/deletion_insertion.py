"""Measure the faithfulness of scores by deletion and insertion.

Deletion and insertion (Petsiuk et al., arXiv 1806.07421, section 3.2): if the parts of a film are
hidden in the order of their scores, the probability of a genre should fall at once; if they are
shown in this order, it should rise at once. The measure is the area under each curve.

Parts are the cells of one grid for posters of all models and scores of all methods, and whole
words of overviews. The probability is the sigmoid of the raw logit: calibration depends on the
inputs shown, and would distort the curves.

The other input stays unchanged. To measure one input, films should have only that one: beside an
overview that decides the genre, all curves of the poster are flat.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from posterplot.evaluation.intervals import Interval, Resamples, percentile_interval
from posterplot.explain.methods.scores import Scorer, Scores
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs

GRID = (12, 8)  # cells of a poster: squares, as posters are 2:3
STEPS = 12  # of a curve; films of fewer words have fewer


class Areas(NamedTuple):
    """Areas under the curves of one film and one genre, in [0, 1].

    Attributes:
        insertion: Area under the insertion curve; higher is better.
        deletion: Area under the deletion curve; lower is better.

    """

    insertion: float
    deletion: float


class Parts(NamedTuple):
    """The parts of one film, and how they are hidden.

    Attributes:
        number: Number of parts C.
        deleted: Function of a ``(C,)`` bool array, True for the parts shown, that returns the film
            with the other parts deleted.
        inserted: Function of the same array that returns the film with these parts inserted into
            the film that insertion starts from.

    """

    number: int
    deleted: Callable[[NDArray[np.bool_]], FilmInputs]
    inserted: Callable[[NDArray[np.bool_]], FilmInputs]


def poster_parts(inputs: FilmInputs) -> Parts:
    """Return the cells of a poster, row by row.

    Deleted cells have the poster's mean colour. Insertion starts from a blurred poster, in which
    neighbouring cells look alike. An even colour would turn the edges of the first cells shown
    into shapes that the poster does not have (section 4.2 of the paper).

    Args:
        inputs: Inputs of a film. Its poster has at least one pixel per cell.

    """
    poster = inputs.poster
    if poster is None:
        raise ValueError("the film shows no poster")
    _, height, width = poster.shape
    colour = poster.mean(axis=(1, 2), keepdims=True).round().astype(np.uint8)
    picture = Image.fromarray(np.ascontiguousarray(poster.transpose(1, 2, 0)))
    blur = picture.filter(ImageFilter.GaussianBlur(height / GRID[0]))
    blurred = np.asarray(blur).transpose(2, 0, 1)
    rows = np.arange(height) * GRID[0] // height
    columns = np.arange(width) * GRID[1] // width
    cell = rows[:, None] * GRID[1] + columns  # (H, W)

    def deleted(shown: NDArray[np.bool_]) -> FilmInputs:
        return inputs._replace(poster=np.where(shown[cell], poster, colour))

    def inserted(shown: NDArray[np.bool_]) -> FilmInputs:
        return inputs._replace(poster=np.where(shown[cell], poster, blurred))

    return Parts(GRID[0] * GRID[1], deleted, inserted)


def overview_parts(inputs: FilmInputs, words: Sequence[Sequence[int]]) -> Parts:
    """Return the words of an overview.

    Hidden words are removed. Every model can read a shorter overview, while only some tokenizers
    have a mask token, which is also the baseline of some methods. Tokens that belong to no word,
    such as the special tokens at both ends, stay. If no token stays, the overview is absent.

    Args:
        inputs: Inputs of a film with an overview.
        words: Positions of the tokens of each word.

    """
    tokens = inputs.tokens
    if tokens is None:
        raise ValueError("the film shows no overview")
    word = np.full(len(tokens), len(words))
    for number, positions in enumerate(words):
        word[list(positions)] = number

    def without(shown: NDArray[np.bool_]) -> FilmInputs:
        left = tokens[np.append(shown, True)[word]]
        return inputs._replace(tokens=left if len(left) else None)

    return Parts(len(words), without, without)


def cell_scores(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Resample ``(rows, columns)`` scores over a poster to its cells, ``(C,)``, row by row."""
    picture = Image.fromarray(np.asarray(scores, np.float32))
    resized = picture.resize(GRID[::-1], Image.Resampling.BILINEAR)
    return np.asarray(resized, np.float64).ravel()


def word_scores(
    scores: NDArray[np.floating], words: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Sum ``(T,)`` scores of tokens over C words."""
    return np.array([scores[list(positions)].sum(dtype=np.float64) for positions in words])


def areas(predictor: Predictor, parts: Parts, genre: int, scores: NDArray[np.floating]) -> Areas:
    """Measure the curves of one film and one genre.

    Args:
        predictor: Predictor of the model.
        parts: Parts of the film, C ≥ 1.
        genre: Position of the genre in the vocabulary.
        scores: ``(C,)`` scores of the parts. Equal scores are put in a random order: the order of
            the parts would favour the top of a poster and the first words.

    """
    drawn = np.random.default_rng(parts.number).permutation(parts.number)
    place = np.empty(parts.number, np.intp)  # index of each part in the order
    place[np.lexsort((drawn, -scores))] = np.arange(parts.number)
    counts = np.unique(np.arange(STEPS + 1) * parts.number // STEPS)
    films = [parts.inserted(place < n) for n in counts]
    films += [parts.deleted(place >= n) for n in counts]
    logits = predictor.logits_of(films)[:, genre].astype(np.float64)
    curves = (0.5 * (1.0 + np.tanh(0.5 * logits))).reshape(2, -1)
    trapezoids = (curves[:, 1:] + curves[:, :-1]) / 2
    under = trapezoids @ np.diff(counts / parts.number)
    return Areas(float(under[0]), float(under[1]))


def random_areas(predictor: Predictor, parts: Parts, genre: int, *, draws: int, seed: int) -> Areas:
    """Return the mean areas of random orders of the parts.

    The random scores are those of parts. Scores of tokens, summed over words, would vary more for
    long words than for short ones.

    Args:
        predictor, parts, genre: As in :func:`areas`.
        draws: Number of random orders.
        seed: Seed of the random orders. Give each film another seed; otherwise all posters have
            the same orders.

    """
    rng = np.random.default_rng(seed)
    drawn = [areas(predictor, parts, genre, rng.random(parts.number)) for _ in range(draws)]
    insertion, deletion = (float(np.mean(values)) for values in zip(*drawn, strict=True))
    return Areas(insertion, deletion)


def centre(inputs: FilmInputs, genres: Sequence[int]) -> Scores:
    """Score cells by closeness to the poster's centre: a :data:`Scorer` without a model."""
    if inputs.poster is None:
        return Scores(None, None)
    down, across = (np.abs((np.arange(n) + 0.5) / n - 0.5) for n in GRID)
    near = -np.hypot(down[:, None] * GRID[0], across * GRID[1]).astype(np.float32)
    return Scores(np.repeat(near[None], len(genres), axis=0), None)


def rarity_scorer(rarity: NDArray[np.floating]) -> Scorer:
    """Return a scorer that scores tokens only by their rarity.

    Args:
        rarity: ``(V,)`` rarity of each token id; see :func:`token_rarity`.

    """

    def score(inputs: FilmInputs, genres: Sequence[int]) -> Scores:
        if inputs.tokens is None:
            return Scores(None, None)
        rare = rarity[inputs.tokens].astype(np.float32)
        return Scores(None, np.repeat(rare[None], len(genres), axis=0))

    return score


def token_rarity(overviews: Iterable[NDArray[np.int64]], vocabulary: int) -> NDArray[np.float64]:
    """Return ``(V,)`` -log of the share of overviews with a token; a count of 0 is taken as 0.5.

    Args:
        overviews: Token ids of N overviews.
        vocabulary: Number of token ids V.

    """
    counts = np.zeros(vocabulary)
    films = 0
    for tokens in overviews:
        counts[np.unique(tokens)] += 1
        films += 1
    return -np.log(np.maximum(counts, 0.5) / max(films, 1))


def mean_difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> Interval:
    """Return the mean of first minus second over N films, with its paired bootstrap interval.

    Args:
        first, second: ``(N,)`` values of the same films in the same order.

    """
    weights = np.concatenate(list(Resamples(len(first)).blocks()))  # (1 + R, N)
    return percentile_interval(weights @ (first - second) / len(first))
