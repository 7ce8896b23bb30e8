import math

import pytest
import torch

from posterplot.networks import make_loss

LOGITS = torch.tensor([[2.0, -1.0], [0.5, 0.0]])
TARGETS = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
ONES = torch.ones(2)
KINDS = ("bce", "weighted-bce", "focal", "asymmetric")


def _bce(z, t):
    return math.log1p(math.exp(-z)) if t else math.log1p(math.exp(z))


def test_bce_by_hand():
    expected = (_bce(2, 1) + _bce(-1, 0) + _bce(0.5, 0) + _bce(0, 1)) / 4
    loss = make_loss("bce", torch.tensor([0.5, 0.5]))
    assert loss(LOGITS, TARGETS, ONES).item() == pytest.approx(expected, abs=1e-6)


def test_weighted_bce_weights_positives_by_the_root_of_the_odds():
    # shares 1/5 and 1/10: weights sqrt(4) = 2 and sqrt(9) = 3
    expected = (2 * _bce(2, 1) + _bce(-1, 0) + _bce(0.5, 0) + 3 * _bce(0, 1)) / 4
    loss = make_loss("weighted-bce", torch.tensor([0.2, 0.1]))
    assert loss(LOGITS, TARGETS, ONES).item() == pytest.approx(expected, abs=1e-6)


def test_a_genre_without_a_positive_film_weighs_one():
    plain, weighted = (make_loss(k, torch.tensor([0.0, 0.0])) for k in ("bce", "weighted-bce"))
    assert weighted(LOGITS, TARGETS, ONES).item() == pytest.approx(
        plain(LOGITS, TARGETS, ONES).item()
    )


def test_focal_by_hand():
    def term(z, t):
        p = 1 / (1 + math.exp(-z))
        right = p if t else 1 - p
        return (0.25 if t else 0.75) * (1 - right) ** 2 * _bce(z, t)

    expected = (term(2, 1) + term(-1, 0) + term(0.5, 0) + term(0, 1)) / 2
    loss = make_loss("focal", torch.tensor([0.5, 0.5]))
    assert loss(LOGITS, TARGETS, ONES).item() == pytest.approx(expected, abs=1e-6)


def test_asymmetric_by_hand():
    def term(z, t):
        p = 1 / (1 + math.exp(-z))
        if t:
            return -(1 - p) * math.log(p)
        shifted = max(p - 0.05, 0)
        return -(shifted**4) * math.log(1 - shifted)

    expected = (term(2, 1) + term(-1, 0) + term(0.5, 0) + term(0, 1)) / 2
    loss = make_loss("asymmetric", torch.tensor([0.5, 0.5]))
    assert loss(LOGITS, TARGETS, ONES).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_label_adds_nothing_to_the_loss_or_its_gradient(kind):
    loss = make_loss(kind, torch.tensor([0.2, 0.1]))
    logits = LOGITS.clone().requires_grad_()
    result = loss(logits, torch.tensor([[1.0, torch.nan], [0.0, 1.0]]), ONES)
    result.backward()
    one = LOGITS.clone()
    one[0, 1] = -40.0  # a negative that is surely right has no loss
    assert result.item() == pytest.approx(loss(one, TARGETS, ONES).item(), abs=1e-6)
    assert logits.grad[0, 1] == 0
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad != 0).sum() == 3


@pytest.mark.parametrize("kind", KINDS)
def test_films_are_weighted_in_the_loss(kind):
    loss = make_loss(kind, torch.tensor([0.2, 0.1]))
    first, second = (loss(LOGITS, TARGETS, torch.eye(2)[n]) for n in (0, 1))
    result = loss(LOGITS, TARGETS, torch.tensor([0.25, 3.0]))
    assert result.item() == pytest.approx((0.25 * first + 3 * second).item(), abs=1e-6)
    assert first > 0
