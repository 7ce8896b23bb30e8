import pytest
import torch

from posterplot.training.augmentation import augment, make_augmentation
from posterplot.training.sections import AugmentationConfig

OFF = dict.fromkeys(AugmentationConfig.model_fields, 0)
POSTER = torch.randint(0, 256, (3, 48, 32), dtype=torch.uint8)


def _changed(config, seeds=range(30)):
    transform = make_augmentation(config, 48, 32)
    return sum(not torch.equal(augment(transform, POSTER, seed), POSTER) for seed in seeds)


def test_all_switched_off_is_nothing():
    assert _changed(AugmentationConfig(**OFF)) == 0


@pytest.mark.parametrize("part", AugmentationConfig.model_fields)
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
