"""Explanations -> files: a folder a film, and for a table a page that links them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from posterplot.dataset.poster_images import decode_poster
from posterplot.explain.explain import explain, genre_positions
from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.methods.scores import Method, Scorer
from posterplot.explain.render.film_page import (
    Listed,
    film_page,
    index_page,
    percent,
    shown_name,
    strongest,
)
from posterplot.explain.render.heatmap import overlay, with_legend
from posterplot.explain.shapley import empty_logits
from posterplot.files import new_folder
from posterplot.films import Film, Modality, Rejected
from posterplot.inference.predictor import Predictor

PAGE = "index.html"
RECORD = "explanation.json"

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80  # characters of a name


def explain_films(
    predictor: Predictor,
    films: Iterable[Film | Rejected],
    out: Path,
    *,
    genres: Sequence[str],
    methods: Mapping[Modality, Method],
    scorers: Mapping[Method, Scorer],
    index: bool,
) -> Iterator[FilmExplanation | Rejected]:
    """Explain films one after the other and write what is told of each into a folder of its own.

    ``out`` is whole once all are done, or absent. Memory does not grow with the films, but for a
    line each of the index page.

    Args:
        predictor: of a bundle.
        films: any number; what a catalogue rejected already passes through, in its place.
        out: the folder to become; it holds a folder a film and perhaps ``index.html``.
        genres: names; none: those decided of each film.
        methods: modality -> how it is scored.
        scorers: of gradient methods, where ``methods`` names one.
        index: whether to link the films on a page.

    Yields:
        What is told of a film once its folder is written, and before it what of it could not be
        used.

    Raises:
        OutputError: ``out`` exists already or cannot be written.
        UsageError: a genre that the model does not know; nothing is written.

    """
    genre_positions(predictor.bundle.manifest.genres, genres)  # before the first film, not at it
    empty = empty_logits(predictor)
    taken = {PAGE}
    listed: list[Listed] = []
    with new_folder(out) as folder:
        for film in films:
            if isinstance(film, Rejected):
                yield film
                continue
            _, inputs, rejected, *_ = predictor.read(film)
            yield from rejected
            if inputs is None:
                continue
            told = explain(
                predictor,
                film,
                inputs=inputs,
                genres=genres,
                methods=methods,
                scorers=scorers,
                empty=empty,
            )
            name = safe_name(film.id or film.title or "film", taken)
            shows = film.poster is not None and "poster" in told.modalities
            poster = decode_poster(film.poster) if shows and film.poster is not None else None
            _write_film(told, poster, folder / name)
            if index:
                listed.append(Listed(name, shown_name(film.title, film.id), told.genres))
            yield told
        if index:
            (folder / PAGE).write_text(index_page(listed), encoding="utf-8")


def record(film: FilmExplanation, overlays: Mapping[str, str]) -> dict[str, Any]:
    """Return what ``explanation.json`` holds; docs/explanations.md gives shapes and ranges.

    Args:
        film: what is told of it.
        overlays: genre -> the file of the poster with its heat, where there is one.

    """
    return {
        "id": film.id,
        "title": film.title,
        "text": film.text,
        "modalities": list(film.modalities),
        "genres": list(film.genres),
        "without": {modality: list(genres) for modality, genres in film.without.items()},
        "explanations": [_genre(e, film.text, overlays.get(e.genre)) for e in film.explanations],
    }


def safe_name(name: str, taken: set[str]) -> str:
    """Turn any name into that of a file or folder, another than those taken, and take it.

    Letters without accents, digits, dots, hyphens and underscores stay. Names that differ in case
    alone are one on some disks, so they are made to differ in more.
    """
    base = _UNSAFE.sub("-", name)[:_LONGEST].strip(".-") or "film"
    safe, number = base, 1
    while safe.casefold() in taken:
        number += 1
        safe = f"{base}-{number}"
    taken.add(safe.casefold())
    return safe


def _write_film(film: FilmExplanation, poster: Image.Image | None, folder: Path) -> None:
    folder.mkdir()
    taken: set[str] = set()
    overlays: dict[str, str] = {}
    for e in film.explanations:
        if poster is None or e.poster is None:
            continue
        headline = f"{e.genre} {percent(e.probability)}"
        picture = with_legend(overlay(poster, e.poster), headline, strongest(e))
        overlays[e.genre] = f"{safe_name(e.genre, taken)}.png"
        picture.save(folder / overlays[e.genre])
    content = json.dumps(record(film, overlays), ensure_ascii=False, indent=1)
    (folder / RECORD).write_text(content + "\n", encoding="utf-8")
    (folder / PAGE).write_text(film_page(film, poster), encoding="utf-8")


def _genre(e: Explanation, text: str | None, overlay_file: str | None) -> dict[str, Any]:
    poster = words = None
    if e.poster is not None:
        rows = [[_short(score) for score in row] for row in e.poster.tolist()]
        poster = {"method": e.poster_method, "scores": rows, "overlay": overlay_file}
    if e.words is not None and text is not None:
        spans = [
            {
                "start": w.start,
                "end": w.end,
                "word": text[w.start : w.end],
                "score": _short(w.score),
            }
            for w in e.words
        ]
        words = {"method": e.overview_method, "words": spans}
    return {
        "genre": e.genre,
        "probability": _short(e.probability),
        "threshold": _short(e.threshold),
        "decided": e.decided,
        "share": {
            "base": _short(e.share.base),
            "poster": _short(e.share.poster),
            "overview": _short(e.share.overview),
        },
        "poster": poster,
        "overview": words,
    }


def _short(number: float) -> float:
    return round(number, 6)
