from types import SimpleNamespace

import pytest
from tests.tiny_bundle import overview, write_tiny_bundle

from posterplot.errors import DatasetError
from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.training.package.recalibrate import MIN_FILMS, recalibrate

KINDS = [("Action",), ("Drama",), ("Romance",), ("Action", "Drama")]


def dataset(tmp_path, **counts):
    """A dataset of overviews: split -> number of films."""
    films = {
        split: [
            Film(f"{split}{n}", genres=KINDS[n % 4], overview=overview(KINDS[n % 4], n))
            for n in range(count)
        ]
        for split, count in counts.items()
    }
    manifest = SimpleNamespace(splits=counts, fingerprint="f" * 64)
    return SimpleNamespace(path=tmp_path / "data", manifest=manifest, films=films.__getitem__)


@pytest.fixture
def bundle(tmp_path):
    return write_tiny_bundle(tmp_path / "base")


def test_train_and_validation_of_another_dataset_are_used(bundle, tmp_path):
    films = dataset(tmp_path, train=150, validation=70, test=90)
    recalibrate(bundle, films, tmp_path / "new")
    manifest = load_bundle(tmp_path / "new").manifest
    assert manifest.provenance["calibrated_on"] == {
        "dataset": "f" * 64,
        "splits": ["train", "validation"],
        "films": 220,
    }
    assert manifest.provenance["calibrated_from"] == bundle.manifest.digest
    assert manifest.decisions.guarantees.films == 220
    assert manifest.files["model.onnx"] == bundle.manifest.files["model.onnx"]
    card = (tmp_path / "new" / "README.md").read_text()
    assert card.startswith("# tiny\n\n## Recalibrated\n")
    assert "on 220 other films" in card


def test_of_the_dataset_that_it_was_trained_on_only_validation_counts(tmp_path):
    bundle = write_tiny_bundle(tmp_path / "base", provenance={"dataset": "f" * 64})
    films = dataset(tmp_path, train=500, validation=MIN_FILMS - 1)
    with pytest.raises(DatasetError, match=r"199 films in validation .*of train, so they do not"):
        recalibrate(bundle, films, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_films_without_a_genre_or_an_input_of_the_model_do_not_count(bundle, tmp_path):
    films = dataset(tmp_path, train=MIN_FILMS)
    other = Film("x", genres=("War",), overview="A gun and a chase.")
    poster = Film("y", genres=("Drama",), poster=b"poster")
    films.films("train")[:2] = [other, poster]
    with pytest.raises(DatasetError, match=r"has 198 films in train with a genre and an input"):
        recalibrate(bundle, films, tmp_path / "new")
