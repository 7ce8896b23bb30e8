"""The contents of a bundle's ``bundle.json``."""

from typing import Any, Self

from pydantic import Field, model_validator

from posterplot.films import GenreVocabulary, Modality
from posterplot.inference.bundle_checks import Digest, FileName, Name
from posterplot.inference.decisions import Decisions, Record

FORMAT = 5


class PosterInput(Record):
    """How a poster becomes ``(3, height, width)`` uint8: it is resized, not cropped."""

    height: int = Field(ge=1, le=4096)
    width: int = Field(ge=1, le=4096)


class OverviewInput(Record):
    """How an overview becomes tokens.

    Attributes:
        max_tokens: Maximum number of tokens; longer overviews are cut.
        title: Whether the film's title, if it has one, is put before the overview.

    """

    max_tokens: int = Field(ge=1, le=65_536)
    title: bool = False


class BundleManifest(Record):
    """The contents of ``bundle.json``.

    Attributes:
        format: Version of the folder's format.
        name: Name of the model, from its configuration.
        genres: G names in the order of the outputs.
        poster: How posters become inputs; None if the model reads none.
        overview: How overviews become inputs; None if the model reads none.
        decisions: Calibration and thresholds.
        decisions_by_modality: For a model of both modalities, the decisions for films with only
            one; "title" is for films with a poster, and the title instead of an overview.
        features: Modality -> D, the width of its pooled features, which the graph has as the output
            ``poster_features`` or ``overview_features``, ``(B, D)`` float32. With an output
            ``poster_parts`` or ``overview_parts``, they are the sums of its positions.
        languages: ISO 639-1 codes of the languages of the validation overviews, in which the model
            was measured; empty if unknown. Overviews in other languages are not read.
        max_pieces_per_word: Maximum number of tokens per word. Overviews above it count as nonsense
            and are not read; None if unknown.
        provenance: Versions, configuration, dataset, and metrics on validation.
        files: Name -> SHA-256 of every other file.
        digest: SHA-256 of all of the above; see :mod:`posterplot.inference.bundle`.

    """

    format: int = FORMAT
    name: Name
    genres: tuple[Name, ...] = Field(min_length=1, max_length=10_000)
    poster: PosterInput | None
    overview: OverviewInput | None
    decisions: Decisions
    decisions_by_modality: dict[Modality, Decisions] = Field(default_factory=dict)
    features: dict[Modality, int] = Field(default_factory=dict)
    languages: tuple[str, ...] = ()
    max_pieces_per_word: float | None = None
    provenance: dict[str, Any]
    files: dict[FileName, Digest] = Field(default_factory=dict)
    digest: str = ""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        GenreVocabulary(self.genres)  # raises an error unless the genres are distinct
        for decisions in (self.decisions, *self.decisions_by_modality.values()):
            if len(decisions.scale) != len(self.genres):
                raise ValueError("there must be one decision per genre")
            if set(decisions.thresholds) != set(self.decisions.thresholds):
                raise ValueError("all decisions must have the same rules")
        return self

    def decisions_for(self, modalities: tuple[Modality, ...]) -> Decisions:
        """Return the decisions for a film of which the model reads these modalities."""
        if "title" in modalities:
            return self.decisions_by_modality.get("title", self.decisions)
        if len(modalities) == 1:
            return self.decisions_by_modality.get(modalities[0], self.decisions)
        return self.decisions
