import hashlib

import pytest

from posterplot.dataset.manifest import (
    DatasetManifest,
    co_occurrence,
    file_digest,
    film_digest,
    fingerprint,
    genre_vocabulary,
    manifest_digest,
    reason_kind,
    sealed,
    split_statistics,
)
from posterplot.films import Film, GenreVocabulary

FILM = Film("a", "Salt", 1999, "A cook.", ("Drama",), b"poster")
MANIFEST = DatasetManifest(
    posterplot="0",
    seed=0,
    poster_side=256,
    genres=("Action", "Drama"),
    genres_not_in_train=(),
    splits={},
    imbalance_ratio=None,
    co_occurrence=((1, 0), (0, 1)),
    duplicate_groups=0,
    duplicate_films=0,
    rejected={},
    fingerprint="f" * 64,
)


def test_the_genres_of_the_training_films_are_sorted():
    assert genre_vocabulary([("War", "Drama"), (), ("Action", "Drama")]).names == (
        *("Action", "Drama", "War"),
    )


def test_co_occurrence_by_hand():
    films = [("A", "B"), ("A",), ("A", "B", "C"), ("C",), ("D",)]
    assert co_occurrence(films, GenreVocabulary(("A", "B", "C"))) == (
        (3, 2, 1),
        (2, 2, 1),
        (1, 1, 2),
    )


def test_statistics_of_a_split_by_hand():
    films = [(("A", "X"), True, False), (("B", "A"), True, True), (("X",), False, True)]
    statistics = split_statistics(films, GenreVocabulary(("A", "B")))
    assert (statistics.films, statistics.with_poster, statistics.with_overview) == (3, 2, 2)
    assert list(statistics.genres.items()) == [("A", 2), ("X", 2), ("B", 1)]
    assert statistics.cardinality == pytest.approx(3 / 3)  # X is not in the vocabulary
    assert statistics.density == pytest.approx(1 / 2)
    assert split_statistics(films, GenreVocabulary(())).density == 0


@pytest.mark.parametrize(
    "change",
    [
        {"id": "b"},
        {"title": ""},
        {"year": None},
        {"overview": "A cook"},
        {"genres": ("Drama", "War")},
        {"poster": b"Poster"},
        {"poster": None},
    ],
)
def test_the_digest_of_a_film_depends_on_everything_that_is_stored(change):
    parts = {name: getattr(FILM, name) for name in ("id", "title", "year", "overview", "genres")}
    parts |= {"poster": FILM.poster}
    assert film_digest(Film(**parts, source="row 9")) == film_digest(FILM)
    assert film_digest(Film(**parts | change)) != film_digest(FILM)


def test_the_fingerprint_depends_on_the_splits_and_on_the_order():
    one, two = b"1" * 32, b"2" * 32
    fingerprints = {
        fingerprint(digests)
        for digests in ({"train": [one, two]}, {"train": [two, one]}, {"test": [one, two]}, {})
    }
    assert len(fingerprints) == 4
    expected = hashlib.sha256(b"train" + one + b"validation" + b"test" + two).hexdigest()
    assert fingerprint({"test": [two], "train": [one]}) == expected


def test_a_sealed_manifest_has_the_digest_of_its_content(tmp_path):
    (tmp_path / "films").write_bytes(b"abc")
    digest = file_digest(tmp_path / "films")
    assert digest == hashlib.sha256(b"abc").hexdigest()
    manifest = sealed(MANIFEST, {"films": digest})
    assert manifest.files == {"films": digest}
    assert manifest.digest == manifest_digest(manifest) != manifest_digest(MANIFEST)
    assert sealed(manifest, manifest.files) == manifest
    assert manifest_digest(manifest.model_copy(update={"seed": 1})) != manifest.digest


def test_reasons_are_counted_by_their_kind():
    assert reason_kind("overview says nothing: 'N/A: none'") == "overview says nothing"
    assert reason_kind("has no genres") == "has no genres"
