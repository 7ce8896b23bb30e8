"""Explanations in the terminal: marked words, and numbers beside them."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from posterplot.dataset.text import clean_overview
from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.render.film_page import shown_name
from posterplot.explain.render.marked_text import terminal
from posterplot.explain.render.overlays import place_text
from posterplot.inference.familiarity import UNFAMILIAR
from posterplot.wording import percent, signed


def show(film: FilmExplanation, console: Console) -> None:
    """Print a film's genres, its genres without the poster or the overview, and the explanations.

    Args:
        film: control characters in its title are removed.
        console: to print on.

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


def _show_genre(film: FilmExplanation, e: Explanation, console: Console) -> None:
    mark, counted = ("●", "counted") if e.decided else ("○", "not counted")
    needs = f"{counted} as a genre (needs {percent(e.threshold)})"
    console.print(Text(f"{mark} {e.genre} {percent(e.probability)}: {needs}", "bold"))
    if len(film.modalities) == 2:
        shares = f"poster {signed(e.share.poster)}, "
        shares += f"{film.modalities[1]} {signed(e.share.overview)}"
        console.print(Text(f"  Effect on the score (log-odds): {shares}", "dim"))
    if e.poster is not None:
        console.print(Text(f"  Poster ({e.poster_method}): {place_text(e)}", "dim"))
    if e.words is not None and film.text is not None:
        title = f"  Words of the {film.modalities[-1]} ({e.overview_method}):"
        console.print(Text(title, "dim"))
        console.print(Padding(terminal(film.text, e.words), (0, 0, 0, 4)))


def _listed(genres: tuple[str, ...]) -> str:
    return ", ".join(genres) or "no genre reaches its threshold"
