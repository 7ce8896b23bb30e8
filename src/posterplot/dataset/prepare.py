"""Prepare a dataset from a catalogue: check films, group duplicates, split, store.

Two passes. The first decodes every poster once and writes what can be used to a spool on disk, and
the keys by which duplicates are found to an index on disk; about 25 bytes per film are in memory.
Then duplicates and splits are found, and the second pass copies the films from the spool to the
Parquet files of their split.
"""

import itertools
import json
import os
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from posterplot import __version__
from posterplot.catalogue import Catalogue, open_catalogue
from posterplot.cores import available_cores
from posterplot.dataset.blocks import blocks, places_of, shared_groups
from posterplot.dataset.card import dataset_card
from posterplot.dataset.check import Checked
from posterplot.dataset.check_all import check_all
from posterplot.dataset.duplicates import group_indexed, name_key, title_key
from posterplot.dataset.film_index import FilmIndex, IndexedFilm
from posterplot.dataset.manifest import (
    DatasetManifest,
    Part,
    co_occurrence,
    file_digest,
    fingerprint,
    genre_vocabulary,
    reason_kind,
    sealed,
    split_statistics,
)
from posterplot.dataset.poster_log import poster_log
from posterplot.dataset.reading import DATA, MANIFEST
from posterplot.dataset.shards import shards_of, write_shard, write_spool
from posterplot.dataset.splits import MAX_SEED, keep_given_splits, stratify
from posterplot.dataset.stored_poster import POSTER_SIDE
from posterplot.errors import CatalogueError, UsageError
from posterplot.files import new_folder
from posterplot.films import SPLITS, Film, Rejected, Split


@dataclass(slots=True)
class _Kept:
    """Compact data about the N films in the spool: seven bytes each.

    Args:
        genres: The different tuples of genres -> their numbers, in the order of these.
        label_sets: N indices into ``genres``.
        splits: N indices into ``SPLITS`` that the catalogue gives; -1 where it gives none.
        with_poster, with_overview: N of 0 and 1.
    """

    genres: dict[tuple[str, ...], int] = field(default_factory=dict)
    label_sets: "array[int]" = field(default_factory=lambda: array("i"))
    splits: "array[int]" = field(default_factory=lambda: array("b"))
    with_poster: bytearray = field(default_factory=bytearray)
    with_overview: bytearray = field(default_factory=bytearray)

    def add(self, film: Film) -> None:
        self.label_sets.append(self.genres.setdefault(film.genres, len(self.genres)))
        self.splits.append(-1 if film.split is None else SPLITS.index(film.split))
        self.with_poster.append(film.poster is not None)
        self.with_overview.append(film.overview is not None)

    def described(
        self, splits: NDArray[np.int8], split: Split
    ) -> Iterator[tuple[tuple[str, ...], bool, bool]]:
        """Yield the genres of each film of a split, and whether it has a poster and an overview."""
        genres = list(self.genres)
        for block in blocks(len(splits)):
            for n in (block.start + places_of(splits[block], SPLITS.index(split))).tolist():
                yield (
                    genres[self.label_sets[n]],
                    bool(self.with_poster[n]),
                    bool(self.with_overview[n]),
                )


class _RejectedFile:
    """Writes ``rejected.jsonl``, and counts.

    Args:
        file: File to write to.

    Attributes:
        counts: Part -> kind of reason -> number of films.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.counts: dict[Part, Counter[str]] = {}

    def add(self, item: Rejected) -> None:
        self._file.write(json.dumps(asdict(item), ensure_ascii=False) + "\n")
        self.counts.setdefault(item.part, Counter())[reason_kind(item.reason)] += 1


def prepare(
    catalogue: Path | Catalogue,
    out: Path,
    *,
    seed: int = 0,
    advance: Callable[[int], None] = lambda films: None,
) -> DatasetManifest:
    """Prepare a dataset for training and evaluation.

    A film without genres cannot be used; one whose poster or overview is unusable is kept with the
    other. Everything that is left out is listed in ``rejected.jsonl`` with the reason. The same
    catalogue and seed give the same dataset, byte for byte, on any number of cores.

    An interrupted call leaves ``NAME.part`` beside the dataset, unless the dataset is a mount
    point. The next call does not decode the posters in it again, and removes it.

    Args:
        catalogue: A file or folder as :mod:`posterplot.catalogue` describes them, or an opened one.
        out: The folder to make; appears when all is done.
        seed: Seed of the split, 0 to 2³² - 1, used where the catalogue has none.
        advance: Called with the number of rows done since the last call.

    Returns:
        The manifest, as written to ``dataset.json``.

    Raises:
        CatalogueError: The catalogue cannot be read, or holds no film that can be used.
        OutputError: ``out`` exists or cannot be written.
        UsageError: The seed is negative or too large.
    """
    if not 0 <= seed <= MAX_SEED:
        raise UsageError(f"{seed} is no seed", argument="seed", hint=f"give 0 to {MAX_SEED}")
    if isinstance(catalogue, Path):
        catalogue = open_catalogue(catalogue)
    # the log is removed before the dataset has its name: a kill in between leaves nothing behind
    with (
        new_folder(out) as folder,
        poster_log(_log_file(out)) as log,
        ThreadPoolExecutor(available_cores()) as pool,
    ):
        spool = folder / "spool.arrow"
        with (folder / "rejected.jsonl").open("w", encoding="utf-8") as file:
            rejected = _RejectedFile(file)
            checked = check_all(catalogue, pool, log, advance)
            manifest, groups, splits = _planned(catalogue, folder, spool, checked, rejected, seed)
        (folder / DATA).mkdir()

        def write(shard: tuple[Split, str, slice]) -> str:
            split, name, part = shard
            films = part.start + places_of(splits[part], SPLITS.index(split))
            write_shard(folder / DATA / name, spool, films, groups)
            return name

        shards = [(split, *shard) for split in SPLITS for shard in shards_of(split, splits)]
        names = list(pool.map(write, shards))
        digests = pool.map(file_digest, (folder / DATA / name for name in names))
        files = dict(zip(names, digests, strict=True))
        spool.unlink()
        manifest = sealed(manifest, files)
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        (folder / "README.md").write_text(dataset_card(manifest), encoding="utf-8")
    return manifest


def _planned(
    catalogue: Catalogue,
    folder: Path,
    spool: Path,
    checked: Iterator[Checked],
    rejected: _RejectedFile,
    seed: int,
) -> tuple[DatasetManifest, NDArray[np.int32], NDArray[np.int8]]:
    """Write usable films to the spool, group duplicates and split.

    Returns:
        The manifest without digests; ``(N,)`` group numbers; ``(N,)`` indices into ``SPLITS``, -1
        for films that would leak.
    """
    kept, indexed = _Kept(), folder / "index.sqlite"
    with FilmIndex(indexed) as index:
        write_spool(spool, _usable(checked, kept, index, rejected))
        if not len(index):
            reasons = sum(rejected.counts.values(), Counter[str]())
            raise CatalogueError(
                f"no film can be used; most often: {reasons.most_common(1)[0][0]}",
                where=catalogue.table.path,
                hint="fix the table",
            )
        groups = group_indexed(index)
        splits = _split(kept, groups, seed, index, rejected, benchmark=catalogue.table.benchmark)
        manifest = _manifest(catalogue, kept, index, groups, splits, rejected, seed)
    indexed.unlink()
    return manifest, groups, splits


def _log_file(out: Path) -> Path | None:
    """Return the path of the poster log, beside the dataset; None if that cannot be written."""
    out = Path(os.path.abspath(out))  # noqa: PTH100  # "." has no name, and ".." is not one
    parent = next(folder for folder in out.parents if folder.exists())
    if out.is_mount() or not os.access(parent, os.W_OK):
        return None
    return out.with_name(f"{out.name}.part")


def _usable(
    checked: Iterator[Checked], kept: _Kept, index: FilmIndex, rejected: _RejectedFile
) -> Iterator[Film]:
    """Yield usable films and add them to the index; list the others as rejected."""
    for item in checked:
        for part in item.rejected:
            rejected.add(part)
        if (film := item.film) is not None:
            kept.add(film)
            index.add(
                IndexedFilm(
                    film.id,
                    film.title,
                    film.source,
                    name_key(film.title, film.year),
                    title_key(film.title, film.year),
                    item.overview_key,
                    item.poster_hash,
                    item.digest,
                )
            )
            yield film


def _split(
    kept: _Kept,
    groups: NDArray[np.int32],
    seed: int,
    index: FilmIndex,
    rejected: _RejectedFile,
    *,
    benchmark: bool,
) -> NDArray[np.int8]:
    """Return ``(N,)`` indices of ``SPLITS``, -1 for films that would leak."""
    given = np.frombuffer(kept.splits, np.int8)
    # the splits of a benchmark: its films are neither moved nor removed as duplicates
    if benchmark:
        return given
    if (given < 0).all():
        return stratify(np.frombuffer(kept.label_sets, np.int32), list(kept.genres), groups, seed)
    splits, leaking, twins = keep_given_splits(given, groups)
    for film, twin in zip(leaking, twins, strict=True):
        id_, title, source = index.identity(int(film))
        twin_id, twin_title, _ = index.identity(int(twin))
        reason = (
            f"duplicate of a film in {SPLITS[splits[twin]]}, would leak: {twin_id} {twin_title}"
        )
        rejected.add(Rejected(id_, title, source, "film", reason))
    return splits


def _manifest(
    catalogue: Catalogue,
    kept: _Kept,
    index: FilmIndex,
    groups: NDArray[np.int32],
    splits: NDArray[np.int8],
    rejected: _RejectedFile,
    seed: int,
) -> DatasetManifest:
    present = [split for n, split in enumerate(SPLITS) if (splits == n).any()]
    vocabulary = genre_vocabulary(genres for genres, *_ in kept.described(splits, "train"))
    statistics = {
        split: split_statistics(kept.described(splits, split), vocabulary) for split in present
    }
    train = statistics["train"].genres.values() if "train" in statistics else ()
    shared = shared_groups(groups)
    duplicate_groups = int(np.count_nonzero(shared))
    seen = {name for split in statistics.values() for name in split.genres}
    return DatasetManifest(
        posterplot=__version__,
        catalogue="; ".join([catalogue.table.format, *catalogue.table.notes]),
        seed=seed,
        poster_side=POSTER_SIDE,
        genres=vocabulary.names,
        genres_not_in_train=tuple(sorted(seen - set(vocabulary.names))),
        splits=statistics,
        imbalance_ratio=max(train) / min(train) if train else None,
        co_occurrence=co_occurrence(
            (genres for split in present for genres, *_ in kept.described(splits, split)),
            vocabulary,
        ),
        duplicate_groups=duplicate_groups,
        duplicate_films=len(groups) - (len(shared) - duplicate_groups),
        rejected={part: dict(counts) for part, counts in rejected.counts.items()},
        fingerprint=fingerprint(
            {s: itertools.compress(index.digests(), splits == SPLITS.index(s)) for s in present}
        ),
    )
