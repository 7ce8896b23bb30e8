"""Check that the validation films have genres of the training films."""

from collections.abc import Iterable

from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError


def check_validation_genres(genres: Iterable[str], dataset: Dataset) -> None:
    """Refuse validation films that have none of the genres of the training films.

    Without a positive film every metric is 0 and every threshold is arbitrary.

    Args:
        genres: Genres of all usable validation films.
        dataset: Dataset of these films.

    Raises:
        DatasetError: None of the genres is in the vocabulary of the dataset.

    """
    if not set(genres) & set(dataset.vocabulary.names):
        raise DatasetError(
            "no validation film has a genre that the training films have",
            where=dataset.path,
            hint=f"the genres of train are {', '.join(dataset.vocabulary.names)}: "
            "use the same names in both splits",
        )
