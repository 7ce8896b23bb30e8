import numpy as np
import pytest

from posterplot.inference.familiarity import read_familiarity
from posterplot.training.package.familiarity import fit_familiarity

RNG = np.random.default_rng(0)
AXES = RNG.normal(size=(5, 40))


def _films(number, seed):
    rng = np.random.default_rng(seed)
    along = rng.normal(size=(number, 5)) @ AXES
    return (along + 0.1 * rng.normal(size=(number, 40)) + 3).astype(np.float32)


@pytest.fixture(scope="module")
def fitted():
    return fit_familiarity({"poster": _films(400, 1), "overview": _films(400, 2)})


def _familiar(fitted, modalities, **features):
    return np.array(
        [
            fitted.is_familiar(modalities, {m: rows[n] for m, rows in features.items()})
            for n in range(len(next(iter(features.values()))))
        ]
    )


def test_95_percent_of_new_films_are_familiar(fitted):
    poster, overview = _films(2000, 3), _films(2000, 4)
    alone = _familiar(fitted, ("poster",), poster=poster, overview=0 * overview)
    both = _familiar(fitted, ("poster", "overview"), poster=poster, overview=overview)
    titled = _familiar(fitted, ("poster", "title"), poster=poster, overview=0 * overview)
    assert 0.92 < alone.mean() < 0.98
    assert 0.92 < both.mean() < 0.98
    assert (titled == alone).all()


def test_films_of_another_distribution_are_unfamiliar(fitted):
    strange = (3 + RNG.normal(size=(200, 40))).astype(np.float32)
    usual = _films(200, 5)
    assert not _familiar(fitted, ("poster",), poster=strange).any()
    assert not _familiar(fitted, ("poster", "overview"), poster=usual, overview=strange).any()


def test_familiarity_is_unknown_without_features_and_with_few_films(fitted):
    assert fit_familiarity({}) is None
    assert fit_familiarity({"poster": _films(99, 1)}) is None
    one = fit_familiarity({"poster": _films(200, 1)})
    assert one.is_familiar(("overview",), {}) is None


def test_films_without_features_are_as_familiar_as_each_other():
    fitted = fit_familiarity({"poster": np.zeros((120, 4), np.float32)})
    assert np.isfinite(fitted.both)
    assert fitted.is_familiar(("poster",), {"poster": np.zeros(4)}) is True


def test_a_fitted_file_is_read_as_written(fitted, tmp_path):
    path = tmp_path / "familiarity.npz"
    path.write_bytes(fitted.to_bytes())
    back = read_familiarity(path, {"poster": 40, "overview": 40})
    rows = _films(50, 6)
    for modality, space in fitted.spaces.items():
        again = back.spaces[modality].distance(rows)
        assert again == pytest.approx(space.distance(rows), rel=0.01)
