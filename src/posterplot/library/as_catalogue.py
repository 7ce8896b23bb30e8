"""Read a media library as a catalogue of films, for ``prepare``, ``predict`` and ``audit``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from posterplot.catalogue.detect import is_table
from posterplot.catalogue.safe_files import files_below, read_inside
from posterplot.catalogue.table import Row, Table
from posterplot.errors import FilmError
from posterplot.library.exclude import is_video
from posterplot.library.find import Found, LeftOut, find_films, library_root
from posterplot.library.names import parse_name
from posterplot.library.nfo_read import NfoFacts, different_films, read
from posterplot.library.nfo_scan import MAX_BYTES, NfoError, scan
from posterplot.library.written import WrittenGenres

_COLUMNS = ("id", "imdb_id", "title", "year", "overview", "genres", "poster")
# Levels of folders in which an NFO or a video is searched for, as in disk1/films/A-C/Alien (1979).
# Beside a table, a video deep in a folder is no sign of a library.
_SEARCH_DEPTH, _DEPTH_BESIDE_TABLE = 8, 2
_WRITTEN = "genres were written by posterplot tag: they cannot be used for training"


def open_library(folder: Path) -> Table | None:
    """Open a media library as a table of films; return None for any other folder.

    A film's id is the path of its video or folder. Series are left out. Genres that posterplot
    wrote are not used: a model would be trained on its own predictions.

    Raises:
        OutputError: The journal of what posterplot wrote is damaged.
    """
    has_table = any(is_table(path) for path in files_below(folder, 0))
    depth = _DEPTH_BESIDE_TABLE if has_table else _SEARCH_DEPTH
    if not any(_is_of_library(path.name) for path in files_below(folder, depth)):
        return None
    root = library_root(folder)

    def read_rows(wanted: Sequence[str]) -> Iterator[Row]:
        written = WrittenGenres(root)
        for number, found in enumerate(_films(root), start=1):
            source = found.path.relative_to(root).as_posix()
            if isinstance(found, LeftOut):
                yield Row(number, {}, found.reason, source)
            else:
                yield Row(number, _film(found, root, written), source=source)

    return Table(
        path=folder,
        folder=root,
        format="media library",
        columns=_COLUMNS,
        read=read_rows,
        count=lambda: sum(1 for _ in _films(root)),
        fixed_columns={name: name for name in _COLUMNS},
    )


def _is_of_library(name: str) -> bool:
    return name.lower().endswith(".nfo") or is_video(name)


def _films(root: Path) -> Iterator[Found | LeftOut]:
    """Yield the films of a library, and the files that cannot be read."""
    return (found for found in find_films(root) if isinstance(found, Found) or found.is_error)


def _film(found: Found, root: Path, written: WrittenGenres) -> dict[str, object]:
    facts: list[NfoFacts] = []
    errors = []
    written_here = False
    for path in found.nfos:
        try:
            nfo = scan(read_inside(path, root, MAX_BYTES))
            facts.append(read(nfo))
            written_here |= written.are_in(path, nfo)
        except NfoError as error:
            if not error.foreign:
                errors.append(FilmError(f"genres cannot be read: {path.name} {error.what}"))
        except FilmError as error:
            errors.append(FilmError(f"genres cannot be read: {path.name}: {error.what}"))
    genres: object = list(dict.fromkeys(name for fact in facts for name in fact.genres))
    if written_here:
        genres = FilmError(_WRITTEN)
    elif differing := different_films(facts):
        genres = FilmError(
            f"genres cannot be read: the NFO files are of different films ({differing})"
        )
    elif errors and not genres:
        genres = errors[0]
    first = _first(facts)
    name = parse_name(found.name) if not (first["title"] and facts) else None
    ids = {site: id_ for fact in reversed(facts) for site, id_ in fact.ids.items()}
    return {
        "id": found.path.relative_to(root).as_posix(),
        "imdb_id": ids.get("imdb") or (name.ids.get("imdb", "") if name else ""),
        "title": first["title"] or (name.title if name else ""),
        "year": first["year"] or (name.year if name else None),
        "overview": first["plot"],
        "genres": genres,
        "poster": found.poster.relative_to(root).as_posix() if found.poster else "",
    }


def _first(facts: Sequence[NfoFacts]) -> dict[str, object]:
    """Return the first title, year and plot that the film's NFOs have."""
    return {
        name: next((value for fact in facts if (value := getattr(fact, name))), "")
        for name in ("title", "year", "plot")
    }
