"""Read training configurations from TOML, and report all errors in one message."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from posterplot.configs import config_file, config_hint
from posterplot.errors import ConfigError
from posterplot.inference.bundle_checks import Name
from posterplot.training.config.config_errors import config_error, in_overrides, keys_of
from posterplot.training.config.encoders import (
    OverviewConfig,
    PosterConfig,
    TransformerConfig,
    encoder_kind,
)
from posterplot.training.config.films import (
    AugmentationConfig,
    DistillationConfig,
    ModalityDropoutConfig,
    SamplingConfig,
    SourceConfig,
)
from posterplot.training.config.fit import ExportConfig, FitConfig
from posterplot.training.config.head import HeadConfig, InitFromConfig, LossConfig
from posterplot.training.config.section import Count, Section, Seed


class NetworkConfig(Section):
    """A network trained by gradient descent, on one modality or on both.

    Attributes:
        kind: ``network``.
        name: Name of the model.
        seed: Seed of everything random in the training.
        poster, overview: The encoders; at least one of them.
        init_from: Finished runs that training starts from.
        head: Head that turns the encoders' outputs into logits.
        loss: Loss that is minimised.
        sources: Further datasets whose films join the training (``[[sources]]`` in TOML).
        sampling: How often training films are shown.
        distillation: Teachers, if any.
        modality_dropout: How often training films show only one modality.
        augmentation: Random changes of training posters.
        fit: The training loop.
        export: How the trained network is exported.

    """

    kind: Literal["network"]
    name: Name
    seed: Seed = 0
    poster: PosterConfig | None = None
    overview: OverviewConfig | None = None
    init_from: InitFromConfig = InitFromConfig()
    head: HeadConfig = HeadConfig()
    loss: LossConfig = LossConfig()
    sources: tuple[SourceConfig, ...] = ()
    sampling: SamplingConfig = SamplingConfig()
    distillation: DistillationConfig | None = None
    modality_dropout: ModalityDropoutConfig = ModalityDropoutConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    fit: FitConfig
    export: ExportConfig = ExportConfig()

    @model_validator(mode="after")
    def _fits_together(self) -> "NetworkConfig":
        modalities = [name for name in ("poster", "overview") if getattr(self, name) is not None]
        if not modalities:
            raise ValueError("give at least one of the sections [poster] and [overview]")
        if len(modalities) == 2 and self.head.kind in ("pooled", "mean"):
            raise ValueError(f"head.kind {self.head.kind} reads one modality: use attention")
        if len(modalities) == 1 and self.head.kind == "gated":
            raise ValueError("head.kind gated reads both modalities: use attention")
        for name in ("poster", "overview"):
            if getattr(self.init_from, name) is not None and name not in modalities:
                raise ValueError(f"init_from.{name} is given, but there is no section [{name}]")
        if self.augmentation.mixup and (modalities != ["poster"] or self.fit.frozen):
            raise ValueError("augmentation.mixup is for networks that train on posters only")
        scratch = [n for n in modalities if encoder_kind(getattr(self, n)) == "scratch"]
        if self.fit.frozen and scratch:
            raise ValueError(f"fit.frozen is for pretrained encoders, and {scratch[0]} has none")
        has_lstm = isinstance(self.overview, TransformerConfig) and self.overview.lstm is not None
        if self.fit.frozen and has_lstm and self.init_from.overview is None:
            raise ValueError("fit.frozen would leave overview.lstm at its random initial weights")
        if len(modalities) == 1 and any(self.modality_dropout.model_dump().values()):
            raise ValueError("modality_dropout is for networks that read both modalities")
        return self


class TfidfConfig(Section):
    """TF-IDF and logistic regression on overviews: the baseline for networks.

    Attributes:
        kind: ``tfidf``.
        name: Name of the model.
        seed: Seed of the folds for fitting decisions.
        max_ngram: 1 = words, 2 = also pairs of words, …
        min_films: N-grams in fewer training overviews are left out.
        regularisation: C of scikit-learn's logistic regression; larger values regularise less.
        balanced: Whether the positives and the negatives of a genre have the same total weight.

    """

    kind: Literal["tfidf"]
    name: Name
    seed: Seed = 0
    max_ngram: Annotated[int, Field(ge=1, le=4)] = 2
    min_films: Count = 2
    regularisation: Annotated[float, Field(gt=0)] = 1.0
    balanced: bool = True


class LateFusionConfig(Section):
    """Per-genre weights for the logits of two finished runs, fitted on validation.

    Attributes:
        kind: ``late-fusion``.
        name: Name of the model.
        seed: Seed of the folds for fitting decisions.
        poster: Run or bundle that reads posters, as a path from the working folder.
        overview: Run or bundle that reads overviews.
        shrinkage: How strongly the weights of a genre are regularised towards common weights.

    """

    kind: Literal["late-fusion"]
    name: Name
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
        path: A TOML file, or the name of a configuration in the package: ``overview-tfidf``.
        overrides: ``section.key=value``, the value in TOML, or bare text.

    Raises:
        ConfigError: The file cannot be read, or keys or values are wrong. The message lists all of
            them.

    """
    given, path = path, config_file(path)
    try:
        # some editors on Windows begin a file with a byte-order mark
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError("file not found", where=given, hint=config_hint(given)) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"is not TOML: {error}", where=path, hint="fix the file") from error
    overrides = overrides or []
    for override in overrides:
        _override(table, override)
    try:
        return _KINDS.validate_python(table)
    except ValidationError as error:
        raise config_error(error, table, path, overrides, _BY_KIND) from error


def save_config(config: Config, path: Path) -> None:
    """Write a configuration to a TOML file, with the defaults filled in."""
    text = tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))
    path.write_text(text, encoding="utf-8")


def _override(table: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError("is not section.key=value", where=in_overrides(override))
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    kind = table.get("kind")
    *sections, last = key.strip().split(".")
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise ConfigError(
                f"{section} is not a section",
                where=in_overrides(override),
                hint=keys_of(model) if (model := _BY_KIND.get(str(kind))) else "",
            )
    table[last] = value
