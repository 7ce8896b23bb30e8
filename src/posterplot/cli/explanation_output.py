"""Print an explanation to the terminal: marked words, probabilities and contributions."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from posterplot.dataset.text import clean_overview
from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.render.film_page import percent, shown_name, signed
from posterplot.explain.render.heatmap import whereabouts
from posterplot.explain.render.marked_text import terminal


def show(film: FilmExplanation, console: Console) -> None:
    """Print a film: its genres, what would be said without an input, and each genre explained.

    Args:
        film: its title may hold anything; what could steer the terminal is taken out.
        console: to print on.

    """
    name = shown_name(clean_overview(film.title) or "", clean_overview(film.id) or "")
    console.print(Text(f"{name}: {_listed(film.genres)}", "bold"))
    for modality, genres in film.without.items():
        console.print(Text(f"without the {modality}: {_listed(genres)}", "dim"))
    for explanation in film.explanations:
        console.print()
        _show_genre(film, explanation, console)


def _show_genre(film: FilmExplanation, e: Explanation, console: Console) -> None:
    mark = "●" if e.decided else "○"
    headline = f"{mark} {e.genre} {percent(e.probability)} (threshold {percent(e.threshold)})"
    console.print(Text(headline, "bold"))
    if len(film.modalities) == 2:
        read = film.modalities[1]
        moved = f"poster {signed(e.share.poster)}, {read} {signed(e.share.overview)} logits"
        console.print(Text(f"  moved by: {moved}", "dim"))
    if e.poster is not None:
        console.print(Text(f"  poster ({e.poster_method}): {whereabouts(e.poster)}", "dim"))
    if e.words is not None and film.text is not None:
        console.print(Text(f"  {film.modalities[-1]} ({e.overview_method}):", "dim"))
        console.print(Padding(terminal(film.text, e.words), (0, 0, 0, 4)))


def _listed(genres: tuple[str, ...]) -> str:
    return ", ".join(genres) or "no genre is sure enough"
