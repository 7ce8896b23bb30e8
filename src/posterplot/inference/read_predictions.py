"""Read probabilities from a file of predictions."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posterplot.catalogue.film_ids import same_film
from posterplot.errors import UsageError
from posterplot.films import Film, Prediction, Rejected

_CSV_PREFIX = "probability:"  # of the columns that `predict --out` writes
NOT_PREDICTED = "not among the predictions of the file"


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of predictions.

    Rows of Parquet and CSV have ``id`` and ``probabilities``, and ``title`` if the file has it.

    Args:
        path: ``.parquet``, ``.csv``, or JSON lines.

    Raises:
        OSError, ValueError: The file cannot be read, or is something else; pyarrow raises its own
            subclasses of these.
        KeyError: The file has no such columns.

    """
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            title = ["title"] if "title" in file.schema_arrow.names else []
            for batch in file.iter_batches(columns=["id", *title, "probabilities"]):
                yield from batch.to_pylist()
    elif path.suffix.lower() == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            try:
                yield from map(_csv_row, csv.DictReader(stream))
            except csv.Error as error:
                raise ValueError(str(error)) from error
    else:
        with path.open(encoding="utf-8-sig") as stream:
            yield from map(json.loads, stream)


def _csv_row(cells: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a CSV file as the other formats have it."""
    columns = [name for name in cells if name and name.startswith(_CSV_PREFIX)]
    if not columns:
        raise ValueError(f"it has no columns {_CSV_PREFIX}GENRE")
    known = {name.removeprefix(_CSV_PREFIX): cells[name] for name in columns if cells[name]}
    return {"id": cells["id"], "title": cells.get("title"), "probabilities": known}


@dataclass(frozen=True, slots=True)
class FilePredictions:
    """Predictions from a file, used in place of a predictor.

    Args:
        genres: G names.
        probabilities: Film id -> G probabilities in [0, 1].
        titles: Film id -> title; "" where the file has none.
    """

    genres: tuple[str, ...]
    probabilities: dict[str, tuple[float, ...]]
    titles: dict[str, str]

    def predict(self, films: Iterable[Film | Rejected]) -> Iterator[Prediction | Rejected]:
        """Yield the prediction of each film, without genres, or why there is none."""
        for film in films:
            if isinstance(film, Rejected):
                yield film
            elif film.id in self.probabilities and same_film(
                film.id, film.title, self.titles[film.id]
            ):
                row = dict(zip(self.genres, self.probabilities[film.id], strict=True))
                yield Prediction(film.id, film.title, (), row, film.modalities)
            else:
                yield Rejected(film.id, film.title, film.source, "film", NOT_PREDICTED)


def read_predictions(path: Path) -> FilePredictions:
    """Read a file of predictions that ``predict --out`` or ``train --folds`` has written.

    Raises:
        UsageError: The file cannot be read, is something else, or its rows have different genres.

    """
    genres: tuple[str, ...] = ()
    probabilities: dict[str, tuple[float, ...]] = {}
    titles: dict[str, str] = {}
    try:
        for row in read_rows(path):
            if not row.get("probabilities"):
                continue  # a film that could not be predicted
            genres = genres or tuple(row["probabilities"])
            values = tuple(float(row["probabilities"][genre]) for genre in genres)
            if len(row["probabilities"]) != len(genres) or not all(0 <= p <= 1 for p in values):
                raise ValueError(f"film {row['id']}: other genres, or no probabilities")
            probabilities[str(row["id"])] = values
            titles[str(row["id"])] = str(row.get("title") or "")
        if not genres:
            raise ValueError("it has no probabilities")
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise UsageError(
            f"is not a file of predictions: {str(error).splitlines()[0]}",
            where=path,
            hint="write one: posterplot predict CATALOGUE --out FILE.parquet",
        ) from error
    return FilePredictions(genres, probabilities, titles)
