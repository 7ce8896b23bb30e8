"""Options on guarantees and languages, and the model with these settings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from posterplot.inference.bundle import Bundle

PrecisionOption = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Name a genre only if at least this share of such genres is right, such as 0.9.",
    ),
]
RecallOption = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="Name so many genres that at least this share of the true ones is."
    ),
]
AnyLanguageOption = Annotated[
    bool,
    typer.Option(
        "--read-any-language",
        help="Also read overviews in languages that the model was not measured in.",
    ),
]


def open_model(
    path: Path | None,
    precision: float | None = None,
    recall: float | None = None,
    *,
    any_language: bool = False,
) -> "Bundle":
    """Load a bundle, the one in the package by default, to be used as the options say."""
    from posterplot.inference.bundle import load_bundle, shipped_bundle
    from posterplot.inference.settings import use

    bundle = load_bundle(path or shipped_bundle())
    return use(bundle, precision=precision, recall=recall, any_language=any_language)
