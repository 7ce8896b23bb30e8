"""Map the genres of a model to the names that are written to NFO files.

A file of names::

    # genres that are not listed keep the model's name
    [genres]
    Sci-Fi = "Science Fiction"
    Musical = ["Music", "Family"]
    Sport = []                        # not written at all
"""

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from posterplot.catalogue.vocabularies import genre_finder, to_imdb, translate
from posterplot.errors import ConfigError, UsageError
from posterplot.library.nfo_read import SEPARATORS

# Returns the names to write for a genre of the model; may be empty.
Names = Callable[[str], tuple[str, ...]]


def genre_names(names: str, genres: Iterable[str], *, series: bool = False) -> Names:
    """Return a function from a genre of the model to the names to write.

    Args:
        names: ``tmdb``, ``imdb``, or the path of a TOML file.
        genres: Genres of the model.
        series: Whether the names are for series, for which TMDB has other genres.

    Raises:
        UsageError: Neither a vocabulary nor a TOML file.
        ConfigError: The file cannot be used.

    """
    if names == "imdb":
        return lambda genre: translate(genre, "imdb")
    if names == "tmdb":
        return lambda genre: translate(genre, "tmdb-series" if series else "tmdb")
    if not names.lower().endswith(".toml"):
        raise UsageError(
            f"no genre names {names!r}", argument="names", hint="give tmdb, imdb or a .toml file"
        )
    genres = list(genres)
    find = genre_finder(genres)
    read = _read(Path(names), set(genres))
    table = {find(genre) or genre: written for genre, written in read.items()}
    return lambda genre: table.get(genre, (genre,))


def same_genre(name: str, others: Iterable[str]) -> bool:
    """Return whether a genre is in a list under any name: "Sci-Fi" equals "Science Fiction"."""
    others = list(others)
    if name.casefold() in (other.casefold() for other in others):
        return True
    canonical = to_imdb(name)
    known = {genre for other in others for genre in to_imdb(other) or ()}
    return bool(canonical) and known.issuperset(canonical or ())


def _read(path: Path, genres: set[str]) -> dict[str, tuple[str, ...]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"cannot be read ({error.strerror or error})", where=path, hint="check `names`"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is not TOML: {error}", where=path, hint="correct it") from error
    table = content.get("genres")
    if not isinstance(table, dict) or len(content) != 1:
        raise ConfigError(
            "must have one table", where=path, hint='write [genres] and lines like Sport = "Sports"'
        )
    return {genre: _names(path, genre, value, genres) for genre, value in table.items()}


def _names(path: Path, genre: str, value: Any, genres: set[str]) -> tuple[str, ...]:
    if genre_finder(genres)(genre) is None and to_imdb(genre) is None:
        raise ConfigError(
            f"unknown genre {genre!r}", where=path, hint=f"use one of {', '.join(sorted(genres))}"
        )
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError(
            f"{genre} must be a name or a list of names", where=path, hint="correct it"
        )
    for name in names:
        if SEPARATORS.search(name) or not name.strip() or not name.isprintable():
            raise ConfigError(
                f"{name!r} cannot be a genre: media servers split names at / | ; and ,",
                where=path,
                hint="use another name, or a list of names",
            )
    return tuple(dict.fromkeys(name.strip() for name in names))
