"""Order the films of an epoch, and divide each batch among processes."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from posterplot.training.data.repeats import draw_repeats
from posterplot.training.ranks import ALONE, Rank

# overviews are sorted by length within this many batches, to save padding
_WINDOW = 8


def steps_per_epoch(films: int, batch_size: int, processes: int = 1) -> int:
    """Return the number of training batches for N films.

    If the last batch would hold fewer than two films per process, it is left out, because batch
    normalisation cannot learn from a single film. Every epoch leaves out other films.
    """
    full, rest = divmod(films, batch_size)
    return full + (1 if rest >= 2 * processes or not full else 0)


def batch_order(
    lengths: Sequence[int],
    batch_size: int,
    seed: int | None,
    rank: Rank = ALONE,
    factors: NDArray[np.float64] | None = None,
) -> list[list[int]]:
    """Return the batches of an epoch, or the part of each batch that one process computes.

    Args:
        lengths: Lengths of N overviews, in tokens.
        batch_size: B, of all processes together.
        seed: Seed of the order; None for the order of the films, every film included.
        rank: Rank of the process. All processes have equally many batches, none of them empty, and
            together the same ones as a single process, unless the last one is left out.
        factors: ``(N,)`` how often each film is shown if shuffled; None to show each once.

    Returns:
        Lists of positions, at most B of all processes together (without a seed, a few more for
        several processes). If shuffled, films of similar length are in one batch, and a film that
        is shown again is its position plus N, plus 2N, and so on.

    """
    if seed is None:
        batches = _in_order(len(lengths), batch_size, rank.count)
    else:
        batches = _shuffled(lengths, batch_size, seed, rank.count, factors)
    return [batch[rank.number :: rank.count] for batch in batches]


def _in_order(films: int, batch_size: int, processes: int) -> list[list[int]]:
    batches = [list(range(n, min(n + batch_size, films))) for n in range(0, films, batch_size)]
    if len(batches) > 1 and len(batches[-1]) < processes:
        last = batches.pop()
        batches[-1] += last
    return batches


def _shuffled(
    lengths: Sequence[int],
    batch_size: int,
    seed: int,
    processes: int,
    factors: NDArray[np.float64] | None,
) -> list[list[int]]:
    films = len(lengths)
    generator = torch.Generator().manual_seed(seed)
    shown = (
        torch.arange(films) if factors is None else torch.from_numpy(draw_repeats(factors, seed))
    )
    order = shown[torch.randperm(len(shown), generator=generator)].tolist()
    del order[steps_per_epoch(len(order), batch_size, processes) * batch_size :]
    batches: list[list[int]] = []
    for start in range(0, len(order), _WINDOW * batch_size):
        window = order[start : start + _WINDOW * batch_size]
        window.sort(key=lambda n: lengths[n % films])  # stable, so that equal lengths stay shuffled
        batches += [window[n : n + batch_size] for n in range(0, len(window), batch_size)]
    return [batches[n] for n in torch.randperm(len(batches), generator=generator).tolist()]
