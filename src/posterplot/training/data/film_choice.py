"""Choose the films of a split that have certain inputs."""

from collections.abc import Sequence

from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError
from posterplot.films import Film, Modality, Split

_WITH_ARTICLE: dict[Modality, str] = {
    "poster": "a poster",
    "overview": "an overview",
    "title": "a title",
}


def with_article(modality: Modality) -> str:
    """Return ``a poster`` or ``an overview``."""
    return _WITH_ARTICLE[modality]


def films_with(
    dataset: Dataset,
    split: Split,
    modalities: Sequence[Modality],
    *,
    every: bool = False,
    hint: str = "prepare a catalogue with some",
) -> list[Film]:
    """Return the films of a split that have one of the modalities. Posters stay in their files.

    Args:
        dataset: The dataset with the films.
        split: Split of the dataset.
        modalities: One or more.
        every: Whether a film must have all of the modalities.
        hint: Hint of the error.

    Raises:
        DatasetError: There is no such film.

    """
    every_film = dataset.films(split, in_place=True)
    films = [film for film in every_film if film.has(modalities, every=every)]
    if not films:
        conjunction = " and " if every else " or "
        both = "both " if every and len(modalities) > 1 else ""
        raise DatasetError(
            f"no {split} film has {both}{conjunction.join(map(with_article, modalities))}",
            where=dataset.path,
            hint=hint,
        )
    return films
