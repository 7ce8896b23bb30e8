"""Findings to one HTML file that needs nothing else: no network, no framework."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from posterplot import __version__
from posterplot.errors import OutputError
from posterplot.evaluation.evaluate import decide
from posterplot.files import check_new_file, new_file
from posterplot.films import MODALITIES, Modality
from posterplot.pages import page_templates
from posterplot.report.findings.claims import judge, say_claims
from posterplot.report.findings.confusions import confuse, say_confusions
from posterplot.report.findings.film_counts import ranked, say_films, together
from posterplot.report.findings.gallery import EXPLAINED, TITLES, Card
from posterplot.report.findings.gather import ROLES, Gathered, Run
from posterplot.report.findings.input_comparison import (
    Comparison,
    compare_roles,
    say_chance,
    say_fusion,
    say_inputs,
)
from posterplot.report.findings.learning import diagnose, say_diagnosis
from posterplot.report.findings.operating_points import NAMES, say_points
from posterplot.report.findings.ranking import Ranking, rank
from posterplot.report.findings.summary import (
    say_calibration,
    say_caveats,
    say_left_out,
    say_summary,
)
from posterplot.report.page import charts
from posterplot.report.page.wording import between, count, figure, listing, percent

_PANELS = {
    "loss": "loss",
    "precision at 0.5, micro": "micro_precision",
    "recall at 0.5, micro": "micro_recall",
    "precision at 0.5, macro": "macro_precision",
    "recall at 0.5, macro": "macro_recall",
}


def check_page(path: Path) -> None:
    """Check, before anything is computed, that a page may be written to ``path``.

    Raises:
        OutputError: its suffix is not ``.html``, or it exists already.

    """
    if path.suffix.lower() != ".html":
        raise OutputError(f"cannot be of the kind {path.suffix!r}", where=path, hint="use .html")
    check_new_file(path)


def render(gathered: Gathered, cards: Sequence[Card]) -> str:
    """Write the page.

    Args:
        gathered: runs and what they say.
        cards: of the gallery.

    Returns:
        HTML; see docs/report.md for what each of its sections says.

    """
    answers = {role: s.predicted for role in ROLES if (s := gathered.of(role)) is not None}
    ranking = rank(gathered.genres, answers)
    comparison = compare_roles(ranking) if ranking else None
    judged = judge(_lone(ranking))
    lead = gathered.lead
    manifest = gathered.dataset.manifest
    confusions = confuse(
        gathered.genres, lead.predicted.targets, decide(lead.run.bundle, lead.predicted)
    )
    environment = page_templates("posterplot.report.page")
    environment.filters |= {
        "figure": figure,
        "percent": percent,
        "between": between,
        "listing": listing,
        "count": count,
    }
    environment.globals |= {"key": charts.key, "isnan": np.isnan, "reliability": charts.reliability}
    return environment.get_template("report.html.jinja").render(
        version=__version__,
        gathered=gathered,
        manifest=manifest,
        lead=lead,
        summary=say_summary(gathered, comparison, judged),
        caveats=say_caveats(gathered),
        left_out=say_left_out(gathered),
        films=say_films(manifest),
        ranked=ranked(manifest),
        together=together(manifest),
        learning=[_learning(run) for run in gathered.runs],
        comparison=comparison,
        speakers=[s for role in ROLES if (s := gathered.of(role)) is not None],
        inputs=say_inputs(comparison) if comparison else [],
        fusion=say_fusion(comparison) if comparison else [],
        by_chance=say_chance(comparison) if comparison else "",
        dots=_dots(comparison) if comparison else "",
        judged=judged,
        claims=say_claims(judged),
        calibration=say_calibration,
        points=say_points,
        rules=NAMES,
        confusions=confusions,
        confused=say_confusions(confusions),
        cards=cards,
        kinds=TITLES,
        explained=EXPLAINED,
        methods=sorted({method for card in cards for method in card.methods}),
    )


def write_page(text: str, path: Path) -> None:
    """Write a page, whole or not at all.

    Raises:
        OutputError: see :func:`check_page`, or the file cannot be written.

    """
    check_page(path)
    with new_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _lone(ranking: Ranking | None) -> dict[Modality, Ranking]:
    return {m: ranking for m in MODALITIES if ranking is not None and m in ranking.precision}


def _learning(run: Run) -> dict[str, Any]:
    """Return the name of a run, why it has no curves, its charts, and what they show."""
    if not run.history:
        return {"name": run.name, "why": run.no_history, "charts": [], "said": []}
    first = int(run.history[0]["epoch"]) + 1
    found = diagnose(run.history)
    drawn: list[Markup] = []
    for title, name in _PANELS.items():
        lines = [
            charts.Line(split, split, [row[f"{split}_{name}"] for row in run.history])
            for split in ("train", "validation")
        ]
        drawn.append(charts.curves(title, lines, first, found.best))
    ranked = [row["validation_mAP"] for row in run.history]
    line = charts.Line("validation", "validation", ranked)
    drawn.append(charts.curves("mAP", [line], first, found.best))
    return {"name": run.name, "why": "", "charts": drawn, "said": say_diagnosis(found)}


def _dots(comparison: Comparison) -> Markup:
    rows = [
        charts.Dots(
            row.genre, row.chance, {str(role): found for role, found in row.precision.items()}
        )
        for row in comparison.genres
    ]
    return charts.dots("Average precision of each genre, with intervals", rows)
