"""Write the demo catalogue: a table of invented films, and their posters."""

import csv
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

from posterplot.cores import available_cores
from posterplot.demo.art.film_poster import draw_poster
from posterplot.demo.direction import plan_poster
from posterplot.demo.genre_tables import mislabel, sample_genres
from posterplot.demo.titles import write_title, write_words
from posterplot.demo.write_overviews import write_overview
from posterplot.files import new_folder
from posterplot.progress import Progress, no_progress

COLUMNS = ("id", "title", "year", "overview", "genres", "poster")
WITHOUT_OVERVIEW = 0.08
WITHOUT_POSTER = 0.06
# Starting a process takes about as long as drawing this many posters.
_MIN_FILMS_PER_PROCESS = 100


def make_film(number: int, seed: int, out: Path) -> dict[str, str]:
    """Draw the poster of one film into ``out/posters`` and return the film's row of the table.

    The film depends only on its number and the seed, not on the number of films.
    """
    # One generator for each part, so that a change of the posters does not change the overviews.
    rngs = {part: Random(f"{seed}/{number}/{part}") for part in ("film", "poster", "overview")}  # noqa: S311
    film = rngs["film"]
    genres = sample_genres(film)
    year = round(2024 - 70 * film.random() ** 1.7)
    title = write_title(genres, film)
    missing = film.random()
    row = {
        "id": f"demo{number:05d}",
        "title": title,
        "year": str(year),
        "overview": "",
        "genres": "|".join(mislabel(genres, film)),
        "poster": "",
    }
    if missing >= WITHOUT_OVERVIEW:
        row["overview"] = write_overview(genres, rngs["overview"])
    if missing < 1 - WITHOUT_POSTER:
        row["poster"] = f"posters/{row['id']}.jpg"
        brief = plan_poster(genres, year, rngs["poster"])
        words = write_words(title, rngs["poster"])
        draw_poster(brief, words, rngs["poster"]).save(out / row["poster"], quality=88)
    return row


def write_catalogue(
    out: Path, *, films: int = 1500, seed: int = 0, progress: Progress = no_progress
) -> Path:
    """Write the demo catalogue: ``out/films.csv`` and ``out/posters/<id>.jpg``.

    The same seed gives the same films. About 8 % have no overview and 6 % no poster; no film lacks
    both. More than a few hundred films are drawn by several processes, so a script that calls this
    needs the usual ``if __name__ == "__main__":``.

    Args:
        out: The folder to create. It appears when it is complete.
        films: Number of films, at least 1.
        seed: Seed of all random choices.
        progress: Shows how many films are drawn.

    Returns:
        The path of the table.

    Raises:
        ValueError: ``films`` is less than 1.
        OutputError: ``out`` exists and is not empty, or cannot be written.

    """
    if films < 1:
        raise ValueError(f"films must be at least 1, not {films}")
    with new_folder(out) as folder:
        (folder / "posters").mkdir()
        rows = []
        with progress("drawing", films) as advance:
            for row in _make_films(folder, films, seed):
                rows.append(row)
                advance(1)
        with (folder / "films.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return out / "films.csv"


def _make_films(out: Path, films: int, seed: int) -> Iterator[dict[str, str]]:
    """Draw the films, in several processes if there are enough of them."""
    make = partial(make_film, seed=seed, out=out)
    processes = min(available_cores(), films // _MIN_FILMS_PER_PROCESS)
    if processes > 1:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            yield from pool.map(make, range(films), chunksize=25)
    else:
        yield from map(make, range(films))
