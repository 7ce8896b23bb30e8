"""Use a timm model, convolutional or transformer, as a poster encoder."""

import torch
from torch import Tensor, nn


class TimmEncoder(nn.Module):
    """Encodes posters as the unpooled features of a timm model: a sequence of patches.

    Class, distillation and register tokens are removed, so that every position is a patch.

    Args:
        model: Model of ``timm.create_model``, without its classifier.
        height, width: Size of the posters in pixels.
        frozen_stages: The stem and this many stages are not trained, and their batch statistics
            do not change. Edges and colours look the same on posters as on photographs, and half
            of the cost of a training step lies in these stages.

    Raises:
        ValueError: The model has fewer stages than ``frozen_stages``, gives no map of patches, or
            cannot read posters of this size.

    """

    def __init__(
        self, model: nn.Module, *, height: int, width: int, frozen_stages: int = 0
    ) -> None:
        super().__init__()
        self.model = model
        self.width = int(getattr(model, "num_features"))  # noqa: B009, known to no type checker
        # random, so that all patches differ; with a generator of its own, so that training draws
        # the same random numbers
        generator = torch.Generator().manual_seed(0)
        posters = torch.rand(1, 3, height, width, generator=generator)
        model.eval()  # this poster must not change the statistics of batch normalisation
        with torch.no_grad():
            try:
                features = model.forward_features(posters)  # type: ignore[operator]
            # the size is too small, or not a multiple of the patch size
            except (AssertionError, RuntimeError) as error:
                raise ValueError(
                    f"cannot read posters of {height}×{width} pixels: {error}"
                ) from error
            shape = tuple(getattr(features, "shape", ()))
            self._prefix = 0
            if len(shape) == 3 and shape[-1] == self.width:
                self._layout = "tokens"
                self._prefix = _prefix_tokens(model, posters, features)
            elif len(shape) == 4 and shape[1] == self.width:
                self._layout = "channels first"
            elif len(shape) == 4 and shape[-1] == self.width:
                self._layout = "channels last"
            else:
                found = f"features of shape {shape}" if shape else "several feature maps"
                raise ValueError(f"gives {found}, not one map of patches")
        model.train()
        # found by name, because synchronised batch normalisation replaces parts
        self._frozen = _stem_and_stages(model, frozen_stages)
        for name in self._frozen:
            model.get_submodule(name).requires_grad_(False).eval()
        if frozen_stages:  # a transformer's position embeddings belong to the stem
            for parameter in model.parameters(recurse=False):
                parameter.requires_grad_(False)

    def train(self, mode: bool = True) -> "TimmEncoder":
        """Switch to training, except for frozen stages."""
        super().train(mode)
        for name in self._frozen:
            self.model.get_submodule(name).eval()
        return self

    def forward(self, posters: Tensor) -> Tensor:
        """Encode posters.

        Args:
            posters: ``(B, 3, H, W)`` float32, normalised.

        Returns:
            ``(B, P, D)`` float32, the patches row by row.

        """
        # on a CPU always in float32: depthwise convolutions train a third slower in bfloat16
        mixed = torch.is_autocast_enabled(posters.device.type)
        with torch.autocast(posters.device.type, enabled=mixed and posters.device.type != "cpu"):
            features: Tensor = self.model.forward_features(posters)  # type: ignore[operator]
        if self._layout == "channels first":
            return features.flatten(2).transpose(1, 2)
        if self._layout == "channels last":
            return features.flatten(1, 2)
        return features[:, self._prefix :]


def _prefix_tokens(model: nn.Module, posters: Tensor, features: Tensor) -> int:
    """Return the number of prefix tokens in ``(1, S, D)`` features, which precede the patches.

    timm gives it as ``num_prefix_tokens``. Models without that attribute can also return their
    features as a map of patches, which must agree.
    """
    known = getattr(model, "num_prefix_tokens", None)
    if known is not None:
        return int(known)
    try:
        patches = model.forward_intermediates(  # type: ignore[operator]
            posters, indices=1, norm=True, output_fmt="NCHW", intermediates_only=True
        )[-1].flatten(2)  # (1, D, P)
    except (AttributeError, TypeError, AssertionError) as error:
        raise ValueError("does not say which of its features are patches") from error
    prefix = features.shape[1] - patches.shape[2]
    same = prefix >= 0 and patches.shape[1] == features.shape[2]
    if not same or not torch.allclose(features[:, prefix:].mT, patches, atol=1e-4):
        raise ValueError("gives tokens that are not a map of patches")
    return int(prefix)


def _stem_and_stages(model: nn.Module, stages: int) -> list[str]:
    """Return the names of the stem and the first stages of a model, as timm names them."""
    if not stages:
        return []
    children = dict(model.named_children())
    name = next((n for n in ("blocks", "stages", "layers") if n in children), None)
    if name is None or not isinstance(children[name], nn.Sequential | nn.ModuleList):
        raise ValueError("has no stages that can be frozen")
    parts = [f"{name}.{part}" for part, _ in children[name].named_children()]
    if stages > len(parts):
        raise ValueError(f"has {len(parts)} stages, not {stages} to freeze")
    before = list(children)[: list(children).index(name)]
    return [*before, *parts[:stages]]
