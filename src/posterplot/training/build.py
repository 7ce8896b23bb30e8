"""From a configuration to a network, pretrained parts loaded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from posterplot.bundle import TOKENIZER
from posterplot.errors import ConfigError
from posterplot.models import (
    AttentionHead,
    GatedHead,
    GenreNetwork,
    MeanHead,
    OverviewLSTM,
    PooledHead,
    PosterCNN,
    TimmEncoder,
    TransformerEncoder,
    TransformerLSTM,
)
from posterplot.training.config import NetworkConfig
from posterplot.training.pretrained import (
    load_overview_model,
    load_poster_model,
    longest_overview,
)
from posterplot.training.sections import (
    CNNConfig,
    HeadConfig,
    LSTMConfig,
    TimmConfig,
    TransformerConfig,
)
from posterplot.training.tokenizer import train_tokenizer

_SHOWN = 5


class _PosterPart(NamedTuple):
    encoder: PosterCNN | TimmEncoder
    normalisation: dict[str, Sequence[float]]


class _OverviewPart(NamedTuple):
    encoder: OverviewLSTM | TransformerEncoder | TransformerLSTM
    tokenizer: Tokenizer


def make_network(
    config: NetworkConfig, overviews: Sequence[str], share: Tensor, dataset: str
) -> tuple[GenreNetwork, Tokenizer | None]:
    """Build the network that a configuration describes; what is random is drawn from its seed.

    Args:
        config: of the network.
        overviews: clean texts of the training films, from which an LSTM's words are taken.
        share: ``(G,)`` float32 in [0, 1] of the training films, from which heads start.
        dataset: its fingerprint; runs to start from must be of the same.

    Returns:
        The network, and the tokenizer where it reads overviews.

    Raises:
        ConfigError: a pretrained part is unknown, cannot be had, or does not fit.

    """
    torch.manual_seed(config.seed)
    poster = _make_poster(config.poster) if config.poster else None
    overview = _make_overview(config.overview, overviews) if config.overview else None
    head = _make_head(
        config.head,
        poster.encoder.width if poster else None,
        overview.encoder.width if overview else None,
        share,
    )
    network = GenreNetwork(
        poster.encoder if poster else None,
        overview.encoder if overview else None,
        head,
        **(poster.normalisation if poster else {}),
    )
    for name in ("poster", "overview", "head"):
        run = getattr(config.start, name)
        if run is not None:
            state = _trained_state(Path(run), f"start.{name}", dataset)
            _load_part(state, Path(run), name, getattr(network, name))
            if name == "overview" and overview:
                _check_words(Path(run), overview.tokenizer)
            if name != "head" and isinstance(head, AttentionHead):
                _take_evidence(state, head, name)
    if config.fit.frozen:
        for encoder in (network.poster, network.overview):
            if encoder is not None:
                encoder.requires_grad_(False)
    return network, overview.tokenizer if overview else None


def parameter_groups(network: GenreNetwork, config: NetworkConfig) -> list[dict[str, Any]]:
    """Return what learns, with its rate: pretrained encoders at theirs, all else at the head's.

    Returns:
        Groups of ``params`` and ``lr`` as torch's optimisers take them, none of them empty.

    """
    rates: dict[nn.Parameter, float] = {}
    for module in network.modules():
        if isinstance(module, TimmEncoder) and isinstance(config.poster, TimmConfig):
            rates |= dict.fromkeys(module.parameters(), config.poster.learning_rate)
        if isinstance(module, TransformerEncoder) and isinstance(
            config.overview, TransformerConfig
        ):
            rates |= dict.fromkeys(module.parameters(), config.overview.learning_rate)
    groups: dict[float, list[nn.Parameter]] = {}
    for parameter in network.parameters():
        if parameter.requires_grad:
            rate = rates.get(parameter, config.fit.learning_rate)
            groups.setdefault(rate, []).append(parameter)
    return [{"params": parameters, "lr": rate} for rate, parameters in groups.items()]


def _make_poster(config: CNNConfig | TimmConfig) -> _PosterPart:
    if isinstance(config, CNNConfig):
        return _PosterPart(PosterCNN(config.channels, config.dropout), {})
    made = load_poster_model(
        config.encoder, config.weights, config.height, config.width, config.drop_path
    )
    try:
        encoder = TimmEncoder(
            made.model,
            height=config.height,
            width=config.width,
            frozen_stages=config.frozen_stages,
        )
    except ValueError as error:
        raise ConfigError(f"{config.encoder} {error}", where="poster") from error
    return _PosterPart(encoder, {"mean": made.mean, "std": made.std})


def _make_overview(
    config: LSTMConfig | TransformerConfig, overviews: Sequence[str]
) -> _OverviewPart:
    if isinstance(config, LSTMConfig):
        words = train_tokenizer(overviews, max_words=config.max_words, min_count=config.min_count)
        lstm = OverviewLSTM(
            words.get_vocab_size(),
            embedding=config.embedding,
            hidden=config.hidden,
            word_dropout=config.word_dropout,
            dropout=config.dropout,
        )
        return _OverviewPart(lstm, words)
    model, tokenizer = load_overview_model(config.encoder)
    longest = longest_overview(model)
    least = tokenizer.num_special_tokens_to_add(is_pair=False) + 1
    if config.max_tokens < least:
        raise ConfigError(
            f"leaves no room for words: {least - 1} tokens only frame an overview",
            where="overview.max_tokens",
            mend=f"set it to {least} or more",
        )
    if config.max_tokens > longest:
        raise ConfigError(
            f"{config.encoder} reads {longest} tokens at most, not {config.max_tokens}",
            where="overview.max_tokens",
            mend=f"set it to {longest} or less",
        )
    try:
        encoder = TransformerEncoder(model, frozen_layers=config.frozen_layers)
    except ValueError as error:
        raise ConfigError(f"{config.encoder} {error}", where="overview") from error
    if config.lstm is None:
        return _OverviewPart(encoder, tokenizer)
    fed = TransformerLSTM(encoder, hidden=config.lstm.hidden, dropout=config.lstm.dropout)
    return _OverviewPart(fed, tokenizer)


def _make_head(
    config: HeadConfig, poster: int | None, overview: int | None, share: Tensor
) -> nn.Module:
    """Make a head over sequences of these widths."""
    genres = len(share)
    width = poster or overview or 0
    if config.kind == "pooled":
        return PooledHead(width, genres, config.dropout)
    head: MeanHead | GatedHead | AttentionHead
    if config.kind == "mean":
        head = MeanHead(width, genres, config.dropout)
    elif config.kind == "gated":
        head = GatedHead(poster or 0, overview or 0, config.width, genres, config.dropout)
    else:
        head = AttentionHead(
            poster,
            overview,
            width=config.width,
            heads=config.heads,
            genres=genres,
            dropout=config.dropout,
        )
    # what is known of a film before it is seen; a genre without a film is not ruled out for good
    head.bias.data.copy_(torch.logit(share.clamp(1e-3, 1 - 1e-3)))
    return head


def _trained_state(run: Path, where: str, dataset: str) -> dict[str, Tensor]:
    """Return the weights of a finished run's network."""
    path = run / "checkpoints" / "best.ckpt"
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=False)
        state, trained_on = checkpoint["state_dict"], checkpoint["dataset"]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigError(
            f"{run} has no checkpoint", where=where, mend="name the run of a trained network"
        ) from error
    except Exception as error:  # torch and pickle raise whatever the bytes lead them to
        raise ConfigError(f"{path} is damaged", where=where, mend="train it anew") from error
    if trained_on != dataset:
        raise ConfigError(
            f"{run} was trained on another dataset, so it may have seen the films to validate on",
            where=where,
            mend="start from a run on the same dataset",
        )
    return _under(state, "network.")


def _load_part(state: dict[str, Tensor], run: Path, part: str, module: nn.Module) -> None:
    """Load an encoder or the head of a finished run."""
    own = _under(state, f"{part}.")
    wanted = module.state_dict()
    if not own:
        raise ConfigError(
            f"{run} keeps no {part} encoder: it has none, or one that was frozen",
            where=f"start.{part}",
            mend="leave it out, and name the encoder's own weights",
        )
    odd = [k for k in wanted if k not in own or own[k].shape != wanted[k].shape]
    odd += [k for k in own if k not in wanted]
    if odd:
        what = "head" if part == "head" else f"{part} encoder"
        raise ConfigError(
            f"{run} has another {what}: {len(odd)} keys differ, the first are "
            f"{', '.join(odd[:_SHOWN])}",
            where=f"start.{part}",
            mend="start from a run with the same sections in its config.toml",
        )
    module.load_state_dict(own)


def _check_words(run: Path, tokenizer: Tokenizer) -> None:
    """Refuse a run whose encoder was trained on other token ids, as far as its bundle tells."""
    words = run / "bundle" / TOKENIZER
    if not words.is_file():
        return
    try:
        known = Tokenizer.from_file(str(words)).get_vocab()
    except Exception as error:  # tokenizers raises plain Exception
        raise ConfigError(
            f"{words} is damaged", where="start.overview", mend="train it anew"
        ) from error
    if known != tokenizer.get_vocab():
        raise ConfigError(
            f"the words of {run} are others, or in another order",
            where="start.overview",
            mend="start from a run on the same training overviews",
        )


def _take_evidence(state: dict[str, Tensor], head: AttentionHead, modality: str) -> None:
    """Let one side of the head say what a run says in a straight line, if it has such a head.

    With both sides taken from mean heads, the network begins as the sum of both runs' logits less
    the prior, which is what two independent witnesses should say; training goes on from there. Of
    a run with an attention head its own side is taken, without what it attends to.
    """
    own = _under(state, "head.")
    line = _under(state, f"head.sides.{modality}.") or own
    side = head.sides[modality]
    wanted = {
        k: v.shape for k, v in side.state_dict().items() if k in ("pool.scale", "linear.weight")
    }
    taken = {k: v for k, v in line.items() if k in wanted and v.shape == wanted[k]}
    if taken.keys() == wanted.keys() and "bias" in own:
        taken["offset"] = own["bias"] + line.get("offset", 0.0) - head.bias.detach()
        side.load_state_dict(taken, strict=False)


def _under(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
