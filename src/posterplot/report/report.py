"""Write the report: predict, explain, analyse, render."""

from collections.abc import Sequence
from pathlib import Path

from posterplot.dataset.reading import Dataset
from posterplot.evaluation.evaluate import decide
from posterplot.files import output_lock
from posterplot.films import Split
from posterplot.progress import Progress
from posterplot.report.findings.gallery import show_films
from posterplot.report.findings.gallery_films import choose_films
from posterplot.report.findings.gather import ReportData, gather
from posterplot.report.page.render import check_page, render, write_page

_PER_KIND = 4  # films of each kind in the gallery


def report(
    runs: Sequence[Path], dataset: Dataset, split: Split, out: Path, progress: Progress
) -> ReportData:
    """Write the report of runs on a split of a dataset.

    Args:
        runs: Folders of runs or bundles, one or more. Most of the report is about the first that
            reads both inputs, or about the first of all.
        dataset: Dataset with the films.
        split: Split of the dataset.
        out: ``.html``.
        progress: Shows how many films are done.

    Returns:
        The data that the report was computed from.

    Raises:
        OutputError: ``out`` exists already, is being written by another process, or has another
            suffix.
        BundleError, DatasetError, UsageError: See :func:`posterplot.report.findings.gather.gather`.

    """
    with output_lock(out):
        check_page(out)
        data = gather(runs, dataset, split, progress)
        main_model = data.main_model
        chosen = choose_films(
            main_model.predictions, decide(main_model.run.bundle, main_model.predictions), _PER_KIND
        )
        with progress("explaining", len(chosen)) as advance:
            cards = show_films(main_model, dataset, split, chosen, advance)
        write_page(render(data, cards), out)
    return data
