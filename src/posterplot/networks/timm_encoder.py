"""Any timm model as a poster encoder: convolutions and transformers alike."""

import torch
from torch import Tensor, nn


class TimmEncoder(nn.Module):
    """The features of a timm model before it pools them, as a sequence of patches.

    Args:
        model: from ``timm.create_model``, without its classifier.
        height, width: pixels of the posters that it will see.
        frozen_stages: the stem and this many stages from the bottom neither learn nor gather
            statistics: what they see, edges and colours, is the same on posters as on photographs,
            and half of the cost of a step lies there.

    Raises:
        ValueError: it has fewer stages than are to be frozen, gives no feature map, or cannot see
            posters of this size.

    """

    def __init__(
        self, model: nn.Module, *, height: int, width: int, frozen_stages: int = 0
    ) -> None:
        super().__init__()
        self.model = model
        self.width = int(getattr(model, "num_features"))  # noqa: B009, known to no type checker
        prefix = getattr(model, "num_prefix_tokens", 0)
        with torch.no_grad():
            # BatchNorm must not learn from the blank poster
            try:
                seen = model.eval().forward_features(torch.zeros(1, 3, height, width))  # type: ignore[operator]
            except (AssertionError, RuntimeError) as error:  # too small, or no multiple
                raise ValueError(
                    f"cannot see posters of {height}×{width} pixels: {error}"
                ) from error
        model.train()
        if seen.ndim == 3 and seen.shape[-1] == self.width:
            self._layout, self._prefix = "tokens", int(prefix)
        elif seen.ndim == 4 and seen.shape[1] == self.width:
            self._layout, self._prefix = "channels first", 0
        elif seen.ndim == 4 and seen.shape[-1] == self.width:
            self._layout, self._prefix = "channels last", 0
        else:
            raise ValueError(f"gives features of shape {tuple(seen.shape)}, not a map of patches")
        # a plain list: they are the model's already
        self._frozen = _bottom(model, frozen_stages)
        for part in self._frozen:
            part.requires_grad_(False).eval()
        if frozen_stages:  # a transformer's places belong to its stem
            for parameter in model.parameters(recurse=False):
                parameter.requires_grad_(False)

    def train(self, mode: bool = True) -> "TimmEncoder":
        """Switch to training, but for what is frozen."""
        super().train(mode)
        for part in self._frozen:
            part.eval()
        return self

    def forward(self, posters: Tensor) -> Tensor:
        """Encode posters.

        Args:
            posters: ``(B, 3, H, W)`` float32, normalised.

        Returns:
            ``(B, P, D)`` float32, the patches row by row.

        """
        # in float32 on a CPU, whatever the precision of the rest: depthwise convolutions train a
        # third slower there in bfloat16, where transformers double their speed
        mixed = torch.is_autocast_enabled(posters.device.type)
        with torch.autocast(posters.device.type, enabled=mixed and posters.device.type != "cpu"):
            seen: Tensor = self.model.forward_features(posters)  # type: ignore[operator]
        if self._layout == "channels first":
            return seen.flatten(2).transpose(1, 2)
        if self._layout == "channels last":
            return seen.flatten(1, 2)
        return seen[:, self._prefix :]


def _bottom(model: nn.Module, stages: int) -> list[nn.Module]:
    """Return the stem and the first stages of a model, by the names that timm gives them."""
    if not stages:
        return []
    children = dict(model.named_children())
    name = next((n for n in ("blocks", "stages", "layers") if n in children), None)
    if name is None or not isinstance(children[name], nn.Sequential | nn.ModuleList):
        raise ValueError("has no stages that could be frozen")
    parts = list(children[name].children())
    if stages > len(parts):
        raise ValueError(f"has {len(parts)} stages, not {stages} to freeze")
    before = list(children)[: list(children).index(name)]
    return [*(children[n] for n in before), *parts[:stages]]
