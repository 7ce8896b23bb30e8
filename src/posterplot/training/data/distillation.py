"""What teachers say of the training films, to be learnt beside the labels."""

import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from posterplot.dataset.duplicates import overview_key, title_key
from posterplot.dataset.reading import Dataset, open_dataset
from posterplot.errors import ConfigError
from posterplot.films import Film, GenreVocabulary
from posterplot.training.config.sections import DistillationConfig

_WHERE = "distillation.predictions"


def extra_films(
    config: DistillationConfig, dataset: Dataset, say: Callable[[str], None]
) -> list[Film]:
    """Return the films of the extra datasets that are in no split of this one.

    A film is the same by its id, by title and year, or by its overview.

    Raises:
        DatasetError: one of them cannot be read.

    """
    columns = ["id", "title", "year", "overview"]
    known: set[Hashable] = set()
    for split in dataset.manifest.splits:
        for row in dataset.table(split, columns).to_pylist():
            known |= _keys(*(row[column] for column in columns))
    films: list[Film] = []
    for path in config.extra:
        extra = open_dataset(Path(path))
        read = [film for split in extra.manifest.splits for film in extra.films(split)]
        new = []
        for film in read:
            keys = _keys(film.id, film.title, film.year, film.overview)
            if not keys & known:
                new.append(film)
                known |= keys
        left = f"; {len(read) - len(new)} known ones are left out" if len(new) < len(read) else ""
        say(f"{len(new)} films of {path} are learnt from teachers alone{left}")
        films += new
    return films


def _keys(id: str, title: str, year: int | None, overview: str | None) -> set[Hashable]:  # noqa: A002
    """Return what the same film shares with itself in another catalogue."""
    keys = (("id", id), title_key(title, year), overview_key(overview))
    return {key for key in keys if key is not None}


def distilled_targets(
    config: DistillationConfig,
    vocabulary: GenreVocabulary,
    films: Sequence[Film],
    targets: Tensor,
    say: Callable[[str], None],
) -> Tensor:
    """Mix what the teachers say with the labels.

    Args:
        config: of the teachers.
        vocabulary: the genres.
        films: N.
        targets: ``(N, G)`` float32 in {0, 1}; NaN where only the teachers know.
        say: told what is worth knowing.

    Returns:
        ``(N, G)`` float32 in [0, 1]: the labels where no teacher knows the film, and NaN where
        there are none either.

    Raises:
        ConfigError: a file cannot be read, lacks a genre, or speaks of none of the films.

    """
    place = {film.id: n for n, film in enumerate(films)}
    total = np.zeros(targets.shape, np.float64)
    count = np.zeros((len(films), 1), np.float64)
    for name in config.predictions:
        for film, probabilities in _read(Path(name), vocabulary):
            if film in place:
                total[place[film]] += probabilities
                count[place[film]] += 1
    heard = torch.from_numpy(count > 0)  # (N, 1)
    if not heard.any():
        raise ConfigError(
            "the teachers know none of the training films",
            where=_WHERE,
            hint="predict the films of this dataset",
        )
    say(f"{int(heard.sum())} of {len(films)} films are taught by teachers")
    taught = torch.from_numpy((total / np.maximum(count, 1)).astype(np.float32))
    mixed = (1 - config.weight) * targets + config.weight * taught
    return torch.where(heard, torch.where(torch.isnan(targets), taught, mixed), targets)


def _read(path: Path, vocabulary: GenreVocabulary) -> Iterator[tuple[str, list[float]]]:
    """Read the id and the ``(G,)`` probabilities of every film that a file answers for."""
    try:
        for line in _lines(path):
            if line.get("probabilities"):
                said = line["probabilities"]
                probabilities = [float(said[genre]) for genre in vocabulary.names]
                if not all(0 <= p <= 1 for p in probabilities):
                    raise ValueError(f"what it says of {line['id']} is no probability")
                yield str(line["id"]), probabilities
    except KeyError as error:
        raise ConfigError(
            f"lacks {error.args[0]}",
            where=path,
            hint="give predictions of a model that knows the dataset's genres",
        ) from error
    except (OSError, ValueError, TypeError, AttributeError, pa.ArrowException) as error:
        raise ConfigError(
            f"is not a file of predictions: {str(error).splitlines()[0]}",
            where=path,
            hint="write one: posterplot predict CATALOGUE --model RUN --out teacher.parquet",
        ) from error


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=["id", "probabilities"]):
                yield from batch.to_pylist()
    else:
        with path.open(encoding="utf-8") as stream:
            yield from map(json.loads, stream)
