"""Print how a catalogue is interpreted, for ``--dry-run``."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from posterplot.cli.console import out as console
from posterplot.cli.console import progress
from posterplot.cli.option_names import with_options

if TYPE_CHECKING:
    from posterplot.catalogue import Catalogue
    from posterplot.catalogue.columns import Columns
    from posterplot.catalogue.summary import Summary
    from posterplot.films import Film

_GENRES = 40  # the most common ones are shown, with the number of the others
_OVERVIEW = 100  # maximum number of characters
_FIELDS = ("id", "imdb_id", "title", "year", "overview", "genres", "poster", "split")


def show_summary(catalogue: "Catalogue", *, splits: bool = True) -> None:
    """Read a catalogue and print how it was interpreted.

    Args:
        catalogue: An opened one.
        splits: Whether genres and splits matter: they do not to predictions.
    """
    from posterplot.catalogue.posters import unread_poster_lines
    from posterplot.catalogue.summary import summarise

    with progress("reading", None) as advance:
        summary = summarise(catalogue, splits=splits, advance=advance)
    _line(f"format     {catalogue.table.format}")
    _columns(catalogue.columns)
    _line(
        f"rows       {summary.rows:,}; {summary.films:,} films,"
        f" {summary.read - summary.films:,} rejected"
        + (f", of the first {summary.read:,} rows" if summary.read < summary.rows else "")
    )
    to_fetch = f", {summary.remote:,} to fetch" if summary.remote else ""
    _line(f"posters    {summary.with_poster:,} found{to_fetch}")
    for line in unread_poster_lines(summary.unread_posters, remote=catalogue.access.remote):
        _line(f"           {with_options(line)}")
    _line(f"overviews  {summary.with_overview:,}")
    if "year" in catalogue.columns.used:
        _line(f"years      {summary.with_year:,}")
    _genres(summary)
    if splits and summary.splits:
        counts = ", ".join(f"{name} {count:,}" for name, count in summary.splits.items())
        _line(f"splits     {counts}")
    _examples(summary.examples)
    _problems(summary)


def _columns(columns: "Columns") -> None:
    used = [
        name if columns.used[name] == name else f"{name} from {columns.used[name]}"
        for name in _FIELDS
        if name in columns.used
    ]
    if columns.flags:
        used.append(f"genres from {len(columns.flags)} columns of 0 and 1")
    _line(f"used       {', '.join(used)}")
    if columns.unused:
        _line(f"unused     {', '.join(columns.unused)}")


def _genres(summary: "Summary") -> None:
    if not summary.genres:
        _line("genres     none")
        return
    mean = summary.genres.total() / max(summary.with_genres, 1)
    _line(
        f"genres     {summary.with_genres:,} films have any, {mean:.2f} on average;"
        f" {len(summary.genres):,} different ones:"
    )
    commonest = summary.genres.most_common(_GENRES)
    listed = [f"{genre} {count:,}" for genre, count in commonest]
    if more := len(summary.genres) - len(commonest):
        listed.append(f"{more:,} more")
    _line("           " + ", ".join(listed))


def _examples(films: "list[Film]") -> None:
    if films:
        _line(f"\nthe first {len(films)} films, as they are interpreted:")
    for film in films:
        year = f" ({film.year})" if film.year is not None else ""
        genres = ", ".join(film.genres) or "no genres"
        _line(f"  {film.id}: {film.title or 'no title'}{year}; {genres}")
        if isinstance(film.poster, Path):
            _line(f"     poster: {film.poster}")
        elif isinstance(film.poster, bytes):
            _line(f"     poster: {len(film.poster):,} bytes inside the table")
        if film.overview:
            text = " ".join(film.overview.split())
            _line(f"     {text[:_OVERVIEW]}{'…' if len(text) > _OVERVIEW else ''}")


def _problems(summary: "Summary") -> None:
    if summary.problems:
        _line("\nproblems, each with its first example:")
    for (part, kind), problem in sorted(summary.problems.items(), key=lambda item: -item[1].count):
        first = problem.first
        detail = first.reason[len(kind) :].removeprefix(":").strip()
        example = f"{first.source}: {detail}" if detail else first.source
        _line(f"  {problem.count:,} × {part}: {with_options(kind)} ({example})")


def _line(text: str) -> None:
    console.print(escape(text), highlight=False, soft_wrap=True)
