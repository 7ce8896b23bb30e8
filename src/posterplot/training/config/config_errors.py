"""Describe errors in a configuration: the key, the nearest known key, and the known keys."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError

from posterplot.errors import ConfigError
from posterplot.training.config.encoders import encoder_kind

_BRANCHES = ("scratch", "pretrained")


class _Problem(NamedTuple):
    """An error at one place of a configuration.

    Attributes:
        place: Dotted key.
        text: What is wrong, with the key.
        known: The keys that could be meant; empty if the key is known.

    """

    place: str
    text: str
    known: str = ""


def config_error(
    error: ValidationError,
    table: dict[str, Any],
    path: Path,
    overrides: list[str],
    models: Mapping[str, type[BaseModel]],
) -> ConfigError:
    """Return an error with everything that is wrong, each with the override or the file it is in.

    Args:
        error: Error of pydantic.
        table: Configuration, with the overrides.
        path: File of the configuration.
        overrides: ``section.key=value``.
        models: Value of ``kind`` -> type of the configuration.

    """
    changed: dict[str, list[str]] = {}
    in_file: list[str] = []
    problems = [_problem(detail, table, models) for detail in error.errors()]
    for problem in problems:
        own = [o for o in overrides if _is_within(o.partition("=")[0].strip(), problem.place)]
        if own:
            changed.setdefault(in_overrides(own[-1]), []).append(problem.text)
        else:
            in_file.append(problem.text)
    hint = "; ".join(dict.fromkeys(p.known for p in problems if p.known))
    if not in_file and len(changed) == 1:
        [(where, texts)] = changed.items()
        return ConfigError("; ".join(texts), where=where, hint=hint)
    for where, texts in changed.items():
        in_file += [f"{where}: {text}" for text in texts]
    return ConfigError("; ".join(in_file), where=path, hint=hint)


def in_overrides(override: str) -> str:
    """Return an override as messages name it: as an argument of the Python API."""
    key, equals, value = override.partition("=")
    return f'`overrides={{"{key}": {value}}}`' if equals else f"`overrides={override}`"


def keys_of(model: type[BaseModel], section: str = "") -> str:
    """List the keys of a section, or of the whole configuration with its sections in brackets."""
    keys = [
        f"[{name}]" if _models_in(field.annotation) else name
        for name, field in model.model_fields.items()
    ]
    return f"{f'[{section}]' if section else 'a configuration'} has {', '.join(keys)}"


def _is_within(key: str, place: str) -> bool:
    """Return whether a dotted key and a dotted place are the same, or one contains the other."""
    return f"{key}.".startswith(f"{place}.") or f"{place}.".startswith(f"{key}.")


def _problem(error: Any, table: dict[str, Any], models: Mapping[str, type[BaseModel]]) -> _Problem:
    """Convert one of pydantic's errors."""
    place = [str(part) for part in error["loc"]]
    # pydantic's location includes the branches of unions, which are not in the file
    if place and place[0] in models:
        del place[0]
    if place[:1] in (["poster"], ["overview"]) and place[1:2] and place[1] in _BRANCHES:
        del place[1]
    dotted = ".".join(place)
    where = dotted or "the configuration"
    if error["type"] == "extra_forbidden":
        *sections, _ = place
        model = _model_at(table, sections, models)
        near = _nearest_key(table, place, model, models)
        text = f"{where} is unknown" + (f" (did you mean {near}?)" if near else "")
        names = [section for section in sections if not section.isdigit()]
        return _Problem(dotted, text, keys_of(model, ".".join(names)))
    if error["type"] == "missing":
        return _Problem(dotted, f"{where} is missing")
    if error["type"] == "union_tag_not_found":
        return _Problem("kind", f"kind is missing: one of {', '.join(models)}")
    message = error["msg"].removeprefix("Value error, ")
    return _Problem(dotted, f"{where}: {message[:1].lower()}{message[1:]}")


def _nearest_key(
    table: dict[str, Any],
    place: list[str],
    section: type[BaseModel],
    models: Mapping[str, type[BaseModel]],
) -> str:
    """Return the known key that an unknown one probably means; empty if none is near.

    It is a key of the same section or, if none there is near, one of the same name in another
    section: ``fit.epochs`` for ``training.epochs``.
    """
    key = place[-1]
    if near := difflib.get_close_matches(key, section.model_fields, n=1):
        return near[0]
    value: Any = table
    for part in place:
        value = value[int(part)] if isinstance(value, list) else value[part]
    names = list(value) if isinstance(value, dict) else [key]
    others = [other for other in _dotted_keys(models[table["kind"]]) if other != ".".join(place)]
    known = {other.rpartition(".")[2]: other for other in others}
    for name in names:
        if near := difflib.get_close_matches(name, known, n=1, cutoff=0.8):
            return known[near[0]]
    return ""


def _dotted_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return every key of a section and of the sections in it, dotted."""
    keys = []
    for name, field in model.model_fields.items():
        inner = _models_in(field.annotation)
        keys += [key for section in inner for key in _dotted_keys(section, f"{prefix}{name}.")]
        if not inner:
            keys.append(prefix + name)
    return keys


def _model_at(
    table: dict[str, Any], sections: list[str], models: Mapping[str, type[BaseModel]]
) -> type[BaseModel]:
    """Return the type of a section; that of the whole configuration without sections."""
    model = models[table["kind"]]
    for section in sections:
        if section.isdigit():  # an entry of [[sources]]: its model is known already
            continue
        table = table[section]
        inner = _models_in(model.model_fields[section].annotation)
        branch = encoder_kind(table) if len(inner) > 1 else "scratch"
        model = inner[_BRANCHES.index(branch)]
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the sections that an annotation allows, in order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        inner = inner[:1]
    return [model for part in inner for model in _models_in(part)]
