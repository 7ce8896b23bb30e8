from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tests.posters import encoded
from tests.tiny_bundle import overview, write_tiny_bundle, write_tiny_joint_bundle

from posterplot.errors import DatasetError
from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.training.package.calibrate import MIN_FILMS
from posterplot.training.package.familiarity import fit_familiarity
from posterplot.training.package.recalibrate import recalibrate

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
    return SimpleNamespace(
        path=tmp_path / "data", manifest=manifest, films=lambda split, in_place=False: films[split]
    )


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


def test_a_source_of_the_training_is_not_new(tmp_path):
    bundle = write_tiny_bundle(tmp_path / "base", provenance={"sources": ["e" * 64, "f" * 64]})
    with pytest.raises(DatasetError, match="data: is a source that the model was trained on"):
        recalibrate(bundle, dataset(tmp_path, train=MIN_FILMS), tmp_path / "new")


def test_posters_stay_in_their_files(bundle, tmp_path):
    read = []
    films = dataset(tmp_path, train=MIN_FILMS)
    films.films = lambda split, in_place=False, films=films.films: (
        read.append(in_place) or films(split)
    )
    recalibrate(bundle, films, tmp_path / "new")
    assert read == [True]


@pytest.mark.parametrize("trained_on", ["f" * 64, "f" * 64 + ", fold 1/5"])
def test_of_the_dataset_that_it_was_trained_on_only_validation_counts(tmp_path, trained_on):
    bundle = write_tiny_bundle(tmp_path / "base", provenance={"dataset": trained_on})
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


def poster(n):
    colour = tuple(np.random.default_rng(n).integers(0, 256, 3).tolist())
    return encoded(Image.new("RGB", (64, 96), colour), "PNG")


@pytest.fixture(scope="module")
def joint(tmp_path_factory):
    rng = np.random.default_rng(0)
    features = {"poster": rng.random((150, 3)), "overview": rng.normal(size=(150, 6))}
    familiarity = fit_familiarity(features).to_bytes()
    return write_tiny_joint_bundle(tmp_path_factory.mktemp("joint"), familiarity)


def joint_films(both=0, overviews=0, posters=0):
    films = []
    for n, kind in enumerate(["both"] * both + ["overview"] * overviews + ["poster"] * posters):
        genres = KINDS[n % 4]
        films.append(
            Film(
                str(n),
                title="Spring",
                genres=genres,
                overview=None if kind == "poster" else overview(genres, n),
                poster=None if kind == "overview" else poster(n),
            )
        )
    return films


def of(films):
    manifest = SimpleNamespace(splits={"train": len(films)}, fingerprint="f" * 64)
    return SimpleNamespace(path="data", manifest=manifest, films=lambda *_, **__: films)


@pytest.mark.parametrize("both", [0, 30])
def test_few_films_with_both_inputs_leave_all_but_a_single_input_as_it_was(joint, tmp_path, both):
    new = recalibrate(joint, of(joint_films(both, overviews=220)), tmp_path / "new")
    before, after = joint.manifest, load_bundle(new.path).manifest
    assert after.decisions == before.decisions
    old, fitted = before.decisions_by_modality, after.decisions_by_modality
    assert {m for m in fitted if fitted[m] != old[m]} == {"overview"}
    assert fitted["overview"].guarantees.films == 220 + both
    assert new.familiarity.read_bytes() == joint.familiarity.read_bytes()
    assert after.provenance["calibrated_on"]["films"] == 220 + both
    assert after.provenance["calibrated_on"]["only_for"] == ["overview"]
    card = (tmp_path / "new" / "README.md").read_text()
    assert "for single inputs (overview) were fitted again on" in card
    # the title beside a poster is still read
    films = joint_films(posters=5)
    predicted = [list(Predictor(bundle).predict(films)) for bundle in (joint, new)]
    assert predicted[0] == predicted[1]
    assert predicted[0][0].modalities == ("poster", "title")


def test_posters_alone_leave_the_languages_of_overviews_as_they_were(joint, tmp_path):
    english = write_tiny_joint_bundle(
        tmp_path / "english", joint.familiarity.read_bytes(), languages=("en",)
    )
    new = recalibrate(english, of(joint_films(posters=210)), tmp_path / "new").manifest
    assert new.languages == ("en",)
    old, fitted = english.manifest.decisions_by_modality, new.decisions_by_modality
    assert {m for m in fitted if fitted[m] != old[m]} == {"poster", "title"}


def test_everything_is_fitted_to_enough_films_with_both_inputs(joint, tmp_path):
    new = recalibrate(joint, of(joint_films(210, overviews=40)), tmp_path / "new").manifest
    assert new.decisions.guarantees.films == 210
    assert {d.guarantees.films for d in new.decisions_by_modality.values()} == {210}
    # the films with one input were not used
    assert new.provenance["calibrated_on"]["films"] == 210
    assert "on 210 other films" in (tmp_path / "new" / "README.md").read_text()


def test_every_kind_of_film_may_be_too_few(joint, tmp_path):
    with pytest.raises(
        DatasetError, match="has 110 films with a poster, 110 with an overview and 10 with both"
    ):
        recalibrate(joint, of(joint_films(10, 100, 100)), tmp_path / "new")
