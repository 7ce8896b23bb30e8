"""Read the names of the class labels of a Hugging Face dataset; they are never guessed."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from posterplot.catalogue.safe_files import read_inside
from posterplot.errors import FilmError

_MAX_CARD_BYTES = 2**20
_MAX_DEPTH = 4
# The types of names. As text, lists of YAML's aliases could exhaust memory.
_Scalar = str | int | float | date | None
_INDEX = re.compile(r"[0-9]{1,18}")


def class_names(features: Any) -> dict[str, Mapping[int, str]]:
    """Find the columns of class labels: column -> number -> name.

    Args:
        features: Description in ``dataset_info.json`` or the metadata of a Parquet file: column ->
            ``{"_type": "ClassLabel", "names": [...]}``, perhaps in a ``Sequence`` or list.
    """
    found: dict[str, Mapping[int, str]] = {}
    if isinstance(features, Mapping):
        for column, feature in features.items():
            if names := _names(feature):
                found[str(column)] = dict(enumerate(names))
    return found


def features_of_card(folder: Path) -> dict[str, Mapping[int, str]]:
    """Find the class labels in the YAML head of the dataset's ``README.md``.

    Raises:
        ModuleNotFoundError: The header describes features, and PyYAML is not installed.
    """
    try:
        text = read_inside(folder / "README.md", folder, _MAX_CARD_BYTES).decode("utf-8", "replace")
    except FilmError:
        return {}
    head, mark, _ = text.removeprefix("---\n").partition("\n---")
    if not text.startswith("---\n") or not mark or "class_label" not in head:
        return {}
    import yaml  # type: ignore[import-untyped]

    try:
        info = yaml.safe_load(head)["dataset_info"]
    except (yaml.YAMLError, KeyError, TypeError, ValueError, RecursionError):
        return {}
    info = info[0] if isinstance(info, list) and info else info
    features = info.get("features") if isinstance(info, Mapping) else None
    found: dict[str, Mapping[int, str]] = {}
    for feature in features if isinstance(features, list) else ():
        if not isinstance(feature, Mapping) or not isinstance(feature.get("name"), _Scalar):
            continue
        if names := _card_names(feature):
            found[str(feature.get("name"))] = names
    return found


def _names(feature: Any, depth: int = 0) -> list[str]:
    if depth > _MAX_DEPTH:
        return []
    if isinstance(feature, list) and feature:
        return _names(feature[0], depth + 1)
    if not isinstance(feature, Mapping):
        return []
    names = feature.get("names")
    if feature.get("_type") == "ClassLabel" and isinstance(names, list) and _are_scalars(names):
        return [str(name) for name in names]
    return _names(feature.get("feature"), depth + 1)


def _card_names(feature: Any, depth: int = 0) -> dict[int, str]:
    """Read ``dtype: {class_label: {names: {'0': …}}}``, also inside ``sequence`` or ``list``."""
    if depth > _MAX_DEPTH or not isinstance(feature, Mapping):
        return {}
    label = feature.get("class_label")
    names = label.get("names") if isinstance(label, Mapping) else None
    if isinstance(names, list) and _are_scalars(names):
        return {n: str(name) for n, name in enumerate(names)}
    if isinstance(names, Mapping) and _are_scalars([*names, *names.values()]):
        if not all(_INDEX.fullmatch(str(key)) for key in names):
            return {}
        return {int(str(key)): str(name) for key, name in names.items()}
    inner = (_card_names(feature.get(key), depth + 1) for key in ("dtype", "sequence", "list"))
    return next((found for found in inner if found), {})


def _are_scalars(values: Iterable[object]) -> bool:
    return all(isinstance(value, _Scalar) for value in values)
