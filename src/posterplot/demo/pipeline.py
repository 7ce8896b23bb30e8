"""Run the ordinary commands on the demo catalogue, and print the results."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from posterplot.demo.gallery_sheet import draw_gallery
from posterplot.demo.make_catalogue import write_catalogue
from posterplot.errors import OutputError
from posterplot.evaluation import Evaluation, LabelledPredictions, compare, read_evaluation
from posterplot.locks import is_vacant
from posterplot.progress import Progress, no_progress

MODELS = ("poster-cnn", "overview-lstm", "overview-tfidf", "late-fusion")
_CONFIGS = Path(__file__).parent / "configs"
_FILMS = 1500
# a genre counts as better predicted from one input if its AP is higher by at least this much
_MARGIN = 0.08

Command = Callable[[list[str]], object]


def run(
    out: Path,
    command: Command,
    *,
    films: int = _FILMS,
    changes: tuple[str, ...] = (),
    progress: Progress = no_progress,
) -> None:
    """Make the catalogue, run every command on it up to the report, and print the results.

    Args:
        out: The folder to create, with ``catalogue/``, ``dataset/``, ``runs/``, ``evaluations/``,
            ``predictions.jsonl``, ``gallery.jpg`` and ``report.html``.
        command: Runs one posterplot command, given its arguments.
        films: Number of films to make.
        changes: Overrides (``--set``) for both networks.
        progress: Shows how many films are drawn.

    Raises:
        OutputError: ``out`` exists and is not empty.
    """
    console = Console()
    if out.exists() and (out.is_file() or not is_vacant(out)):
        raise OutputError("exists already", where=out, hint="remove it, or choose another output")

    def posterplot(*arguments: object) -> None:
        words = [str(argument) for argument in arguments]
        console.print(f"\n$ posterplot {' '.join(words)}", style="bold cyan", soft_wrap=True)
        command(words)

    console.print(
        f"making {films} invented films; with four models to train, the demo takes a few minutes",
        style="bold cyan",
    )
    table = write_catalogue(out / "catalogue", films=films, progress=progress)
    data = out / "dataset"
    posterplot("prepare", table, "--out", data)
    runs = {name: out / "runs" / name for name in MODELS}
    for name, folder in runs.items():
        changed = [f"--set={c}" for c in changes] if name in MODELS[:2] else []
        if name == "late-fusion":
            changed = [
                f"--set=poster={runs['poster-cnn']}",
                f"--set=overview={runs['overview-lstm']}",
            ]
        posterplot("train", _CONFIGS / f"{name}.toml", "--data", data, "--out", folder, *changed)
    evaluations = {name: out / "evaluations" / f"{name}.json" for name in MODELS}
    for name, path in evaluations.items():
        posterplot("evaluate", runs[name], "--data", data, "--split", "test", "--out", path)
    predictions = out / "predictions.jsonl"
    posterplot("predict", table, "--model", runs["late-fusion"], "--out", predictions)
    draw_gallery(table, predictions, _test_ids(evaluations["late-fusion"]), out / "gallery.jpg")
    posterplot("report", *runs.values(), "--data", data, "--out", out / "report.html")
    _print_results(console, {name: read_evaluation(path) for name, path in evaluations.items()})
    console.print(
        f"\nOpen {out / 'report.html'} in a browser to see the findings. "
        f"{out / 'gallery.jpg'} shows test films with their predicted genres.",
        soft_wrap=True,
        highlight=False,
    )


def _test_ids(path: Path) -> list[str]:
    _, predictions = read_evaluation(path)
    return predictions.ids


def _print_results(
    console: Console, found: dict[str, tuple[Evaluation, LabelledPredictions]]
) -> None:
    console.print("\nResults on test films, on which no model was trained", style="bold")
    table = Table("model", "films", "mAP", "95 % interval", "micro-F1", "macro-F1", box=None)
    for name, (evaluation, _) in found.items():
        m = evaluation.overall["mAP"]
        f1 = (evaluation.overall[f"{mean}_f1"].value for mean in ("micro", "macro"))
        interval = f"{m.low:.3f} to {m.high:.3f}"
        figures = (f"{m.value:.3f}", interval, *(f"{value:.3f}" for value in f1))
        table.add_row(name, str(evaluation.films), *figures)
    console.print(table)
    fused = found["late-fusion"][1]
    for name in ("poster-cnn", "overview-lstm"):
        films, gain = compare(fused, found[name][1])
        certainty = "significantly" if gain.low > 0 or gain.high < 0 else "perhaps by chance"
        console.print(
            f"late fusion is {'better' if gain.value > 0 else 'worse'} than {name}, {certainty}: "
            f"{gain.value:+.3f} mAP ({gain.low:+.3f} to {gain.high:+.3f}, {films} films)",
            highlight=False,
        )
    _print_genres(console, found)


def _print_genres(
    console: Console, found: dict[str, tuple[Evaluation, LabelledPredictions]]
) -> None:
    """Print the average precision of each genre from posters, from overviews, and from both."""
    table = Table("genre", "films", "poster", "overview", "both", box=None)
    best_inputs: dict[str, list[str]] = {"poster": [], "overview": [], "both": []}
    columns = (found[name][0].genres for name in ("poster-cnn", "overview-lstm", "late-fusion"))
    for rows in zip(*columns, strict=True):
        values = [row.average_precision.value for row in rows if row.average_precision.value]
        if len(values) < len(rows):
            continue  # a genre without a test film
        p, o, b = values
        if b - max(p, o) >= _MARGIN:
            best_inputs["both"].append(rows[0].genre)
        elif abs(p - o) >= _MARGIN:
            best_inputs["poster" if p > o else "overview"].append(rows[0].genre)
        shown = (f"[bold]{v:.2f}[/]" if v == max(p, o, b) else f"{v:.2f}" for v in (p, o, b))
        table.add_row(rows[0].genre, str(rows[-1].support), *shown)
    console.print("\nAverage precision of each genre, from posters, from overviews, and from both")
    console.print(table)
    labels = {
        "poster": "Predicted better from posters",
        "overview": "Predicted better from overviews",
        "both": "Predicted better from both together",
    }
    for inputs, genres in best_inputs.items():
        if genres:
            console.print(f"{labels[inputs]}: {', '.join(genres)}", highlight=False)
