"""Options for guarantees and languages, and loading a model with them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from posterplot.inference.bundle import Bundle


def share(text: str | float) -> float:
    """Return the number that a share is written as, such as ``0.9`` or ``90%``.

    Raises:
        BadParameter: The text is not a number.

    """
    try:
        value = str(text).strip()
        return float(value[:-1]) / 100 if value.endswith("%") else float(value)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a share, such as 0.9") from error


PrecisionOption = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        parser=share,
        help="Predict genres of which at least this share is right, such as 0.9. Some films get no"
        " genre.",
    ),
]
RecallOption = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        parser=share,
        help="Predict at least this share of the true genres, such as 0.9. More of the predicted"
        " genres are wrong.",
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
    """Load a bundle, by default the packaged one, with the settings of the options."""
    from posterplot.inference.bundle import load_bundle, shipped_bundle
    from posterplot.inference.settings import with_settings

    bundle = load_bundle(path or shipped_bundle())
    return with_settings(bundle, precision=precision, recall=recall, any_language=any_language)
