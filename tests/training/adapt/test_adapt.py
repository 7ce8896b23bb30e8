import pytest
from tests.tiny_bundle import overview, write_tiny_bundle

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
    with pytest.raises(UsageError, match="there are 20 films with genres, and 0 genres"):
        adapt(base, _films(20), tmp_path / "new", "own")
    assert not (tmp_path / "new").exists()
