import pytest
import torch

from posterplot.training.config.sections import AugmentationConfig
from posterplot.training.data.augmentation import augment, make_augmentation, mix_posters

OFF = dict.fromkeys(AugmentationConfig.model_fields, 0)
OF_A_POSTER = [part for part in OFF if part != "mixup"]  # that is of a batch
POSTER = torch.randint(0, 256, (3, 48, 32), dtype=torch.uint8)


def _changed(config, seeds=range(30)):
    transform = make_augmentation(config, 48, 32)
    return sum(not torch.equal(augment(transform, POSTER, seed), POSTER) for seed in seeds)


def test_all_switched_off_is_nothing():
    assert _changed(AugmentationConfig(**OFF)) == 0


@pytest.mark.parametrize("part", OF_A_POSTER)
def test_each_part_can_be_switched_on_alone(part):
    default = getattr(AugmentationConfig(), part)
    assert 0 < _changed(AugmentationConfig(**OFF | {part: default}), range(60)) <= 60


def test_shape_and_type_stay():
    transform = make_augmentation(AugmentationConfig(), 48, 32)
    for seed in range(20):
        found = augment(transform, POSTER, seed)
        assert found.shape == POSTER.shape
        assert found.dtype == torch.uint8


def test_the_seed_alone_decides_and_the_global_generator_is_left_alone():
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
    return posters, targets, torch.rand(films, 3, generator=drawn)


def test_posters_are_mixed_as_often_as_was_asked():
    posters, targets, soft_targets = _batch()
    torch.manual_seed(0)
    mixed = sum(
        mix_posters(0.3, posters, targets, soft_targets)[0] is not posters for _ in range(1000)
    )
    assert 250 < mixed < 350
    same = mix_posters(0.0, posters, targets, soft_targets)
    assert all(a is b for a, b in zip(same, (posters, targets, soft_targets), strict=True))


def test_what_is_to_be_learnt_is_mixed_by_what_shows_of_each_poster():
    films = 4
    white = torch.arange(films).view(films, 1, 1, 1) % 2 * 255
    posters = white.expand(films, 3, 24, 16).to(torch.uint8)
    soft_targets = (torch.arange(films) % 2).float().view(films, 1).expand(films, 2)
    kinds = set()
    for seed in range(40):
        torch.manual_seed(seed)
        mixed, targets, aim = mix_posters(1.0, posters, soft_targets, soft_targets)
        kinds.add(len(mixed[0].unique()))
        # a film's neighbour is of the other colour and of the other genres
        assert torch.allclose(mixed.mean(dim=(1, 2, 3)) / 255, aim[:, 0], atol=1e-4)
        assert torch.equal(targets, aim.round())
    assert kinds == {1, 2}  # mixup blends them, CutMix shows both side by side


def test_labels_that_nobody_gave_stay_unknown():
    posters, targets, soft_targets = _batch()
    targets[1] = torch.nan
    for seed in range(10):
        torch.manual_seed(seed)
        _, found, aimed = mix_posters(1.0, posters, targets, soft_targets)
        assert found[1].isnan().all()
        assert not aimed.isnan().any()
