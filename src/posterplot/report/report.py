"""Write the report: predict, explain, analyse, render."""

from collections.abc import Sequence
from pathlib import Path

from posterplot.dataset.reading import Dataset
from posterplot.evaluation.evaluate import decide
from posterplot.films import Split
from posterplot.progress import Progress
from posterplot.report.findings.doubtful_labels import pick_films
from posterplot.report.findings.gallery import show_films
from posterplot.report.findings.gather import ReportData, gather
from posterplot.report.page.render import check_page, render, write_page

_EACH = 4  # films of each kind in the gallery


def report(
    runs: Sequence[Path], dataset: Dataset, split: Split, out: Path, progress: Progress
) -> ReportData:
    """Write the report of runs on a split of a dataset.

    Args:
        runs: folders of runs or bundles, one or more. Most of the report is about the first that
            reads both inputs, or about the first of all.
        dataset: with the films.
        split: of the dataset.
        out: ``.html``.
        progress: shows how many films are done.

    Returns:
        The data that the report was computed from.

    Raises:
        OutputError: ``out`` exists already or has another suffix.
        BundleError, DatasetError, UsageError: see :func:`posterplot.report.findings.gather.gather`.

    """
    check_page(out)
    data = gather(runs, dataset, split, progress)
    lead = data.lead
    picks = pick_films(lead.predicted, decide(lead.run.bundle, lead.predicted), _EACH)
    with progress("explaining", len(picks)) as advance:
        cards = show_films(lead, dataset, split, picks, advance)
    write_page(render(data, cards), out)
    return data
