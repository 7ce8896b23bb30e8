"""What every kind of training hands over to be finished into a bundle."""

from typing import Any, NamedTuple

from posterplot.bundle import OverviewInput, PosterInput


class Made(NamedTuple):
    """A trained model, undecided.

    Attributes:
        graph: the ONNX file.
        tokenizer: ``tokenizers`` JSON where it reads overviews.
        poster: how posters enter, or None.
        overview: how overviews enter, or None.
        train_films: the number that it learnt from; None where its parts did.
        notes: for the bundle's provenance.

    """

    graph: bytes
    tokenizer: str | None
    poster: PosterInput | None
    overview: OverviewInput | None
    train_films: int | None
    notes: dict[str, Any]
