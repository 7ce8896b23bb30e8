"""The nouns of the house: films, genre vocabularies, predictions. Free of torch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from posterplot.errors import FilmError

# "title": of a film that has a poster and no overview, what is read in the overview's place
Modality = Literal["poster", "overview", "title"]
Split = Literal["train", "validation", "test"]

MODALITIES: tuple[Modality, ...] = ("poster", "overview")
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def modalities_of(
    poster: object, overview: object, *, titled: bool = False
) -> tuple[Modality, ...]:
    """Name the inputs that are not None.

    Args:
        poster, overview: None if absent; anything else if present.
        titled: whether the title is what is read as an overview.
    """
    text: Modality = "title" if titled else "overview"
    names: tuple[tuple[Modality, object], ...] = (("poster", poster), (text, overview))
    return tuple(name for name, value in names if value is not None)


@dataclass(frozen=True, slots=True)
class Film:
    """One film as a catalogue tells it.

    Args:
        id: unique within its catalogue, e.g. an IMDb id.
        title: as printed; may be empty.
        year: of release, or None.
        overview: plot summary; None if absent.
        genres: the known genres, possibly none.
        poster: the image file, or its encoded bytes (JPEG, PNG, …); None if absent.
        split: the split that the catalogue asks for, or None.
        source: where it was read, for messages: ``films.csv row 17``.

    Raises:
        FilmError: the film has neither a poster nor an overview.

    """

    id: str
    title: str = ""
    year: int | None = None
    overview: str | None = None
    genres: tuple[str, ...] = ()
    poster: Path | bytes | None = field(default=None, repr=False)
    split: Split | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if self.poster is None and not self.overview:
            raise FilmError("has neither a poster nor an overview", where=self.source or self.id)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The inputs that this film has."""
        return modalities_of(self.poster, self.overview or None)

    def only(self, modality: Modality) -> "Film | None":
        """Return the film with this modality alone; None if it lacks it.

        A title goes with either: with an overview as its first sentence, and, as "title", with the
        poster in the place of an overview. The poster alone is without it.
        """
        if modality == "title":
            shown = self.poster is not None and self.title
            return replace(self, overview=None) if shown else None
        if modality not in self.modalities:
            return None
        if modality == "poster":
            return replace(self, overview=None, title="")
        return replace(self, poster=None)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A film, or one part of a film, that could not be used, and why.

    Args:
        id: of the film; empty if even that could not be read.
        title: of the film, as far as known.
        source: where it was read: ``films.csv row 17``.
        part: what is set aside: the whole film, or only its poster, overview or list of genres, in
            which case the film itself is kept with what is left of it.
        reason: one clear line.

    """

    id: str
    title: str
    source: str
    part: Literal["film", "poster", "overview", "genres"]
    reason: str


@dataclass(frozen=True, slots=True)
class GenreVocabulary:
    """The genres a model knows, in the fixed order of its outputs.

    Args:
        names: G distinct, non-empty names.

    Raises:
        ValueError: a name is empty or stands twice.

    """

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names) or not all(self.names):
            raise ValueError(f"genre names must be distinct and not empty: {self.names}")

    def __len__(self) -> int:
        return len(self.names)

    def encode(self, genres: Iterable[Sequence[str]]) -> NDArray[np.float32]:
        """Turn N lists of genres into targets.

        Genres outside the vocabulary are left out: a model cannot answer for them. Who evaluates
        reports them (see :func:`posterplot.evaluation.evaluate`).

        Returns:
            ``(N, G)`` float32 in {0, 1}.

        """
        index = {name: g for g, name in enumerate(self.names)}
        rows = list(genres)
        targets = np.zeros((len(rows), len(self.names)), dtype=np.float32)
        for n, names in enumerate(rows):
            for name in names:
                if name in index:
                    targets[n, index[name]] = 1.0
        return targets

    def decode(self, decisions: NDArray[np.bool_]) -> list[tuple[str, ...]]:
        """Turn ``(N, G)`` decisions into N tuples of genre names, in the vocabulary's order."""
        return [
            tuple(n for n, yes in zip(self.names, row, strict=True) if yes) for row in decisions
        ]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one film.

    Args:
        id: of the film.
        title: of the film.
        genres: those decided, the most probable first; possibly none.
        probabilities: genre -> calibrated probability in [0, 1]; they need not sum to 1.
        modalities: the inputs that were used.

    """

    id: str
    title: str
    genres: tuple[str, ...]
    probabilities: dict[str, float]
    modalities: tuple[Modality, ...]
