"""Read training configurations from TOML, and report all errors in one message."""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import tomli_w
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from posterplot.errors import ConfigError
from posterplot.inference.bundle_checks import Name
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
_BRANCHES = ("scratch", "pretrained")
_KINDS: TypeAdapter[Config] = TypeAdapter(Annotated[Config, Field(discriminator="kind")])


def load_config(path: Path, overrides: list[str] | None = None) -> Config:
    """Read a configuration.

    Args:
        path: A TOML file.
        overrides: ``section.key=value``, the value in TOML, or bare text.

    Raises:
        ConfigError: The file cannot be read, or keys or values are wrong. The message lists all of
            them.

    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError("file not found", where=path, hint="give a TOML file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"is not TOML: {error}", where=path, hint="fix the file") from error
    overrides = overrides or []
    for override in overrides:
        _override(table, override)
    try:
        return _KINDS.validate_python(table)
    except ValidationError as error:
        raise _config_error(error, table, path, overrides) from error


def save_config(config: Config, path: Path) -> None:
    """Write a configuration to a TOML file, with the defaults filled in."""
    text = tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))
    path.write_text(text, encoding="utf-8")


def _override(table: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError("is not section.key=value", where=_where(override))
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    *sections, last = key.strip().split(".")
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{section} is not a section", where=_where(override))
    table[last] = value


def _where(override: str) -> str:
    key, equals, value = override.partition("=")
    return f'`overrides={{"{key}": {value}}}`' if equals else f"`overrides={override}`"


def _config_error(
    error: ValidationError, table: dict[str, Any], path: Path, overrides: list[str]
) -> ConfigError:
    """Return an error with every problem. Problems of an override name the override."""
    in_overrides: dict[str, list[str]] = {}
    in_file: list[str] = []
    for detail in error.errors():
        place, problem = _problem(detail, table)
        changed = [o for o in overrides if _is_within(o.partition("=")[0].strip(), place)]
        if changed:
            in_overrides.setdefault(_where(changed[-1]), []).append(problem)
        else:
            in_file.append(problem)
    if not in_file and len(in_overrides) == 1:
        [(where, problems)] = in_overrides.items()
        return ConfigError("; ".join(problems), where=where)
    for where, problems in in_overrides.items():
        in_file += [f"{where}: {problem}" for problem in problems]
    return ConfigError("; ".join(in_file), where=path)


def _is_within(key: str, place: str) -> bool:
    """Return whether two dotted keys are equal, or one contains the other."""
    return f"{key}.".startswith(f"{place}.") or f"{place}.".startswith(f"{key}.")


def _problem(error: Any, table: dict[str, Any]) -> tuple[str, str]:
    """Return the dotted key of one of pydantic's errors, and what is wrong with it."""
    # pydantic's location includes the branch of a union, which is not in the file
    place = [str(part) for part in error["loc"] if part not in (*_BY_KIND, *_BRANCHES)]
    dotted = ".".join(place)
    where = dotted or "the configuration"
    if error["type"] == "extra_forbidden":
        near = _nearest_key(table, place)
        return dotted, f"{where} is unknown" + (f" (did you mean {near}?)" if near else "")
    if error["type"] == "missing":
        return dotted, f"{where} is missing"
    if error["type"] == "union_tag_not_found":
        return "kind", f"kind is missing: one of {', '.join(_BY_KIND)}"
    message = error["msg"].removeprefix("Value error, ")
    return dotted, f"{where}: {message[:1].lower()}{message[1:]}"


def _nearest_key(table: dict[str, Any], place: list[str]) -> str:
    """Return the known key that an unknown key probably means; "" if none is similar.

    It is a key of the same section or, if none there is near, one of the same name in another
    section: ``fit.epochs`` for ``training.epochs``.
    """
    *sections, key = place
    if near := difflib.get_close_matches(key, _known_keys(table, sections), n=1):
        return near[0]
    value: Any = table
    for part in place:
        value = value[int(part)] if isinstance(value, list) else value[part]
    names = list(value) if isinstance(value, dict) else [key]
    others = [other for other in _dotted_keys(_BY_KIND[table["kind"]]) if other != ".".join(place)]
    known = {other.rpartition(".")[2]: other for other in others}
    for name in names:
        if near := difflib.get_close_matches(name, known, n=1, cutoff=0.8):
            return known[near[0]]
    return ""


def _dotted_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return all keys of a section and its subsections, dotted."""
    keys = []
    for name, field in model.model_fields.items():
        inner = _models_in(field.annotation)
        keys += [key for section in inner for key in _dotted_keys(section, f"{prefix}{name}.")]
        if not inner:
            keys.append(prefix + name)
    return keys


def _known_keys(table: dict[str, Any], sections: list[str]) -> list[str]:
    model = _BY_KIND[table["kind"]]
    for section in sections:
        if section.isdigit():  # an entry of [[sources]], whose model is known already
            continue
        table = table[section]
        models = _models_in(model.model_fields[section].annotation)
        branch = encoder_kind(table) if len(models) > 1 else "scratch"
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
