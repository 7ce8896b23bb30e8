"""Summarise a catalogue before it is used; the command line prints it for a dry run."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from posterplot.catalogue import Catalogue
from posterplot.catalogue.remote import cache_folder
from posterplot.films import Film, Rejected

_EXAMPLES = 5
_MAX_ROWS = 150_000  # further rows are only counted
_PROGRESS_ROWS = 1000  # rows between two reports of progress


@dataclass(slots=True)
class Problem:
    """A type of problem: how often it occurs, and where it occurs first."""

    first: Rejected
    count: int = 0


@dataclass(slots=True)
class Summary:
    """The contents of a catalogue, as far as they were read.

    Args:
        rows: Number of all rows.
        read: Number of rows that were read, from the first. The following counts are of these.
        films: Number of rows, among those read, that are films.
        with_poster: Number of films whose poster file exists; it is not decoded.
        remote: Number of films whose posters would be fetched.
        unread_posters: Location of posters that are not read -> number of posters.
        with_overview: Number of films with an overview.
        with_year: Number of films with a year.
        with_genres: Number of films with genres.
        genres: Genre -> number of films.
        splits: Split -> number of films; empty if the catalogue has none.
        examples: The first films.
        problems: (part, kind of reason) -> problem.
    """

    rows: int = 0
    read: int = 0
    films: int = 0
    with_poster: int = 0
    remote: int = 0
    unread_posters: Counter[str] = field(default_factory=Counter)
    with_overview: int = 0
    with_year: int = 0
    with_genres: int = 0
    genres: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    examples: list[Film] = field(default_factory=list)
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)


def summarise(
    catalogue: Catalogue,
    *,
    splits: bool = True,
    most_rows: int = _MAX_ROWS,
    advance: Callable[[int], None] = lambda rows: None,
) -> Summary:
    """Count what a catalogue holds, without decoding posters.

    Args:
        catalogue: An opened catalogue.
        splits: As for :func:`posterplot.catalogue.read_catalogue`.
        most_rows: Maximum number of rows to read.
        advance: Called with the number of rows read since the last call.

    Raises:
        CatalogueError: As :func:`posterplot.catalogue.read_catalogue`.
    """
    summary = Summary()
    for item in catalogue.films(splits=splits, fetch=False):
        if isinstance(item, Film):
            _add(summary, item)
        else:
            _add_problem(summary, item)
            if item.part != "film":
                continue  # it belongs to the next film
        summary.read += 1
        if summary.read % _PROGRESS_ROWS == 0:
            advance(_PROGRESS_ROWS)
        if summary.read == most_rows:
            break
    summary.unread_posters = catalogue.unread_posters
    # counting a large table exactly takes seconds, a tenth of the time of reading it
    summary.rows = catalogue.count() if summary.read == most_rows else summary.read
    return summary


def _add(summary: Summary, film: Film) -> None:
    summary.films += 1
    poster = film.poster
    if isinstance(poster, Path):
        if poster.is_file():
            summary.with_poster += 1
        elif poster.is_relative_to(cache_folder()):
            summary.remote += 1
        else:
            reason = f"poster is missing: no file {poster}"
            _add_problem(summary, Rejected(film.id, film.title, film.source, "poster", reason))
    elif poster is not None:
        summary.with_poster += 1
    summary.with_overview += film.overview is not None
    summary.with_year += film.year is not None
    summary.with_genres += bool(film.genres)
    for genre in film.genres:  # faster than Counter.update, which checks types
        summary.genres[genre] += 1
    if film.split is not None:
        summary.splits[film.split] += 1
    if len(summary.examples) < _EXAMPLES:
        summary.examples.append(film)


def _add_problem(summary: Summary, item: Rejected) -> None:
    kind = (item.part, item.reason.partition(":")[0])
    summary.problems.setdefault(kind, Problem(item)).count += 1
