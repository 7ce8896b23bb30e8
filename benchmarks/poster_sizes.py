"""Compare the genres of large posters, read from files and from a prepared dataset.

Draws posters of 1200 x 1800 pixels, predicts each from its file and as ``prepare`` stores it, and
counts the films whose genres differ. For comparison it also decodes the file directly to the
model's size, without storing it first. Then it times the reading of both, alternating, and a run
of the graph.

Run: ``python benchmarks/poster_sizes.py BUNDLE [--films 120]``.
"""

import argparse
import io
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from posterplot.dataset.check import check_film
from posterplot.dataset.poster_images import load_poster, open_poster, poster_array
from posterplot.demo.art import film_poster
from posterplot.demo.direction import plan_poster
from posterplot.demo.genre_tables import sample_genres
from posterplot.demo.titles import write_title, write_words
from posterplot.demo.write_overviews import write_overview
from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs

SIZE = (1200, 1800)
RUNS = 5


def draw(number: int) -> Film:
    """Draw a film whose poster is ``SIZE``, with fine grain, as JPEG."""
    rng = Random(number)  # noqa: S311
    genres = sample_genres(rng)
    year, title = rng.randint(1955, 2024), write_title(genres, rng)
    words = write_words(title, rng)
    poster = film_poster.draw_poster(plan_poster(genres, year, rng), words, rng)
    poster = poster.resize(SIZE, Image.Resampling.BICUBIC)
    grain = np.random.default_rng(number).normal(0, 5, (SIZE[1], SIZE[0], 1))
    pixels = np.clip(np.asarray(poster) + grain, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=88)
    overview = write_overview(genres, rng)
    return Film(str(number), title, year, overview, genres, stream.getvalue())


def straight(predictor: Predictor, film: Film) -> FilmInputs:
    """Read a film, with the poster decoded directly to the model's size."""
    size = predictor.bundle.manifest.poster
    if size is None or not isinstance(film.poster, bytes):
        raise SystemExit("this needs a bundle that reads posters")
    image = load_poster(open_poster(film.poster), max(size.height, size.width))
    tokens = read(predictor, Film(film.id, film.title, None, film.overview)).tokens
    return FilmInputs(poster_array(image, size.height, size.width), tokens)


def read(predictor: Predictor, film: Film) -> FilmInputs:
    """Read a film as ``predict`` does."""
    inputs = predictor.read(film).inputs
    if inputs is None:
        raise SystemExit("the bundle does not read this film")
    return inputs


def decisions(predictor: Predictor, inputs: Sequence[FilmInputs]) -> NDArray[np.bool_]:
    """Return ``(N, G)`` decisions of films with the same inputs."""
    rule = predictor.bundle.manifest.decisions_for(inputs[0].modalities)
    return rule.decide(rule.probabilities(predictor.logits_of(inputs)))


def changed(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> str:
    """Return a line on how many films and genres differ."""
    differs = first != second
    return f"{differs.any(axis=1).sum()} of {len(first)} films, {differs.sum()} genres"


def main() -> None:
    """Draw, compare, time, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--films", type=int, default=120)
    arguments = parser.parse_args()
    vars(film_poster).update(SCALE=1)  # the full size of 600 x 900, instead of half of it
    predictor = Predictor(load_bundle(arguments.bundle))
    files = [draw(number) for number in range(arguments.films)]
    stored = [film for file in files if (film := check_film(file).film) is not None]
    for name, seen in (("poster and overview", ("poster", "overview")), ("poster", ("poster",))):

        def shown(inputs: FilmInputs, seen: tuple[str, ...] = seen) -> FilmInputs:
            return inputs if "overview" in seen else FilmInputs(inputs.poster, None)

        evaluated = decisions(predictor, [shown(read(predictor, film)) for film in stored])
        now = decisions(predictor, [shown(read(predictor, film)) for film in files])
        before = decisions(predictor, [shown(straight(predictor, film)) for film in files])
        print(f"{name}: {changed(before, evaluated)} differ if files are decoded directly")
        print(f"{name}: {changed(now, evaluated)} differ if files are resized as prepare does")
    for name, films in (("1200 x 1800", files), ("stored", stored)):
        times: dict[str, list[float]] = {"decoding": [], "decoding and resizing": [], "graph": []}
        for _ in range(RUNS):
            for film in films[:40]:
                start = time.process_time()
                straight(predictor, film)
                times["decoding"].append(time.process_time() - start)
                start = time.process_time()
                inputs = read(predictor, film)
                times["decoding and resizing"].append(time.process_time() - start)
                start = time.process_time()
                predictor.run([inputs])
                times["graph"].append(time.process_time() - start)
        medians = ", ".join(f"{k} {1000 * statistics.median(v):.1f} ms" for k, v in times.items())
        print(f"a {name} poster, processor time, medians: {medians}")


if __name__ == "__main__":
    main()
