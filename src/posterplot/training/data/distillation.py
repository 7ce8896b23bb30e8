"""Mix labels with the probabilities of teachers."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from posterplot.catalogue.film_ids import same_film
from posterplot.errors import ConfigError
from posterplot.films import Film, GenreVocabulary
from posterplot.inference.read_predictions import read_rows
from posterplot.training.config.films import DistillationConfig

_WHERE = "distillation.predictions"


def distilled_targets(
    config: DistillationConfig,
    vocabulary: GenreVocabulary,
    films: Sequence[Film],
    targets: Tensor,
    log: Callable[[str], None],
) -> Tensor:
    """Mix labels with the mean probabilities of the teachers.

    Args:
        config: Files of the teachers, and their weight.
        vocabulary: The genres.
        films: N.
        targets: ``(N, G)`` float32 in {0, 1}; NaN where the label is unknown.
        log: Called with each line of progress.

    Returns:
        ``(N, G)`` float32 in [0, 1]: ``(1 - weight) * label + weight * probability``; only the
        probability where the label is unknown; only the label where no teacher has predicted the
        film; NaN where there is neither.

    Raises:
        ConfigError: A file cannot be read, lacks a genre, or has none of the films.

    """
    index: defaultdict[str, list[int]] = defaultdict(list)  # films of several datasets
    for n, film in enumerate(films):
        index[film.id].append(n)
    total = np.zeros(targets.shape, np.float64)
    count = np.zeros((len(films), 1), np.float64)
    for name in config.predictions:
        for id_, title, probabilities in _read(Path(name), vocabulary):
            for n in index.get(id_, ()):
                if same_film(id_, title, films[n].title):
                    total[n] += probabilities
                    count[n] += 1
    predicted = torch.from_numpy(count > 0)  # (N, 1)
    if not predicted.any():
        raise ConfigError(
            "no training film has predictions of a teacher",
            where=_WHERE,
            hint="predict the films of this dataset, with its ids and titles",
        )
    log(f"{int(predicted.sum())} of {len(films)} training films have predictions of a teacher")
    mean = torch.from_numpy((total / np.maximum(count, 1)).astype(np.float32))  # (N, G)
    mixed = (1 - config.weight) * targets + config.weight * mean
    return torch.where(predicted, torch.where(torch.isnan(targets), mean, mixed), targets)


def _read(path: Path, vocabulary: GenreVocabulary) -> Iterator[tuple[str, str, list[float]]]:
    """Read id, title and ``(G,)`` probabilities of every film in a file of predictions."""
    try:
        for line in read_rows(path):
            if line.get("probabilities"):
                by_genre = line["probabilities"]
                probabilities = [float(by_genre[genre]) for genre in vocabulary.names]
                if not all(0 <= p <= 1 for p in probabilities):
                    raise ValueError(f"a probability of film {line['id']} is outside 0 to 1")
                yield str(line["id"]), str(line.get("title") or ""), probabilities
    except KeyError as error:
        raise ConfigError(
            f"lacks {error.args[0]}",
            where=path,
            hint="use predictions of a model with all genres of the dataset",
        ) from error
    except (OSError, ValueError, TypeError, AttributeError, pa.ArrowException) as error:
        raise ConfigError(
            f"is not a file of predictions: {str(error).splitlines()[0]}",
            where=path,
            hint="write one: posterplot predict CATALOGUE --model RUN --out teacher.parquet",
        ) from error
