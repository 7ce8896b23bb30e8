"""Create the response bodies of checked requests."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from posterplot import __version__
from posterplot.dataset.poster_images import shrink
from posterplot.errors import FilmError, UsageError
from posterplot.explain.explain import explain, genre_positions
from posterplot.explain.methods.choose import choose_methods
from posterplot.explain.render.folder import record
from posterplot.explain.render.heatmap import whereabouts
from posterplot.explain.render.overlays import draw_overlays, scale_text
from posterplot.explain.shapley import empty_logits
from posterplot.films import MODALITIES, Film, Modality
from posterplot.inference.bundle import Bundle
from posterplot.inference.card import read_card
from posterplot.inference.prediction_files import PredictionRow
from posterplot.inference.predictor import Predictor
from posterplot.pages import image_uri
from posterplot.serve import limits
from posterplot.serve.batching import Batcher
from posterplot.serve.http.problems import CallError, Fault
from posterplot.serve.http.uploads import UploadedFilm

Response = dict[str, Any]


class Responses:
    """The response bodies of the API, from one bundle.

    Args:
        predictor: Predictor of the bundle. The graph runs once.

    Raises:
        BundleError: The graph cannot be run.

    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._bundle = predictor.bundle
        self._card = read_card(self._bundle)
        self._methods = choose_methods(predictor)
        self._empty = empty_logits(predictor)
        self._thresholds = {
            inputs: _thresholds(self._bundle, inputs)
            for inputs in (("poster",), ("overview",), ("poster", "title"), MODALITIES)
        }

    async def predict(self, films: Sequence[UploadedFilm], batcher: Batcher) -> Response:
        """Return the body of ``/v1/predict``, as :class:`~.schemas.PredictResponse` describes it.

        Raises:
            CallError: 422: no film can be used.
            OverloadedError: Too many requests.

        """
        usable = [upload.film for upload in films if upload.film is not None]
        lines = iter(await batcher.predict(usable) if usable else ())
        results = [
            self._film(upload, None if upload.film is None else next(lines)) for upload in films
        ]
        if all("error" in result for result in results):
            raise _unusable(
                results[0]["error"] if len(results) == 1 else "no film can be used",
                [
                    Fault(pointer=upload.pointer, detail=result["error"])
                    for upload, result in zip(films, results, strict=True)
                    if upload.pointer
                ],
            )
        return {"model": self._bundle.manifest.name, "films": results}

    async def explain(
        self, upload: UploadedFilm, genres: Sequence[str], batcher: Batcher
    ) -> Response:
        """Return the body of ``/v1/explain``, as :class:`~.schemas.ExplainResponse` describes it.

        Raises:
            CallError: 422: the film cannot be used, or the model does not know a genre.
            OverloadedError: Too many requests.

        """
        try:
            genre_positions(self._bundle.manifest.genres, genres)
            if upload.film is None:
                raise _unusable(_joined(upload.problem))
            explanation = await batcher.explain(partial(self._explain, upload.film, tuple(genres)))
        except UsageError as error:
            raise CallError(422, error.what, error.hint) from None
        except FilmError as error:
            raise _unusable(_joined(upload.problem, error.what)) from None
        response = {"model": self._bundle.manifest.name} | explanation
        problem = _joined(upload.problem, response.get("problem"))
        return response | ({"problem": problem} if problem else {})

    def model(self) -> Response:
        """Return the body of ``/v1/model``, as :class:`~.schemas.ModelResponse` describes it."""
        manifest = self._bundle.manifest
        thresholds = {"+".join(inputs): values for inputs, values in self._thresholds.items()}
        return {
            "name": manifest.name,
            "digest": manifest.digest,
            "posterplot": __version__,
            "modalities": self._bundle.modalities,
            "genres": manifest.genres,
            "thresholds": {
                inputs: thresholds[inputs]
                for inputs in thresholds
                if set(inputs.split("+"))
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

    def _film(self, upload: UploadedFilm, line: PredictionRow | None) -> Response:
        names = {"id": upload.id, "title": upload.title}
        if line is None or "error" in line:
            return names | {"error": _joined(upload.problem, (line or {}).get("error"))}
        result = line | names | {"thresholds": self._thresholds[tuple(line["modalities"])]}
        problem = _joined(upload.problem, line.get("problem"))
        return result | ({"problem": problem} if problem else {})

    def _explain(self, film: Film, genres: Sequence[str]) -> Response:
        """Explain a film, with heatmaps as images. It runs in the thread for explanations."""
        predictor = self._predictor
        read = predictor.read(film)
        explanation = explain(
            predictor,
            read,
            genres=genres,
            methods=self._methods,
            empty=self._empty,
        )
        response = record(explanation, {})
        image = None if read.image is None else shrink(read.image, limits.MAX_OVERLAY_SIDE)
        overlays = draw_overlays(explanation, image)
        for e, fields in zip(explanation.explanations, response["explanations"], strict=True):
            if e.genre in overlays and e.poster is not None:
                fields["poster"] |= {
                    "overlay": image_uri(overlays[e.genre]),
                    "where": whereabouts(e.poster),
                    "most": f"up to {scale_text(explanation, e)}",
                }
        problem = _joined(*(rejected.reason for rejected in read.rejected))
        return response | ({"problem": problem} if problem else {})


def _thresholds(bundle: Bundle, inputs: tuple[Modality, ...]) -> dict[str, float]:
    manifest = bundle.manifest
    decisions = manifest.decisions_for(inputs)
    thresholds = decisions.thresholds[decisions.rule]
    return {genre: round(t, 6) for genre, t in zip(manifest.genres, thresholds, strict=True)}


def _joined(*reasons: str | None) -> str:
    """Join the reasons why inputs of a film cannot be used, as ``predict`` does."""
    return "; ".join(reason for reason in reasons if reason)


def _unusable(reason: str, faults: Sequence[Fault] = ()) -> CallError:
    return CallError(
        422, reason, "add a poster, or an overview that the model can read", faults=faults
    )
