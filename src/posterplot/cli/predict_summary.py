"""Count what ``predict`` and ``tag`` find, and print the counts at the end."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from posterplot.cli.console import print_film_error, print_note
from posterplot.wording import count

_COMMON = 5  # genres in the summary


class PredictSummary:
    """Prints the problems of films, and counts films and genres.

    Args:
        advance: Called with the number of films finished since the last call.

    Attributes:
        failed: Number of films that could not be used.
        partly: Number of films of which a part could not be used, such as the poster.
        genres: Genre name -> number of films.
        films: Number of films that were predicted.
        unfamiliar: Number of films that are unlike those that the model was measured on.
        unnamed: Reason why no genre is predicted under a guarantee -> number of films.

    """

    def __init__(self, advance: Callable[[int], None] = lambda _: None) -> None:
        self._advance = advance
        self.failed = self.partly = self.films = self.unfamiliar = 0
        self.genres = Counter[str]()
        self.unnamed = Counter[str]()

    def add(self, row: dict[str, Any]) -> None:
        """Count a row of :func:`posterplot.inference.prediction_files.prediction_rows`."""
        from posterplot.inference.prediction_files import row_problem
        from posterplot.inference.settings import guarantees_nothing

        if problem := row_problem(row):
            self.failed += "error" in row
            self.partly += "error" not in row
            print_film_error(row["id"], row["title"], problem)
        if guarantees_nothing(row.get("guarantee", "")):
            self.unnamed[row["guarantee"]] += 1
        self.unfamiliar += row.get("familiar") is False
        if "error" not in row:
            self.films += 1
            self.genres.update(row["genres"] or ["without a genre"])
        self._advance(1)

    def print_genres(self) -> None:
        """Print the number of films, and the most frequent genres."""
        common = ", ".join(f"{g} {number:,}" for g, number in self.genres.most_common(_COMMON))
        print_note(f"{count(self.films, 'film')} predicted{f': {common}' * bool(common)}")

    def print_trust(self) -> None:
        """Print how many films have no genre under a guarantee, and how many are unfamiliar."""
        from posterplot.inference.familiarity import UNFAMILIAR

        print_unnamed(self.unnamed)
        if self.unfamiliar:
            verb = "is" if self.unfamiliar == 1 else "are"
            print_note(f"{count(self.unfamiliar, 'film')} {verb} {UNFAMILIAR}")


def print_unnamed(reasons: "Counter[str]") -> None:
    """Print how many films have no genre under a guarantee, by reason."""
    for reason, number in reasons.items():
        print_note(f"{count(number, 'film')}: {reason}")
