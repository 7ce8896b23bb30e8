"""Read a folder of posters: file names are titles, and folder names may be genres."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from posterplot.catalogue.cells import title_and_year
from posterplot.catalogue.csv_table import open_csv
from posterplot.catalogue.posters import SUFFIXES
from posterplot.catalogue.safe_files import files_below, inside, read_inside
from posterplot.catalogue.table import Row, Table
from posterplot.errors import FilmError

_FOLDER_DEPTH = 3  # levels below the catalogue's folder
_SPLITS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test"})
_NO_GENRES = frozenset({"poster", "posters", "image", "images", "img", "imgs", "covers"})
_MAX_TEXT_BYTES = 100_000
_MAX_POSTER_BYTES = 100 * 2**20
_MAX_TITLE_CHARS = 100
_ID = re.compile(r"(tt)?\d+")
_COLUMNS = ("id", "title", "year", "overview", "genres", "poster", "split")
_Film = dict[str, object]


def posters_below(folder: Path) -> list[Path]:
    """Return the images of a folder and of the folders in it."""
    return [path for path in files_below(folder, _FOLDER_DEPTH) if path.suffix.lower() in SUFFIXES]


def open_poster_folder(folder: Path, posters: Sequence[Path], encoding: str | None) -> Table:
    """Open a folder of posters.

    ``NAME.jpg`` is the poster of a film whose overview is in ``NAME.txt`` beside it, or in a table
    ``overviews.csv``. If posters are in subfolders, these are genres; a poster that is in several
    has all of these genres.

    Raises:
        CatalogueError: ``overviews.csv`` cannot be read.
    """
    texts = _table_of_texts(folder, encoding)
    sorted_by_genre = any(_genre_and_split(path, folder)[0] for path in posters)
    notes = ["the folders are genres"] if sorted_by_genre else []
    if texts:
        notes.append("overviews.csv has the texts")

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        groups = _same_posters(posters, folder) if sorted_by_genre else [[p] for p in posters]
        for number, same in enumerate(groups, start=1):
            source = str(same[0].relative_to(folder))
            try:
                yield Row(number, _film(same, folder, texts), source=source)
            except FilmError as error:
                yield Row(number, {}, error.what, source)

    return Table(
        path=folder,
        folder=folder,
        format="folder of posters",
        columns=_COLUMNS,
        read=read,
        count=lambda: len(posters),
        notes=tuple(notes),
        fixed_columns={name: name for name in _COLUMNS},
    )


def _film(same: Sequence[Path], folder: Path, texts: Mapping[str, _Film]) -> _Film:
    poster = same[0]
    title, year = title_and_year(poster.stem)
    film: _Film = {"id": poster.stem, "poster": str(poster.relative_to(folder))}
    if not _ID.fullmatch(poster.stem):
        film |= {"title": title, "year": year}
    film |= _text_beside(poster, folder)
    film |= texts.get(poster.stem.casefold(), {})
    found = [_genre_and_split(path, folder) for path in same]
    genres = [genre for genre, _ in found if genre]
    splits = {split for _, split in found if split}
    if genres:
        film["genres"] = genres
    if len(splits) > 1:
        raise FilmError(f"the same poster is in {' and '.join(sorted(splits))}")
    if splits:
        film["split"] = splits.pop().removesuffix("ing")
    return film


def _text_beside(poster: Path, folder: Path) -> _Film:
    """Read ``NAME.txt``: an overview, optionally after a line with the title."""
    path = poster.with_suffix(".txt")
    if not path.exists():
        return {}
    text = read_inside(path, folder, _MAX_TEXT_BYTES).decode("utf-8-sig", "replace").strip()
    first, _, rest = text.partition("\n")
    if rest.strip() and len(first) <= _MAX_TITLE_CHARS and not first.rstrip().endswith((".", "…")):
        title, year = title_and_year(first.strip())
        return {"title": title, "year": year, "overview": rest.strip()}
    return {"overview": text}


def _genre_and_split(path: Path, folder: Path) -> tuple[str, str]:
    """Return genre and split from the folders above a poster; "" for each that is missing."""
    genre = split = ""
    for part in path.relative_to(folder).parent.parts:
        if part.casefold() in _SPLITS:
            split = part.casefold()
        elif part.casefold() not in _NO_GENRES:
            genre = part
    return genre, split


def _same_posters(posters: Sequence[Path], folder: Path) -> list[list[Path]]:
    """Group posters with the same content, in the order of their first occurrence."""
    groups: dict[bytes, list[Path]] = {}
    for path in posters:
        try:
            content = read_inside(path, folder, _MAX_POSTER_BYTES)
        except FilmError:
            content = str(path).encode()  # the error is reported when the film is read
        groups.setdefault(hashlib.blake2b(content, digest_size=16).digest(), []).append(path)
    return list(groups.values())


def _table_of_texts(folder: Path, encoding: str | None) -> dict[str, _Film]:
    """Read ``overviews.csv``: file name of a poster, with or without suffix -> its row."""
    path = folder / "overviews.csv"
    if not path.is_file() or not inside(path, folder):
        return {}
    from posterplot.catalogue.columns import match_columns

    table = open_csv(path, encoding)
    used = match_columns(table.columns, path).used
    texts: dict[str, _Film] = {}
    for row in table.read(list(used.values())):
        film = {name: row.values[column] for name, column in used.items() if row.values}
        name = str(film.pop("poster", "") or film.get("id", "") or film.get("title", ""))
        if name:
            film.pop("id", None)
            texts[_without_suffix(name.replace("\\", "/").rpartition("/")[2]).casefold()] = film
    return texts


def _without_suffix(name: str) -> str:
    """Return the name of a poster without its suffix; ``Mr. Nobody`` has none.

    >>> _without_suffix("Mr. Nobody"), _without_suffix("Mr. Nobody.jpg")
    ('Mr. Nobody', 'Mr. Nobody')
    """
    path = Path(name)
    return path.stem if path.suffix.lower() in SUFFIXES else name
