"""The manifest of a prepared dataset: ``dataset.json``."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from posterplot.films import SPLITS, Film, GenreVocabulary, Split

Part = Literal["film", "poster", "overview", "genres"]


class SplitStatistics(BaseModel):
    """Statistics of one split.

    Args:
        films: Number of films.
        with_poster: Number of films with a poster.
        with_overview: Number of films with an overview.
        genres: Genre -> number of films, over all genres that occur, the most common first.
        cardinality: Mean number of genres of the vocabulary a film.
        density: Cardinality / G, in [0, 1]; 0 if the vocabulary is empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    films: int
    with_poster: int
    with_overview: int
    genres: dict[str, int]
    cardinality: float
    density: float


class DatasetManifest(BaseModel):
    """The contents of a prepared dataset, and how it was made.

    Args:
        format: Version of the dataset's layout.
        posterplot: The version that wrote it.
        catalogue: The format that it was read as, and how, where there was a choice.
        seed: Seed of the split, used where the catalogue has none.
        poster_side: The shorter side of the posters is at most this.
        genres: The vocabulary: G genres with at least one film in train, by name.
        genres_not_in_train: Genres that only films of other splits have; a model cannot learn them.
        splits: Statistics of each split that has films.
        imbalance_ratio: Training films of the most common genre divided by those of the rarest;
            None without a vocabulary.
        co_occurrence: ``(G, G)`` films that have both genres, over all splits; on the diagonal,
            films that have the genre.
        duplicate_groups: Number of groups of two or more entries of the same film.
        duplicate_films: Number of films in these groups, before any was removed.
        rejected: Part -> reason -> number; each is listed in ``rejected.jsonl``.
        fingerprint: SHA-256 of all films in their order, independent of their files.
        files: Name -> SHA-256 of each file in ``data``. Format 1 had none.
        digest: SHA-256 of all of the above; see :func:`sealed`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1, 2] = 2
    posterplot: str
    catalogue: str = ""
    seed: int
    poster_side: int
    genres: tuple[str, ...]
    genres_not_in_train: tuple[str, ...]
    splits: dict[Split, SplitStatistics]
    imbalance_ratio: float | None
    co_occurrence: tuple[tuple[int, ...], ...]
    duplicate_groups: int
    duplicate_films: int
    rejected: dict[Part, dict[str, int]]
    fingerprint: str
    files: dict[str, str] = Field(default_factory=dict)
    digest: str = ""


def sealed(manifest: DatasetManifest, files: Mapping[str, str]) -> DatasetManifest:
    """Return a manifest with the digests of the dataset's files, and its own digest."""
    complete = manifest.model_copy(update={"files": dict(files), "digest": ""})
    return complete.model_copy(update={"digest": manifest_digest(complete)})


def manifest_digest(manifest: DatasetManifest) -> str:
    """Return the SHA-256 of a manifest without its digest, as JSON."""
    content = json.loads(manifest.model_dump_json(exclude={"digest"}))
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def film_digest(film: Film) -> bytes:
    """Return the SHA-256 of everything that a dataset stores about a film, except its position.

    Args:
        film: The film; its poster is None or bytes.
    """
    poster = film.poster if isinstance(film.poster, bytes) else b""
    facts = [film.id, film.title, film.year, film.overview, film.genres, len(poster)]
    return hashlib.sha256(json.dumps(facts).encode() + b"\n" + poster).digest()


def fingerprint(digests: Mapping[Split, Iterable[bytes]]) -> str:
    """Return the SHA-256, in hexadecimal, of the films of all splits in order."""
    total = hashlib.sha256()
    for split in SPLITS:
        total.update(split.encode())
        for digest in digests.get(split, ()):
            total.update(digest)
    return total.hexdigest()


def genre_vocabulary(train: Iterable[Sequence[str]]) -> GenreVocabulary:
    """Return the genres of the training films, sorted by name."""
    return GenreVocabulary(tuple(sorted({name for genres in train for name in genres})))


def co_occurrence(
    films: Iterable[Sequence[str]], vocabulary: GenreVocabulary
) -> tuple[tuple[int, ...], ...]:
    """Count the films that have both genres of each pair: ``(G, G)``, symmetric."""
    counts = Counter(map(tuple, films))  # many films share their genres
    targets = vocabulary.encode(list(counts)).astype("int64")
    weights = np.array(list(counts.values()), dtype="int64")
    return tuple(tuple(row) for row in ((targets.T * weights) @ targets).tolist())


def split_statistics(
    films: Iterable[tuple[Sequence[str], bool, bool]], vocabulary: GenreVocabulary
) -> SplitStatistics:
    """Compute the statistics of a split.

    Args:
        films: One or more; of each its genres, and whether it has a poster and an overview.
        vocabulary: G genres.
    """
    counts: Counter[str] = Counter()
    total = with_poster = with_overview = 0
    for genres, poster, overview in films:
        counts.update(genres)
        total += 1
        with_poster += poster
        with_overview += overview
    cardinality = sum(counts[name] for name in vocabulary.names) / total
    return SplitStatistics(
        films=total,
        with_poster=with_poster,
        with_overview=with_overview,
        genres=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        cardinality=cardinality,
        density=cardinality / max(len(vocabulary), 1),
    )


def reason_kind(reason: str) -> str:
    """Return the part of a reason before the first colon; reasons are counted by it."""
    return reason.partition(":")[0]
