"""Bundle to predictions, on ONNX Runtime: the only road from films to genres.

What evaluates calls this too, so that what is measured is what ships.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from posterplot.bundle import Bundle
from posterplot.dataset.posters import load_poster, open_poster, poster_array
from posterplot.dataset.text import overview_text
from posterplot.dataset.tokens import pad, tokenize
from posterplot.errors import BundleError, FilmError
from posterplot.films import Film, Modality, Prediction, Rejected

# more of them at once take more memory and, on processors, no less time
BATCH = 16
# films of a window are sorted by length, so that little of a batch is padding; in batches
WINDOW = 8
# Linux: microseconds of processor time a container may use in so many
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
# those that run any graph at once; TensorRT and CoreML first compile it for every shape
_PROVIDERS = ("CUDAExecutionProvider", "ROCMExecutionProvider", "CPUExecutionProvider")


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
    """One warm session over one bundle; several threads may ask it at once.

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
        """Predict films in order, a window at a time, so that memory does not grow with them.

        Args:
            films: any number; what a catalogue rejected already passes through, in its place.
            batch: B.

        Yields:
            A :class:`Prediction` for every film that has an input the model reads, and a
            :class:`Rejected` for every film or part of a film that could not be used. A film with
            a broken poster and a good overview gives both, the rejection first.

        """
        for item in self._answer(films, batch):
            if isinstance(item, Rejected):
                yield item
                continue
            yield from item.rejected
            if item.inputs is not None and item.logits is not None:
                yield self._decide(item.film, item.inputs.modalities, item.logits)

    def logits(self, films: Iterable[Film]) -> tuple[list[Film], NDArray[np.float32]]:
        """Return the N films that can be used, and their raw ``(N, G)`` float32 logits."""
        used: list[Film] = []
        rows: list[NDArray[np.float32]] = []
        for item in self._answer(films, BATCH):
            if isinstance(item, _Film) and item.logits is not None:
                used.append(item.film)
                rows.append(item.logits)
        none = np.zeros((0, len(self.bundle.manifest.genres)), np.float32)
        return used, np.stack(rows) if rows else none

    def _answer(self, films: Iterable[Film | Rejected], batch: int) -> Iterator["_Film | Rejected"]:
        """Read films ahead in threads and run those of a window in batches of like length."""
        remaining = iter(films)
        with ThreadPoolExecutor(_cores()) as pool:

            def begin() -> _Started:
                items = list(islice(remaining, WINDOW * batch))
                read = [item for item in items if isinstance(item, Film)]
                posters = [pool.submit(self._see, film) for film in read]
                return items, posters, pool.submit(self._words, read)

            started = begin()
            while started[0]:
                window = self._join(*started)
                started = begin()  # the next one is decoded and tokenised while this one is run
                self._run_window([f for f in window if isinstance(f, _Film)], batch)
                yield from window

    def _join(
        self,
        items: Sequence[Film | Rejected],
        posters: Sequence["Future[_Poster]"],
        words: "Future[list[NDArray[np.int64] | None]]",
    ) -> list["_Film | Rejected"]:
        """Wait until the films of a window are read."""
        read = zip(posters, words.result(), strict=True)
        window: list[_Film | Rejected] = []
        for item in items:
            if isinstance(item, Film):
                poster, tokens = next(read)
                window.append(self._put(item, poster.result(), tokens))
            else:
                window.append(item)
        return window

    def _run_window(self, films: Sequence["_Film"], batch: int) -> None:
        """Fill in the logits of those films that have inputs."""
        ready = sorted((f for f in films if f.inputs is not None), key=_length)
        for start in range(0, len(ready), batch):
            group = ready[start : start + batch]
            rows = self.run([f.inputs for f in group if f.inputs is not None])["logits"]
            for film, row in zip(group, rows, strict=True):
                film.logits = row

    def _decide(
        self, film: Film, modalities: tuple[Modality, ...], logits: NDArray[np.float32]
    ) -> Prediction:
        manifest = self.bundle.manifest
        genres = manifest.genres
        decisions = manifest.decisions_for(modalities)
        row = decisions.probabilities(logits)
        decided = decisions.decide(row)
        by_probability = np.argsort(-row, kind="stable")
        return Prediction(
            id=film.id,
            title=film.title,
            genres=tuple(genres[g] for g in by_probability if decided[g]),
            probabilities={name: float(p) for name, p in zip(genres, row, strict=True)},
            modalities=modalities,
        )

    def read(self, film: Film) -> tuple[FilmInputs | None, list[Rejected]]:
        """Decode and tokenise what the model reads of a film.

        Returns:
            The inputs, None if there is nothing that the model reads, and what was set aside.

        """
        answer = self._put(film, self._see(film), self._words([film])[0])
        return answer.inputs, answer.rejected

    def _see(self, film: Film) -> "_Poster":
        """Decode the poster, if there is one and the model reads posters; or tell why not."""
        if self._poster is None or film.poster is None:
            return None
        height, width = self._poster.height, self._poster.width
        try:
            # of a JPEG for print an eighth of the pixels is decoded, never fewer than are shown
            image = load_poster(open_poster(film.poster), max(height, width))
            return poster_array(image, height, width)
        except FilmError as error:
            return error

    def _words(self, films: Sequence[Film]) -> list[NDArray[np.int64] | None]:
        """Tokenise the overviews; None where a film has none, or the model reads none."""
        if self._overview is None or self.tokenizer is None:
            return [None] * len(films)
        texts = [overview_text(film, title=self._overview.title) for film in films]
        rows = tokenize(self.tokenizer, texts, self._overview.max_tokens)
        return [row if text else None for row, text in zip(rows, texts, strict=True)]

    def _put(
        self,
        film: Film,
        poster: "_Poster",
        tokens: NDArray[np.int64] | None,
    ) -> "_Film":
        """Put together what was read of a film, and what could not be."""
        rejected: list[Rejected] = []
        if isinstance(poster, FilmError):
            rejected.append(_reject(film, "poster", poster.what))
            poster = None
        if tokens is not None and not len(tokens):
            rejected.append(_reject(film, "overview", "overview has no word in it"))
            tokens = None
        if poster is None and tokens is None:
            reads = " and ".join(f"{m}s" for m in self.bundle.modalities)
            reason = rejected[0].reason if rejected else "the film has none"
            reason = f"the model reads {reads}: {reason}"
            return _Film(film, None, [_reject(film, "film", reason)])
        return _Film(film, FilmInputs(poster, tokens), rejected)

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
            if "poster_present" in self._inputs:  # posters that are not there cost nothing
                shown = [i.poster for i in inputs if i.poster is not None]
            else:
                shown = [blank if i.poster is None else i.poster for i in inputs]
            feed["posters"] = np.stack(shown or [blank])
            feed["poster_present"] = np.array([i.poster is not None for i in inputs])
        if self._overview is not None:
            none = np.zeros(0, np.int64)
            rows = [none if i.tokens is None else i.tokens for i in inputs]
            feed["tokens"], feed["token_mask"] = pad(rows)
        wanted = {name: value for name, value in feed.items() if name in self._inputs}
        return dict(zip(outputs, self._session.run(list(outputs), wanted), strict=True))


@dataclass(slots=True)
class _Film:
    """A film on its way through a window."""

    film: Film
    inputs: FilmInputs | None
    rejected: list[Rejected]
    logits: NDArray[np.float32] | None = None


# (3, H, W) pixels; or why there are none; or None, where the film has no poster
_Poster = NDArray[np.uint8] | FilmError | None
# what a catalogue gave, and of its films the posters and the words, being read
_Started = tuple[
    list[Film | Rejected], list["Future[_Poster]"], "Future[list[NDArray[np.int64] | None]]"
]


def _length(film: _Film) -> int:
    tokens = film.inputs.tokens if film.inputs else None
    return 0 if tokens is None else len(tokens)


def _cores() -> int:
    """Return how many cores this process may use, which in a container are fewer than there are."""
    allowed = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    try:
        quota, period = _QUOTA.read_text().split()
        return max(1, min(allowed, -(-int(quota) // int(period))))
    except (OSError, ValueError):  # not Linux, or no limit: "max"
        return allowed


def _reject(film: Film, part: Any, reason: str) -> Rejected:
    return Rejected(film.id, film.title, film.source, part, reason)


def _session(graph: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: warnings about folded constants help nobody
    options.intra_op_num_threads = _cores()
    # threads that wait in a loop would take the cores from those that decode posters
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    available = onnxruntime.get_available_providers()
    providers = [name for name in _PROVIDERS if name in available]
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=providers)
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
