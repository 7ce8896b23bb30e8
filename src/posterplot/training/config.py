"""Training configuration: TOML to frozen values, all faults named at once."""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import tomli_w
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from posterplot.errors import ConfigError

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CNNConfig(_Section):
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


class TimmConfig(_Section):
    """A poster encoder of timm's.

    Attributes:
        encoder: the name of a timm model.
        weights: a package of weights, a file, or ``hub:``; none = drawn at random. See
            :func:`posterplot.training.pretrained.load_poster_model`.
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


class LSTMConfig(_Section):
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


class ContextualLSTMConfig(_Section):
    """An LSTM over a transformer's hidden states, as the study recommended.

    Attributes:
        hidden: width of each direction.
        dropout: of what goes in and of what comes out.

    """

    hidden: Count = 128
    dropout: Share = 0.3


class TransformerConfig(_Section):
    """An overview encoder of Hugging Face's.

    Attributes:
        encoder: a package of weights, a folder, or ``hub:`` and a name. See
            :func:`posterplot.training.pretrained.load_overview_model`.
        max_tokens: the rest of a longer overview is left unread.
        learning_rate: at its peak, of the encoder; the head's is that of ``[fit]``.
        frozen_layers: the embeddings and this many layers from the bottom do not learn; -1 and
            the embeddings learn too.
        word_dropout: share of tokens masked out of a training overview.
        title: whether the title is read too, before the overview.
        title_dropout: share of training overviews that stand without it all the same, so that
            overviews alone do as well.
        lstm: what its hidden states feed, if not the head itself.

    """

    encoder: str
    max_tokens: Count = 128
    learning_rate: Rate = 1e-4
    frozen_layers: Annotated[int, Field(ge=-1)] = 0
    word_dropout: Share = 0.0
    title: bool = False
    title_dropout: Share = 0.3
    lstm: ContextualLSTMConfig | None = None


def _from_scratch_or_not(section: Any) -> str:
    # what is no section at all has no encoder, and is refused as either
    is_table = isinstance(section, dict)
    name = section.get("encoder") if is_table else getattr(section, "encoder", None)
    return "scratch" if name in (None, "cnn", "lstm") else "pretrained"


PosterConfig = Annotated[
    Annotated[CNNConfig, Tag("scratch")] | Annotated[TimmConfig, Tag("pretrained")],
    Discriminator(_from_scratch_or_not),
]
OverviewConfig = Annotated[
    Annotated[LSTMConfig, Tag("scratch")] | Annotated[TransformerConfig, Tag("pretrained")],
    Discriminator(_from_scratch_or_not),
]


class HeadConfig(_Section):
    """From the encoders' sequences to genres; see :mod:`posterplot.models.heads`.

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


class ModalityDropoutConfig(_Section):
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


class StartConfig(_Section):
    """Finished runs that this one starts from, as paths from the working folder.

    Attributes:
        poster, overview: the run with the same encoder of that modality.
        head: the run with the same head over the same encoders: of ``fit.frozen``, say, so that
            fine-tuning does not begin with a head that knows nothing.

    """

    poster: str | None = None
    overview: str | None = None
    head: str | None = None


class DistillationConfig(_Section):
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


class LossConfig(_Section):
    """The loss; see :func:`posterplot.models.make_loss`."""

    kind: Literal["bce", "weighted-bce", "focal", "asymmetric"] = "bce"


class AugmentationConfig(_Section):
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

    """

    crop: Share = 0.3
    flip: Share = 0.5
    rotation: Annotated[float, Field(ge=0, le=180)] = 5.0
    perspective: Share = 0.15
    elastic: Annotated[float, Field(ge=0)] = 20.0
    colour: Share = 0.2
    erasing: Annotated[float, Field(ge=0, le=1)] = 0.3


class FitConfig(_Section):
    """The training loop, on one device.

    Attributes:
        epochs: at most.
        batch_size: films a step.
        frozen: pretrained encoders do not learn: each film is encoded once, without augmentation,
            and kept on disk, so that an epoch of the head takes seconds.
        learning_rate: at its peak, of a one-cycle schedule (Smith, arXiv 1708.07120).
        warmup: share of the steps before the peak.
        weight_decay: of AdamW (Loshchilov and Hutter, arXiv 1711.05101).
        gradient_clip: largest norm of the gradient; 0 = none.
        averaging: decay a step of the exponential moving average of the weights, which is what is
            validated and kept; 0 = none.
        patience: epochs without a better validation mAP before stopping.
        workers: processes that read films; 0 = the training process itself.
        accelerator, precision: as ``lightning.Trainer`` takes them: ``gpu`` and ``16-mixed``, say.

    """

    epochs: Count
    batch_size: Count = 32
    frozen: bool = False
    learning_rate: Rate = 1e-3
    warmup: Annotated[float, Field(gt=0, lt=1)] = 0.15
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    gradient_clip: Annotated[float, Field(ge=0)] = 0.0
    averaging: Share = 0.0
    patience: Count = 10
    workers: Annotated[int, Field(ge=0)] = 0
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"


class NetworkConfig(_Section):
    """A network trained by gradient descent, on one modality or on both."""

    kind: Literal["network"]
    name: str
    seed: Seed = 0
    poster: PosterConfig | None = None
    overview: OverviewConfig | None = None
    start: StartConfig = StartConfig()
    head: HeadConfig = HeadConfig()
    loss: LossConfig = LossConfig()
    distillation: DistillationConfig | None = None
    modality_dropout: ModalityDropoutConfig = ModalityDropoutConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    fit: FitConfig

    @model_validator(mode="after")
    def _fits_together(self) -> "NetworkConfig":
        reads = [name for name in ("poster", "overview") if getattr(self, name) is not None]
        if not reads:
            raise ValueError("give at least one of the sections [poster] and [overview]")
        if len(reads) == 2 and self.head.kind in ("pooled", "mean"):
            raise ValueError(f"head.kind {self.head.kind} reads one modality: use attention")
        if len(reads) == 1 and self.head.kind == "gated":
            raise ValueError("head.kind gated reads both modalities: use attention")
        for name in ("poster", "overview"):
            if getattr(self.start, name) is not None and name not in reads:
                raise ValueError(f"start.{name} is given, but there is no section [{name}]")
        scratch = [n for n in reads if _from_scratch_or_not(getattr(self, n)) == "scratch"]
        if self.fit.frozen and scratch:
            raise ValueError(f"fit.frozen is for pretrained encoders, and {scratch[0]} has none")
        return self


class TfidfConfig(_Section):
    """TF-IDF and logistic regression on overviews: the baseline that a network has to beat.

    Attributes:
        max_ngram: 1 = words, 2 = also pairs of words, …
        min_films: an n-gram in fewer training overviews is left out.
        regularisation: C of scikit-learn's logistic regression: larger = freer.
        balanced: whether the positives and negatives of a genre weigh the same.

    """

    kind: Literal["tfidf"]
    name: str
    seed: Seed = 0
    max_ngram: Annotated[int, Field(ge=1, le=4)] = 2
    min_films: Count = 2
    regularisation: Annotated[float, Field(gt=0)] = 1.0
    balanced: bool = True


class LateFusionConfig(_Section):
    """Per-genre weights over the logits of two finished runs, fitted on validation.

    Attributes:
        poster: the run or bundle that reads posters, as a path from the working folder.
        overview: the run or bundle that reads overviews.
        shrinkage: how strongly the weights of a genre are drawn to those of all genres.

    """

    kind: Literal["late-fusion"]
    name: str
    seed: Seed = 0
    poster: str
    overview: str
    shrinkage: Annotated[float, Field(gt=0)] = 10.0


Config = NetworkConfig | TfidfConfig | LateFusionConfig
_BY_KIND: dict[str, type[BaseModel]] = {
    "network": NetworkConfig,
    "tfidf": TfidfConfig,
    "late-fusion": LateFusionConfig,
}
_BRANCHES = ("scratch", "pretrained")
_KINDS: TypeAdapter[Config] = TypeAdapter(Annotated[Config, Field(discriminator="kind")])


def load_config(path: Path, overrides: list[str] | None = None) -> Config:
    """Read a configuration.

    Args:
        path: a TOML file.
        overrides: ``section.key=value``, the value in TOML, or bare text.

    Raises:
        ConfigError: the file cannot be read, or a key or value is wrong; every fault is named.

    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError("does not exist", where=path, mend="name a TOML file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"is not TOML: {error}", where=path, mend="correct it") from error
    for override in overrides or []:
        _override(table, override)
    try:
        return _KINDS.validate_python(table)
    except ValidationError as error:
        faults = "; ".join(_fault(e, table) for e in error.errors())
        raise ConfigError(faults, where=path) from error


def save_config(config: Config, path: Path) -> None:
    """Write the configuration with every default spelt out."""
    text = tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))
    path.write_text(text, encoding="utf-8")


def _override(table: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError("is not section.key=value", where=f"--set {override}")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    *sections, last = key.strip().split(".")
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{section} is not a section", where=f"--set {override}")
    table[last] = value


def _fault(error: Any, table: dict[str, Any]) -> str:
    """Put one of pydantic's errors into words, with the nearest known key."""
    # pydantic names the branch of a union too, which no file has
    place = [str(part) for part in error["loc"] if part not in (*_BY_KIND, *_BRANCHES)]
    where = ".".join(place) or "the whole"
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place[-1], _known_keys(table, place[:-1]), n=1)
        return f"{where} is unknown" + (f" (did you mean {near[0]}?)" if near else "")
    if error["type"] == "missing":
        return f"{where} is missing"
    if error["type"] == "union_tag_not_found":
        return f"kind is missing: one of {', '.join(_BY_KIND)}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}"


def _known_keys(table: dict[str, Any], sections: list[str]) -> list[str]:
    model = _BY_KIND[table["kind"]]
    for section in sections:
        table = table[section]
        models = _models_in(model.model_fields[section].annotation)
        branch = _from_scratch_or_not(table) if len(models) > 1 else "scratch"
        model = models[_BRANCHES.index(branch)]
    return list(model.model_fields)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the sections that an annotation allows, in order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        inner = inner[:1]
    return [model for part in inner for model in _models_in(part)]
