"""The sections ``[poster]`` and ``[overview]``: encoders from scratch and pretrained ones."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from posterplot.training.config.section import Chance, Count, Rate, Section, Share, Side, Tokens


class CNNConfig(Section):
    """A poster encoder trained from scratch.

    Attributes:
        encoder: ``cnn``.
        height, width: Input size in pixels. The whole poster is resized to it.
        channels: Number of channels of each convolution block.
        dropout: Share of channels dropped after each block.

    """

    encoder: Literal["cnn"] = "cnn"
    height: Side = 192
    width: Side = 128
    channels: Annotated[tuple[Count, ...], Field(min_length=1)] = (32, 64, 128, 256)
    dropout: Share = 0.1

    @model_validator(mode="after")
    def _blocks_fit_the_size(self) -> "CNNConfig":
        least = 2 ** (len(self.channels) + 1)
        if min(self.height, self.width) < least:
            raise ValueError(
                f"{len(self.channels)} blocks need posters of at least {least}×{least} pixels"
            )
        return self


class TimmConfig(Section):
    """A poster encoder from timm.

    Attributes:
        encoder: Name of a timm model.
        weights: Package of weights, path of a file, or ``hub:``; random weights if not given. See
            :func:`posterplot.training.build.pretrained.load_poster_model`.
        height, width: Input size in pixels. The whole poster is resized to it.
        learning_rate: Peak learning rate of the encoder. That of the head is in ``[fit]``.
        frozen_stages: Number of stages, counted from the input, that are not trained; if it is
            above 0, the stem is not trained either.
        drop_path: Share of residual branches skipped in training (Huang et al., arXiv 1603.09382).
            A value above 0 is an error for models without such branches.

    """

    encoder: str
    weights: str | None = None
    height: Side = 224
    width: Side = 152
    learning_rate: Rate = 3e-4
    frozen_stages: Annotated[int, Field(ge=0)] = 0
    drop_path: Share = 0.0


class LSTMConfig(Section):
    """An overview encoder trained from scratch, with its own vocabulary.

    Attributes:
        encoder: ``lstm``.
        max_tokens: Maximum number of tokens; longer overviews are cut.
        max_words: Size of the vocabulary, the most frequent words of the training overviews.
        min_count: Words that occur fewer times become the unknown token.
        embedding: Width of a word embedding.
        hidden: Width of each direction.
        word_dropout: Share of whole words dropped in training.
        dropout: Share of embedding and output values dropped in training.

    """

    encoder: Literal["lstm"] = "lstm"
    max_tokens: Tokens = 256
    max_words: Annotated[int, Field(ge=3, le=1_000_000)] = 20_000
    min_count: Count = 2
    embedding: Count = 128
    hidden: Count = 128
    word_dropout: Share = 0.3
    dropout: Share = 0.5


class ContextualLSTMConfig(Section):
    """An LSTM over the hidden states of a transformer.

    Attributes:
        hidden: Width of each direction.
        dropout: Share of input and output values dropped in training.

    """

    hidden: Count = 128
    dropout: Share = 0.3


class TransformerConfig(Section):
    """An overview encoder from Hugging Face.

    Attributes:
        encoder: Package of weights, folder, or ``hub:`` and a name. See
            :func:`posterplot.training.build.pretrained.load_overview_model`.
        max_tokens: Maximum number of tokens; longer overviews are cut.
        learning_rate: Peak learning rate of the encoder. That of the head is in ``[fit]``.
        frozen_layers: Number of layers, counted from the input, that are not trained, together
            with the embeddings; -1 trains everything.
        attention_dropout: Share of attention weights dropped in training. 0, the default, is much
            faster on a CPU: PyTorch's fused attention kernel only runs without it. A value
            above 0 is an error for models without attention dropout.
        title: Whether the title is read before the overview. A network that reads posters too and
            trains its encoders then also reads the title where the overview is missing.
        title_dropout: Share of training overviews that are read without their title, so that the
            network works without titles too. Ignored with ``fit.frozen``, which reads each film
            once.
        title_instead: Of the training films that have a poster and whose overview is missing or
            dropped, the share whose title is read instead, in [0, 1]. The others have a poster and
            no text. Without modality dropout the title is always read.
        lstm: An LSTM between the encoder and the head, if given.

    """

    encoder: str
    max_tokens: Tokens = 128
    learning_rate: Rate = 1e-4
    frozen_layers: Annotated[int, Field(ge=-1)] = 0
    attention_dropout: Share = 0.0
    title: bool = False
    title_dropout: Share = 0.3
    title_instead: Chance = 0.5
    lstm: ContextualLSTMConfig | None = None


def encoder_kind(section: Any) -> str:
    """Return ``scratch`` or ``pretrained`` for the section of an encoder, as read from TOML."""
    # anything but a table is refused later, by the type of the section
    is_table = isinstance(section, dict)
    name = section.get("encoder") if is_table else getattr(section, "encoder", None)
    return "scratch" if name in (None, "cnn", "lstm") else "pretrained"


PosterConfig = Annotated[
    Annotated[CNNConfig, Tag("scratch")] | Annotated[TimmConfig, Tag("pretrained")],
    Discriminator(encoder_kind),
]
OverviewConfig = Annotated[
    Annotated[LSTMConfig, Tag("scratch")] | Annotated[TransformerConfig, Tag("pretrained")],
    Discriminator(encoder_kind),
]
