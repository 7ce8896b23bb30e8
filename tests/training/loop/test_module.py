import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from posterplot.networks import Features, GenreNetwork, MeanHead, PosterCNN, make_loss
from posterplot.training.config.fit import FitConfig
from posterplot.training.data.batches import Batch
from posterplot.training.data.encoded_films import EncodedBatch
from posterplot.training.loop.module import GenreModule, epoch_metrics


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_metrics_of_an_epoch_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(30, 4)).astype(np.float32)
    targets = (rng.random((30, 4)) < 0.4).astype(np.float32)
    targets[0] = 1
    metrics = epoch_metrics(torch.from_numpy(logits), torch.from_numpy(targets))
    for mean in ("micro", "macro"):
        p, r, f, _ = oracle.precision_recall_fscore_support(
            targets, logits > 0, average=mean, zero_division=0
        )
        assert metrics[f"{mean}_precision"].item() == pytest.approx(p, abs=1e-6)
        assert metrics[f"{mean}_recall"].item() == pytest.approx(r, abs=1e-6)
        assert metrics[f"{mean}_f1"].item() == pytest.approx(f, abs=1e-6)
    assert metrics["mAP"].item() == pytest.approx(
        oracle.average_precision_score(targets, logits, average="macro"), abs=1e-5
    )


def test_a_genre_without_a_film_is_left_out_of_macro_means():
    logits = torch.tensor([[2.0, 3.0], [-2.0, 3.0]])
    targets = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    metrics = epoch_metrics(logits, targets)
    assert metrics["macro_f1"] == metrics["mAP"] == 1.0
    assert metrics["micro_precision"].item() == pytest.approx(1 / 3)


def test_unknown_labels_are_left_out_of_every_metric():
    logits, targets = torch.randn(20, 3), torch.randint(0, 2, (20, 3)).float()
    known = torch.rand(20, 3) < 0.6
    known[:2], targets[0], targets[1] = True, 1.0, 0.0
    metrics = epoch_metrics(logits, torch.where(known, targets, torch.nan))
    one_by_one = [
        epoch_metrics(logits[k][:, None], t[k][:, None])
        for logits, t, k in zip(logits.T, targets.T, known.T, strict=True)
    ]
    for name in ("mAP", "macro_f1", "macro_precision", "macro_recall"):
        expected = torch.stack([figures[name] for figures in one_by_one]).mean()
        assert metrics[name].item() == pytest.approx(expected.item(), abs=1e-6), name
    p, r, f, _ = oracle.precision_recall_fscore_support(
        targets[known], logits[known] > 0, average="binary", zero_division=0
    )
    for name, expected in (("precision", p), ("recall", r), ("f1", f)):
        assert metrics[f"micro_{name}"].item() == pytest.approx(expected, abs=1e-6)


def test_a_split_without_any_genre_is_described():
    metrics = epoch_metrics(torch.randn(3, 2), torch.zeros(3, 2))
    assert set(metrics) == set(epoch_metrics(torch.randn(3, 2), torch.ones(3, 2)))


def _module(**settings):
    torch.manual_seed(0)
    network = GenreNetwork(PosterCNN([4], 0.0), None, MeanHead(4, 2, 0.0))
    groups = [
        {"params": list(network.poster.parameters()), "lr": 0.01},
        {"params": list(network.head.parameters()), "lr": 0.1},
    ]
    return GenreModule(
        network,
        make_loss("bce", torch.tensor([0.5, 0.5])),
        FitConfig(**{"epochs": 2, "learning_rate": 0.1, **settings}),
        groups=groups,
        genres=2,
        steps_per_epoch=5,
        datasets=["none"],
        seed=0,
    )


def test_the_loss_compares_with_soft_targets_and_the_metrics_with_labels():
    module = _module()
    posters = torch.randint(0, 256, (3, 3, 16, 12), dtype=torch.uint8)
    targets = torch.tensor([[1.0, 0.0], [torch.nan, torch.nan], [0.0, torch.nan]])
    soft_targets = torch.tensor([[0.7, 0.1], [0.4, 0.3], [0.0, torch.nan]])
    weights = torch.tensor([1.0, 0.5, 2.0])
    present = torch.ones(3, dtype=torch.bool)
    batch = Batch(posters, present, None, None, targets, soft_targets, weights)
    loss = module.training_step(batch, 0)
    logits = module.network(posters).logits
    p = logits.sigmoid()
    terms = -(soft_targets * p.log() + (1 - soft_targets) * (1 - p).log())
    expected = (terms.nan_to_num() * weights[:, None]).sum() / 6
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)
    seen = module.train_outputs
    assert torch.equal(seen["targets"].compute().view(-1, 2).nan_to_num(9), targets.nan_to_num(9))
    assert torch.allclose(seen["logits"].compute().view(-1, 2), logits, atol=1e-5)


def test_training_posters_are_mixed_and_those_of_validation_are_not():
    module = _module()
    module.mixup = 1.0
    posters = torch.randint(0, 256, (4, 3, 16, 12), dtype=torch.uint8)
    targets = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    batch = Batch(
        posters, torch.ones(4, dtype=torch.bool), None, None, targets, targets, torch.ones(4)
    )
    module.eval()
    module.training_step(batch, 0)
    module.validation_step(batch, 0)
    trained = module.train_outputs["logits"].compute().view(-1, 2)
    validated = module.validation_outputs["logits"].compute().view(-1, 2)
    assert torch.allclose(validated, module.network(posters).logits, atol=1e-6)
    assert not torch.allclose(trained, validated, atol=1e-4)


def test_encoded_films_are_passed_to_the_head():
    module = _module()
    module.network.poster = None
    patches = torch.randn(2, 5, 4)
    targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    batch = EncodedBatch(Features(patches, None, None, None), targets, targets, torch.ones(2))
    module.validation_step(batch, 0)
    logits = module.network.head(batch.features).logits
    gathered = module.validation_outputs["logits"].compute().view(-1, 2)
    assert torch.allclose(gathered, logits, atol=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_peak_rate_is_reached_also_in_a_few_steps(steps):
    module = _module(epochs=1)
    module.steps_per_epoch = steps
    configured = module.configure_optimizers()
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[1]["lr"])
        optimizer.step()
        schedule.step()
    assert max(rates) > 0.7 * 0.1


def test_each_parameter_group_has_its_own_learning_rate():
    module = _module(warmup=0.4)
    configured = module.configure_optimizers()
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(10):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        schedule.step() if len(rates) < 10 else None
    encoder, head = zip(*rates, strict=True)
    assert max(encoder) == pytest.approx(0.01)
    assert max(head) == pytest.approx(0.1)
    assert encoder.index(max(encoder)) == head.index(max(head)) == 3
