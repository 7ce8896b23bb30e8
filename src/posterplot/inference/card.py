"""The model card of a bundle, with its figures in plain words."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from posterplot.inference.bundle import CARD, Bundle
from posterplot.inference.manifest import BundleManifest

_TEST = "test"
_PART = f"{_TEST}, "  # of a measurement with less of each film: "test, poster alone"
_Share = Annotated[float, Field(ge=0, le=1)]


class _Overall(BaseModel):
    """The value of a metric, and the limits of its interval."""

    micro_precision: tuple[_Share, _Share, _Share]
    micro_recall: tuple[_Share, _Share, _Share]


class _Measurement(BaseModel):
    films: int = Field(ge=1)
    overall: _Overall


_MEASUREMENTS = TypeAdapter(dict[str, _Measurement])


def read_card(bundle: Bundle) -> str:
    """Return the model card as Markdown, with a section in plain words before the others.

    The section is left out where :func:`quality_in_words` has nothing to say.
    """
    card = (bundle.path / CARD).read_text(encoding="utf-8")
    words = quality_in_words(bundle.manifest)
    if not words:
        return card
    introduction, mark, rest = card.partition("\n## ")
    return f"{introduction.rstrip()}\n\n## In short\n\n{words}\n{mark}{rest}"


def quality_in_words(manifest: BundleManifest) -> str:
    """Return precision and recall on the test films in plain words, as Markdown.

    Args:
        manifest: Manifest of a bundle. ``provenance["figures"]`` has the micro-averaged precision
            and recall, in [0, 1], of the test films and of the same films with less of each.

    Returns:
        A sentence, and a list for films with fewer inputs. Empty if these figures are not stored,
        or if the thresholds are not those that were measured.

    """
    if manifest.decisions.guarantee_text or "calibrated_from" in manifest.provenance:
        return ""
    try:
        figures = _MEASUREMENTS.validate_python(manifest.provenance.get("figures", {}))
    except ValidationError:  # of another version, or with a figure that does not exist
        return ""
    if _TEST not in figures:
        return ""
    whole, parts = figures[_TEST], list(_parts(figures))
    sentence = (
        f"On films like those measured ({whole.films:,} films that the model has not seen), "
        f"{_precision(whole)} genres named are right, and {_recall(whole)} genres that a film has "
        "are named."
    )
    return f"{sentence} With less to read:\n\n" + "\n".join(parts) if parts else sentence


def _parts(figures: dict[str, _Measurement]) -> Iterator[str]:
    for name, part in figures.items():
        if name.startswith(_PART):
            inputs = name.removeprefix(_PART)
            yield f"- {inputs}: {_precision(part)} are right, and {_recall(part)} are named"


def _precision(part: _Measurement) -> str:
    return _of_ten(part.overall.micro_precision[0])


def _recall(part: _Measurement) -> str:
    return _of_ten(part.overall.micro_recall[0])


def _of_ten(share: float) -> str:
    """Say a share in [0, 1] as a number of ten: ``about 7 of 10``."""
    if share >= 0.95:
        return "nearly all"
    return f"about {round(10 * share)} of 10" if share >= 0.05 else "hardly any"
