"""What befalls a training poster, all of it by torchvision's transforms v2."""

import torch
from torch import Tensor
from torchvision.transforms import v2

from posterplot.training.sections import AugmentationConfig


def make_augmentation(config: AugmentationConfig, height: int, width: int) -> v2.Compose:
    """Return a transform of a ``(3, height, width)`` uint8 poster to another of the same shape.

    It draws from torch's global generator; :func:`augment` seeds that.
    """
    steps: list[torch.nn.Module] = []
    if config.crop:
        steps.append(
            v2.RandomResizedCrop(
                (height, width),
                scale=(1 - config.crop, 1.0),
                ratio=(0.9 * width / height, width / height / 0.9),
                antialias=True,
            )
        )
    if config.flip:
        steps.append(v2.RandomHorizontalFlip(config.flip))
    if config.rotation:
        steps.append(v2.RandomRotation(config.rotation, v2.InterpolationMode.BILINEAR))
    if config.perspective:
        steps.append(v2.RandomPerspective(config.perspective, p=0.5))
    if config.elastic:
        # as smooth as a thirty-second of the poster; the cost grows with the square of that
        sheet = v2.ElasticTransform(alpha=config.elastic, sigma=min(height, width) / 32)
        steps.append(v2.RandomApply([sheet], p=0.1))
    if config.colour:
        c = config.colour
        steps.append(v2.ColorJitter(brightness=c, contrast=c, saturation=c))
    if config.erasing:
        steps.append(v2.RandomErasing(config.erasing, scale=(0.02, 0.2)))
    return v2.Compose(steps or [v2.Identity()])


def augment(transform: v2.Compose, poster: Tensor, seed: int) -> Tensor:
    """Apply a transform whose chances depend on ``seed`` alone, not on what was drawn before.

    So a poster in an epoch looks the same however many processes read, and after a resume.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return transform(poster)  # type: ignore[no-any-return]
