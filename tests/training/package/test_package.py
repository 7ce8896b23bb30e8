import pytest

from posterplot.errors import UsageError
from posterplot.evaluation import predict_split
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.training.config.run_config import load_config
from posterplot.training.families.trained_model import TrainedModel
from posterplot.training.package.decisions import fit_decisions
from posterplot.training.package.package import package


@pytest.fixture(scope="module", params=[True, False], ids=["titles", "no titles"])
def finished(request, joint_run, dataset, tmp_path_factory):
    """The graph of a joint run, decided anew; and whether titles may stand for overviews."""
    bundle = load_bundle(joint_run)
    made = TrainedModel(
        graph=bundle.graph.read_bytes(),
        tokenizer=bundle.tokenizer.read_text(encoding="utf-8"),
        poster=bundle.manifest.poster,
        overview=bundle.manifest.overview,
        train_films=1,
        notes={},
        held_out={},
        titles=request.param,
    )
    config, path = load_config(joint_run / "config.toml"), tmp_path_factory.mktemp("finished")
    return package(config, dataset, path / "bundle", made, lambda _: None), request.param


def test_there_are_decisions_for_every_combination_of_inputs(finished):
    bundle, titles = finished
    assert set(bundle.manifest.decisions_by_modality) == {"poster", "overview"} | (
        {"title"} if titles else set()
    )
    for seen, by in (
        (("poster",), "poster"),
        (("overview",), "overview"),
        (("poster", "title"), "title"),
    ):
        expected = bundle.manifest.decisions_by_modality.get(by, bundle.manifest.decisions)
        assert bundle.manifest.decisions_for(seen) == expected
    assert bundle.manifest.decisions_for(("poster", "overview")) == bundle.manifest.decisions


def test_title_decisions_are_fitted_on_posters_with_titles(finished, dataset):
    bundle, titles = finished
    if not titles:
        with pytest.raises(UsageError, match="does not read titles"):
            predict_split(bundle, dataset, "validation", lambda _: None, "title")
        return
    predicted = predict_split(bundle, dataset, "validation", lambda _: None, "title")
    assert set(predicted.modalities) == {("poster", "title")}
    assert len(predicted.films) == sum(f.poster is not None for f in dataset.films("validation"))
    # most of these films lack the overview, so all films are used
    parts = [film.only("title") for film in dataset.films("validation")]
    shown, logits = Predictor(bundle).logits([film for film in parts if film])
    targets = dataset.vocabulary.encode([film.genres for film in shown])
    expected, _ = fit_decisions(logits, targets)
    decisions = bundle.manifest.decisions_by_modality["title"]
    assert decisions.scale == pytest.approx(expected.scale, abs=1e-4)
    assert decisions.offset == pytest.approx(expected.offset, abs=1e-4)
    assert decisions.scale != bundle.manifest.decisions_by_modality["poster"].scale
