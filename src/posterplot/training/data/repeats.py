"""Show films of rare genres more often: repeat factor sampling (Gupta et al., arXiv 1908.03195)."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


def repeat_factors(targets: Tensor, threshold: float) -> NDArray[np.float64]:
    """Return how often each film is shown per epoch on average.

    A genre with the share f has the factor ``max(1, sqrt(threshold / f))``. A film has the largest
    factor of its genres.

    Args:
        targets: ``(N, G)`` float32 in {0, 1}; NaN where the label is unknown, which counts neither
            for nor against a genre's share.
        threshold: Genres below this share are shown more often, in [0, 1).

    Returns:
        ``(N,)`` at least 1; 1 for a film without a known genre.

    """
    labels = targets.numpy()
    known, positive = ~np.isnan(labels), labels == 1
    share = positive.sum(axis=0) / np.maximum(known.sum(axis=0), 1)  # (G,)
    # a genre without films needs no factor
    factor = np.maximum(1.0, np.sqrt(threshold / np.where(share > 0, share, 1.0)))
    found: NDArray[np.float64] = np.where(positive, factor, 1.0).max(axis=1)
    return found


def shown_films(factors: NDArray[np.float64]) -> int:
    """Return the number of films that an epoch shows: the sum of the factors, rounded."""
    whole = np.floor(factors)
    return int(whole.sum()) + round(float((factors - whole).sum()))


def draw_repeats(factors: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Draw the films of an epoch.

    Every epoch shows equally many: a film with the factor 2.3 is shown two or three times, and
    which films are shown once more is drawn by systematic sampling in random order.

    Args:
        factors: ``(N,)`` from :func:`repeat_factors`.
        seed: Seed of the epoch.

    Returns:
        ``(shown_films(factors),)``: n is film ``n % N``, shown for the ``n // N + 1``-th time in
        this epoch.

    """
    rng = np.random.default_rng(seed)
    times = np.floor(factors).astype(np.int64)
    rest = factors - times
    more = shown_films(factors) - int(times.sum())
    if more:
        order = rng.permutation(len(factors))
        ends = np.cumsum(rest[order])
        ends *= more / ends[-1]
        ends[-1] = more  # correct rounding errors
        passed = np.floor(ends + rng.random()).astype(np.int64)
        times[order] += np.diff(passed, prepend=0)
    film = np.repeat(np.arange(len(factors)), times)
    first = np.repeat(np.cumsum(times) - times, times)
    return film + (np.arange(len(film)) - first) * len(factors)
