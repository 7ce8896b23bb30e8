from dataclasses import replace

import numpy as np

from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.training.families.late_fusion import fit_weights


def _calibrated(bundle, films):
    decisions = bundle.manifest.decisions
    _, logits = Predictor(bundle).logits(films)
    return logits * np.array(decisions.scale) + np.array(decisions.offset)


def test_one_modality_is_predicted_by_its_own_model(parts, runs, dataset):
    fused = Predictor(load_bundle(runs / "tiny-fusion"))
    both = [f for f in dataset.films("train") if len(f.modalities) == 2]
    for bundle, kept in zip(parts, ("poster", "overview"), strict=True):
        alone = [replace(f, **{m: None for m in ("poster", "overview") if m != kept}) for f in both]
        assert np.abs(fused.logits(alone)[1] - _calibrated(bundle, alone)).max() < 1e-4


def test_both_modalities_have_the_fitted_weights(parts, runs, dataset):
    fused = load_bundle(runs / "tiny-fusion")
    both = [f for f in dataset.films("validation") if len(f.modalities) == 2]
    targets = dataset.vocabulary.encode([f.genres for f in both]).astype(float)
    logits = np.stack([Predictor(b).logits(both)[1] for b in parts], axis=-1).astype(float)
    train = dataset.manifest.splits["train"]
    share = np.array([train.genres[g] + 0.5 for g in dataset.vocabulary.names]) / (train.films + 1)
    fitted = fit_weights(*parts, logits, targets, share, shrinkage=10.0)
    expected = (logits * fitted.weights[2]).sum(axis=-1) + fitted.bias[2]
    assert np.abs(Predictor(fused).logits(both)[1] - expected).max() < 1e-4


def test_features_are_those_of_both_models_and_zero_where_an_input_is_absent(parts, runs, dataset):
    fused = load_bundle(runs / "tiny-fusion")
    both = [f for f in dataset.films("train") if len(f.modalities) == 2][:6]
    names = ("poster_features", "overview_features")
    films = [*both, replace(both[0], poster=None), replace(both[0], overview=None)]
    _, features = Predictor(fused).outputs_of(films, names)
    for bundle, name in zip(parts, names, strict=True):
        modality = name.split("_")[0]
        own = Predictor(bundle)
        assert fused.manifest.features[modality] == bundle.manifest.features[modality]
        _, expected = own.outputs_of(both, [name])
        assert np.abs(features[name][:6] - expected[name]).max() < 1e-5
    assert (features["poster_features"][6] == 0).all()
    assert (features["overview_features"][7] == 0).all()
    assert (features["poster_features"][7] == features["poster_features"][0]).all()
