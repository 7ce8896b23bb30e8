"""Compare the time of explaining a film with that of predicting it, alternating in one process.

Run with a bundle that returns evidence, or with its run::

    OMP_NUM_THREADS=1 python benchmarks/explain.py BUNDLE DATASET --films 60

Pages and overlays are not drawn. Prints median milliseconds per film with both inputs.
"""

import argparse
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter

import numpy as np

from posterplot.dataset.reading import open_dataset
from posterplot.explain.explain import explain
from posterplot.explain.shapley import empty_logits
from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--films", type=int, default=60)
    arguments = parser.parse_args()
    predictor = Predictor(load_bundle(arguments.bundle))
    films = open_dataset(arguments.dataset).films("test")
    both = (film for film in films if len(film.modalities) == 2)
    empty = empty_logits(predictor)
    predicting, explaining = [], []
    for film in islice(both, arguments.films):
        predicting.append(_time(partial(_predict, predictor, film)))
        explaining.append(_time(partial(explain, predictor, film, empty=empty)))
    # the first films are for warm-up
    predicted, explained = np.median(predicting[3:]), np.median(explaining[3:])
    ratio = np.median(np.array(explaining[3:]) / np.array(predicting[3:]))
    print(f"predict {predicted:.1f} ms, explain {explained:.1f} ms; median ratio {ratio:.2f}")


def _predict(predictor: Predictor, film: Film) -> None:
    list(predictor.predict([film]))


def _time(job: Callable[[], object]) -> float:
    started = perf_counter()
    job()
    return 1000 * (perf_counter() - started)


if __name__ == "__main__":
    main()
