"""Render the findings as one HTML file that needs no network and no framework."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from posterplot import __version__
from posterplot.evaluation.evaluate import decide
from posterplot.files import check_new_file, check_suffix, new_file
from posterplot.films import MODALITIES, Modality
from posterplot.pages import page_templates
from posterplot.report.findings.claims import check_claims, describe_claims
from posterplot.report.findings.confusions import confuse, describe_confusions
from posterplot.report.findings.film_counts import (
    co_occurrence,
    describe_films,
    genres_by_films,
)
from posterplot.report.findings.gallery import EXPLAINED, TITLES, Card
from posterplot.report.findings.gather import ALL_INPUTS, EvaluatedModel, Inputs, ReportData, Run
from posterplot.report.findings.groups import (
    GROUPED_BY,
    MIN_GROUP,
    describe_groups,
    group_name,
    group_rows,
)
from posterplot.report.findings.input_comparison import (
    InputComparison,
    compare_inputs,
    describe_chance_findings,
    describe_fusion,
    describe_inputs,
)
from posterplot.report.findings.learning import describe_diagnosis, diagnose
from posterplot.report.findings.model_comparison import compare_models, describe_models
from posterplot.report.findings.operating_points import RULES, describe_rules
from posterplot.report.findings.ranking import MIN_FILMS, Ranking, rank
from posterplot.report.findings.summary import (
    describe_calibration,
    describe_caveats,
    describe_genres,
    describe_left_out,
    describe_summary,
)
from posterplot.report.page import charts
from posterplot.report.page.wording import format_difference, format_interval, format_metric
from posterplot.wording import count, listing, percent

_PANELS = {
    "loss": "loss",
    "precision at 0.5, micro": "micro_precision",
    "recall at 0.5, micro": "micro_recall",
    "precision at 0.5, macro": "macro_precision",
    "recall at 0.5, macro": "macro_recall",
}


def check_page(path: Path) -> None:
    """Check that a page can be written to ``path``, before anything is computed.

    Raises:
        OutputError: Its suffix is not ``.html``, or it exists already.

    """
    check_suffix(path, ".html")
    check_new_file(path)


def render(data: ReportData, cards: Sequence[Card]) -> str:
    """Render the page.

    Args:
        data: Runs and their predictions.
        cards: Cards of the gallery.

    Returns:
        HTML; docs/report.md describes its sections.

    """
    comparison = _compare_inputs(data)
    by_inputs = {inputs: s for inputs in ALL_INPUTS if (s := data.of(inputs)) is not None}
    checked = check_claims(_single_inputs(_rank(data, by_inputs)))
    differences = compare_models(data)
    main_model = data.main_model
    manifest = data.dataset.manifest
    confusions = confuse(
        data.genres,
        main_model.predictions.targets,
        decide(main_model.run.bundle, main_model.predictions),
    )
    environment = page_templates("posterplot.report.page")
    environment.filters |= {
        "format_metric": format_metric,
        "percent": percent,
        "format_interval": format_interval,
        "format_difference": format_difference,
        "listing": listing,
        "count": count,
    }
    environment.globals |= {"key": charts.key, "isnan": np.isnan, "reliability": charts.reliability}
    return environment.get_template("report.html.jinja").render(
        version=__version__,
        data=data,
        manifest=manifest,
        main_model=main_model,
        summary=describe_summary(data, comparison, checked),
        caveats=describe_caveats(data),
        left_out=describe_left_out(data),
        films=describe_films(manifest),
        genres_by_films=genres_by_films(manifest),
        co_occurrence=co_occurrence(manifest),
        differences=differences,
        compared=describe_models(data, differences),
        learning=[_learning(run) for run in data.runs],
        genres=describe_genres(main_model),
        comparison=comparison,
        min_films=MIN_FILMS,
        input_findings=describe_inputs(comparison) if comparison else [],
        fusion=describe_fusion(comparison) if comparison else [],
        by_chance=describe_chance_findings(comparison) if comparison else [],
        dots=_dots(comparison) if comparison else "",
        checked=checked,
        claims=describe_claims(checked),
        calibration=describe_calibration,
        groups=describe_groups,
        group_rows=group_rows,
        group_name=group_name,
        grouped_by=GROUPED_BY,
        min_group=MIN_GROUP,
        points=describe_rules,
        rules=RULES,
        confusions=confusions,
        confused=describe_confusions(confusions),
        cards=cards,
        kinds=TITLES,
        explained=EXPLAINED,
        methods=sorted({method for card in cards for method in card.methods}),
    )


def write_page(text: str, path: Path) -> None:
    """Write a page; an error leaves no file.

    Raises:
        OutputError: See :func:`check_page`, or the file cannot be written.

    """
    check_page(path)
    with new_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _rank(data: ReportData, models: Mapping[Inputs, EvaluatedModel]) -> Ranking | None:
    return rank(data.genres, {inputs: model.predictions for inputs, model in models.items()})


def _compare_inputs(data: ReportData) -> InputComparison | None:
    ranking = _rank(data, data.by_input)
    names = {inputs: model.name for inputs, model in data.by_input.items()}
    return compare_inputs(ranking, names, one_model=data.one_model) if ranking else None


def _single_inputs(ranking: Ranking | None) -> dict[Modality, Ranking]:
    return {m: ranking for m in MODALITIES if ranking is not None and m in ranking.precision}


def _learning(run: Run) -> dict[str, Any]:
    """Return the name of a run, why it has no curves, its charts, and their description."""
    if not run.history:
        return {"name": run.name, "why": run.no_history, "charts": [], "sentences": []}
    first = int(run.history[0]["epoch"]) + 1
    found = diagnose(run.history)
    panels = [
        (title, [("train", f"train_{name}"), ("validation", f"validation_{name}")])
        for title, name in _PANELS.items()
    ]
    panels.append(("mAP", [("validation", "validation_mAP")]))
    drawn: list[Markup] = []
    for title, columns in panels:
        curves = [
            charts.Curve(split, split, [row[column] for row in run.history])
            for split, column in columns
        ]
        drawn.append(charts.curves(title, curves, first, found.best))
    return {
        "name": run.name,
        "why": "",
        "charts": drawn,
        "sentences": describe_diagnosis(found),
    }


def _dots(comparison: InputComparison) -> Markup:
    rows = [
        charts.DotRow(
            row.genre, row.chance, {str(inputs): found for inputs, found in row.precision.items()}
        )
        for row in comparison.genres
    ]
    return charts.dots("Average precision of each genre, with intervals", rows)
