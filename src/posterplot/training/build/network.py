"""Build a network from a configuration, with pretrained parts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from posterplot.errors import ConfigError
from posterplot.networks import (
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
from posterplot.training.build.init_from import init_from
from posterplot.training.build.pretrained import (
    bare_overview_model,
    bare_poster_model,
    load_overview_model,
    load_poster_model,
    longest_overview,
)
from posterplot.training.config.encoders import CNNConfig, LSTMConfig, TimmConfig, TransformerConfig
from posterplot.training.config.head import HeadConfig
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.data.word_tokenizer import train_tokenizer


class _PosterPart(NamedTuple):
    encoder: PosterCNN | TimmEncoder
    normalisation: dict[str, Sequence[float]]


class _OverviewPart(NamedTuple):
    encoder: OverviewLSTM | TransformerEncoder | TransformerLSTM
    tokenizer: Tokenizer


def make_network(
    config: NetworkConfig,
    overviews: Sequence[str],
    share: Tensor,
    dataset: str,
    *,
    tokenizer: Tokenizer | None = None,
    load: bool = True,
) -> tuple[GenreNetwork, Tokenizer | None]:
    """Build the network that a configuration describes.

    Random weights are drawn from the seed of the configuration.

    Args:
        config: Configuration of the network.
        overviews: Clean texts of the training films, from which an LSTM takes its vocabulary.
        share: ``(G,)`` float32 in [0, 1], the share of training films of each genre, which sets
            the initial bias of the head.
        dataset: Fingerprint of the dataset; runs in ``[init_from]`` must have been trained on it.
        tokenizer: Tokenizer of the overviews, if it is known already.
        load: Whether pretrained weights and those of ``[init_from]`` are loaded. Without them
            the network is meant for the weights of a checkpoint.

    Returns:
        The network, and the tokenizer if it reads overviews.

    Raises:
        ConfigError: A pretrained part is unknown, not available, or does not fit.

    """
    torch.manual_seed(config.seed)
    poster = _poster_part(config.poster, load=load) if config.poster else None
    overview = (
        _overview_part(config.overview, overviews, tokenizer, load=load)
        if config.overview
        else None
    )
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
    tokenizer = overview.tokenizer if overview else None
    if load:
        init_from(config.init_from, network, tokenizer, dataset)
    if config.fit.frozen:
        for encoder in (network.poster, network.overview):
            if encoder is not None:
                encoder.requires_grad_(False)
    return network, tokenizer


def parameter_groups(network: GenreNetwork, config: NetworkConfig) -> list[dict[str, Any]]:
    """Return the trained parameters with their learning rates.

    Pretrained encoders have their own rate, everything else has that of ``[fit]``.

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


def _poster_part(config: CNNConfig | TimmConfig, *, load: bool) -> _PosterPart:
    if isinstance(config, CNNConfig):
        return _PosterPart(PosterCNN(config.channels, config.dropout), {})
    size = config.height, config.width
    if load:
        found = load_poster_model(config.encoder, config.weights, *size, config.drop_path)
    else:
        found = bare_poster_model(config.encoder, config.weights, *size)
    try:
        encoder = TimmEncoder(
            found.model,
            height=config.height,
            width=config.width,
            frozen_stages=config.frozen_stages,
        )
    except ValueError as error:
        raise ConfigError(f"{config.encoder} {error}", where="poster") from error
    return _PosterPart(encoder, {"mean": found.mean, "std": found.std})


def _overview_part(
    config: LSTMConfig | TransformerConfig,
    overviews: Sequence[str],
    tokenizer: Tokenizer | None,
    *,
    load: bool,
) -> _OverviewPart:
    if isinstance(config, LSTMConfig):
        tokenizer = tokenizer or train_tokenizer(
            overviews, max_words=config.max_words, min_count=config.min_count
        )
        lstm = OverviewLSTM(
            tokenizer.get_vocab_size(),
            embedding=config.embedding,
            hidden=config.hidden,
            word_dropout=config.word_dropout,
            dropout=config.dropout,
        )
        return _OverviewPart(lstm, tokenizer)
    if load or tokenizer is None:
        model, tokenizer = load_overview_model(
            config.encoder, attention_dropout=config.attention_dropout
        )
        _check_length(config, longest_overview(model), tokenizer)
    else:
        model = bare_overview_model(config.encoder)
    try:
        encoder = TransformerEncoder(model, frozen_layers=config.frozen_layers)
    except ValueError as error:
        raise ConfigError(f"{config.encoder} {error}", where="overview") from error
    if config.lstm is None:
        return _OverviewPart(encoder, tokenizer)
    lstm_over = TransformerLSTM(encoder, hidden=config.lstm.hidden, dropout=config.lstm.dropout)
    return _OverviewPart(lstm_over, tokenizer)


def _check_length(config: TransformerConfig, longest: int | None, tokenizer: Tokenizer) -> None:
    """Refuse ``max_tokens`` that is too small for any word, or larger than the encoder allows."""
    special = tokenizer.num_special_tokens_to_add(is_pair=False)
    if config.max_tokens <= special:
        raise ConfigError(
            f"leaves no room for words: {special} tokens only mark the start and the end",
            where="overview.max_tokens",
            hint=f"set it to {special + 1} or more",
        )
    if longest is not None and config.max_tokens > longest:
        raise ConfigError(
            f"{config.encoder} reads {longest} tokens at most, not {config.max_tokens}",
            where="overview.max_tokens",
            hint=f"set it to {longest} or less",
        )


def _make_head(
    config: HeadConfig, poster: int | None, overview: int | None, share: Tensor
) -> nn.Module:
    """Create a head over sequences of these widths."""
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
    # start from the prior; the probability of a genre without films stays above 0
    head.bias.data.copy_(torch.logit(share.clamp(1e-3, 1 - 1e-3)))
    return head
