from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import overview_of, poster_bytes

from posterplot.films import Film, Prediction, Rejected
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor

POSTER = poster_bytes(("Action",), 1)


@pytest.fixture(scope="module")
def fused(runs):
    return Predictor(load_bundle(runs / "tiny-fusion"))


def test_modalities_are_the_inputs_that_were_used(fused):
    films = [
        Film("a", poster=POSTER, overview="a gun"),
        Film("b", poster=POSTER),
        Film("c", overview="a gun"),
    ]
    answers = list(fused.predict(films))
    assert [a.modalities for a in answers] == [
        ("poster", "overview"),
        ("poster",),
        ("overview",),
    ]


def test_a_title_replaces_an_overview_if_there_are_decisions_for_it(fused):
    bundle = fused.bundle
    sure = bundle.manifest.decisions.model_copy(update={"offset": (9.0,) * 3})
    alone = bundle.manifest.decisions_by_modality | {"title": sure}
    manifest = bundle.manifest.model_copy(update={"decisions_by_modality": alone})
    titled = Predictor(replace(bundle, manifest=manifest))
    films = [
        Film("with", "Gun &amp; Kiss", poster=POSTER),
        Film("written", poster=POSTER, overview="Gun & Kiss."),
        Film("nameless", poster=POSTER),
        Film("wordless", "Gun", poster=POSTER, overview="N/A"),
        Film("no-poster", "Gun", overview="N/A"),
    ]
    with_, written, nameless, rejected, wordless, none = titled.predict(films)
    assert with_.modalities == wordless.modalities == ("poster", "title")
    assert nameless.modalities == ("poster",)
    assert (rejected.id, rejected.part, rejected.reason) == (
        *("wordless", "overview", "overview says nothing: 'N/A'"),
    )
    assert (none.id, none.part) == ("no-poster", "film")  # a title alone is not judged by
    assert all(p > 0.9 for p in with_.probabilities.values())  # by its own decisions
    # the graph sees the same words, decided otherwise
    shown = [titled.read(film).inputs for film in films[:2]]
    assert shown[0].tokens.tolist() == shown[1].tokens.tolist()
    assert (written.modalities, shown[1].titled) == (("poster", "overview"), False)
    assert [a.modalities for a in fused.predict(films[:1])] == [("poster",)]


def test_a_prediction_does_not_depend_on_other_films(fused, dataset):
    films = list(dataset.films("train"))
    together = list(fused.predict(films))
    for film, answer in zip(films, together, strict=True):
        (alone,) = fused.predict([film])
        assert alone == answer


def test_films_are_yielded_in_order(fused, monkeypatch):
    monkeypatch.setattr("posterplot.inference.predictor.AHEAD", 4)
    lengths = (40, 1, 0, 17, 3, 0, 80, 5, 9)
    films = [
        Film(str(n), poster=POSTER if n % 2 or not length else None, overview="gun kiss " * length)
        for n, length in enumerate(lengths)
    ]
    answers = list(fused.predict(films))
    assert [a.id for a in answers] == [f.id for f in films]
    for film, answer in zip(films, answers, strict=True):
        (alone,) = fused.predict([film])
        assert answer.modalities == film.modalities
        assert answer == alone


def test_films_are_not_read_too_far_ahead(fused, monkeypatch):
    monkeypatch.setattr("posterplot.inference.predictor.AHEAD", 5)
    read = []

    def films():
        for n in range(100):
            read.append(n)
            yield Film(str(n), overview="a gun")

    answers = fused.predict(films())
    next(answers)
    assert len(read) == 5
    answers.close()


def test_one_bad_film_does_not_stop_the_others(fused):
    films = [
        Film("good", poster=POSTER, overview="a kiss"),
        Rejected("row", "", "films.csv row 3", "film", "no id"),
        Film("both-bad", poster=b"not a poster", overview="   "),
        Film("half-bad", poster=POSTER[:200], overview="a kiss"),
        Film("last", poster=POSTER),
    ]
    answers = list(fused.predict(films))
    assert [(a.id, type(a)) for a in answers] == [
        ("good", Prediction),
        ("row", Rejected),
        ("both-bad", Rejected),
        ("half-bad", Rejected),
        ("half-bad", Prediction),
        ("last", Prediction),
    ]
    assert answers[2].part == "film"
    assert answers[3].part == "poster"
    assert answers[4].modalities == ("overview",)


def test_a_model_of_one_modality_lists_films_without_it(runs):
    predictor = Predictor(load_bundle(runs / "tiny-cnn"))
    (answer,) = predictor.predict([Film("a", overview="a long text")])
    assert answer.reason == "the model reads posters, and the film has none"
    films, logits = predictor.logits([Film("a", overview="a long text")])
    assert films == []
    assert logits.shape == (0, 3)


@pytest.mark.parametrize(
    "overview",
    ["gun", "word " * 20_000, "🎬🔫", "فيلم عن رجل", "\u202eright to left", "!!!"],
    ids=["one-word", "100000-characters", "emoji", "arabic", "override", "no-word"],
)
def test_every_overview_is_predicted_or_listed(fused, overview):
    (answer, *_) = fused.predict([Film("a", overview=overview)])
    if isinstance(answer, Prediction):
        assert all(0 <= p <= 1 for p in answer.probabilities.values())
    else:
        assert answer.part == "film"


def test_genres_are_decided_by_the_bundles_thresholds_most_probable_first(fused, dataset):
    manifest = fused.bundle.manifest
    for answer in fused.predict(dataset.films("train")):
        decisions = manifest.decisions_for(answer.modalities)
        rule = decisions.thresholds[decisions.rule]
        thresholds = dict(zip(manifest.genres, rule, strict=True))
        decided = {g for g, p in answer.probabilities.items() if p >= thresholds[g]}
        assert set(answer.genres) == decided
        shown = [answer.probabilities[g] for g in answer.genres]
        assert shown == sorted(shown, reverse=True)


def test_the_bundle_predicts_as_the_trained_network(runs, dataset):
    """From films to logits along both roads: batches and PyTorch, predictor and ONNX Runtime."""
    from posterplot.training.build.network import make_network
    from posterplot.training.config.run_config import load_config
    from posterplot.training.data.batches import Films, collate

    bundle = load_bundle(runs / "tiny-cnn")
    config = load_config(runs / "tiny-cnn" / "config.toml")
    network = make_network(config, [], torch.zeros(len(dataset.vocabulary)), "")[0].eval()
    best = torch.load(runs / "tiny-cnn" / "checkpoints" / "best.ckpt", weights_only=True)
    state = {k.removeprefix("network."): v for k, v in best["state_dict"].items()}
    network.load_state_dict({k: v for k, v in state.items() if not k.startswith("seen")})
    films = [f for f in dataset.films("test") if f.poster]
    examples = Films(
        films,
        torch.zeros(len(films), 1),
        poster=bundle.manifest.poster,
        overview=None,
        tokenizer=None,
    )
    batch = collate([examples[n] for n in range(len(examples))])
    with torch.no_grad():
        expected = network(batch.posters).logits.numpy()
    assert np.abs(Predictor(bundle).logits(films)[1] - expected).max() < 1e-4


def test_overview_tokens_are_those_of_training(runs):
    """An overview cleaned twice, or not at all, gives the same answer as a clean one."""
    predictor = Predictor(load_bundle(runs / "tiny-lstm"))
    text = overview_of(("Drama",), 3)
    film = Film("a", overview=text)
    messy = replace(film, overview=f"  <p>{text}</p>\r\n ")
    assert np.allclose(predictor.logits([film])[1], predictor.logits([messy])[1])


def test_threads_share_no_changing_state(runs):
    predictor = Predictor(load_bundle(runs / "tiny-lstm"))
    most = predictor.bundle.manifest.overview.max_tokens
    assert predictor.tokenizer.truncation["max_length"] == most
    assert predictor.tokenizer.padding is None


def test_several_threads_may_predict_at_once(fused, dataset):
    films = list(dataset.films("train"))[:8]
    alone = [a.probabilities for a in fused.predict(films)]
    with ThreadPoolExecutor(4) as pool:
        for answers in pool.map(lambda _: list(fused.predict(films)), range(8)):
            assert [a.probabilities for a in answers] == alone


def test_features_are_computed_on_request(runs, joint_run, dataset):
    joint = Predictor(load_bundle(joint_run))
    assert joint.features == joint.bundle.manifest.features
    assert set(joint.features) == {"poster", "overview"}
    films = [f for f in dataset.films("train") if len(f.modalities) == 2][:5]
    bad = Film("bad", poster=b"not a picture")
    used, rows = joint.outputs_of([*films, bad], ["logits", "poster_features"])
    assert used == films
    assert set(rows) == {"logits", "poster_features"}
    assert rows["poster_features"].shape == (5, joint.features["poster"])
    assert rows["poster_features"].dtype == np.float32
    assert (rows["logits"] == joint.logits(films)[1]).all()
    read = joint.read(films[0]).inputs
    whole = joint.run([read], ["overview_features", "overview_parts"])
    total = whole["overview_parts"].sum(axis=1)
    assert np.abs(total - whole["overview_features"]).max() < 1e-5
    _, none = joint.outputs_of([], ["logits", "overview_features"])
    assert none["overview_features"].shape == (0, joint.features["overview"])
    assert Predictor(load_bundle(runs / "tiny-tfidf")).features == {}
