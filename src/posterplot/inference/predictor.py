"""Bundle to predictions, on ONNX Runtime: the only road from films to genres.

What evaluates calls this too, so that what is measured is what ships.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from posterplot.dataset.poster_images import load_poster, open_poster, poster_array
from posterplot.dataset.text import overview_text, title_text
from posterplot.dataset.tokens import pad, tokenize
from posterplot.errors import BundleError, FilmError
from posterplot.films import Film, Modality, Prediction, Rejected
from posterplot.inference.bundle import Bundle

# films that are read ahead of the one that is answered, so that a slow one holds up no core
AHEAD = 32
# Linux: microseconds of processor time a container may use in so many
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
# those that run any graph at once; TensorRT and CoreML first compile it for every shape
_PROVIDERS = ("CUDAExecutionProvider", "ROCMExecutionProvider", "CPUExecutionProvider")

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


class FilmInputs(NamedTuple):
    """What the graph takes of one film.

    Attributes:
        poster: ``(3, H, W)`` uint8; None where the film shows none, or the model reads none.
        tokens: ``(T,)`` int64, T ≥ 1; None where it has no overview, or the model reads none.
        titled: whether the tokens are those of the title, in the place of an overview.

    """

    poster: NDArray[np.uint8] | None
    tokens: NDArray[np.int64] | None
    titled: bool = False

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What the model sees of the film."""
        poster: tuple[Modality, ...] = ("poster",) if self.poster is not None else ()
        if self.tokens is None:
            return poster
        return (*poster, "title" if self.titled else "overview")


class Predictor:
    """One warm session over one bundle; several threads may ask it at once.

    Args:
        bundle: as :func:`posterplot.inference.bundle.load_bundle` gives it.

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
        self._title_first = self._overview is not None and self._overview.title
        self._session = _session(bundle.graph)
        self._inputs = {node.name for node in self._session.get_inputs()}
        self.outputs: tuple[str, ...] = tuple(node.name for node in self._session.get_outputs())
        self.tokenizer: Tokenizer | None = None
        if self._overview is not None:
            self.tokenizer = _tokenizer(bundle.tokenizer, self._overview.max_tokens)

    def predict(self, films: Iterable[Film | Rejected]) -> Iterator[Prediction | Rejected]:
        """Predict films in order, several at once, so that memory does not grow with their number.

        Each film is run by itself, a core a film: what is said of it does not depend on the others,
        nothing is padded, and no core waits for another as it would within a run of many films.

        Args:
            films: any number; what a catalogue rejected already passes through, in its place.

        Yields:
            A :class:`Prediction` for every film that has an input the model reads, and a
            :class:`Rejected` for every film or part of a film that could not be used. A film with
            a broken poster and a good overview gives both, the rejection first.

        """
        for item in _in_order(self._answer, films):
            if isinstance(item, Rejected):
                yield item
                continue
            yield from item.rejected
            if item.logits is not None:
                yield self._decide(item.film, item.modalities, item.logits)

    def logits(self, films: Iterable[Film]) -> tuple[list[Film], NDArray[np.float32]]:
        """Return the N films that can be used, and their raw ``(N, G)`` float32 logits."""
        used: list[Film] = []
        rows: list[NDArray[np.float32]] = []
        for item in _in_order(self._answer, films):
            if isinstance(item, _Answered) and item.logits is not None:
                used.append(item.film)
                rows.append(item.logits)
        return used, self._rows(rows)

    def logits_of(self, inputs: Iterable[FilmInputs]) -> NDArray[np.float32]:
        """Return the raw ``(N, G)`` float32 logits of N films that are read already."""
        return self._rows(list(_in_order(self._run_one, inputs)))

    def _answer(self, film: Film | Rejected) -> "_Answered | Rejected":
        if isinstance(film, Rejected):
            return film
        inputs, rejected = self.read(film)
        if inputs is None:
            return _Answered(film, rejected, (), None)
        return _Answered(film, rejected, inputs.modalities, self._run_one(inputs))

    def _run_one(self, inputs: FilmInputs) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self.run([inputs])["logits"][0]
        return row

    def _rows(self, rows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        none = np.zeros((0, len(self.bundle.manifest.genres)), np.float32)
        return np.stack(rows) if rows else none

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
        poster = self._see(film)
        tokens = self._words(overview_text(film, title=self._title_first))
        rejected: list[Rejected] = []
        if isinstance(poster, FilmError):
            rejected.append(_reject(film, "poster", poster.what))
            poster = None
        if self._overview is not None and film.overview and tokens is None:
            rejected.append(
                _reject(film, "overview", f"overview says nothing: {film.overview[:80]!r}")
            )
        if tokens is not None and not len(tokens):
            rejected.append(_reject(film, "overview", "overview has no word in it"))
            tokens = None
        if poster is None and tokens is None:
            reads = " and ".join(f"{m}s" for m in self.bundle.modalities)
            reason = rejected[0].reason if rejected else "the film has none"
            return None, [_reject(film, "film", f"the model reads {reads}: {reason}")]
        titled = False
        # a title says too little for a film to be judged by it alone
        if (
            poster is not None
            and tokens is None
            and "title" in self.bundle.manifest.decisions_by_modality
        ):
            tokens = self._words(title_text(film))
            titled = tokens is not None
        return FilmInputs(poster, tokens, titled), rejected

    def _see(self, film: Film) -> NDArray[np.uint8] | FilmError | None:
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

    def _words(self, text: str | None) -> NDArray[np.int64] | None:
        """Tokenise a text; None where there is none, or the model reads none."""
        if self._overview is None or self.tokenizer is None or not text:
            return None
        return tokenize(self.tokenizer, [text], self._overview.max_tokens)[0]

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


class _Answered(NamedTuple):
    """A film, what of it could not be used, what the model saw, and its ``(G,)`` logits if any."""

    film: Film
    rejected: list[Rejected]
    modalities: tuple[Modality, ...]
    logits: NDArray[np.float32] | None


def _in_order(work: Callable[[_Item], _Answer], items: Iterable[_Item]) -> Iterator[_Answer]:
    """Yield what ``work`` makes of each item, in order; as many at once as there are cores."""
    pool = ThreadPoolExecutor(_cores())
    waiting: deque[Future[_Answer]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) == AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # also if nobody wants the rest
        pool.shutdown(cancel_futures=True)


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
    # a run stays on its core, and as many run at once as there are cores: threads of one run would
    # wait for each other after every node of the graph
    options.intra_op_num_threads = 1
    available = onnxruntime.get_available_providers()
    providers = [name for name in _PROVIDERS if name in available]
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=providers)
    except Exception as error:  # ONNX Runtime raises a dozen kinds without a common base
        reason = str(error).splitlines()[0][:200]
        raise BundleError(
            f"ONNX Runtime cannot read it: {reason}", where=graph, hint="export the model again"
        ) from error


def _tokenizer(path: Path, max_tokens: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise BundleError(
            f"is not a tokenizer: {error}", where=path, hint="export the model again"
        ) from error
    # here, once: several threads will use it at the same time, and none may change it under another
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    return tokenizer
