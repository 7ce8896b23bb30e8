"""Read a folder of posters: file names are titles, and folder names may be genres."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

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
    has all of these genres. The id is ``NAME`` or, if several films have it, the path.

    Raises:
        CatalogueError: ``overviews.csv`` cannot be read.
    """
    texts = _table_of_texts(folder, posters, encoding)
    sorted_by_genre = any(_genre_and_split(path, folder)[0] for path in posters)
    notes = ["the folders are genres"] if sorted_by_genre else []
    if texts:
        notes.append("overviews.csv has the texts")

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        groups = [[path] for path in posters]
        if sorted_by_genre:
            groups = _same_posters(posters, folder, texts)
        ids = _ids([same[0] for same in groups], folder)
        for number, (same, id_) in enumerate(zip(groups, ids, strict=True), start=1):
            source = str(same[0].relative_to(folder))
            try:
                yield Row(number, _film(same, id_, folder, texts), source=source)
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


def _ids(posters: Sequence[Path], folder: Path) -> list[str]:
    """Return the name of each poster or, if others have it too, its path.

    The posters of each genre may be numbered from 1.
    """
    names = Counter(path.stem for path in posters)
    paths = Counter(path.with_suffix("") for path in posters)
    ids = []
    for path in posters:
        if names[path.stem] == 1:
            ids.append(path.stem)
        else:
            unique = path.with_suffix("") if paths[path.with_suffix("")] == 1 else path
            ids.append(unique.relative_to(folder).as_posix())
    return ids


def _film(same: Sequence[Path], id_: str, folder: Path, texts: Mapping[str, _Film]) -> _Film:
    poster = same[0]
    title, year = title_and_year(poster.stem)
    film: _Film = {"id": id_, "poster": str(poster.relative_to(folder))}
    if not _ID.fullmatch(poster.stem):
        film |= {"title": title, "year": year}
    # copies of a poster need no copies of its text
    film |= next(filter(None, (_text(path, folder, texts) for path in same)), {})
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


def _text(poster: Path, folder: Path, texts: Mapping[str, _Film]) -> _Film:
    """Return what the files of texts say about a film."""
    path = poster.relative_to(folder).as_posix()
    row = texts.get(_without_suffix(path).casefold()) or texts.get(poster.stem.casefold())
    return _text_beside(poster, folder) | (row or {})


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


def _same_posters(
    posters: Sequence[Path], folder: Path, texts: Mapping[str, _Film]
) -> list[list[Path]]:
    """Group the posters of each film, in the order of their first occurrence.

    Posters of a film have the same content, are in different folders, and do not have different
    texts. Otherwise the content stands for a poster that is missing.
    """
    groups: dict[bytes, list[Path]] = {}
    for path in posters:
        try:
            content = read_inside(path, folder, _MAX_POSTER_BYTES)
        except FilmError:
            content = b""  # the error is reported when the film is read
        content = content or b"\0" + os.fsencode(path)  # no image starts like this
        groups.setdefault(hashlib.blake2b(content, digest_size=16).digest(), []).append(path)
    films = []
    for same in groups.values():
        films += [same] if _is_one_film(same, folder, texts) else [[path] for path in same]
    order = {path: number for number, path in enumerate(posters)}
    return sorted(films, key=lambda film: order[film[0]])


def _is_one_film(same: Sequence[Path], folder: Path, texts: Mapping[str, _Film]) -> bool:
    if len({path.parent for path in same}) < len(same):
        return False
    if len(same) == 1:
        return True
    try:
        found = [_text(path, folder, texts).get("overview") for path in same]
    except FilmError:
        return False
    return len(set(filter(None, found))) < 2


def _table_of_texts(
    folder: Path, posters: Sequence[Path], encoding: str | None
) -> dict[str, _Film]:
    """Read ``overviews.csv``: path or name of a poster, without suffix, in lower case -> its row.

    A row with a path that does not exist is for the only poster of that name, if there is one.
    """
    path = folder / "overviews.csv"
    if not path.is_file() or not inside(path, folder):
        return {}
    from posterplot.catalogue.columns import match_columns

    table = open_csv(path, encoding)
    used = match_columns(table.columns, path).used
    texts: dict[str, _Film] = {}
    named = Counter(poster.stem.casefold() for poster in posters)
    for row in table.read(list(used.values())):
        film = {name: row.values[column] for name, column in used.items() if row.values}
        name = str(film.pop("poster", "") or film.get("id", "") or film.get("title", ""))
        if name:
            film.pop("id", None)
            path_named = PurePosixPath(name.replace("\\", "/").lstrip("/"))
            key = _without_suffix(path_named.as_posix()).casefold()
            alone = key.rpartition("/")[2]
            texts[alone if named[alone] == 1 else key] = film
    return texts


def _without_suffix(name: str) -> str:
    """Return the name of a poster without its suffix; ``Mr. Nobody`` has none.

    >>> _without_suffix("Mr. Nobody"), _without_suffix("Mr. Nobody.jpg")
    ('Mr. Nobody', 'Mr. Nobody')
    """
    suffix = PurePosixPath(name).suffix
    return name.removesuffix(suffix) if suffix.lower() in SUFFIXES else name
