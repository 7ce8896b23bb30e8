"""A poster CNN for training from scratch: convolution blocks, max-pooling and dropout."""

from collections.abc import Sequence

from torch import Tensor, nn


class PosterCNN(nn.Module):
    """Convolution blocks, each of which halves the poster and drops some of its channels.

    A block is a 3×3 convolution, batch normalisation (Ioffe and Szegedy, arXiv 1502.03167), ReLU,
    2×2 max-pooling and channel dropout (Tompson et al., arXiv 1411.4280). The first convolution has
    a stride of two, which saves most of the cost.

    Args:
        channels: Channels of each block; the last one is the width D. L blocks shrink a poster by
            ``2 ** (L + 1)``.
        dropout: Share of channels dropped after every block but the first, in [0, 1).

    """

    def __init__(self, channels: Sequence[int], dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for n, (before, after) in enumerate(zip((3, *channels), channels, strict=False)):
            layers += [
                nn.Conv2d(before, after, 3, stride=2 if n == 0 else 1, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            ]
            if n > 0 and dropout > 0:
                layers.append(nn.Dropout2d(dropout))
        self.blocks = nn.Sequential(*layers)
        self.width = channels[-1]

    def forward(self, posters: Tensor) -> Tensor:
        """Encode posters.

        Args:
            posters: ``(B, 3, H, W)`` float32, normalised.

        Returns:
            ``(B, P, D)`` float32, the patches row by row.

        """
        return self.blocks(posters).flatten(2).transpose(1, 2)  # type: ignore[no-any-return]
