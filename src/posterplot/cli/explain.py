"""The verb ``explain``: why a model gives a film its genres."""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posterplot.cli.console import out as console
from posterplot.cli.console import progress, say, say_fault, say_faulty
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
    films_of_split,
    open_films,
    say_elsewhere,
)
from posterplot.errors import UsageError
from posterplot.extras import needs_extra
from posterplot.films import Film, Rejected

if TYPE_CHECKING:
    from posterplot.explain.explanation import FilmExplanation


def explain(
    catalogue: CatalogueArgument = None,
    poster: PosterOption = None,
    overview: OverviewOption = None,
    title: TitleOption = "",
    data: Annotated[
        Path | None, typer.Option(help="A prepared dataset, instead of a table.")
    ] = None,
    split: Annotated[str, typer.Option(help="The split of that dataset.")] = "test",
    model: ModelOption = None,
    genre: Annotated[
        list[str] | None,
        typer.Option(help="A genre to explain; repeatable. Default: the predicted genres."),
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

    Each film gets a folder with a page, its posters with heatmaps, and explanation.json.
    """
    from posterplot.explain.methods.choose import GRADIENTS, choose_methods
    from posterplot.explain.render.folder import explain_films
    from posterplot.inference.bundle import load_bundle, shipped_bundle
    from posterplot.inference.predictor import Predictor

    if [catalogue, data, poster or overview or None].count(None) != 2:
        raise UsageError("give a table, or --data, or --poster, --overview or both")
    model = model or shipped_bundle()
    predictor = Predictor(load_bundle(model))
    scorers: dict[Any, Any] = {}
    if method in GRADIENTS and (model / "checkpoints").is_dir():
        with needs_extra("train"):
            from posterplot.explain.methods.gradients import gradient_scorers

            scorers = gradient_scorers(model)
    chosen = choose_methods(predictor, method, scorers)
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
        films, total = [Film("", title, None, overview, (), poster)], 1
    single = catalogue is None and data is None
    answers = explain_films(
        predictor, films, out, genres=genre or (), methods=chosen, scorers=scorers, index=not single
    )
    faulty = _show(answers, total, single=single)
    say(f"explanations written to {out}")
    if opened is not None:
        say_elsewhere(opened)
    if faulty:
        raise typer.Exit(1)


def _show(answers: "Iterator[FilmExplanation | Rejected]", total: int, *, single: bool) -> bool:
    """Show explanations as they come; return whether some film could not be used in full."""
    from posterplot.cli.explanation_output import show

    faulty = 0
    with nullcontext(lambda _: None) if single else progress("explaining", total) as advance:
        for answer in answers:
            if isinstance(answer, Rejected):
                faulty += 1
                say_fault(answer.id, answer.title, answer.reason)
                advance(answer.part == "film")  # of any other, the film itself comes next
                continue
            if single:
                show(answer, console)
            advance(1)
    if faulty and not single:
        say_faulty(faulty, total)
    return faulty > 0
