import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from posterplot.training.module import epoch_figures


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_figures_of_an_epoch_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(30, 4)).astype(np.float32)
    targets = (rng.random((30, 4)) < 0.4).astype(np.float32)
    targets[0] = 1
    found = epoch_figures(torch.from_numpy(logits), torch.from_numpy(targets))
    for mean in ("micro", "macro"):
        p, r, f, _ = oracle.precision_recall_fscore_support(
            targets, logits > 0, average=mean, zero_division=0
        )
        assert found[f"{mean}_precision"].item() == pytest.approx(p, abs=1e-6)
        assert found[f"{mean}_recall"].item() == pytest.approx(r, abs=1e-6)
        assert found[f"{mean}_f1"].item() == pytest.approx(f, abs=1e-6)
    assert found["mAP"].item() == pytest.approx(
        oracle.average_precision_score(targets, logits, average="macro"), abs=1e-5
    )


def test_a_genre_without_a_film_is_left_out_of_macro_means():
    logits = torch.tensor([[2.0, 3.0], [-2.0, 3.0]])
    targets = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    found = epoch_figures(logits, targets)
    assert found["macro_f1"] == found["mAP"] == 1.0
    assert found["micro_precision"].item() == pytest.approx(1 / 3)


def test_a_split_without_any_genre_has_figures_all_the_same():
    found = epoch_figures(torch.randn(3, 2), torch.zeros(3, 2))
    assert set(found) == set(epoch_figures(torch.randn(3, 2), torch.ones(3, 2)))
