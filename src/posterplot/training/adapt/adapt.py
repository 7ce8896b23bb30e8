"""Fit other genres on the features of a trained model, without PyTorch."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot import __version__
from posterplot.dataset.folds import whole_fingerprint
from posterplot.errors import UsageError
from posterplot.films import Film, GenreVocabulary, Modality
from posterplot.inference.bundle import Bundle, write_bundle
from posterplot.inference.decisions import Decisions
from posterplot.inference.predictor import Predictor, features_output
from posterplot.training.adapt.graph import LOGITS, linear_graph
from posterplot.training.adapt.linear import Linear, fit_linear
from posterplot.training.package.decisions import fit_decisions
from posterplot.wording import count

MIN_FILMS = 50
MIN_FILMS_PER_GENRE = 8  # two films per fold

Floats = NDArray[np.float64]
_Kept = Modality | None  # the only input that is kept; None if all are


class Adapted(NamedTuple):
    """A new bundle, and statistics of the films that it was fitted on.

    Attributes:
        bundle: The bundle.
        films: Number of films.
        support: Genre -> number of films, of the genres of the model.
        left_out: Genre -> number of films, of the genres that were not learned: those with fewer
            than 8 films, and those that all films have, or all but one.

    """

    bundle: Bundle
    films: int
    support: dict[str, int]
    left_out: dict[str, int]


class _Rows(NamedTuple):
    """The rows to fit: each film with all its inputs, and with some of them removed."""

    films: NDArray[np.intp]
    kept: list[_Kept]
    blocks: dict[str, Floats]
    present: dict[str, NDArray[np.bool_]]


def adapt(base: Bundle, films: Sequence[Film], out: Path, name: str) -> Adapted:
    """Train other genres on the features of a finished model, and write a bundle.

    Each genre gets a logistic regression on the pooled features of poster and overview and on the
    old logits. Calibration and thresholds are fitted on held-out logits.

    Args:
        base: A bundle whose graph has features.
        films: Films with genres in any vocabulary. Those without are ignored, and so are those that
            the model cannot read.
        out: Folder of the new bundle.
        name: Name of the new model.

    Raises:
        UsageError: The graph has no features, or there are too few films or genres.
        OutputError: The folder cannot be written.

    """
    predictor = Predictor(base)
    if not predictor.features:
        raise UsageError(
            "this model cannot be adapted: its graph has no features",
            where=base.path,
            hint="use the model in the package, or train the model again",
        )
    labelled = [film for film in films if film.genres]
    rows = _rows(predictor, labelled)
    used = sorted(set(rows.films.tolist()))
    counts = Counter(genre for n in used for genre in set(labelled[n].genres))
    names = tuple(sorted(g for g, n in counts.items() if MIN_FILMS_PER_GENRE <= n <= len(used) - 2))
    if len(used) < MIN_FILMS or not names:
        raise UsageError(
            f"{count(len(used), 'film')} can be used, with "
            f"{count(len(names), 'genre')} of at least {MIN_FILMS_PER_GENRE} films",
            where="the catalogue",
            hint=f"give at least {MIN_FILMS} films with genres that the model can read, "
            f"{MIN_FILMS_PER_GENRE} with each genre and 2 without it",
        )
    genres = [labelled[n].genres for n in rows.films]
    targets = GenreVocabulary(names).encode(genres).astype(np.float64)
    linear = fit_linear(rows.blocks, rows.present, targets, rows.films)
    # a catalogue with few posters, for example, only has decisions for overviews
    enough = {kept for kept, n in Counter(rows.kept).items() if n >= min(MIN_FILMS, len(used) / 2)}
    main = None if None in enough else Counter(rows.kept).most_common(1)[0][0]
    decisions, figures = _decisions(rows, linear, targets, main)
    by_modality = {
        modality: _decisions(rows, linear, targets, modality)[0]
        for modality in base.manifest.decisions_by_modality
        if modality in enough
    }
    manifest = base.manifest.model_copy(
        update={
            "name": name,
            "genres": names,
            "decisions": decisions,
            "decisions_by_modality": by_modality,
            "provenance": {
                "posterplot": __version__,
                "adapted_from": {"name": base.manifest.name, "digest": base.manifest.digest},
                "films": len(used),
                # of the base: its features know these films, so calibrate refuses them
                "sources": _learned_from(base),
                "genres": {genre: counts[genre] for genre in names},
                "decisions": figures,
                "config": {},
            },
        }
    )
    bundle = write_bundle(
        out,
        manifest,
        graph=linear_graph(base.graph.read_bytes(), linear),
        tokenizer=base.tokenizer.read_text(encoding="utf-8") if manifest.overview else None,
        card=_card(base, name, len(used), {genre: counts[genre] for genre in names}),
        familiarity=base.familiarity.read_bytes() if base.familiarity else None,
    )
    listed = {genre for film in labelled for genre in film.genres}
    left_out = {genre: counts[genre] for genre in sorted(listed - {*names})}
    return Adapted(bundle, len(used), {g: counts[g] for g in names}, left_out)


def _rows(predictor: Predictor, films: Sequence[Film]) -> _Rows:
    """Read every film with all and with some inputs, so that the model handles missing ones.

    A row of which an input cannot be read is left out.
    """
    shown: list[Film] = []
    kept: dict[str, _Kept] = {}
    index: dict[str, int] = {}
    reduced = predictor.bundle.manifest.decisions_by_modality
    for n, film in enumerate(films):
        whole = len(film.modalities) == 2 or not reduced
        wanted: list[_Kept] = [None, *reduced] if whole else [m for m in reduced if film.only(m)]
        for modality in wanted:
            part = film if modality is None else film.only(modality)
            if part is None:
                continue
            id_ = f"{n} {modality}"
            shown.append(Film(id_, part.title, part.year, part.overview, film.genres, part.poster))
            kept[id_], index[id_] = modality, n
    outputs = {modality: features_output(modality) for modality in predictor.features}
    used, values = predictor.outputs_of(shown, [LOGITS, *outputs.values()])
    needed: dict[_Kept, Sequence[Modality]] = {
        None: predictor.bundle.modalities,
        "poster": ["poster"],
        "overview": ["overview"],
        "title": ["poster"],
    }
    read = [not reduced or film.has(needed[kept[film.id]], every=True) for film in used]
    used = [film for film, whole in zip(used, read, strict=True) if whole]
    values = {name: rows[np.array(read, dtype=bool)] for name, rows in values.items()}
    blocks: dict[str, Floats] = {
        modality: values[output].astype(np.float64) for modality, output in outputs.items()
    }
    present = {name: np.asarray(rows.any(axis=1)) for name, rows in blocks.items()}
    blocks[LOGITS] = values[LOGITS].astype(np.float64)
    present[LOGITS] = np.ones(len(used), dtype=bool)
    return _Rows(
        films=np.array([index[film.id] for film in used]),
        kept=[kept[film.id] for film in used],
        blocks=blocks,
        present=present,
    )


def _decisions(
    rows: _Rows, linear: Linear, targets: Floats, modality: _Kept
) -> tuple[Decisions, dict[str, object]]:
    chosen = np.array([found == modality for found in rows.kept])
    return fit_decisions(linear.held_out[chosen], targets[chosen])


def _learned_from(base: Bundle) -> list[str]:
    """Return the fingerprints of all datasets that a model was trained on."""
    provenance = base.manifest.provenance
    own = whole_fingerprint(provenance.get("dataset", ""))
    return sorted({*provenance.get("sources", ()), *([own] if own else ())})


def _card(base: Bundle, name: str, films: int, support: dict[str, int]) -> str:
    lines = [f"| {genre} | {number} |" for genre, number in support.items()]
    return "\n".join(
        [
            f"# {name}",
            "",
            f"Predicts {len(support)} genres. They were learned by posterplot {__version__} from "
            f"{films:,} films, as a linear model on the features of the model "
            f"{base.manifest.name} ({base.manifest.digest[:12]}).",
            "",
            "It has not been measured on films that it was not trained on: use posterplot "
            "evaluate.",
            "",
            "| genre | films |",
            "|---|---|",
            *lines,
            "",
        ]
    )
