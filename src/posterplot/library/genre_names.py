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

_SPLIT = "media servers split names at / | ; and ,"

# Returns the names to write for a genre of the model; may be empty.
Names = Callable[[str], tuple[str, ...]]


def genre_names(names: str, genres: Iterable[str], *, series: bool = False) -> Names:
    """Return a function from a genre of the model to the names to write.

    Args:
        names: ``tmdb``, ``imdb``, or the path of a TOML file.
        genres: Genres of the model.
        series: Whether the names are for series, for which TMDB has other genres.

    Raises:
        UsageError: Neither a vocabulary nor a TOML file, or the model has a genre whose name
            cannot be written, and the file does not give it another one.
        ConfigError: The file cannot be used.

    """
    genres = list(genres)
    if names in ("imdb", "tmdb"):
        vocabulary = "tmdb-series" if series and names == "tmdb" else names
        table = {genre: translate(genre, vocabulary) for genre in genres}
    elif names.lower().endswith(".toml"):
        find = genre_finder(genres)
        read = _read(Path(names), set(genres))
        table = {genre: (genre,) for genre in genres}
        table |= {find(genre) or genre: written for genre, written in read.items()}
    else:
        raise UsageError(
            f"no genre names {names!r}", argument="names", hint="give tmdb, imdb or a .toml file"
        )
    for genre, written in table.items():
        if unusable := next((name for name in written if not _is_usable(name)), ""):
            raise UsageError(
                f"{unusable!r} cannot be a genre: {_SPLIT}",
                argument="names",
                hint=f"give a .toml file with another name for {genre!r}",
            )
    return table.__getitem__


def same_genre(name: str, others: Iterable[str]) -> bool:
    """Return whether a genre is in a list under any name: "Sci-Fi" equals "Science Fiction"."""
    others = list(others)
    if name.casefold() in (other.casefold() for other in others):
        return True
    canonical = to_imdb(name)
    known = {genre for other in others for genre in to_imdb(other) or ()}
    return bool(canonical) and known.issuperset(canonical or ())


def _is_usable(name: str) -> bool:
    return bool(name.strip()) and name.isprintable() and not SEPARATORS.search(name)


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
        if not _is_usable(name):
            raise ConfigError(
                f"{name!r} cannot be a genre: {_SPLIT}",
                where=path,
                hint="use another name, or a list of names",
            )
    return tuple(dict.fromkeys(name.strip() for name in names))
