"""Draw the learning curves of runs: loss, precision and recall on train and validation."""

from pathlib import Path

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from posterplot.errors import OutputError
from posterplot.evaluation.training_history import learning_history
from posterplot.files import new_file

_ROWS = (
    ("loss", ("loss",)),
    ("precision at 0.5", ("micro_precision", "macro_precision")),
    ("recall at 0.5", ("micro_recall", "macro_recall")),
    ("validation mAP", ("mAP",)),
)
_COLOURS = {"train": "#8a8f98", "validation": "#c2410c"}


def draw_curves(runs: list[Path], out: Path) -> None:
    """Draw the learning curves of runs, one column a run, and write them as SVG or PNG.

    Args:
        runs: Folders with a ``history.csv``.
        out: File with the suffix ``.svg`` or ``.png``.

    Raises:
        UsageError: The history of a run is missing, as for the baseline and late fusion, is
            damaged, or has no finished epoch.
        OutputError: The file has another suffix or cannot be written.

    """
    if out.suffix.lower() not in (".svg", ".png"):
        raise OutputError(f"cannot be a {out.suffix!r} file", where=out, hint="use .svg or .png")
    figure = Figure(figsize=(5.2 * len(runs), 9.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(_ROWS), len(runs), squeeze=False, sharex="col")
    for column, run in enumerate(runs):
        history = learning_history(run)
        epochs = [row["epoch"] + 1 for row in history]
        for ax, (title, figures) in zip(axes[:, column], _ROWS, strict=True):
            for split, colour in _COLOURS.items():
                if split == "train" and title.startswith("validation"):
                    continue
                for n, name in enumerate(figures):
                    values = [row[f"{split}_{name}"] for row in history]
                    label = f"{split} {name.split('_')[0]}" if len(figures) > 1 else split
                    ax.plot(epochs, values, color=colour, ls="--" if n else "-", label=label)
            ax.set_ylabel(title)
            ax.grid(alpha=0.25)
            ax.spines[["top", "right"]].set_visible(False)
            ax.legend(frameon=False, fontsize="small")
        axes[0, column].set_title(run.name)
        axes[-1, column].set_xlabel("epoch")
        axes[-1, column].xaxis.set_major_locator(MaxNLocator(integer=True))
    with new_file(out) as temporary:
        # no date and no random ids: the same runs give the same file
        metadata = {"Date": None} if out.suffix.lower() == ".svg" else None
        with rc_context({"svg.hashsalt": "posterplot"}):
            figure.savefig(temporary, dpi=130, metadata=metadata)
