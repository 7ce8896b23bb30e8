"""The verb: gather, explain, analyse, write."""

from collections.abc import Sequence
from pathlib import Path

from posterplot.dataset.reading import Dataset
from posterplot.evaluation.evaluate import decide
from posterplot.films import Split
from posterplot.report.findings.doubtful_labels import pick
from posterplot.report.findings.gallery import show_films
from posterplot.report.findings.gather import Gathered, Progress, gather
from posterplot.report.page.render import check_page, render, write_page

_EACH = 4  # films of each kind in the gallery


def report(
    runs: Sequence[Path], dataset: Dataset, split: Split, out: Path, progress: Progress
) -> Gathered:
    """Write the report of runs on a split of a dataset.

    Args:
        runs: folders of runs or bundles, one or more; the first of each kind (posters, overviews,
            both) speaks for it, and the first of both is what most of the report is about.
        dataset: with the films.
        split: of it.
        out: ``.html``.
        progress: shows how far it is.

    Returns:
        what it was made from.

    Raises:
        OutputError: ``out`` stands already, or is of another kind.
        BundleError, DatasetError, UsageError: see :func:`posterplot.report.findings.gather.gather`.

    """
    check_page(out)
    gathered = gather(runs, dataset, split, progress)
    lead = gathered.lead
    picks = pick(lead.predicted, decide(lead.run.bundle, lead.predicted), _EACH)
    with progress("explaining", len(picks)) as advance:
        cards = show_films(lead, dataset, split, picks, advance)
    write_page(render(gathered, cards), out)
    return gathered
