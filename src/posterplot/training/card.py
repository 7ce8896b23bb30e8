"""The model card: what a bundle is, for the person who finds it."""

from posterplot.bundle import BundleManifest


def model_card(manifest: BundleManifest) -> str:
    """Return Markdown: what the model reads, what it answers, how it decides, how it was made."""
    provenance, decisions = manifest.provenance, manifest.decisions
    reads = []
    if manifest.poster:
        reads.append(f"posters ({manifest.poster.height}×{manifest.poster.width} pixels)")
    if manifest.overview:
        titles = "titles and overviews" if manifest.overview.title else "overviews"
        reads.append(f"{titles} (up to {manifest.overview.max_tokens} tokens)")
    learnt = provenance.get("train_films")
    source = f"{learnt} films" if learnt else "the films of its parts"
    taught = provenance.get("films_of_teachers_alone")
    taught = f" It also\nlearnt what teachers say of {taught} further films." if taught else ""
    columns = {"threshold": decisions.thresholds[decisions.rule]} | {
        f"{modality} alone": alone.thresholds[alone.rule]
        for modality, alone in manifest.alone.items()
    }
    rows = "\n".join(
        f"| {genre} | {' | '.join(f'{t:.2f}' for t in row)} |"
        for genre, *row in zip(manifest.genres, *columns.values(), strict=True)
    )
    scores = provenance["decisions"]["mean_of_micro_and_macro_f1"]
    return f"""# {manifest.name}

Predicts the genres of a film, several at once, from {" and ".join(reads)}.
Made by posterplot {provenance["posterplot"]}; trained on {source} of dataset
`{provenance["dataset"][:16]}`.{taught}

## How it decides

Probabilities are calibrated by: {decisions.calibration}. A genre is decided when its probability
reaches its threshold. Rule: {decisions.rule}, chosen on {provenance["decisions"]["films"]}
validation films by cross-fitting (mean of micro- and macro-F1: {_list(scores)}).

| genre | {" | ".join(columns)} |
|---|{"---|" * len(columns)}
{rows}

## Limits

It knows the {len(manifest.genres)} genres above and no other, has seen films of one catalogue
alone, and repeats that catalogue's habits. It judges how a film is advertised, not what it is. Do
not let it decide alone what somebody may see.
"""


def _list(scores: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
