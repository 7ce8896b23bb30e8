"""The command line: one short function a verb.

Heavy parts are imported inside the verb that needs them, so that ``predict`` never waits for torch.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from posterplot import __version__
from posterplot.errors import PosterplotError, UsageError
from posterplot.films import SPLITS, Film, Modality, Rejected, Split
from posterplot.terminal import (
    complain,
    err,
    out,
    print_line,
    progress,
    say,
    say_fault,
    say_faulty,
    show_bundle,
    show_dataset,
    show_evaluation,
)

if TYPE_CHECKING:
    from posterplot.explain.explanation import FilmExplanation
    from posterplot.predictor import Predictor

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
DatasetOption = Annotated[Path, typer.Option("--data", help="A prepared dataset.")]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", help="A bundle, or a run; the model of the package if none is named."),
]


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 done but for some films, 2 a wrong call or input."""
    try:
        code = app(arguments, standalone_mode=False)
    except PosterplotError as error:
        code = complain(str(error))
    except TyperException as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "posterplot")
        code = complain(f"{error.format_message().rstrip('.')}; see {command} --help")
    except (KeyboardInterrupt, typer.Abort):
        err.print("stopped; a training, or predictions to a file, go on with --resume")
        code = 130
    sys.exit(code or 0)


@app.callback(invoke_without_command=True)
def posterplot(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Which genres is this film? Ask its poster and its plot."""
    if version:
        typer.echo(f"posterplot {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def prepare(
    catalogue: Annotated[Path, typer.Argument(help="A table of films: .csv, .jsonl, .parquet.")],
    out: Annotated[Path, typer.Option(help="The folder to become the dataset.")],
    seed: Annotated[
        int, typer.Option(min=0, help="Of the splits, where the catalogue has none.")
    ] = 0,
) -> None:
    """Check a catalogue's films, split them and store them as a dataset."""
    with _extra("train"):
        from posterplot.catalogue import count_films
        from posterplot.dataset.prepare import prepare as run
    with progress("preparing", count_films(catalogue)) as advance:
        manifest = run(catalogue, out, seed=seed, advance=advance)
    show_dataset(manifest, out)
    if manifest.rejected:
        raise typer.Exit(1)


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A TOML file; see configs/.")],
    data: DatasetOption,
    out: Annotated[Path, typer.Option(help="The folder to become the run.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the run stopped.")] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Override a value; repeatable."),
    ] = None,
) -> None:
    """Train a model on a dataset and write its run: history, checkpoints, bundle."""
    with _extra("train"):
        from posterplot.training.config import load_config
        from posterplot.training.train import train as run
    from posterplot.dataset.reading import open_dataset

    bundle = run(load_config(config, set_), open_dataset(data), out, resume=resume, say=say)
    say(f"bundle written to {bundle.path}")


@app.command()
def evaluate(
    bundle: Annotated[Path, typer.Argument(help="A bundle, or a run.")],
    data: DatasetOption,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    only: Annotated[
        Modality | None,
        typer.Option(
            help="poster or overview: show the model this alone; title: show it the poster,"
            " and the title in the overview's place."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where to write the evaluation.")] = Path(
        "evaluation.json"
    ),
) -> None:
    """Measure a bundle on a split, with 95 % bootstrap intervals."""
    from posterplot.bundle import load_bundle

    with _extra("parquet"):
        from posterplot.dataset.reading import open_dataset
        from posterplot.evaluation import check_output, predict_split, write_evaluation
        from posterplot.evaluation import evaluate as run

    split = _split(split)
    check_output(out)
    model, dataset = load_bundle(bundle), open_dataset(data)
    counted = dataset.manifest.splits.get(split)
    with progress("evaluating", counted.films if counted else 0) as advance:
        predicted = predict_split(model, dataset, split, advance, only)
    evaluation = run(model, dataset, split, predicted)
    write_evaluation(evaluation, predicted.answers(model.manifest.genres), out)
    show_evaluation(evaluation, out)


@app.command()
def predict(
    catalogue: Annotated[
        Path | None, typer.Argument(help="A table of films: .csv, .jsonl, .parquet.")
    ] = None,
    poster: Annotated[Path | None, typer.Option(help="A poster, instead of a table.")] = None,
    overview: Annotated[str | None, typer.Option(help="An overview, instead of a table.")] = None,
    title: Annotated[str, typer.Option(help="Of that film.")] = "",
    model: ModelOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write: .jsonl, .csv or .parquet.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where writing was interrupted, if it was.")
    ] = False,
) -> None:
    """Predict the genres of one film, or of every film of a table.

    One film is drawn as bars; a table is written as JSON lines, to a file or to the terminal.
    """
    from posterplot.bundle import load_bundle, shipped_bundle
    from posterplot.predictions import part_of
    from posterplot.predictor import Predictor

    if (catalogue is None) == (poster is None and not overview):
        raise UsageError("give a table, or --poster and --overview, or one of these two")
    if resume and out is None:
        raise UsageError("only what is written to a file can go on", mend="name it with --out")
    bundle = load_bundle(model or shipped_bundle())
    with _extra("parquet"):
        part = part_of(out, bundle.manifest.digest, resume=resume) if out else None
    if catalogue is None:
        films: Iterable[Film | Rejected] = [Film("", title, None, overview, (), poster)]
        total = 1
    else:
        films, total = _films_of_table(catalogue)
    predictor = Predictor(bundle)
    if out and part:
        faulty = _predict_to_file(predictor, films, out, part, total)
    else:
        faulty = _predict_to_terminal(predictor, films, single=catalogue is None)
    if faulty and catalogue is not None:
        say_faulty(faulty, total)
    if faulty:
        raise typer.Exit(1)


@app.command()
def explain(
    catalogue: Annotated[
        Path | None, typer.Argument(help="A table of films: .csv, .jsonl, .parquet.")
    ] = None,
    poster: Annotated[Path | None, typer.Option(help="A poster, instead of a table.")] = None,
    overview: Annotated[str | None, typer.Option(help="An overview, instead of a table.")] = None,
    title: Annotated[str, typer.Option(help="Of that film.")] = "",
    data: Annotated[
        Path | None, typer.Option(help="A prepared dataset, instead of a table.")
    ] = None,
    split: Annotated[str, typer.Option(help="Of that dataset.")] = "test",
    model: ModelOption = None,
    genre: Annotated[
        list[str] | None,
        typer.Option(help="Repeatable; those decided of each film, if none is named."),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="attention, evidence or occlusion; of a run also grad-cam or"
            " integrated-gradients. Where it does not apply, the default."
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="The folder to become the explanations.")],
) -> None:
    """Show why a model gives a film its genres: on the poster, word by word, and input by input.

    Each film has a folder with a page, its posters with heat, and explanation.json.
    """
    from posterplot.bundle import load_bundle, shipped_bundle
    from posterplot.explain.methods import GRADIENTS, choose_methods
    from posterplot.explain.output import explain_films
    from posterplot.predictor import Predictor

    if [catalogue, data, poster or overview or None].count(None) != 2:
        raise UsageError("give a table, or --data, or --poster and --overview, or one of these two")
    model = model or shipped_bundle()
    predictor = Predictor(load_bundle(model))
    scorers: dict[Any, Any] = {}
    if method in GRADIENTS and (model / "checkpoints").is_dir():
        with _extra("train"):
            from posterplot.explain.gradients import gradient_scorers

            scorers = gradient_scorers(model)
    chosen = choose_methods(predictor, method, scorers)
    if catalogue is not None:
        films, total = _films_of_table(catalogue)
    elif data is not None:
        films, total = _films_of_split(data, split)
    else:
        films, total = [Film("", title, None, overview, (), poster)], 1
    single = catalogue is None and data is None
    answers = explain_films(
        predictor, films, out, genres=genre or (), methods=chosen, scorers=scorers, index=not single
    )
    faulty = _show_explanations(answers, total, single=single)
    say(f"explanations written to {out}")
    if faulty:
        raise typer.Exit(1)


@app.command()
def info(model: ModelOption = None) -> None:
    """Show a model's card: how good it is, genre by genre, and its limits.

    Every file of it is checked against its digest first.
    """
    from posterplot.bundle import load_bundle, shipped_bundle

    show_bundle(load_bundle(model or shipped_bundle()))


@app.command()
def plot(
    runs: Annotated[list[Path], typer.Argument(help="Runs of networks.")],
    out: Annotated[Path, typer.Option(help="Where to draw: .svg or .png.")] = Path("curves.svg"),
) -> None:
    """Draw loss, precision and recall of runs, epoch by epoch."""
    with _extra("train"):
        from posterplot.evaluation.curves import draw_curves
    draw_curves(runs, out)
    say(f"curves drawn to {out}")


@app.command()
def report(
    runs: Annotated[
        list[Path], typer.Argument(help="Runs or bundles; the first of each kind speaks for it.")
    ],
    data: DatasetOption,
    out: Annotated[Path, typer.Option(help="Where to write: .html.")] = Path("report.html"),
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
) -> None:
    """Tell what runs know of genres, poster against overview against both, in one HTML page."""
    with _extra("parquet"):
        from posterplot.dataset.reading import open_dataset
        from posterplot.report.report import report as run

    name = _split(split)  # before the dataset is read
    run(runs, open_dataset(data), name, out, progress)
    say(f"report written to {out}")


@app.command()
def serve(
    model: ModelOption = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; by default nobody else can reach it.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8000,
    token: Annotated[
        str | None,
        typer.Option(envvar="POSTERPLOT_TOKEN", help="That requests must bear; else anyone may."),
    ] = None,
) -> None:
    """Answer over HTTP: a page to drop a poster on, and REST; see docs/serving.md."""
    from posterplot.bundle import shipped_bundle
    from posterplot.serve.run import serve as run

    run(model or shipped_bundle(), host=host, port=port, token=token, say=say)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="The folder to fill.")] = Path("demo"),
) -> None:
    """Do the whole job on films that were never made, from preparing them to a report."""
    with _extra("train"):
        from posterplot.demo.run import run
    run(out, lambda arguments: app(arguments, standalone_mode=False))


def _predict_to_file(
    predictor: "Predictor", films: Iterable[Film | Rejected], path: Path, part: Path, total: int
) -> int:
    """Write answers as they come; return how many films could not be used in full."""
    from posterplot.predictions import fault_of, lines, open_output, skip_done

    films = iter(films)
    done, faulty = skip_done(part, films)
    with (
        open_output(path, part, predictor.bundle.manifest.genres) as put,
        progress("predicting", total, done) as advance,
    ):
        for line in lines(predictor.predict(films)):
            if fault := fault_of(line):
                faulty += 1
                say_fault(line["id"], line["title"], fault)
            put(line)
            advance(1)
    return faulty


def _predict_to_terminal(
    predictor: "Predictor", films: Iterable[Film | Rejected], *, single: bool
) -> int:
    """Print answers as they come; return how many films could not be used in full."""
    from posterplot.predictions import fault_of, lines, show

    faulty = 0
    for line in lines(predictor.predict(films)):
        if fault := fault_of(line):
            faulty += 1
            say_fault(line["id"], line["title"], fault)
        if not single:
            print_line(line)
        elif "error" not in line:
            show(line, out)
    return faulty


def _show_explanations(
    answers: "Iterator[FilmExplanation | Rejected]", total: int, *, single: bool
) -> bool:
    """Show what is told as it comes; return whether some film could not be used in full."""
    from posterplot.explain.terminal import show

    faulty = 0
    with nullcontext(lambda _: None) if single else progress("explaining", total) as advance:
        for answer in answers:
            if isinstance(answer, Rejected):
                faulty += 1
                say_fault(answer.id, answer.title, answer.reason)
                advance(answer.part == "film")  # of any other, the film itself comes next
                continue
            if single:
                show(answer, out)
            advance(1)
    if faulty and not single:
        say_faulty(faulty, total)
    return faulty > 0


def _films_of_table(catalogue: Path) -> tuple[Iterable[Film | Rejected], int]:
    from posterplot.catalogue import count_films, read_catalogue

    with _extra("parquet"):
        return read_catalogue(catalogue, splits=False), count_films(catalogue)


def _films_of_split(data: Path, split: str) -> tuple[Iterable[Film | Rejected], int]:
    with _extra("parquet"):
        from posterplot.dataset.reading import open_dataset

    dataset, name = open_dataset(data), _split(split)
    counted = dataset.manifest.splits.get(name)
    return dataset.films(name), counted.films if counted else 0


def _split(name: str) -> Split:
    for split in SPLITS:
        if split == name:
            return split
    raise UsageError(f"there is no split {name!r}", where="--split", mend=_one_of(SPLITS))


@contextmanager
def _extra(name: str) -> Iterator[None]:
    """Say which extra to install where a part of posterplot is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            f"this needs {error.name}, which is not installed",
            mend=f"pip install 'posterplot[{name}]'",
        ) from error


def _one_of(names: Iterable[str]) -> str:
    return "give one of " + ", ".join(names)
