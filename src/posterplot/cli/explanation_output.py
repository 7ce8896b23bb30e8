"""Print explanations to the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from posterplot.dataset.text import clean_overview
from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.render.film_page import shown_name
from posterplot.explain.render.marked_text import terminal
from posterplot.explain.render.overlays import location_text
from posterplot.inference.familiarity import UNFAMILIAR
from posterplot.wording import percent, signed


def print_explanation(film: FilmExplanation, console: Console) -> None:
    """Print a film's genres, its genres without the poster or the overview, and the explanations.

    Args:
        film: Explanation of the film. Control characters in its title are removed.
        console: Console to print to.

    """
    name = shown_name(clean_overview(film.title) or "", clean_overview(film.id) or "")
    console.print(Text(f"{name}: {_listed(film.genres)}", "bold"))
    for modality, genres in film.without.items():
        console.print(Text(f"without the {modality}: {_listed(genres)}", "dim"))
    if film.familiar is False:
        console.print(Text(f"This film is {UNFAMILIAR}.", "yellow"))
    for explanation in film.explanations:
        console.print()
        _show_genre(film, explanation, console)


def _show_genre(film: FilmExplanation, explanation: Explanation, console: Console) -> None:
    mark, decision = ("●", "predicted") if explanation.decided else ("○", "not predicted")
    decision += f" (threshold {percent(explanation.threshold)})"
    console.print(
        Text(f"{mark} {explanation.genre} {percent(explanation.probability)}: {decision}", "bold")
    )
    if len(film.modalities) == 2:
        shares = f"poster {signed(explanation.share.poster)}, "
        shares += f"{film.modalities[1]} {signed(explanation.share.overview)}"
        console.print(Text(f"  Effect on the score (log-odds): {shares}", "dim"))
    if explanation.poster is not None:
        console.print(
            Text(f"  Poster ({explanation.poster_method}): {location_text(explanation)}", "dim")
        )
    if explanation.words is not None and film.text is not None:
        title = f"  Words of the {film.modalities[-1]} ({explanation.overview_method}):"
        console.print(Text(title, "dim"))
        console.print(Padding(terminal(film.text, explanation.words), (0, 0, 0, 4)))


def _listed(genres: tuple[str, ...]) -> str:
    return ", ".join(genres) or "no genre reaches its threshold"
