from dataclasses import replace

import pytest
from PIL import Image
from tests.posters import encoded
from tests.tiny_bundle import overview, write_tiny_bundle, write_tiny_joint_bundle

from posterplot.errors import UsageError
from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.training.adapt.adapt import adapt

# own genres, of the tiny model's words
OWN = {"Fights": ("Action",), "Tears": ("Drama",), "Weddings": ("Romance", "Drama")}


def _films(number, seed=0):
    names = list(OWN)
    return [
        Film(
            f"f{n}",
            f"Film {n}",
            genres=(names[n % 3], "Every", *(["Only one"] if n == 0 else [])),
            overview=overview(OWN[names[n % 3]], seed + n),
        )
        for n in range(number)
    ]


@pytest.fixture(scope="module")
def adapted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapt")
    base = write_tiny_bundle(folder / "base", languages=("en",))
    return adapt(base, _films(150), folder / "new", "own")


def test_own_genres_are_learned(adapted):
    bundle = load_bundle(adapted.bundle.path)
    assert bundle.manifest.genres == ("Fights", "Tears", "Weddings")
    assert adapted.left_out == {"Only one": 1, "Every": 150}
    assert adapted.support == {"Fights": 50, "Tears": 50, "Weddings": 50}
    assert bundle.manifest.languages == ("en",)
    films = _films(60, seed=900)
    predictions = list(Predictor(bundle).predict(films))
    best = [max(p.probabilities, key=p.probabilities.get) for p in predictions]
    right = sum(g == film.genres[0] for g, film in zip(best, films, strict=True))
    assert right >= 54
    decided = [
        set(p.genres) == {film.genres[0]} for p, film in zip(predictions, films, strict=True)
    ]
    assert sum(decided) >= 45


def test_evidence_adds_up_to_the_logits(adapted):
    predictor = Predictor(load_bundle(adapted.bundle.path))
    assert set(predictor.outputs) == {
        "logits",
        "overview_evidence",
        "overview_features",
        "overview_parts",
    }
    one, other = (predictor.read(film).inputs for film in _films(2, seed=40))
    names = ["logits", "overview_evidence"]
    first, second = predictor.run([one], names), predictor.run([other], names)
    # the rest is the same for all films with an overview
    rest = [(x["logits"] - x["overview_evidence"].sum(axis=2))[0] for x in (first, second)]
    assert rest[0] == pytest.approx(rest[1], abs=1e-3)


def test_too_few_films_are_refused(tmp_path):
    base = write_tiny_bundle(tmp_path / "base")
    with pytest.raises(
        UsageError,
        match=r"20 films can be used, with 0 genres of at least 8 films; give at least 50",
    ):
        adapt(base, _films(20), tmp_path / "new", "own")
    assert not (tmp_path / "new").exists()


GERMAN = "Ein Mann sucht seine Schwester und findet im Wald ein verlassenes Haus voller Briefe."


def test_films_that_the_model_cannot_read_do_not_count(tmp_path):
    base = write_tiny_bundle(tmp_path / "base", languages=("en",))
    unread = [Film(f"u{n}", genres=("Telenovela", "Fights"), overview=GERMAN) for n in range(10)]
    adapted = adapt(base, [*_films(90), *unread], tmp_path / "new", "own")
    assert adapted.films == 90
    assert adapted.support == {"Fights": 30, "Tears": 30, "Weddings": 30}
    assert adapted.left_out == {"Only one": 1, "Every": 90, "Telenovela": 0}
    with pytest.raises(UsageError, match="0 films can be used"):
        adapt(base, unread * 6, tmp_path / "none", "own")


def test_a_film_whose_overview_is_unread_is_a_film_with_a_poster(tmp_path):
    base = write_tiny_joint_bundle(tmp_path, languages=("en",))
    poster = encoded(Image.new("RGB", (40, 60), "red"), "PNG")
    both = [replace(film, poster=poster) for film in _films(90)]
    german = [replace(film, id=f"g{n}", overview=GERMAN) for n, film in enumerate(both[:60])]
    manifest = adapt(base, [*both, *german], tmp_path / "new", "own").bundle.manifest
    assert manifest.decisions.guarantees.films == 90
    assert manifest.decisions_by_modality["overview"].guarantees.films == 90
    assert manifest.decisions_by_modality["poster"].guarantees.films == 150


@pytest.mark.parametrize("more", [1, 10])
def test_few_films_with_a_poster_do_not_replace_the_decisions_of_many(tmp_path, more):
    base = write_tiny_joint_bundle(tmp_path, languages=("en",))
    poster = encoded(Image.new("RGB", (40, 60), "red"), "PNG")
    both = [replace(film, id=f"p{n}", poster=poster) for n, film in enumerate(_films(more))]
    manifest = adapt(base, [*_films(120), *both], tmp_path / "new", "own").bundle.manifest
    assert manifest.decisions.guarantees.films >= 120
    assert set(manifest.decisions_by_modality) == {"overview"}


def test_an_adapted_model_keeps_the_datasets_that_its_base_was_trained_on(tmp_path):
    provenance = {"dataset": "d" * 64, "sources": ["s" * 64]}
    base = write_tiny_bundle(tmp_path / "base", provenance=provenance)
    once = adapt(base, _films(90), tmp_path / "once", "own").bundle
    assert once.manifest.provenance["sources"] == ["d" * 64, "s" * 64]
    assert "dataset" not in once.manifest.provenance
    twice = adapt(once, _films(90), tmp_path / "twice", "own").bundle
    assert twice.manifest.provenance["sources"] == ["d" * 64, "s" * 64]


def test_an_adapted_model_can_be_adapted_again(adapted, tmp_path):
    renamed = [
        replace(film, genres=tuple(f"{genre} anew" for genre in film.genres))
        for film in _films(150)
    ]
    twice = adapt(adapted.bundle, renamed, tmp_path / "twice", "own").bundle
    films = _films(60, seed=900)
    best = [p.genres[:1] for p in Predictor(load_bundle(twice.path)).predict(films)]
    right = [g == (f"{film.genres[0]} anew",) for g, film in zip(best, films, strict=True)]
    assert sum(right) >= 54
