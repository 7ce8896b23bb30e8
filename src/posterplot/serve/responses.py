"""Answers of the model to what is sent back."""

import base64
import io
from collections.abc import Sequence
from functools import partial
from typing import Any

from posterplot import __version__
from posterplot.dataset.poster_images import decode_poster
from posterplot.errors import FilmError, UsageError
from posterplot.explain.explain import explain, genre_positions
from posterplot.explain.methods.choose import choose_methods
from posterplot.explain.render.film_page import strongest
from posterplot.explain.render.folder import record
from posterplot.explain.render.heatmap import overlay, whereabouts
from posterplot.explain.shapley import empty_logits
from posterplot.films import MODALITIES, Film, Modality
from posterplot.inference.bundle import CARD, Bundle
from posterplot.inference.prediction_files import Line
from posterplot.serve import limits
from posterplot.serve.batching import Batcher
from posterplot.serve.http.film_request import Asked
from posterplot.serve.http.problems import CallError, Fault

Answer = dict[str, Any]


class Answers:
    """What a bundle answers, request by request.

    Args:
        batcher: that its predictor is shared through.

    """

    def __init__(self, batcher: Batcher) -> None:
        self._batcher = batcher
        predictor = batcher.predictor
        self._bundle = predictor.bundle
        self._card = card(self._bundle)
        self._methods = choose_methods(predictor)
        self._empty = empty_logits(predictor)
        self._thresholds = {
            shown: _thresholds(self._bundle, shown)
            for shown in (("poster",), ("overview",), ("poster", "title"), MODALITIES)
        }

    async def predict(self, films: Sequence[Asked]) -> Answer:
        """Answer ``/v1/predict``.

        Raises:
            CallError: 422: no film can be used; 503.

        """
        usable = [asked.film for asked in films if asked.film is not None]
        said = iter(await self._batcher.predict(usable) if usable else ())
        answers = [self._film(asked, None if asked.film is None else next(said)) for asked in films]
        if all("error" in answer for answer in answers):
            raise _unusable(
                answers[0]["error"] if len(answers) == 1 else "no film can be used",
                [
                    Fault(pointer=f"/films/{n}", detail=answer["error"])
                    for n, answer in enumerate(answers)
                ],
            )
        return {"model": self._bundle.manifest.name, "films": answers}

    async def explain(self, asked: Asked, genres: Sequence[str]) -> Answer:
        """Answer ``/v1/explain``.

        Raises:
            CallError: 422: the film cannot be used, or the model does not know a genre; 503.

        """
        try:
            genre_positions(self._bundle.manifest.genres, genres)
            if asked.film is None:
                raise FilmError(asked.problem or "")
            told = await self._batcher.call(partial(self._explain, asked.film, tuple(genres)))
        except UsageError as error:
            raise CallError(422, error.what, error.hint) from None
        except FilmError as error:
            raise _unusable(error.what) from None
        answer = {"model": self._bundle.manifest.name} | told
        if asked.problem:
            answer["problem"] = asked.problem
        return answer

    def model(self) -> Answer:
        """Answer ``/v1/model``."""
        manifest = self._bundle.manifest
        named = {"+".join(shown): thresholds for shown, thresholds in self._thresholds.items()}
        return {
            "name": manifest.name,
            "digest": manifest.digest,
            "posterplot": __version__,
            "modalities": self._bundle.modalities,
            "genres": manifest.genres,
            "thresholds": {
                shown: named[shown]
                for shown in named
                if set(shown.split("+"))
                <= {*self._bundle.modalities, *manifest.decisions_by_modality}
            },
            "methods": self._methods,
            "limits": {
                "films": limits.MAX_FILMS,
                "body_bytes": limits.MAX_BODY,
                "poster_bytes": limits.MAX_POSTER,
                "poster_pixels": limits.MAX_PIXELS,
                "overview_characters": limits.MAX_OVERVIEW,
            },
            "card": self._card,
        }

    def _film(self, asked: Asked, line: Line | None) -> Answer:
        named = {"id": asked.id, "title": asked.title}
        if line is None or "error" in line:
            return named | {"error": asked.problem or (line or {}).get("error", "")}
        answer = line | named | {"thresholds": self._thresholds[tuple(line["modalities"])]}
        return answer | ({"problem": asked.problem} if asked.problem else {})

    def _explain(self, film: Film, genres: Sequence[str]) -> Answer:
        """Tell why, with the poster's heat; in the predictor's thread."""
        predictor = self._batcher.predictor
        _, inputs, rejected, *_ = predictor.read(film)
        if inputs is None:
            raise FilmError(rejected[-1].reason)
        told = explain(
            predictor,
            film,
            inputs=inputs,
            genres=genres,
            methods=self._methods,
            empty=self._empty,
        )
        answer = record(told, {})
        for e, said in zip(told.explanations, answer["explanations"], strict=True):
            if e.poster is not None and film.poster is not None:
                heated = overlay(decode_poster(film.poster), e.poster)
                said["poster"] |= {
                    "overlay": _data_uri(heated),
                    "where": whereabouts(e.poster),
                    "most": strongest(e),
                }
        return answer | ({"problem": rejected[0].reason} if rejected else {})


def card(bundle: Bundle) -> str:
    """Return the model card, in Markdown."""
    return (bundle.path / CARD).read_text(encoding="utf-8")


def _thresholds(bundle: Bundle, shown: tuple[Modality, ...]) -> dict[str, float]:
    manifest = bundle.manifest
    decisions = manifest.decisions_for(shown)
    thresholds = decisions.thresholds[decisions.rule]
    return {genre: round(t, 6) for genre, t in zip(manifest.genres, thresholds, strict=True)}


def _unusable(reason: str, faults: Sequence[Fault] = ()) -> CallError:
    hint = "send a poster as JPEG, PNG or WebP, or an overview in words"
    return CallError(422, reason, hint, faults=faults)


def _data_uri(image: Any) -> str:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()
