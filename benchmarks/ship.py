"""Copy the bundle of a finished run into the package, with its metrics in the card.

Run from the repository's root::

    python benchmarks/ship.py RUN --data DATASET --kind "Films that …"

The bundle is measured on validation and test, and on test also with less of each film. Then it
replaces ``src/posterplot/shipped``. A bundle larger than 40 MB is refused.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from posterplot.cli.console import progress
from posterplot.dataset.reading import Dataset, open_dataset
from posterplot.evaluation import evaluate, predict_split
from posterplot.evaluation.evaluation import Evaluation, MetricEstimate
from posterplot.films import Modality, Split
from posterplot.inference.bundle import Bundle, load_bundle, write_bundle
from posterplot.training.package.model_card import inputs_of, model_card
from posterplot.training.package.package import split_counts

SHIPPED = Path(__file__).parents[1].resolve() / "src/posterplot/shipped"
LARGEST = 40_000_000  # bytes


def main() -> None:
    """Measure and write the bundle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--kind", help="for the card: films, source of labels, rights")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    bundle, dataset = load_bundle(arguments.run), open_dataset(arguments.data)
    if bundle.manifest.provenance["dataset"] != dataset.manifest.fingerprint:
        sys.exit("the run was trained on another dataset: give the dataset that it was trained on")
    provenance = bundle.manifest.provenance | {
        "films": split_counts(dataset),
        "figures": figures(bundle, dataset),
    }
    if arguments.kind:
        provenance["kind_of_films"] = arguments.kind
    manifest = bundle.manifest.model_copy(update={"provenance": provenance})
    graph, tokenizer = bundle.graph.read_bytes(), bundle.tokenizer.read_text(encoding="utf-8")
    card = model_card(manifest)
    size = len(graph) + len(tokenizer.encode()) + len(card.encode())
    if size > LARGEST:
        sys.exit(f"{size / 1e6:.1f} MB are more than {LARGEST / 1e6:.0f}: train with export.int8")
    shipped = write_bundle(
        arguments.out,
        manifest,
        graph=graph,
        tokenizer=tokenizer,
        card=card,
        familiarity=bundle.familiarity.read_bytes() if bundle.familiarity else None,
    )
    print(f"{size / 1e6:.1f} MB written to {shipped.path}")


def figures(bundle: Bundle, dataset: Dataset) -> dict[str, Any]:
    """Measure a bundle on validation and test, and on test with less of each film."""
    splits: tuple[Split, ...] = ("validation", "test")
    measured: dict[str, Evaluation] = {s: _measure(bundle, dataset, s) for s in splits}
    for modality in bundle.manifest.decisions_by_modality:
        measured[f"test, {inputs_of(modality)}"] = _measure(bundle, dataset, "test", modality)
    return {name: _figures_of(evaluation) for name, evaluation in measured.items()}


def _measure(
    bundle: Bundle, dataset: Dataset, split: Split, only: Modality | None = None
) -> Evaluation:
    with progress(f"evaluating {split}", dataset.manifest.splits[split].films) as advance:
        predicted = predict_split(bundle, dataset, split, advance, only)
    return evaluate(bundle, dataset, split, predicted)


def _figures_of(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "films": evaluation.films,
        "overall": {name: _three(figure) for name, figure in evaluation.overall.items()},
        "genres": {
            row.genre: {
                "films": row.support,
                "f1": _three(row.f1),
                "average_precision": _three(row.average_precision),
            }
            for row in evaluation.genres
        },
        "groups": [
            {
                "by": group.by,
                "value": group.value,
                "films": group.films,
                "mAP": group.mAP if group.mAP is None else round(group.mAP, 4),
                "micro_f1": round(group.micro_f1 or 0.0, 4),
            }
            for group in evaluation.slices
            if group.by != "modalities"
        ],
    }


def _three(figure: MetricEstimate) -> list[float | None]:
    return [None if x is None else round(x, 4) for x in (figure.value, figure.low, figure.high)]


if __name__ == "__main__":
    main()
