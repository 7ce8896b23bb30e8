"""The result of training, before calibration and packaging."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot.films import Modality, modalities_of
from posterplot.inference.bundle import Bundle, OverviewInput, PosterInput


class TrainedModel(NamedTuple):
    """A trained model without calibration and thresholds.

    Attributes:
        graph: The ONNX file.
        tokenizer: ``tokenizers`` JSON, if the model reads overviews.
        poster: How posters are read; None if the model reads none.
        overview: How overviews are read; None if the model reads none.
        train_films: Number of films of the dataset that it was trained on; None for late fusion.
        notes: Entries for the provenance of the bundle.
        held_out: Id of a validation film -> ``(G,)`` logits of a fit without that film, if the
            graph itself was fitted on validation films; empty otherwise.
        titles: Whether a title can replace a missing overview.

    """

    graph: bytes
    tokenizer: str | None
    poster: PosterInput | None
    overview: OverviewInput | None
    train_films: int | None
    notes: dict[str, Any]
    held_out: dict[str, NDArray[np.float64]]
    titles: bool = False

    @property
    def single_inputs(self) -> tuple[Modality, ...]:
        """The inputs that get decisions of their own, if the model reads both modalities."""
        if len(self.modalities) < 2:
            return ()
        return (*self.modalities, "title") if self.titles else self.modalities

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The modalities that the model reads."""
        return modalities_of(self.poster, self.overview)


def sources_of(parts: Iterable[Bundle]) -> set[str]:
    """Return the fingerprints of the sources that finished models were trained on.

    Args:
        parts: Models that another one is made of, or starts from.

    """
    return {source for part in parts for source in part.manifest.provenance.get("sources", ())}
