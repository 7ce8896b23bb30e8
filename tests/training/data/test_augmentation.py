import pytest
import torch

from posterplot.training.config.films import AugmentationConfig
from posterplot.training.data.augmentation import augment, make_augmentation, mix_posters

OFF = dict.fromkeys(AugmentationConfig.model_fields, 0)
OF_A_POSTER = [part for part in OFF if part != "mixup"]  # that is of a batch
POSTER = torch.randint(0, 256, (3, 48, 32), dtype=torch.uint8)


def _changed(config, seeds=range(30)):
    transform = make_augmentation(config, 48, 32)
    return sum(not torch.equal(augment(transform, POSTER, seed), POSTER) for seed in seeds)


def test_without_augmentation_posters_are_unchanged():
    assert _changed(AugmentationConfig(**OFF)) == 0


@pytest.mark.parametrize("part", OF_A_POSTER)
def test_each_part_can_be_switched_on_alone(part):
    default = getattr(AugmentationConfig(), part)
    assert 0 < _changed(AugmentationConfig(**OFF | {part: default}), range(60)) <= 60


def test_shape_and_type_stay():
    transform = make_augmentation(AugmentationConfig(), 48, 32)
    for seed in range(20):
        augmented = augment(transform, POSTER, seed)
        assert augmented.shape == POSTER.shape
        assert augmented.dtype == torch.uint8


def test_augmentation_depends_only_on_the_seed():
    transform = make_augmentation(AugmentationConfig(), 48, 32)
    before = torch.get_rng_state()
    first = augment(transform, POSTER, 7)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    assert torch.equal(augment(transform, POSTER, 7), first)
    assert not torch.equal(augment(transform, POSTER, 8), first)


def _batch(films=4, seed=0):
    drawn = torch.Generator().manual_seed(seed)
    posters = torch.randint(0, 256, (films, 3, 24, 16), dtype=torch.uint8, generator=drawn)
    targets = torch.randint(0, 2, (films, 3), generator=drawn).float()
    return posters, targets, torch.rand(films, 3, generator=drawn), torch.ones(films)


def test_posters_are_mixed_with_the_given_probability():
    posters, targets, soft_targets, weights = _batch()
    torch.manual_seed(0)
    batch = posters, targets, soft_targets, weights
    mixed = sum(mix_posters(0.3, *batch)[0] is not posters for _ in range(1000))
    assert 250 < mixed < 350
    assert all(a is b for a, b in zip(mix_posters(0.0, *batch), batch, strict=True))


def test_targets_and_weights_are_mixed_in_the_proportion_of_the_posters():
    films = 4
    white = torch.arange(films).view(films, 1, 1, 1) % 2 * 255
    posters = white.expand(films, 3, 24, 16).to(torch.uint8)
    soft_targets = (torch.arange(films) % 2).float().view(films, 1).expand(films, 2)
    kinds = set()
    for seed in range(40):
        torch.manual_seed(seed)
        mixed, targets, mixed_targets, weights = mix_posters(
            1.0, posters, soft_targets, soft_targets, soft_targets[:, 0]
        )
        assert torch.equal(weights, mixed_targets[:, 0])
        kinds.add(len(mixed[0].unique()))
        # a film's neighbour is of the other colour and of the other genres
        assert torch.allclose(mixed.mean(dim=(1, 2, 3)) / 255, mixed_targets[:, 0], atol=1e-4)
        assert torch.equal(targets, mixed_targets.round())
    assert kinds == {1, 2}  # mixup blends them, CutMix shows both side by side


def test_unknown_labels_stay_unknown():
    posters, targets, soft_targets, weights = _batch()
    targets[1] = torch.nan
    soft_targets[2, 0] = torch.nan
    for seed in range(10):
        torch.manual_seed(seed)
        _, mixed_targets, mixed_soft_targets, _ = mix_posters(
            1.0, posters, targets, soft_targets, weights
        )
        assert mixed_targets[1].isnan().all()
        # unknown of a film and of the one that is mixed into it
        assert mixed_soft_targets.isnan().nonzero().tolist() == [[2, 0], [3, 0]]


def test_jpeg_compression_changes_little():
    config = AugmentationConfig(**OFF | {"jpeg": 1.0})
    smooth = torch.linspace(0, 255, 32).to(torch.uint8).expand(3, 48, 32)
    compressed = augment(make_augmentation(config, 48, 32), smooth, 0)
    assert not torch.equal(compressed, smooth)
    assert (compressed.float() - smooth.float()).abs().mean() < 4
