"""Average the weights of a network over training."""

import torch
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor


class MovingAverage(WeightAveraging):
    """Keeps an exponential moving average of weights and buffers, which is validated and exported.

    Lightning's ``EMAWeightAveraging`` computes ``decay * average + (1 - decay) * value``. Rounding
    then changes even what never changes, such as the normalisation of posters and frozen layers,
    and truncation the whole numbers of a buffer of positions.

    Args:
        device: Where the average is kept.
        decay: Weight of the average in each step, in [0, 1).

    """

    def __init__(self, device: torch.device, decay: float) -> None:
        def average(mean: Tensor, value: Tensor, _: Tensor) -> Tensor:
            if not mean.is_floating_point():
                return value
            return torch.lerp(mean, value, 1 - decay)  # exactly the value if both are equal

        super().__init__(device, avg_fn=average)

    @property
    def state_key(self) -> str:
        """The key of the state in checkpoints, which runs of Lightning's own class have too."""
        return "EMAWeightAveraging"
