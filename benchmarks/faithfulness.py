"""Measure the faithfulness of explanations for docs/results.md; see docs/faithfulness.md.

Run from the repository's root::

    python benchmarks/faithfulness.py RUN DATASET --films 200 --out FOLDER [--only poster]

Prints the tables as Markdown, and writes them and their data, a line per film, into FOLDER.
"""

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from deletion_insertion import (
    Areas,
    areas,
    cell_scores,
    centre,
    mean_difference,
    overview_parts,
    poster_parts,
    random_areas,
    rarity_scorer,
    token_rarity,
    word_scores,
)
from parameter_randomisation import randomisations, randomised, rank_correlation
from posterplot.dataset.reading import Dataset, open_dataset
from posterplot.dataset.text import overview_text
from posterplot.dataset.tokens import tokenize
from posterplot.evaluation.intervals import Interval
from posterplot.explain.methods.gradients import network_scorers
from posterplot.explain.methods.graph_scores import GRAPH_METHODS, graph_scorer, graph_scores
from posterplot.explain.methods.occlusion import occlusion_scorer
from posterplot.explain.methods.scores import Scorer, Scores
from posterplot.explain.word_scores import Span, word_spans
from posterplot.files import new_folder
from posterplot.films import MODALITIES, Film, Modality
from posterplot.inference.bundle import Bundle, load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs
from posterplot.networks import GenreNetwork
from posterplot.training.build.restore import feed, restore_network

DRAWS = 1  # random orders per film
SANITY_FILMS = 50
TRIVIAL: dict[Modality, str] = {"poster": "centre", "overview": "rarity"}


class Case(NamedTuple):
    """One input of one film, and its most probable genre."""

    film: str
    inputs: FilmInputs
    genre: int
    words: list[tuple[int, ...]]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--films", type=int, default=200)
    parser.add_argument("--only", choices=MODALITIES, help="modality; both can run side by side")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    bundle, dataset = load_bundle(arguments.run), open_dataset(arguments.dataset)
    predictor, network = Predictor(bundle), restore_network(arguments.run)
    gradients = network_scorers(network, bundle)
    films = _films(dataset, arguments.films)
    lines: list[str] = []
    with new_folder(arguments.out) as out:
        for modality in (arguments.only,) if arguments.only else bundle.modalities:
            scorers: dict[str, Scorer] = {m: graph_scorer(predictor, m) for m in GRAPH_METHODS}
            scorers |= {str(method): scorer for method, scorer in gradients.items()}
            scorers["occlusion"] = occlusion_scorer(predictor)
            scorers[TRIVIAL[modality]] = _trivial(modality, predictor, dataset)
            cases = _cases(predictor, films, modality)
            measured, seconds = _measure(predictor, cases, modality, scorers)
            _save(out / f"{modality}.csv", cases, bundle, measured)
            lines += _print_lines([*_table(measured, seconds, modality, len(cases)), ""])
            lines += _print_lines([*_sanity(network, bundle, cases[:SANITY_FILMS], modality), ""])
        (out / "tables.md").write_text("\n".join(lines), encoding="utf-8")


def _print_lines(lines: list[str]) -> list[str]:
    """Print the lines of a table and return them; the next table may take an hour."""
    print("\n".join(lines), flush=True)
    return lines


def _films(dataset: Dataset, count: int) -> list[Film]:
    """Return test films with both inputs, spread evenly over the split."""
    films = [film for film in dataset.films("test") if len(film.modalities) == 2]
    count = min(count, len(films))
    return [films[n * len(films) // count] for n in range(count)]


def _cases(predictor: Predictor, films: Sequence[Film], modality: Modality) -> list[Case]:
    manifest = predictor.bundle.manifest
    decisions = manifest.decisions_for((modality,))
    cases = []
    for film in films:
        shown = film.only(modality)
        inputs = predictor.read(shown).inputs if shown else None
        if inputs is None:
            continue
        probabilities = decisions.probabilities(predictor.run([inputs])["logits"][0])
        decided = decisions.decide(probabilities)
        # of those decided, or of all where none is
        genre = int(np.argmax(probabilities + (decided if decided.any() else 0)))
        spans: list[Span] = []
        if manifest.overview and predictor.tokenizer and inputs.tokens is not None:
            text = overview_text(film, title=manifest.overview.title) or ""
            spans, _ = word_spans(predictor.tokenizer.encode(text), text)
            if not spans:
                continue
        cases.append(Case(film.id, inputs, genre, [span.tokens for span in spans]))
    return cases


def _measure(
    predictor: Predictor, cases: Sequence[Case], modality: Modality, scorers: Mapping[str, Scorer]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """Return the ``(N, 2)`` areas of insertion and deletion and the seconds per film, by method."""
    measured: dict[str, list[Areas]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    for number, case in enumerate(track(cases, f"{modality}s")):
        if modality == "poster":
            parts = poster_parts(case.inputs)
        else:
            parts = overview_parts(case.inputs, case.words)
        for method, scorer in scorers.items():
            began = time.perf_counter()
            of_input = _scores_of(scorer(case.inputs, [case.genre]), modality)
            seconds[method] += (time.perf_counter() - began) / len(cases)
            if of_input is not None:
                scores = _of_parts(of_input[0], case)
                measured[method].append(areas(predictor, parts, case.genre, scores))
        drawn = random_areas(predictor, parts, case.genre, draws=DRAWS, seed=number)
        measured["random"].append(drawn)
    return {method: np.array(rows) for method, rows in measured.items()}, seconds


def _scores_of(scores: Scores, modality: Modality) -> NDArray[np.float32] | None:
    return scores.poster if modality == "poster" else scores.overview


def _of_parts(scores: NDArray[np.float32], case: Case) -> NDArray[np.float64]:
    return word_scores(scores, case.words) if scores.ndim == 1 else cell_scores(scores)


def _trivial(modality: Modality, predictor: Predictor, dataset: Dataset) -> Scorer:
    overview, tokenizer = predictor.bundle.manifest.overview, predictor.tokenizer
    if modality == "poster" or overview is None or tokenizer is None:
        return centre
    texts = [overview_text(film, title=overview.title) for film in dataset.films("train")]
    rows = tokenize(tokenizer, [text for text in texts if text], overview.max_tokens)
    return rarity_scorer(token_rarity(rows, max(tokenizer.get_vocab().values()) + 1))


def _table(
    measured: Mapping[str, NDArray[np.float64]],
    seconds: Mapping[str, float],
    modality: Modality,
    films: int,
) -> Iterator[str]:
    trivial = TRIVIAL[modality]
    yield (
        f"| {modality}s, {films} films | insertion | minus random | minus {trivial} "
        f"| deletion | minus random | minus {trivial} | seconds |"
    )
    yield "|" + "---|" * 8
    by_insertion = sorted(measured, key=lambda method: -measured[method][:, 0].mean())
    for method in by_insertion:
        cells = [method]
        for curve in range(2):
            own = measured[method][:, curve]
            cells.append(f"{own.mean():.3f}")
            for other in ("random", trivial):
                less = mean_difference(own, measured[other][:, curve])
                cells.append("" if method == other else _interval(less))
        cells.append(f"{seconds[method]:.3f}" if method in seconds else "")
        yield f"| {' | '.join(cells)} |"


def _interval(interval: Interval) -> str:
    return f"{interval.value:+.3f} ({interval.low:+.3f} to {interval.high:+.3f})"


def _sanity(
    network: GenreNetwork, bundle: Bundle, cases: Sequence[Case], modality: Modality
) -> Iterator[str]:
    """Yield a table of rank correlations with the scores of the trained network, by method."""
    trained = _network_scores(network, bundle, cases, modality)
    yield f"| {modality}s, {len(cases)} films | {' | '.join(trained)} |"
    yield "|" + "---|" * (len(trained) + 1)
    for step, layers in randomisations(network, modality).items():
        other = _network_scores(randomised(network, layers), bundle, cases, modality)
        cells = []
        for method, scores in trained.items():
            pairs = zip(scores, other[method], strict=True)
            cells.append(f"{np.mean([rank_correlation(a, b) for a, b in pairs]):+.2f}")
        yield f"| {step} | {' | '.join(cells)} |"


def _network_scores(
    network: GenreNetwork, bundle: Bundle, cases: Sequence[Case], modality: Modality
) -> dict[str, list[NDArray[np.float64]]]:
    """Return each film's part scores by method, for the methods that read a network in memory."""
    scorers = network_scorers(network, bundle)
    result: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for case in cases:
        by_method = {m: scorer(case.inputs, [case.genre]) for m, scorer in scorers.items()}
        with torch.no_grad():
            output = network(*feed(network, case.inputs, bundle.manifest.poster).values())
        answer = {k: v.numpy() for k, v in output._asdict().items() if v is not None}
        by_method |= {
            method: graph_scores(answer, method, case.inputs, [case.genre])
            for method in GRAPH_METHODS
        }
        for method, scores in by_method.items():
            of_input = _scores_of(scores, modality)
            if of_input is not None:
                result[method].append(_of_parts(of_input[0], case))
    return result


def _save(
    path: Path, cases: Sequence[Case], bundle: Bundle, measured: Mapping[str, NDArray[np.float64]]
) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["film", "genre", "method", *Areas._fields])
        for method, rows in measured.items():
            for case, row in zip(cases, rows, strict=True):
                genre = bundle.manifest.genres[case.genre]
                writer.writerow([case.film, genre, method, *(f"{value:.6f}" for value in row)])


if __name__ == "__main__":
    main()
