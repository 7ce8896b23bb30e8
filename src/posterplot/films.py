"""The basic types: films, genre vocabularies, predictions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from posterplot.errors import FilmError, UsageError
from posterplot.file_parts import FilePart
from posterplot.memory_posters import path_or_bytes

if TYPE_CHECKING:
    from posterplot.memory_posters import Poster

# "title": of a film with a poster and no overview, the text that is read instead of an overview
Modality = Literal["poster", "overview", "title"]
Split = Literal["train", "validation", "test"]

MODALITIES: tuple[Modality, ...] = ("poster", "overview")
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def modalities_of(
    poster: object, overview: object, *, titled: bool = False
) -> tuple[Modality, ...]:
    """Return the modalities of which an input is given.

    Args:
        poster, overview: None if absent; anything else if present.
        titled: Whether the title is what is read as an overview.
    """
    text: Modality = "title" if titled else "overview"
    names: tuple[tuple[Modality, object], ...] = (("poster", poster), (text, overview))
    return tuple(name for name, value in names if value is not None)


@dataclass(frozen=True, slots=True)
class Film:
    """One film of a catalogue.

    Args:
        id: Unique within its catalogue, e.g. an IMDb id.
        title: Title as printed; may be empty.
        year: Year of release, or None.
        overview: Plot summary; None if absent.
        genres: The known genres, possibly none.
        poster: The image file (``str`` or ``Path``), its encoded bytes (JPEG, PNG, …), a
            ``PIL.Image``, or an array ``(H, W, 3)`` uint8 in RGB; None if absent. Stored as a path,
            as bytes or, in training, as the place of the bytes in a dataset.
        split: The split that the catalogue gives, or None.
        source: Where the film was read, for messages: ``films.csv row 17``.
        label_source: Who assigned the genres, such as ``imdb``; empty if that is not known.
            :func:`posterplot.evaluate` measures each of them by itself.

    Raises:
        FilmError: The film has neither a poster nor an overview.
        UsageError: The poster is of another type, or an array of another shape or dtype; the title
            or the overview is not text.

    """

    id: str
    title: str = ""
    year: int | None = None
    overview: str | None = None
    genres: tuple[str, ...] = ()
    poster: Path | bytes | FilePart | None = field(default=None, repr=False)
    split: Split | None = None
    source: str = ""
    label_source: str = ""

    if TYPE_CHECKING:  # the constructor takes more types of posters than the attribute has

        def __init__(
            self,
            id: str,  # noqa: A002
            title: str = "",
            year: int | None = None,
            overview: str | None = None,
            genres: tuple[str, ...] = (),
            poster: Poster | None = None,
            split: Split | None = None,
            source: str = "",
            label_source: str = "",
        ) -> None: ...

    def __post_init__(self) -> None:
        for name, missing in (("overview", None), ("title", "")):
            if type(value := getattr(self, name)) is not str:  # nearly all are
                object.__setattr__(self, name, _text_or(value, missing, name))
        if self.poster is None and not self.overview:
            raise FilmError("has neither a poster nor an overview", where=self.source or self.id)
        if self.poster is not None:
            object.__setattr__(self, "poster", path_or_bytes(self.poster))

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The inputs that this film has."""
        return modalities_of(self.poster, self.overview or None)

    def has(self, modalities: Iterable[Modality], *, every: bool = False) -> bool:
        """Return whether the film has one of the modalities, or all of them with ``every``."""
        own = self.modalities
        return (all if every else any)(modality in own for modality in modalities)

    @property
    def record(self) -> "FilmRecord":
        """The film without its overview and poster."""
        return FilmRecord(
            self.id,
            self.title,
            self.year,
            self.genres,
            self.split,
            self.source,
            self.modalities,
            self.label_source,
        )

    def only(self, modality: Modality) -> "Film | None":
        """Return the film with only this modality; None if it lacks it.

        "overview" keeps the title, which may be read as the first sentence. "title" is the poster
        and the title instead of an overview. "poster" is the poster without the title. To take one
        input away from a film, use :meth:`without`.
        """
        if modality == "title":
            shown = self.poster is not None and self.title
            return replace(self, overview=None) if shown else None
        if modality not in self.modalities:
            return None
        if modality == "poster":
            return replace(self, overview=None, title="")
        return replace(self, poster=None)

    def without(self, modality: Modality) -> "Film | None":
        """Return the film without this modality; None if no model could read the rest.

        The title stays, unless it is the input to remove: "without the overview" means the poster
        and the title, for models that read a title instead of an overview. A title is read only
        beside a poster or an overview.
        """
        if modality == "title":
            return replace(self, title="")
        poster = None if modality == "poster" else self.poster
        overview = None if modality == "overview" else self.overview
        if poster is None and not overview:
            return None
        return replace(self, poster=poster, overview=overview)


def _text_or(value: object, missing: str | None, name: str) -> str | None:
    """Return a text, or ``missing`` for None, NaN and what pandas has for an empty cell.

    Raises:
        UsageError: The value is of another type.

    """
    if isinstance(value, str):
        return value
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return missing
    if isinstance(value, float) and isnan(value):
        return missing
    raise UsageError(
        f"the {name} of a film is of the type {type(value).__name__}", hint="pass text"
    )


@dataclass(frozen=True, slots=True)
class FilmRecord:
    """A film without its overview and poster, to keep many films in memory.

    Args:
        id, title, year, genres, split, source, label_source: As in :class:`Film`.
        modalities: The inputs that the film has.

    """

    id: str
    title: str
    year: int | None
    genres: tuple[str, ...]
    split: Split | None
    source: str
    modalities: tuple[Modality, ...]
    label_source: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A film, or one part of a film, that could not be used, with the reason.

    Args:
        id: Id of the film; if even that could not be read, its file or the number of its row.
        title: Title of the film, as far as known.
        source: Where the film was read: ``films.csv row 17``.
        part: What cannot be used: the whole film, or only its poster, overview or list of genres,
            in which case the film is kept with its other parts.
        reason: One clear line.

    """

    id: str
    title: str
    source: str
    part: Literal["film", "poster", "overview", "genres"]
    reason: str


@dataclass(frozen=True, slots=True)
class GenreVocabulary:
    """The genres that a model knows, in the fixed order of its outputs.

    Args:
        names: G distinct, non-empty names.

    Raises:
        ValueError: A name is empty or occurs twice.

    """

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names) or not all(self.names):
            raise ValueError(f"genre names must be distinct and not empty: {self.names}")

    def __len__(self) -> int:
        return len(self.names)

    def encode(self, genres: Iterable[Sequence[str]]) -> NDArray[np.float32]:
        """Convert N lists of genres to targets.

        Genres outside the vocabulary are ignored. :func:`posterplot.evaluation.evaluate` reports
        them.

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
        """Convert ``(N, G)`` decisions to N tuples of genre names, in the vocabulary's order."""
        return [
            tuple(n for n, yes in zip(self.names, row, strict=True) if yes) for row in decisions
        ]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction of a model for one film.

    Args:
        id: Id of the film.
        title: Title of the film.
        genres: Predicted genres, those at or above their thresholds; the most probable first. May
            be empty.
        probabilities: Genre -> calibrated probability in [0, 1]; they need not sum to 1.
        modalities: The inputs that were used.
        guarantee: What is guaranteed of the genres, in words; empty if nothing is.
        familiar: Whether the film is like those that the model was measured on; None if unknown.

    """

    id: str
    title: str
    genres: tuple[str, ...]
    probabilities: dict[str, float]
    modalities: tuple[Modality, ...]
    guarantee: str = ""
    familiar: bool | None = None
