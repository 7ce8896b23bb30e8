"""Training configuration: TOML to frozen values, all faults named at once."""

import difflib
import tomllib
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from posterplot.errors import ConfigError

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PosterConfig(_Section):
    """The poster encoder, and the size at which it sees posters.

    Attributes:
        encoder: ``cnn``, from scratch.
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
    def _something_is_left(self) -> "PosterConfig":
        least = 2 ** (len(self.channels) + 1)
        if min(self.height, self.width) < least:
            raise ValueError(
                f"{len(self.channels)} blocks need posters of at least {least}×{least} pixels"
            )
        return self


class OverviewConfig(_Section):
    """The overview encoder, and the words it knows.

    Attributes:
        encoder: ``lstm``, from scratch.
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


class HeadConfig(_Section):
    """From the encoder's sequence to genres: ``dropout`` of the pooled values."""

    dropout: Share = 0.3


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
        learning_rate: at its peak, of a one-cycle schedule (Smith, arXiv 1708.07120).
        warmup: share of the steps before the peak.
        weight_decay: of AdamW (Loshchilov and Hutter, arXiv 1711.05101).
        gradient_clip: largest norm of the gradient; 0 = none.
        patience: epochs without a better validation mAP before stopping.
        workers: processes that read films; 0 = the training process itself.
        accelerator, precision: as ``lightning.Trainer`` takes them: ``gpu`` and ``16-mixed``, say.

    """

    epochs: Count
    batch_size: Count = 32
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    warmup: Annotated[float, Field(gt=0, lt=1)] = 0.15
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    gradient_clip: Annotated[float, Field(ge=0)] = 0.0
    patience: Count = 10
    workers: Annotated[int, Field(ge=0)] = 0
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"


class NetworkConfig(_Section):
    """A network trained by gradient descent, on one modality."""

    kind: Literal["network"]
    name: str
    seed: Seed = 0
    poster: PosterConfig | None = None
    overview: OverviewConfig | None = None
    head: HeadConfig = HeadConfig()
    loss: LossConfig = LossConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    fit: FitConfig

    @model_validator(mode="after")
    def _one_modality(self) -> "NetworkConfig":
        if (self.poster is None) == (self.overview is None):
            raise ValueError("give exactly one of the sections [poster] and [overview]")
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
    place = [str(part) for part in error["loc"] if part not in _BY_KIND]
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
        annotation: Any = model.model_fields[section].annotation
        if get_origin(annotation) in (Union, UnionType):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        model = annotation
    return list(model.model_fields)
