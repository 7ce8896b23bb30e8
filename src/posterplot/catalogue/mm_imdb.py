"""Read MM-IMDb as distributed: a folder of JSON and JPEG files, and an official split.

Arevalo, Solorio, Montes-y-Gómez and González, "Gated Multimodal Units for Information Fusion"
(2017, https://arxiv.org/abs/1702.01992). The rules here are those of the authors' own
``make_dataset.py``: of several plots the longest, the 23 most frequent genres, and the official
split without changes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from posterplot.catalogue.safe_files import description, json_inside
from posterplot.catalogue.table import Row, Table
from posterplot.errors import CatalogueError, FilmError

# By frequency, the order in published tables.
GENRES = (
    *("Drama", "Comedy", "Romance", "Thriller", "Crime", "Action", "Adventure", "Horror"),
    *("Documentary", "Mystery", "Sci-Fi", "Fantasy", "Family", "Biography", "War", "History"),
    *("Music", "Animation", "Musical", "Western", "Sport", "Short", "Film-Noir"),
)
# The official split calls validation dev.
SPLITS = {"train": "train", "dev": "validation", "test": "test"}

_ID = re.compile(r"\d{5,10}")
_COLUMNS = ("id", "title", "year", "overview", "genres", "poster", "split")


def is_mm_imdb(folder: Path) -> bool:
    """Return whether a folder is MM-IMDb in its raw form."""
    return (folder / "split.json").is_file() and (folder / "dataset").is_dir()


def open_mm_imdb(folder: Path) -> Table:
    """Open MM-IMDb in its raw form.

    Raises:
        CatalogueError: ``split.json`` does not have the layout of the official one.
    """
    split = _read_split(folder)
    ids = {id_ for names in split.values() for id_ in names}
    stored = {path.stem for path in (folder / "dataset").glob("*.json")}
    notes = ["the overview is the longest plot", f"the {len(GENRES)} official genres are kept"]
    if further := len(stored - ids):
        notes.append(f"{further:,} films of dataset/ are in no split, and left out")

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        number = 0
        for name, films in split.items():
            for id_ in films:
                number += 1
                yield _row(folder, number, id_, SPLITS[name])

    return Table(
        path=folder,
        folder=folder,
        format="MM-IMDb, raw",
        columns=_COLUMNS,
        read=read,
        count=lambda: sum(map(len, split.values())),
        notes=tuple(notes),
        fixed_columns={name: name for name in _COLUMNS},
        ids="imdb",
        benchmark=True,
    )


def longest_plot(record: Mapping[str, object]) -> str:
    """Return the longest plot of a film, in characters, without its author; "" if there is none.

    >>> longest_plot({"plot": ["Short.", "A longer one.::Someone"], "plot outline": "The longest."})
    'A longer one.'
    """
    plots = record.get("plot")
    if isinstance(plots, str):
        plots = [plots]
    if not isinstance(plots, list):
        return ""
    # the length includes the author, as in the official code
    longest = max((plot for plot in plots if isinstance(plot, str)), key=len, default="")
    return longest.rpartition("::")[0] or longest


def official_genres(record: Mapping[str, object]) -> list[str]:
    """Return the genres of a film that are among the 23."""
    genres = record.get("genres")
    if not isinstance(genres, list):
        return []
    return [genre for genre in genres if isinstance(genre, str) and genre in GENRES]


def _read_split(folder: Path) -> dict[str, list[str]]:
    path = folder / "split.json"
    split = description(path, folder)
    known = {name: split[name] for name in SPLITS if isinstance(split.get(name), list)}
    if not known:
        raise CatalogueError(
            f"names none of the splits {', '.join(SPLITS)}",
            where=path,
            hint="take the split.json that MM-IMDb comes with",
        )
    # ids stored as integers lack the leading zeros of the file names
    return {name: [str(id_).zfill(7) for id_ in ids] for name, ids in known.items()}  # type: ignore[attr-defined]


def _row(folder: Path, number: int, id_: str, split: str) -> Row:
    source = f"dataset/{id_}.json"
    try:
        if not _ID.fullmatch(id_):
            raise FilmError(f"split.json names a film {id_[:40]!r}, which is not an id")
        record = json_inside(folder / source, folder)
        if not isinstance(record, dict):
            raise FilmError(f"{id_}.json is JSON, but not an object")
    except FilmError as error:
        return Row(number, {}, error.what, source)
    title = record.get("title")
    values = {
        "id": id_,
        "title": title if isinstance(title, str) else "",
        "year": record.get("year"),
        "overview": longest_plot(record),
        "genres": official_genres(record),
        "poster": f"dataset/{id_}.jpeg",
        "split": split,
    }
    return Row(number, values, source=source)
