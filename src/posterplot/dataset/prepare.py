"""A catalogue -> a dataset: every film checked, duplicates grouped, split, stored.

Two passes. The first decodes every poster once and writes what can be used to a spool on disk,
keeping a few hundred bytes a film in memory; duplicates and splits are found on these; the second
copies the films from the spool to the Parquet files of their split.
"""

import itertools
import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from posterplot import __version__
from posterplot.catalogue import Catalogue, open_catalogue
from posterplot.cores import available_cores
from posterplot.dataset.card import dataset_card
from posterplot.dataset.check import Checked, check_film
from posterplot.dataset.duplicates import group_duplicates
from posterplot.dataset.manifest import (
    DatasetManifest,
    co_occurrence,
    count_rejected,
    file_digest,
    fingerprint,
    genre_vocabulary,
    sealed,
    split_statistics,
)
from posterplot.dataset.reading import DATA, MANIFEST
from posterplot.dataset.shards import shards_of, write_shard, write_spool
from posterplot.dataset.splits import keep_given_splits, stratify
from posterplot.dataset.stored_poster import POSTER_SIDE
from posterplot.errors import CatalogueError
from posterplot.files import new_folder
from posterplot.films import SPLITS, Film, Rejected, Split

# A task for a thread: long enough that handing it over costs little beside it.
_FILMS_PER_TASK = 16
# Tasks in flight for each core: enough that none waits, few enough that memory stays flat.
_TASKS_PER_CORE = 3


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is remembered of a film in the spool."""

    film: Film  # without poster and overview
    has_poster: bool
    has_overview: bool
    overview_key: bytes | None
    poster_hash: int | None
    digest: bytes


def prepare(
    catalogue: Path | Catalogue,
    out: Path,
    *,
    seed: int = 0,
    advance: Callable[[int], None] = lambda films: None,
) -> DatasetManifest:
    """Prepare a dataset for training and evaluation.

    A film without genres cannot be used; one whose poster or overview is unusable is kept with the
    other. Whatever is set aside is listed in ``rejected.jsonl`` with its reason. The same catalogue
    and seed give the same dataset, byte for byte, on any number of cores.

    Args:
        catalogue: a file or folder as :mod:`posterplot.catalogue` describes them, or an opened one.
        out: the folder to make; appears when all is done.
        seed: of the split, where the catalogue has none.
        advance: called with the number of rows done since the last call.

    Returns:
        the manifest, as written to ``dataset.json``.

    Raises:
        CatalogueError: the catalogue cannot be read, or holds no film that can be used.
        OutputError: ``out`` exists or cannot be written.
    """
    if isinstance(catalogue, Path):
        catalogue = open_catalogue(catalogue)
    with new_folder(out) as folder:
        rejected: list[Rejected] = []
        kept: list[_Kept] = []
        spool = folder / "spool.arrow"
        with ThreadPoolExecutor(available_cores()) as pool:
            checked = _check_all(catalogue, pool, advance)
            write_spool(spool, _usable(checked, kept, rejected))
            if not kept:
                reasons = Counter(item.reason for item in rejected).most_common(1)
                raise CatalogueError(
                    f"no film can be used; most often: {reasons[0][0]}",
                    where=catalogue.table.path,
                    hint="fix the table",
                )
            groups = group_duplicates(
                [k.film.title for k in kept],
                [k.film.year for k in kept],
                [k.overview_key for k in kept],
                [k.poster_hash for k in kept],
            )
            places = _split(kept, groups, seed, rejected, benchmark=catalogue.table.benchmark)
            (folder / DATA).mkdir()
            shards = [s for split, films in places.items() for s in shards_of(split, films)]
            writing = [
                pool.submit(write_shard, folder / DATA / name, spool, films, groups)
                for name, films in shards
            ]
            for future in writing:
                future.result()
            names = [name for name, _ in shards]
            digests = pool.map(file_digest, (folder / DATA / name for name in names))
            files = dict(zip(names, digests, strict=True))
        spool.unlink()
        manifest = sealed(_manifest(catalogue, kept, groups, places, rejected, seed), files)
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        (folder / "README.md").write_text(dataset_card(manifest), encoding="utf-8")
        with (folder / "rejected.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(
                json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in rejected
            )
    return manifest


def _check_all(
    catalogue: Catalogue, pool: ThreadPoolExecutor, advance: Callable[[int], None]
) -> Iterator[Checked]:
    """Check the films on all cores, in the catalogue's order.

    Threads, not processes: Pillow decodes outside the interpreter's lock, and nothing has to be
    copied from process to process.
    """
    rows, benchmark = catalogue.films(), catalogue.table.benchmark
    tasks = iter(lambda: list(itertools.islice(rows, _FILMS_PER_TASK)), [])
    waiting: deque[Future[list[Checked]]] = deque()
    while True:
        while len(waiting) < _TASKS_PER_CORE * available_cores() and (task := next(tasks, [])):
            waiting.append(pool.submit(_check, task, benchmark))
        if not waiting:
            return
        done = waiting.popleft().result()
        yield from done
        advance(sum(item.film is not None or item.rejected[0].part == "film" for item in done))


def _check(items: list[Film | Rejected], unlabelled: bool) -> list[Checked]:
    return [
        Checked(None, (item,))
        if isinstance(item, Rejected)
        else check_film(item, unlabelled=unlabelled)
        for item in items
    ]


def _usable(
    checked: Iterator[Checked], kept: list[_Kept], rejected: list[Rejected]
) -> Iterator[Film]:
    """Pass on the films that can be used; note them in ``kept``, and the others in ``rejected``."""
    for item in checked:
        rejected.extend(item.rejected)
        if (film := item.film) is not None:
            poster, overview = film.poster is not None, film.overview is not None
            # A film has one of both; the place of either is held by an empty one.
            light = replace(film, poster=b"", overview=None)
            kept.append(
                _Kept(light, poster, overview, item.overview_key, item.poster_hash, item.digest)
            )
            yield film


def _split(
    kept: list[_Kept],
    groups: NDArray[np.int64],
    seed: int,
    rejected: list[Rejected],
    *,
    benchmark: bool,
) -> dict[Split, NDArray[np.int64]]:
    """Return the places in the spool of each split's films, the splits without films left out."""
    given_splits = [k.film.split for k in kept]
    splits: list[Split | int]
    if benchmark:  # whose films are never moved, nor left out as duplicates
        splits = [split for split in given_splits if split is not None]
    elif any(given_splits):
        splits = keep_given_splits(given_splits, groups)
    else:
        splits = list(stratify([k.film.genres for k in kept], groups, seed))
    for k, split in zip(kept, splits, strict=True):
        if isinstance(split, int):
            twin = kept[split].film
            reason = f"duplicate of a film in {splits[split]}, would leak: {twin.id} {twin.title}"
            rejected.append(Rejected(k.film.id, k.film.title, k.film.source, "film", reason))
    places = {s: np.array([n for n, split in enumerate(splits) if split == s], int) for s in SPLITS}
    return {split: films for split, films in places.items() if len(films)}


def _manifest(
    catalogue: Catalogue,
    kept: list[_Kept],
    groups: NDArray[np.int64],
    places: dict[Split, NDArray[np.int64]],
    rejected: list[Rejected],
    seed: int,
) -> DatasetManifest:
    films = {split: [kept[n] for n in numbers] for split, numbers in places.items()}
    vocabulary = genre_vocabulary(k.film.genres for k in films.get("train", ()))
    splits = {
        split: split_statistics(
            [(k.film.genres, k.has_poster, k.has_overview) for k in part], vocabulary
        )
        for split, part in films.items()
    }
    train = splits["train"].genres.values() if "train" in splits else ()
    sizes = np.bincount(groups)
    seen = {name for split in splits.values() for name in split.genres}
    return DatasetManifest(
        posterplot=__version__,
        catalogue="; ".join([catalogue.table.format, *catalogue.table.notes]),
        seed=seed,
        poster_side=POSTER_SIDE,
        genres=vocabulary.names,
        genres_not_in_train=tuple(sorted(seen - set(vocabulary.names))),
        splits=splits,
        imbalance_ratio=max(train) / min(train) if train else None,
        co_occurrence=co_occurrence(
            (k.film.genres for part in films.values() for k in part), vocabulary
        ),
        duplicate_groups=int((sizes > 1).sum()),
        duplicate_films=int(sizes[sizes > 1].sum()),
        rejected=count_rejected(rejected),
        fingerprint=fingerprint({s: [k.digest for k in part] for s, part in films.items()}),
    )
