"""What every kind of training hands over to be finished into a bundle."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot.films import Modality
from posterplot.inference.bundle import OverviewInput, PosterInput


class TrainedModel(NamedTuple):
    """A trained model, undecided.

    Attributes:
        graph: the ONNX file.
        tokenizer: ``tokenizers`` JSON where it reads overviews.
        poster: how posters enter, or None.
        overview: how overviews enter, or None.
        train_films: the number whose labels it learnt from; None where its parts did.
        notes: for the bundle's provenance.
        held_out: validation film -> ``(G,)`` logits from a fit that did not see it, for films that
            the graph's own fit has seen; empty where training saw no validation film.
        titles: whether a title may stand in the place of an overview.

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
    def partial_inputs(self) -> tuple[Modality, ...]:
        """How a film may be shown of which less is seen than of others."""
        if len(self.modalities) < 2:
            return ()
        return (*self.modalities, "title") if self.titles else self.modalities

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The modalities that the model reads."""
        reads: dict[Modality, bool] = {
            "poster": self.poster is not None,
            "overview": self.overview is not None,
        }
        return tuple(modality for modality, yes in reads.items() if yes)
