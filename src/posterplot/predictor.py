"""Bundle to predictions, on ONNX Runtime: the only road from films to genres.

What evaluates calls this too, so that what is measured is what ships.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from posterplot.bundle import Bundle
from posterplot.dataset.posters import decode_poster, poster_array
from posterplot.dataset.text import overview_text
from posterplot.dataset.tokens import pad, tokenize
from posterplot.errors import BundleError, FilmError
from posterplot.films import Film, Modality, Prediction, Rejected

BATCH = 32


class FilmInputs(NamedTuple):
    """What the graph takes of one film.

    Attributes:
        poster: ``(3, H, W)`` uint8; None where the film shows none, or the model reads none.
        tokens: ``(T,)`` int64, T ≥ 1; None where it has no overview, or the model reads none.

    """

    poster: NDArray[np.uint8] | None
    tokens: NDArray[np.int64] | None

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What the model sees of the film."""
        poster: tuple[Modality, ...] = ("poster",) if self.poster is not None else ()
        overview: tuple[Modality, ...] = ("overview",) if self.tokens is not None else ()
        return poster + overview


class Predictor:
    """One warm session over one bundle.

    Args:
        bundle: as :func:`posterplot.bundle.load_bundle` gives it.

    Attributes:
        outputs: what the graph can tell, by name: logits, and where the head tells them
            poster_attention, overview_attention, poster_evidence, overview_evidence.
        tokenizer: of overviews; None where the model reads none.

    Raises:
        BundleError: ONNX Runtime cannot read the graph or ``tokenizers`` the tokenizer.

    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        manifest = bundle.manifest
        self._poster = manifest.poster
        self._overview = manifest.overview
        self._session = _session(bundle.graph)
        self._inputs = {node.name for node in self._session.get_inputs()}
        self.outputs: tuple[str, ...] = tuple(node.name for node in self._session.get_outputs())
        self.tokenizer = _tokenizer(bundle.tokenizer) if manifest.overview else None

    def predict(
        self, films: Iterable[Film | Rejected], batch: int = BATCH
    ) -> Iterator[Prediction | Rejected]:
        """Predict films in order, a batch at a time, so that memory does not grow with them.

        Args:
            films: any number; what a catalogue rejected already passes through, in its place.
            batch: B.

        Yields:
            A :class:`Prediction` for every film that has an input the model reads, and a
            :class:`Rejected` for every film or part of a film that could not be used. A film with
            a broken poster and a good overview gives both, the rejection first.

        """
        manifest = self.bundle.manifest
        genres = manifest.genres
        remaining = iter(films)
        while group := list(islice(remaining, batch)):
            answers: list[Film | Rejected] = []
            inputs: list[FilmInputs] = []
            for film in group:
                if isinstance(film, Rejected):
                    answers.append(film)
                    continue
                ready, rejected = self.read(film)
                answers += rejected
                if ready is not None:
                    answers.append(film)
                    inputs.append(ready)
            rows = zip(inputs, self.run(inputs)["logits"] if inputs else (), strict=True)
            for answer in answers:
                if isinstance(answer, Rejected):
                    yield answer
                    continue
                ready, logits = next(rows)
                decisions = manifest.decisions_for(ready.modalities)
                row = decisions.probabilities(logits)
                decided = decisions.decide(row)
                by_probability = np.argsort(-row, kind="stable")
                yield Prediction(
                    id=answer.id,
                    title=answer.title,
                    genres=tuple(genres[g] for g in by_probability if decided[g]),
                    probabilities={name: float(p) for name, p in zip(genres, row, strict=True)},
                    modalities=ready.modalities,
                )

    def logits(self, films: Iterable[Film]) -> tuple[list[Film], NDArray[np.float32]]:
        """Return the N films that can be used, and their raw ``(N, G)`` float32 logits."""
        used: list[Film] = []
        parts = [np.zeros((0, len(self.bundle.manifest.genres)), np.float32)]
        remaining = iter(films)
        while group := list(islice(remaining, BATCH)):
            ready = [(film, self.read(film)[0]) for film in group]
            used += [film for film, inputs in ready if inputs is not None]
            if kept := [inputs for _, inputs in ready if inputs is not None]:
                parts.append(self.run(kept)["logits"])
        return used, np.concatenate(parts)

    def read(self, film: Film) -> tuple[FilmInputs | None, list[Rejected]]:
        """Decode and tokenise what the model reads of a film.

        Returns:
            The inputs, None if there is nothing that the model reads, and what was set aside.

        """
        poster: NDArray[np.uint8] | None = None
        tokens: NDArray[np.int64] | None = None
        rejected: list[Rejected] = []
        if self._poster is not None and film.poster is not None:
            try:
                decoded = decode_poster(film.poster)
                poster = poster_array(decoded, self._poster.height, self._poster.width)
            except FilmError as error:
                rejected.append(_reject(film, "poster", error.what))
        if self._overview is not None and self.tokenizer is not None:
            overview = overview_text(film, title=self._overview.title)
            if overview:
                row = tokenize(self.tokenizer, [overview], self._overview.max_tokens)[0]
                if len(row):
                    tokens = row
                else:
                    rejected.append(_reject(film, "overview", "overview has no word in it"))
        if poster is None and tokens is None:
            reads = " and ".join(f"{m}s" for m in self.bundle.modalities)
            reason = rejected[0].reason if rejected else "the film has none"
            return None, [_reject(film, "film", f"the model reads {reads}: {reason}")]
        return FilmInputs(poster, tokens), rejected

    def run(
        self, inputs: Sequence[FilmInputs], outputs: Sequence[str] = ("logits",)
    ) -> dict[str, NDArray[np.float32]]:
        """Ask the graph about B films at once, B ≥ 1; what a film lacks is masked.

        Args:
            inputs: B films; one with neither input is answered from what the model knows of
                films before it sees any.
            outputs: names, of ``self.outputs``.

        Returns:
            Name -> array: logits ``(B, G)``, attention and evidence ``(B, G, P)`` over the
            poster's patches and ``(B, G, T)`` over tokens, T of the longest.

        """
        feed: dict[str, NDArray[Any]] = {}
        if self._poster is not None:
            blank = np.zeros((3, self._poster.height, self._poster.width), np.uint8)
            feed["posters"] = np.stack([blank if i.poster is None else i.poster for i in inputs])
            feed["poster_present"] = np.array([i.poster is not None for i in inputs])
        if self._overview is not None:
            none = np.zeros(0, np.int64)
            rows = [none if i.tokens is None else i.tokens for i in inputs]
            feed["tokens"], feed["token_mask"] = pad(rows)
        wanted = {name: value for name, value in feed.items() if name in self._inputs}
        return dict(zip(outputs, self._session.run(list(outputs), wanted), strict=True))


def _reject(film: Film, part: Any, reason: str) -> Rejected:
    return Rejected(film.id, film.title, film.source, part, reason)


def _session(graph: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: warnings about folded constants help nobody
    try:
        return onnxruntime.InferenceSession(
            str(graph), options, providers=onnxruntime.get_available_providers()
        )
    except Exception as error:  # ONNX Runtime raises a dozen kinds without a common base
        reason = str(error).splitlines()[0][:200]
        raise BundleError(
            f"ONNX Runtime cannot read it: {reason}", where=graph, mend="export the model again"
        ) from error


def _tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise BundleError(
            f"is not a tokenizer: {error}", where=path, mend="export the model again"
        ) from error
