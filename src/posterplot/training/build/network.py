"""From a configuration to a network, pretrained parts loaded."""

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
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.build.pretrained import (
    PosterModel,
    bare_overview_model,
    bare_poster_model,
    load_overview_model,
    load_poster_model,
    longest_overview,
)
from posterplot.training.config.sections import (
    CNNConfig,
    HeadConfig,
    LSTMConfig,
    TimmConfig,
    TransformerConfig,
)
from posterplot.training.build.init_from import init_from
from posterplot.training.data.word_tokenizer import train_tokenizer


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
    network = _assemble(config, poster, overview, share)
    init_from(config.init_from, network, overview.tokenizer if overview else None, dataset)
    if config.fit.frozen:
        for encoder in (network.poster, network.overview):
            if encoder is not None:
                encoder.requires_grad_(False)
    return network, overview.tokenizer if overview else None


def bare_network(config: NetworkConfig, genres: int, words: Tokenizer | None) -> GenreNetwork:
    """Build the network that a configuration describes, for weights that a checkpoint holds.

    Args:
        config: of the network.
        genres: G.
        words: the tokenizer of its overviews, if it reads any.

    Raises:
        ConfigError: the ``config.json`` of its overview encoder cannot be had.

    """
    poster, overview = None, None
    if isinstance(config.poster, TimmConfig):
        p = config.poster
        bare = bare_poster_model(p.encoder, p.weights, p.height, p.width)
        poster = _poster_part(p, bare)
    elif config.poster:
        poster = _make_poster(config.poster)
    if isinstance(config.overview, LSTMConfig) and words:
        overview = _lstm_part(config.overview, words)
    elif isinstance(config.overview, TransformerConfig) and words:
        model = bare_overview_model(config.overview.encoder)
        overview = _transformer_part(config.overview, model, words)
    return _assemble(config, poster, overview, torch.full((genres,), 0.5))


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


def _assemble(
    config: NetworkConfig, poster: _PosterPart | None, overview: _OverviewPart | None, share: Tensor
) -> GenreNetwork:
    head = _make_head(
        config.head,
        poster.encoder.width if poster else None,
        overview.encoder.width if overview else None,
        share,
    )
    return GenreNetwork(
        poster.encoder if poster else None,
        overview.encoder if overview else None,
        head,
        **(poster.normalisation if poster else {}),
    )


def _make_poster(config: CNNConfig | TimmConfig) -> _PosterPart:
    if isinstance(config, CNNConfig):
        return _PosterPart(PosterCNN(config.channels, config.dropout), {})
    made = load_poster_model(
        config.encoder, config.weights, config.height, config.width, config.drop_path
    )
    return _poster_part(config, made)


def _poster_part(config: TimmConfig, made: PosterModel) -> _PosterPart:
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
        return _lstm_part(config, words)
    model, tokenizer = load_overview_model(config.encoder)
    longest = longest_overview(model)
    least = tokenizer.num_special_tokens_to_add(is_pair=False) + 1
    if config.max_tokens < least:
        raise ConfigError(
            f"leaves no room for words: {least - 1} tokens only frame an overview",
            where="overview.max_tokens",
            hint=f"set it to {least} or more",
        )
    if config.max_tokens > longest:
        raise ConfigError(
            f"{config.encoder} reads {longest} tokens at most, not {config.max_tokens}",
            where="overview.max_tokens",
            hint=f"set it to {longest} or less",
        )
    return _transformer_part(config, model, tokenizer)


def _lstm_part(config: LSTMConfig, words: Tokenizer) -> _OverviewPart:
    lstm = OverviewLSTM(
        words.get_vocab_size(),
        embedding=config.embedding,
        hidden=config.hidden,
        word_dropout=config.word_dropout,
        dropout=config.dropout,
    )
    return _OverviewPart(lstm, words)


def _transformer_part(
    config: TransformerConfig, model: nn.Module, tokenizer: Tokenizer
) -> _OverviewPart:
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
