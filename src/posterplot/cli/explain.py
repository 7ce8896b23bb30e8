"""The command ``explain``: explain the genres that a model predicts for films."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posterplot.cli.console import out as console
from posterplot.cli.console import print_error_count, print_film_error, print_note, progress
from posterplot.cli.films import (
    check_source,
    films_from_options,
    films_of_split,
    open_films,
    print_unread_posters,
)
from posterplot.cli.options import (
    AllowOutsideOption,
    AllowPrivateOption,
    CatalogueArgument,
    ColumnOption,
    EncodingOption,
    ModelOption,
    OverviewOption,
    PosterOption,
    RemoteOption,
    TitleOption,
)
from posterplot.cli.trust import AnyLanguageOption, open_model
from posterplot.extras import needs_extra
from posterplot.films import Film, Rejected

if TYPE_CHECKING:
    from posterplot.explain.explanation import FilmExplanation
    from posterplot.explain.methods.scores import Method, Scorer, Scores
    from posterplot.inference.reader import FilmInputs


def explain(
    catalogue: CatalogueArgument = None,
    poster: PosterOption = None,
    overview: OverviewOption = None,
    title: TitleOption = "",
    data: Annotated[
        Path | None, typer.Option(help="A prepared dataset, instead of a catalogue.")
    ] = None,
    split: Annotated[str, typer.Option(help="The split of that dataset.")] = "test",
    model: ModelOption = None,
    any_language: AnyLanguageOption = False,
    genre: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GENRE",
            help="A genre to explain, such as scifi; repeatable. Default: the predicted genres.",
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="attention, evidence or occlusion; for a run also grad-cam or"
            " integrated-gradients. Inputs to which a method does not apply use the default."
        ),
    ] = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    allow_outside: AllowOutsideOption = False,
    remote: RemoteOption = False,
    allow_private: AllowPrivateOption = False,
    *,
    out: Annotated[Path, typer.Option(help="The folder to create for the explanations.")],
) -> None:
    """Show why a model gives a film its genres: on the poster, by word, and by input.

    Each film gets a folder with a page, its posters with heatmaps, and explanation.json. An index
    links to the pages.
    """
    from posterplot.explain.methods.choose import GRADIENTS, choose_methods
    from posterplot.explain.render.folder import PAGE, explain_films
    from posterplot.inference.bundle import shipped_bundle
    from posterplot.inference.predictor import Predictor

    check_source(poster, overview, title, catalogue=catalogue, data=data, has_data_option=True)
    model = model or shipped_bundle()
    predictor = Predictor(open_model(model, any_language=any_language))
    scorers: dict[Method, Scorer] = {}
    if method in GRADIENTS and (model / "checkpoints").is_dir():
        with needs_extra("train"):
            from posterplot.explain.methods.gradients import gradient_scorers

            scorers = gradient_scorers(model)
    films: Iterable[Film | Rejected]
    opened = None
    if catalogue is not None:
        opened = open_films(
            catalogue, column, encoding, allowed=(allow_outside, remote, allow_private)
        )
        films, total = opened.films(splits=False), opened.count()
    elif data is not None:
        films, total = films_of_split(data, split)
    else:
        films = single_films = films_from_options(poster, overview, title)
        total = len(single_films)
    single = catalogue is None and data is None and total == 1
    if single:
        scorers = {name: _genre_by_genre(scorer) for name, scorer in scorers.items()}
    explanations = explain_films(
        predictor,
        films,
        out,
        genres=genre or (),
        methods=choose_methods(predictor, method, scorers),
        scorers=scorers,
    )
    failed = _show(explanations, total, single=single)
    print_note(f"explanations written to {out}; open {out / PAGE} in a browser")
    if opened is not None:
        print_unread_posters(opened)
    if failed:
        raise typer.Exit(1)


def _genre_by_genre(scorer: "Scorer") -> "Scorer":
    """Show the progress of a slow scorer, which takes up to a minute per genre and film."""
    import numpy as np

    from posterplot.explain.methods.scores import Scores

    def score(inputs: "FilmInputs", genres: Sequence[int]) -> "Scores":
        parts: list[Scores] = []
        with progress("explaining", len(genres), unit="genres") as advance:
            for genre in genres:
                parts.append(scorer(inputs, [genre]))
                advance(1)
        columns = (
            None if any(part is None for part in column) else np.concatenate(column)
            for column in zip(*parts, strict=True)
        )
        return Scores(*columns)

    return score


def _show(
    explanations: "Iterator[FilmExplanation | Rejected]", total: int, *, single: bool
) -> bool:
    """Show explanations as they come; return whether some film could not be used in full."""
    from posterplot.cli.explanation_output import print_explanation

    failed = partly = 0
    is_partial = False  # whether a part of the film that comes next could not be used
    with nullcontext(lambda _: None) if single else progress("explaining", total) as advance:
        for explanation in explanations:
            if isinstance(explanation, Rejected):
                print_film_error(explanation.id, explanation.title, explanation.reason)
                if explanation.part != "film":
                    is_partial = True
                    continue
                failed += 1
            else:
                partly += is_partial
                if single:
                    print_explanation(explanation, console)
            is_partial = False
            advance(1)
    if (failed or partly) and not single:
        print_error_count(failed, partly, total)
    return failed + partly > 0
