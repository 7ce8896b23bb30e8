"""What befalls a training poster, all of it by torchvision's transforms v2."""

import torch
from torch import Tensor
from torchvision.transforms import v2

from posterplot.training.config.sections import AugmentationConfig


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


def mix_posters(
    chance: float, posters: Tensor, targets: Tensor, soft_targets: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Mix the posters of a batch with one another by chance, and what is said of them alike.

    By mixup (Zhang et al., arXiv 1710.09412) or by CutMix (Yun et al., arXiv 1905.04899), as often.
    Draws from torch's global generator.

    Args:
        chance: that the batch is mixed, in [0, 1].
        posters: ``(B, 3, H, W)`` uint8.
        targets: ``(B, G)`` float32 in {0, 1}; NaN where nobody said.
        soft_targets: ``(B, G)`` float32 in [0, 1].

    Returns:
        Posters in [0, 255], float32 if they were mixed, targets of what shows most of each, and
        mixed soft_targets.

    """
    if torch.rand(()) >= chance:
        return posters, targets, soft_targets
    mixup = v2.RandomChoice([v2.MixUp(alpha=0.4), v2.CutMix(alpha=1.0)])
    mixed, said = mixup(posters.float(), torch.cat([targets, soft_targets], dim=1))
    targets, soft_targets = said.chunk(2, dim=1)
    return mixed, targets.round(), soft_targets
