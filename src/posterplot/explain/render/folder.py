"""Write explanations to files: one folder per film, and an index."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from posterplot.dataset.poster_images import shrink
from posterplot.explain.explain import explain, genre_positions
from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.methods.scores import Method, Scorer
from posterplot.explain.render.film_page import IndexEntry, film_page, index_page, shown_name
from posterplot.explain.render.heatmap import with_legend
from posterplot.explain.render.overlays import draw_overlays, scale_text
from posterplot.explain.shapley import empty_logits
from posterplot.files import new_folder
from posterplot.films import Film, Modality, Rejected
from posterplot.inference.predictor import Predictor
from posterplot.wording import percent

PAGE = "index.html"
RECORD = "explanation.json"
THUMBNAIL = "poster.jpg"

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_NAME_CHARS = 80
_MAX_SIDE = 1024  # maximum shorter side of a poster with its heatmap, in pixels
_THUMBNAIL_SIDE = 120  # maximum shorter side of a poster in the index, in pixels


def explain_films(
    predictor: Predictor,
    films: Iterable[Film | Rejected],
    out: Path,
    *,
    genres: Sequence[str],
    methods: Mapping[Modality, Method],
    scorers: Mapping[Method, Scorer],
) -> Iterator[FilmExplanation | Rejected]:
    """Explain films in order and write each explanation to a folder of its own.

    ``out`` appears when all films are done. Memory does not grow with the number of films, except
    for one line of the index per film.

    Args:
        predictor: Predictor of a bundle.
        films: Films; a row that the catalogue rejected is passed on in its place.
        out: Folder to create, with one folder per film and ``index.html``.
        genres: Names; by default the predicted genres of each film.
        methods: Modality -> method.
        scorers: Gradient method -> scorer, for the gradient methods in ``methods``.

    Yields:
        The explanation of each film after its folder is written, and before it the parts of the
        film that could not be used.

    Raises:
        OutputError: ``out`` exists already or cannot be written.
        UsageError: The model does not know a genre; nothing is written.

    """
    # fail before the first film is explained
    genre_positions(predictor.bundle.manifest.genres, genres)
    empty = empty_logits(predictor)
    taken = {PAGE}
    entries: list[IndexEntry] = []
    with new_folder(out) as folder:
        for film in films:
            if isinstance(film, Rejected):
                yield film
                continue
            read = predictor.read(film)
            yield from read.rejected
            if read.inputs is None:
                continue
            explained = explain(
                predictor, read, genres=genres, methods=methods, scorers=scorers, empty=empty
            )
            name = safe_name(film.id or film.title or "film", taken)
            image = None if read.image is None else shrink(read.image, _MAX_SIDE)
            _write_film(explained, image, folder / name)
            thumbnail = None if read.image is None else THUMBNAIL
            shown = shown_name(film.title, film.id)
            entries.append(IndexEntry(name, shown, explained.genres, thumbnail))
            yield explained
        (folder / PAGE).write_text(index_page(entries), encoding="utf-8")


def record(film: FilmExplanation, overlays: Mapping[str, str]) -> dict[str, Any]:
    """Return what ``explanation.json`` holds; see docs/explanations.md for shapes and ranges.

    Args:
        film: Explanation of the film.
        overlays: Genre -> file of the poster with heat, if there is one.

    """
    return {
        "id": film.id,
        "title": film.title,
        "text": film.text,
        "modalities": list(film.modalities),
        "genres": list(film.genres),
        "without": {modality: list(genres) for modality, genres in film.without.items()},
        **({"familiar": False} if film.familiar is False else {}),
        "explanations": [_genre(e, film.text, overlays.get(e.genre)) for e in film.explanations],
    }


def safe_name(name: str, taken: set[str]) -> str:
    """Convert a text to a file name that is not in ``taken``, and add it there.

    ASCII letters, digits, dots, hyphens and underscores stay, and letters lose their accents. Some
    disks ignore case, so names must differ in more than case.
    """
    letters = unicodedata.normalize("NFKD", name[: 4 * _MAX_NAME_CHARS])
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    base = _UNSAFE.sub("-", plain)[:_MAX_NAME_CHARS].strip(".-") or "film"
    safe, number = base, 1
    while safe.casefold() in taken:
        number += 1
        safe = f"{base}-{number}"
    taken.add(safe.casefold())
    return safe


def _write_film(film: FilmExplanation, poster: Image.Image | None, folder: Path) -> None:
    folder.mkdir()
    if poster is not None:
        shrink(poster, _THUMBNAIL_SIDE).save(folder / THUMBNAIL, quality=80)
    taken = {THUMBNAIL, PAGE, RECORD}
    overlays = draw_overlays(film, poster)
    files: dict[str, str] = {}
    for e in film.explanations:
        if (heated := overlays.get(e.genre)) is None:
            continue
        picture = with_legend(heated, f"{e.genre} {percent(e.probability)}", scale_text(film, e))
        files[e.genre] = f"{safe_name(e.genre, taken)}.png"
        picture.save(folder / files[e.genre])
    content = json.dumps(record(film, files), ensure_ascii=False, indent=1)
    (folder / RECORD).write_text(content + "\n", encoding="utf-8")
    page = film_page(film, poster, overlays, index=f"../{PAGE}")
    (folder / PAGE).write_text(page, encoding="utf-8")


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
