"""Add films of further datasets to a training, with the labels that they have."""

import difflib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from posterplot.catalogue.film_ids import is_imdb_id, is_row_id
from posterplot.dataset.duplicates import (
    HASH_SIDE,
    group_duplicates,
    name_key,
    overview_key,
    poster_hash,
)
from posterplot.dataset.poster_images import load_greys, open_poster
from posterplot.dataset.reading import Dataset, open_dataset
from posterplot.errors import ConfigError
from posterplot.films import MODALITIES, Film, GenreVocabulary, Modality
from posterplot.training.config.films import SourceConfig
from posterplot.wording import count

_FILMS_PER_BLOCK = 256  # number of films whose posters are hashed together


class NewFilms(NamedTuple):
    """The films of another dataset that can be added to a training.

    Attributes:
        dataset: The other dataset.
        films: Films to add, in the order of their dataset.
        duplicates: Number of films that are in the main or an earlier dataset already.
        unreadable: Number of films without a modality that the network reads.

    """

    dataset: Dataset
    films: list[Film]
    duplicates: int
    unreadable: int


class SourceFilms(NamedTuple):
    """The N films of all sources.

    Attributes:
        films: N.
        targets: ``(N, G)`` float32 in {0, 1}; NaN where the source does not label the genre, and
            in the whole row of a film none of whose genres is known.
        weights: ``(N,)`` float32 of the films in the loss.

    """

    films: list[Film]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]


class _Keys(NamedTuple):
    """The keys that identify a film across datasets."""

    id: str
    title: str
    year: int | None
    overview: bytes | None
    poster: int | None


def new_films(
    dataset: Dataset, paths: Sequence[str], needed: Sequence[Modality] = MODALITIES
) -> list[NewFilms]:
    """Read further datasets, without films that are in this dataset or an earlier one.

    Two films are the same if they share the id of IMDb, the title and the year, the overview, or
    the poster (by perceptual hash), also through a third film. Any other id is its catalogue's own,
    and counts only together with the title. Films of all splits of ``dataset`` count, so no film of
    validation or test can leak into a training.

    Args:
        dataset: The main one.
        paths: Paths of the further datasets.
        needed: The modalities that the network reads. Other posters are left out.

    Returns:
        One value per path.

    Raises:
        DatasetError: A dataset cannot be read.

    """
    datasets = [open_dataset(Path(path)) for path in paths]
    keys = [key for key, _ in _with_keys(dataset)]
    films: list[list[Film | None]] = []
    for other in datasets:
        pairs = list(_with_keys(other, needed))
        keys += [key for key, _ in pairs]
        films.append([film for _, film in pairs])
    groups = iter(_groups(keys).tolist())
    main_films = len(keys) - sum(map(len, films))
    seen = {next(groups) for _ in range(main_films)}
    found: list[NewFilms] = []
    for other, other_films in zip(datasets, films, strict=True):
        new: list[Film] = []
        duplicates = unreadable = 0
        for film in other_films:
            group = next(groups)
            if film is None:
                unreadable += 1
            elif group in seen:
                duplicates += 1
            else:
                seen.add(group)
                new.append(film)
        found.append(NewFilms(other, new, duplicates, unreadable))
    return found


def source_films(
    sources: Sequence[SourceConfig],
    new: Sequence[NewFilms],
    vocabulary: GenreVocabulary,
    log: Callable[[str], None],
) -> SourceFilms:
    """Return the films of all sources with their known labels.

    Args:
        sources: S of the configuration.
        new: The S values that :func:`new_films` returned for them.
        vocabulary: The genres of the main dataset.
        log: Called with one line per source.

    Raises:
        ConfigError: A genre in ``unknown`` or ``rename`` does not exist.

    """
    films: list[Film] = []
    targets = [np.zeros((0, len(vocabulary)), np.float32)]
    weights = [np.zeros(0, np.float32)]
    for n, (source, found) in enumerate(zip(sources, new, strict=True)):
        _check_genres(source, found.dataset, vocabulary, f"sources.{n}")
        renamed = [_renamed(film.genres, source.rename) for film in found.films]
        rows = vocabulary.encode(renamed)
        rows[:, [name in source.unknown for name in vocabulary.names]] = np.nan
        rows[~(rows == 1).any(axis=1)] = np.nan
        films += found.films
        targets.append(rows)
        weights.append(np.full(len(rows), source.weight, np.float32))
        dropped = Counter(g for row in renamed for g in row if g not in vocabulary.names)
        rest = f"; genres that are not used: {', '.join(sorted(dropped))}" if dropped else ""
        left_out = describe_left_out(found)
        log(f"{count(len(rows), 'film')} of {source.dataset} added to the training{left_out}{rest}")
    return SourceFilms(films, np.concatenate(targets), np.concatenate(weights))


def describe_left_out(found: NewFilms) -> str:
    """Describe the films that were left out, as the end of a sentence; "" if there are none."""
    parts = []
    if found.duplicates:
        parts.append(f"{count(found.duplicates, 'duplicate')} left out")
    if found.unreadable:
        parts.append(f"{found.unreadable} without an input that the network reads")
    return "".join(f"; {part}" for part in parts)


def _renamed(genres: Iterable[str], rename: dict[str, str]) -> list[str]:
    names = (rename.get(genre, genre) for genre in genres)
    return [name for name in names if name]


def _check_genres(
    source: SourceConfig, dataset: Dataset, vocabulary: GenreVocabulary, where: str
) -> None:
    own = {genre for split in dataset.manifest.splits.values() for genre in split.genres}
    for key, names, known, what in (
        ("unknown", source.unknown, set(vocabulary.names), "the main dataset"),
        ("rename", source.rename, own, source.dataset),
        ("rename", filter(None, source.rename.values()), set(vocabulary.names), "the main dataset"),
    ):
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                guess = f" (did you mean {near[0]}?)" if near else ""
                raise ConfigError(
                    f"{what} has no genre {name}{guess}",
                    where=f"{where}.{key}",
                    hint=f"its genres are {', '.join(sorted(known))}",
                )


def _with_keys(
    dataset: Dataset, needed: Sequence[Modality] = ()
) -> Iterator[tuple[_Keys, Film | None]]:
    """Yield each film with its keys; None instead of a film without a modality that is needed."""
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for split in dataset.manifest.splits:
            rest = dataset.films(split, in_place=True)
            while films := list(islice(rest, _FILMS_PER_BLOCK)):
                for film, hashed in zip(films, pool.map(_poster_hash, films), strict=True):
                    keys = _Keys(
                        film.id,
                        film.title,
                        film.year,
                        overview_key(film.overview),
                        hashed,
                    )
                    yield keys, drop_unused_poster(film, needed) if film.has(needed) else None


def drop_unused_poster(film: Film, needed: Sequence[Modality]) -> Film:
    """Return the film without its poster if the network reads none."""
    return film if "poster" in needed else replace(film, poster=None)


def _poster_hash(film: Film) -> int | None:
    if film.poster is None:
        return None
    return poster_hash(load_greys(open_poster(film.poster), HASH_SIDE))


def _groups(keys: Sequence[_Keys]) -> NDArray[np.int64]:
    """Return ``(N,)`` group numbers. Films that are the same share a group."""
    by_content = group_duplicates(
        [key.title for key in keys],
        [key.year for key in keys],
        [key.overview for key in keys],
        [key.poster for key in keys],
    )
    numbers: dict[object, int] = {}
    by_id = np.array([numbers.setdefault(key, len(numbers)) for key in _id_keys(keys)], np.int64)
    # a graph: its nodes are the groups of both kinds, and its edges are the films
    count = 2 * len(keys)
    edges = coo_array(
        (np.ones(len(keys), bool), (by_content, len(keys) + by_id)), shape=(count, count)
    )
    _, component = connected_components(edges, directed=False)
    joined: NDArray[np.int64] = component[by_content].astype(np.int64)
    return joined


def _id_keys(keys: Sequence[_Keys]) -> list[object]:
    """Return what is equal for films that their ids show to be the same, for each film."""
    years: defaultdict[tuple[str, bytes | None], set[int | None]] = defaultdict(set)
    named = [(key.id, name_key(key.title, None)) for key in keys]
    for key, name in zip(keys, named, strict=True):
        years[name].add(key.year)
    found: list[object] = []
    for n, (key, name) in enumerate(zip(keys, named, strict=True)):
        if is_imdb_id(key.id):
            found.append(key.id)
        elif is_row_id(key.id) or name[1] is None:
            found.append(n)  # another catalogue may have the same id for any film
        else:
            # films of several years may be remakes: only the same year is the same film
            found.append((*name, key.year if len(years[name] - {None}) > 1 else None))
    return found
