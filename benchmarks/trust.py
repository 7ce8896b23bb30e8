"""How far the genres of a model can be trusted: guarantees, and films unlike any seen.

Run from the repository's root::

    python benchmarks/trust.py BUNDLE CATALOGUE [--images FOLDER]

CATALOGUE has the splits of the model's dataset. The tables are printed as Markdown. FOLDER holds
pictures that are no posters, such as screenshots and photographs.
"""

import argparse
import importlib
import inspect
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from posterplot.catalogue import read_catalogue
from posterplot.demo.make_catalogue import write_catalogue
from posterplot.films import Film, GenreVocabulary
from posterplot.inference.bundle import Bundle, load_bundle
from posterplot.inference.decisions import Guarantee
from posterplot.inference.familiarity import read_familiarity
from posterplot.inference.predictor import Predictor, features_output
from posterplot.training.package.guarantees import fit_guarantees
from sentences import SENTENCES

LEVELS = (0.8, 0.9, 0.95)
KINDS: tuple[Guarantee, ...] = ("precision", "recall")
RESAMPLES = 200
DRAWN = 450  # films of a resample, as many as validation has
STRANGERS = 200  # of each kind, at most
_MODULES = """
argparse asyncio csv datetime decimal email http json logging pathlib socket sqlite3 ssl statistics
subprocess tarfile threading turtle unittest urllib.parse zipfile calendar
"""

Floats = NDArray[np.float64]


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--images", type=Path)
    arguments = parser.parse_args()
    bundle = load_bundle(arguments.bundle)
    films = [
        film
        for film in read_catalogue(arguments.catalogue, splits=True)
        if isinstance(film, Film)
        and film.split == "test"
        and set(bundle.modalities) <= set(film.modalities)
    ]
    print("\n".join(_guarantees(bundle, films)))
    print()
    print("\n".join(_strangers(bundle, films, arguments.images)))


def _guarantees(bundle: Bundle, films: Sequence[Film]) -> Iterator[str]:
    """Yield how the thresholds of the bundle do on test, and how often a new fit keeps its word."""
    decisions = bundle.manifest.decisions
    used, logits = Predictor(bundle).logits(films)
    probabilities = decisions.probabilities(logits)
    targets = GenreVocabulary(bundle.manifest.genres).encode([f.genres for f in used]) > 0
    rng = np.random.default_rng(0)
    kept: dict[tuple[Guarantee, float], list[bool]] = {(k, v): [] for k in KINDS for v in LEVELS}
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, len(used), DRAWN)
        fitted = fit_guarantees(probabilities[drawn], targets[drawn].astype(np.float64))
        for kind, level in kept:
            threshold = fitted.threshold(kind, level)
            kept[kind, level].append(
                threshold is None or _share(kind, probabilities >= threshold, targets)[0] >= level
            )
    yield "| guarantee | share on test | lower 90 % bound | genres a film | films with a genre |"
    yield "|---|--:|--:|--:|--:|"
    for kind, level in kept:
        guarantees = decisions.guarantees
        threshold = None if guarantees is None else guarantees.threshold(kind, level)
        if threshold is None:
            yield f"| {kind} {level} | none is reached | | | |"
            continue
        named = probabilities >= threshold
        share, error = _share(kind, named, targets)
        yield (
            f"| {kind} {level} | {share:.3f} | {share - 1.2816 * error:.3f} "
            f"| {named.sum(axis=1).mean():.2f} | {named.any(axis=1).mean():.0%} |"
        )
    yield ""
    for kind, level in kept:
        yield (
            f"{kind} {level}: kept in {np.mean(kept[kind, level]):.0%} of {RESAMPLES} fits on "
            f"{DRAWN} films drawn from test  "
        )


def _share(
    kind: Guarantee, named: NDArray[np.bool_], targets: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return precision or recall over all films, and its standard error over films."""
    hits = (named & targets).sum(axis=1)
    of = (named if kind == "precision" else targets).sum(axis=1)
    share = hits.sum() / of.sum()
    return float(share), float(np.std(hits - share * of) * np.sqrt(len(of)) / of.sum())


def _strangers(bundle: Bundle, films: Sequence[Film], images: Path | None) -> Iterator[str]:
    """Yield how many strange films are recognised, by the distance and by the energy."""
    usual = films[:STRANGERS]
    with tempfile.TemporaryDirectory() as folder:
        drawn = read_catalogue(write_catalogue(Path(folder), films=STRANGERS), splits=False)
        kinds: dict[str, tuple[str, list[Film]]] = {
            "the words of overviews shuffled": ("overview", list(_shuffled(usual))),
            "sentences in 12 languages": (
                "overview",
                [Film(text, overview=text) for texts in SENTENCES.values() for text in texts],
            ),
            "documentation of a programming language": ("overview", list(_not_films())),
            "drawn posters of `posterplot demo`": (
                "poster",
                [Film(f.id, poster=f.poster) for f in drawn if isinstance(f, Film) and f.poster],
            ),
        }
        if images is not None:
            files = [p for p in sorted(images.rglob("*")) if p.suffix in (".jpg", ".png", ".jpeg")]
            pictures = [Film(str(path), poster=path) for path in files[:STRANGERS]]
            kinds["pictures that are no posters"] = ("poster", pictures)
        yield "| strangers | number | not familiar | ROC AUC, distance | ROC AUC, energy |"
        yield "|---|--:|--:|--:|--:|"
        references: dict[str, tuple[Floats, Floats]] = {}
        for modality in ("poster", "overview"):
            parts = [
                Film(f.id, overview=f.overview)
                if modality == "overview"
                else Film(f.id, poster=f.poster)
                for f in usual
            ]
            references[modality] = _scores(bundle, parts, modality)
        for name, (modality, strange) in kinds.items():
            distances, energies = _scores(bundle, strange, modality)
            known, known_energies = references[modality]
            yield (
                f"| {name} | {len(distances)} | {(distances > 1).mean():.0%} "
                f"| {_auc(known, distances):.3f} | {_auc(known_energies, energies):.3f} |"
            )
        for modality, (known, _) in references.items():
            share = (known > 1).mean()
            yield f"| {modality}s of test: no strangers | {len(known)} | {share:.0%} | | |"


def _scores(bundle: Bundle, films: Sequence[Film], modality: str) -> tuple[Floats, Floats]:
    """Return distances in units of their limit, and energies: higher is stranger."""
    manifest = bundle.manifest.model_copy(update={"languages": (), "max_pieces_per_word": None})
    predictor = Predictor(Bundle(bundle.path, manifest))
    familiarity = read_familiarity(bundle.familiarity, bundle.manifest.features)
    if familiarity is None:
        sys.exit(f"{bundle.path} does not know which films are familiar: calibrate it")
    space = next(s for m, s in familiarity.spaces.items() if m == modality)
    output = next(features_output(m) for m in familiarity.spaces if m == modality)
    _, rows = predictor.outputs_of(films, ["logits", output])
    # energy of independent labels: Wang et al., NeurIPS 2021
    energies = -np.logaddexp(0, rows["logits"].astype(np.float64)).sum(axis=1)
    return np.asarray(space.distance(rows[output]) / space.limit), energies


def _auc(usual: Floats, strange: Floats) -> float:
    """Return the chance that a strange film has a higher score than a usual one."""
    higher = (strange[:, None] > usual).mean() + 0.5 * (strange[:, None] == usual).mean()
    return float(higher)


def _shuffled(films: Sequence[Film]) -> Iterator[Film]:
    drawn = random.Random(0)  # noqa: S311 - no secret
    for film in films:
        words = (film.overview or "").split()
        drawn.shuffle(words)
        yield Film(film.id, overview=" ".join(words))


def _not_films() -> Iterator[Film]:
    """Yield first paragraphs of the documentation of Python's standard library."""
    texts: dict[str, None] = {}
    for name in _MODULES.split():
        module = importlib.import_module(name)
        for part in (module, *vars(module).values()):
            text = " ".join((inspect.getdoc(part) or "").split("\n\n")[0].split())
            if 12 <= len(text.split()) <= 80:
                texts[text] = None
    for text in list(texts)[:STRANGERS]:
        yield Film(text[:60], overview=text)


if __name__ == "__main__":
    main()
