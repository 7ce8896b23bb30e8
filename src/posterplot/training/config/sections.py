"""The sections of a network's configuration: encoders, head, loss, augmentation, the loop."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Precision = Literal["32-true", "16-mixed", "bf16-mixed"]


class Section(BaseModel):
    """A table of a configuration: its values do not change, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CNNConfig(Section):
    """A poster encoder from scratch, and the size at which it sees posters.

    Attributes:
        encoder: ``cnn``.
        height, width: pixels; the whole poster is resized to this.
        channels: of each convolution block.
        dropout: of channels, after each block.

    """

    encoder: Literal["cnn"] = "cnn"
    height: Count = 192
    width: Count = 128
    channels: Annotated[tuple[Count, ...], Field(min_length=1)] = (32, 64, 128, 256)
    dropout: Share = 0.1

    @model_validator(mode="after")
    def _something_is_left(self) -> "CNNConfig":
        least = 2 ** (len(self.channels) + 1)
        if min(self.height, self.width) < least:
            raise ValueError(
                f"{len(self.channels)} blocks need posters of at least {least}×{least} pixels"
            )
        return self


class TimmConfig(Section):
    """A poster encoder of timm's.

    Attributes:
        encoder: the name of a timm model.
        weights: a package of weights, a file, or ``hub:``; none = drawn at random. See
            :func:`posterplot.training.build.pretrained.load_poster_model`.
        height, width: pixels; the whole poster is resized to this.
        learning_rate: at its peak, of the encoder; the head's is that of ``[fit]``.
        frozen_stages: the stem and this many stages from the bottom do not learn.
        drop_path: share of residual branches skipped in training, where the model has them.

    """

    encoder: str
    weights: str | None = None
    height: Count = 224
    width: Count = 152
    learning_rate: Rate = 3e-4
    frozen_stages: Annotated[int, Field(ge=0)] = 0
    drop_path: Share = 0.1


class LSTMConfig(Section):
    """An overview encoder from scratch, and the words it knows.

    Attributes:
        encoder: ``lstm``.
        max_tokens: the rest of a longer overview is left unread.
        max_words: size of the vocabulary, the commonest words of the training overviews.
        min_count: a word that stands fewer times in them is unknown.
        embedding: width of a word.
        hidden: width of each direction.
        word_dropout, dropout: of whole words, and of values.

    """

    encoder: Literal["lstm"] = "lstm"
    max_tokens: Count = 256
    max_words: Annotated[int, Field(ge=3)] = 20_000
    min_count: Count = 2
    embedding: Count = 128
    hidden: Count = 128
    word_dropout: Share = 0.3
    dropout: Share = 0.5


class ContextualLSTMConfig(Section):
    """An LSTM over a transformer's hidden states, as the study recommended.

    Attributes:
        hidden: width of each direction.
        dropout: of what goes in and of what comes out.

    """

    hidden: Count = 128
    dropout: Share = 0.3


class TransformerConfig(Section):
    """An overview encoder of Hugging Face's.

    Attributes:
        encoder: a package of weights, a folder, or ``hub:`` and a name. See
            :func:`posterplot.training.build.pretrained.load_overview_model`.
        max_tokens: the rest of a longer overview is left unread.
        learning_rate: at its peak, of the encoder; the head's is that of ``[fit]``.
        frozen_layers: the embeddings and this many layers from the bottom do not learn; -1 and
            the embeddings learn too.
        title: whether the title is read too, before the overview; and, by a network that reads
            posters too and whose encoders are not frozen, in the place of a missing overview.
        title_dropout: share of training overviews that stand without it all the same, so that
            overviews alone do as well; none with ``fit.frozen``, which reads each film once.
        lstm: what its hidden states feed, if not the head itself.

    """

    encoder: str
    max_tokens: Count = 128
    learning_rate: Rate = 1e-4
    frozen_layers: Annotated[int, Field(ge=-1)] = 0
    title: bool = False
    title_dropout: Share = 0.3
    lstm: ContextualLSTMConfig | None = None


def from_scratch_or_not(section: Any) -> str:
    """Return ``scratch`` or ``pretrained``, for the section of an encoder as TOML has it."""
    # what is no section at all has no encoder, and is refused as either
    is_table = isinstance(section, dict)
    name = section.get("encoder") if is_table else getattr(section, "encoder", None)
    return "scratch" if name in (None, "cnn", "lstm") else "pretrained"


PosterConfig = Annotated[
    Annotated[CNNConfig, Tag("scratch")] | Annotated[TimmConfig, Tag("pretrained")],
    Discriminator(from_scratch_or_not),
]
OverviewConfig = Annotated[
    Annotated[LSTMConfig, Tag("scratch")] | Annotated[TransformerConfig, Tag("pretrained")],
    Discriminator(from_scratch_or_not),
]


class HeadConfig(Section):
    """From the encoders' sequences to genres: a head of one modality, or a fusion of both.

    See :mod:`posterplot.networks.heads` and :mod:`posterplot.networks.fusion`.

    Attributes:
        kind: ``pooled`` (mean and maximum) or ``mean`` for one modality; ``gated`` for two;
            ``attention``, a query a genre, for either.
        dropout: of what it pools or attends to.
        width: of ``gated`` and ``attention``.
        heads: of ``attention``; they divide the width.

    """

    kind: Literal["pooled", "mean", "gated", "attention"] = "pooled"
    dropout: Share = 0.3
    width: Count = 256
    heads: Count = 4

    @model_validator(mode="after")
    def _divides(self) -> "HeadConfig":
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")
        return self


class ModalityDropoutConfig(Section):
    """Chance that a training film that has both modalities shows only the other one.

    So one model learns to answer from a poster alone, from an overview alone, and from both.

    Attributes:
        poster, overview: the chance of either to be hidden; one of them always remains.

    """

    poster: Share = 0.0
    overview: Share = 0.0

    @model_validator(mode="after")
    def _one_remains(self) -> "ModalityDropoutConfig":
        if self.poster + self.overview > 1:
            raise ValueError("the two chances exclude each other, so their sum is at most 1")
        return self


class InitFromConfig(Section):
    """Finished runs that this one starts from, as paths from the working folder.

    Attributes:
        poster, overview: the run with the same encoder of that modality. If its head is ``mean``,
            an ``attention`` head begins with its evidence too: a joint model with both begins as
            the sum of their logits.
        head: the run with the same head over the same encoders: of ``fit.frozen``, say, so that
            fine-tuning does not begin with a head that knows nothing.

    """

    poster: str | None = None
    overview: str | None = None
    head: str | None = None


class DistillationConfig(Section):
    """What teachers say of films, learnt beside the labels (Hinton et al., arXiv 1503.02531).

    IMDb names three genres of a film at most, so labels lack true ones; a teacher's probabilities
    say which are likely. A teacher is any file of predictions, as ``posterplot predict`` writes it:
    of an ensemble, of a model too heavy to ship, of a person. What it says of training films must
    come from a fit that did not see them, or it says what the labels say.

    Attributes:
        predictions: ``.parquet`` or ``.jsonl`` files; of several the mean counts.
        weight: of the teachers against the labels.
        extra: datasets of further films, which only the teachers label: their own genres may
            follow another habit.

    """

    predictions: Annotated[tuple[str, ...], Field(min_length=1)]
    weight: Annotated[float, Field(ge=0, le=1)] = 0.5
    extra: tuple[str, ...] = ()


class LossConfig(Section):
    """The loss; see :func:`posterplot.networks.make_loss`."""

    kind: Literal["bce", "weighted-bce", "focal", "asymmetric"] = "bce"


class AugmentationConfig(Section):
    """What befalls a training poster; 0 switches a part off.

    Attributes:
        crop: at most this share of the area is cut away before resizing.
        flip: chance of a mirror image.
        rotation: at most this many degrees either way.
        perspective: strength of the distortion, in [0, 1); half of the posters get one.
        elastic: displacement in pixels; a tenth of the posters get one, as it costs as much as
            all the rest.
        colour: relative change of brightness, contrast and saturation; hue stays, it tells genres.
        erasing: chance that a rectangle of 2 to 20 % of the area is blotted out.
        mixup: chance that the posters of a batch are mixed with one another, and what is to be
            learnt of them too; for networks that read posters alone.

    """

    crop: Share = 0.3
    flip: Share = 0.5
    rotation: Annotated[float, Field(ge=0, le=180)] = 5.0
    perspective: Share = 0.15
    elastic: Annotated[float, Field(ge=0)] = 20.0
    colour: Share = 0.2
    erasing: Annotated[float, Field(ge=0, le=1)] = 0.3
    mixup: Annotated[float, Field(ge=0, le=1)] = 0.0


class FitConfig(Section):
    """The training loop, on one device.

    Attributes:
        epochs: at most.
        batch_size: films a step.
        frozen: pretrained encoders do not learn: each film is encoded once, without augmentation,
            and kept on disk, so that an epoch costs what the head costs.
        learning_rate: at its peak, of a one-cycle schedule (Smith, arXiv 1708.07120).
        warmup: share of the steps before the peak.
        weight_decay: of AdamW (Loshchilov and Hutter, arXiv 1711.05101).
        gradient_clip: largest norm of the gradient; 0 = none.
        ema_decay: decay a step of the exponential moving average of the weights, which is what is
            validated and kept; 0 = none.
        patience: epochs without a better validation mAP before stopping.
        workers: processes that read films; 0 = the training process itself, which then waits for
            posters a seventh of its time: give it 1.
        accelerator, precision: as ``lightning.Trainer`` takes them: ``gpu`` and ``16-mixed``, say.
            A processor without bfloat16 trains in float32 all the same.

    """

    epochs: Count
    batch_size: Count = 32
    frozen: bool = False
    learning_rate: Rate = 1e-3
    warmup: Annotated[float, Field(gt=0, lt=1)] = 0.15
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    gradient_clip: Annotated[float, Field(ge=0)] = 0.0
    ema_decay: Share = 0.0
    patience: Count = 10
    workers: Annotated[int, Field(ge=0)] = 0
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
    precision: Precision = "32-true"


class ExportConfig(Section):
    """What becomes of the trained network.

    Attributes:
        int8: whether the graph is quantised: a third of the size, slightly different logits. See
            :func:`posterplot.training.package.quantize.quantize`. Calibration and thresholds are
            then fitted to the quantised graph.

    """

    int8: bool = False
