"""Augment training posters with torchvision's transforms v2."""

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2

from posterplot.training.config.films import AugmentationConfig


def make_augmentation(config: AugmentationConfig, height: int, width: int) -> v2.Compose:
    """Return a transform of a ``(3, height, width)`` uint8 poster to another of the same shape.

    It draws from torch's global generator; :func:`augment` seeds that.
    """
    steps: list[torch.nn.Module] = []
    if config.jpeg:  # before cropping and resizing, because real posters are compressed first
        steps.append(v2.RandomApply([v2.Lambda(_compress)], p=config.jpeg))
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
        # smoothed over a thirty-second of the poster; the cost grows with the square of that
        elastic = v2.ElasticTransform(alpha=config.elastic, sigma=min(height, width) / 32)
        steps.append(v2.RandomApply([elastic], p=0.1))
    if config.colour:
        c = config.colour
        steps.append(v2.ColorJitter(brightness=c, contrast=c, saturation=c))
    if config.erasing:
        steps.append(v2.RandomErasing(config.erasing, scale=(0.02, 0.2)))
    return v2.Compose(steps or [v2.Identity()])


def _compress(poster: Tensor) -> Tensor:
    """Compress a ``(3, H, W)`` uint8 poster as JPEG, at a random quality, and decode it again.

    By Pillow, as torchvision's own JPEG transform is deprecated.
    """
    quality = int(torch.randint(50, 96, ()))
    stream = io.BytesIO()
    Image.fromarray(poster.permute(1, 2, 0).numpy()).save(stream, "JPEG", quality=quality)
    with Image.open(stream) as image:
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()


def augment(transform: v2.Compose, poster: Tensor, seed: int) -> Tensor:
    """Apply a random transform so that the result depends only on ``seed``.

    So the posters of an epoch do not depend on the number of worker processes, or on whether the
    training was resumed.
    """
    with torch.random.fork_rng(devices=[]):
        # torch.manual_seed would also seed every other device, and format a stack trace for each
        torch.default_generator.manual_seed(seed)
        return transform(poster)  # type: ignore[no-any-return]


def mix_posters(
    probability: float, posters: Tensor, targets: Tensor, soft_targets: Tensor, weights: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Mix the posters of a batch with one another, with their targets and weights.

    Half of the mixed batches are mixed by mixup (Zhang et al., arXiv 1710.09412), half by CutMix
    (Yun et al., arXiv 1905.04899). It draws from torch's global generator.

    Args:
        probability: Probability that the batch is mixed, in [0, 1].
        posters: ``(B, 3, H, W)`` uint8.
        targets: ``(B, G)`` float32 in {0, 1}; NaN where the label is unknown.
        soft_targets: ``(B, G)`` float32 in [0, 1]; NaN likewise.
        weights: ``(B,)`` float32 of the films in the loss.

    Returns:
        Posters in [0, 255], float32 if they were mixed; the targets of the poster with the larger
        share; mixed soft targets; mixed weights. A label that is unknown for either poster is
        unknown.

    """
    if torch.rand(()) >= probability:
        return posters, targets, soft_targets, weights
    mix = v2.RandomChoice([v2.MixUp(alpha=0.4), v2.CutMix(alpha=1.0)])
    genres = targets.shape[1]
    mixed, labels = mix(posters.float(), torch.cat([targets, soft_targets, weights[:, None]], 1))
    targets, soft_targets, weights = labels.split([genres, genres, 1], dim=1)
    return mixed, targets.round(), soft_targets, weights[:, 0]
