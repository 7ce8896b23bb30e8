"""Predict films with a bundle, on ONNX Runtime.

``evaluate`` and training's calibration use this class too, so that what is measured is what ships.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from posterplot.dataset.tokens import pad
from posterplot.errors import BundleError
from posterplot.films import MODALITIES, Film, Modality, Prediction, Rejected
from posterplot.inference.bundle import Bundle
from posterplot.inference.bundle_checks import check_nodes
from posterplot.inference.familiarity import read_familiarity
from posterplot.inference.in_order import in_order
from posterplot.inference.reader import FilmInputs, Reader, ReadFilm
from posterplot.inference.session import open_session

# Number of films read ahead of the one yielded next, so that a slow film does not idle the cores.
AHEAD = 32

# By default, ONNX Runtime computes every output of a graph.
_REQUESTED_ONLY = onnxruntime.RunOptions()
_REQUESTED_ONLY.only_execute_path_to_fetches = True

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Predictor:
    """An ONNX Runtime session over one bundle; safe to use from several threads.

    Args:
        bundle: A bundle from :func:`posterplot.inference.bundle.load_bundle`.
        threads: Number of films that are predicted at the same time; by default one for each core.

    Attributes:
        outputs: Names of the graph's outputs: logits and, if the head has them,
            poster_attention, overview_attention, poster_evidence, overview_evidence,
            poster_features, overview_features, poster_parts, overview_parts.
        features: Modality -> D, the width of its pooled features; empty if the graph has none.
        reader: Turns films into inputs.
        tokenizer: Tokenizer of the reader; None if the model reads no text.

    Raises:
        BundleError: ONNX Runtime cannot read the graph or ``tokenizers`` the tokenizer.

    """

    def __init__(self, bundle: Bundle, *, threads: int | None = None) -> None:
        self.bundle = bundle
        self._threads = threads
        self.reader = Reader(bundle)
        self.tokenizer = self.reader.tokenizer
        self._session = open_session(bundle.graph)
        poster = bundle.manifest.poster
        check_nodes(
            self._session.get_inputs(),
            self._session.get_outputs(),
            genres=len(bundle.manifest.genres),
            poster=None if poster is None else (poster.height, poster.width),
            text=bundle.manifest.overview is not None,
            where=bundle.graph,
        )
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._familiarity = read_familiarity(bundle.familiarity, bundle.manifest.features)
        nodes = {node.name: node for node in self._session.get_outputs()}
        self.outputs: tuple[str, ...] = tuple(nodes)
        self.features: dict[Modality, int] = {
            modality: nodes[name].shape[1]
            for modality in MODALITIES
            if (name := features_output(modality)) in nodes
        }

    def predict(self, films: Iterable[Film | Rejected]) -> Iterator[Prediction | Rejected]:
        """Predict films in order, several in parallel. Memory use does not grow with their number.

        Each film is a run of its own on one core. So a prediction does not depend on the other
        films, nothing is padded, and no core waits for another.

        Args:
            films: Any number of films. What a catalogue rejected is passed on in its position.

        Yields:
            A :class:`Prediction` for each film that has an input the model reads, and a
            :class:`Rejected` for each film, or part of a film, that cannot be used. A film with a
            broken poster and a good overview gives both, the rejection first.

        """
        for item in self._in_order(self._predict_one, films):
            if isinstance(item, Rejected):
                yield item
                continue
            yield from item.rejected
            if item.logits is not None:
                yield self._decide(item, item.logits)

    def logits(self, films: Iterable[Film]) -> tuple[list[Film], NDArray[np.float32]]:
        """Return the N usable films, and their raw ``(N, G)`` float32 logits."""
        used, rows = self.outputs_of(films, ["logits"])
        return used, rows["logits"]

    def outputs_of(
        self, films: Iterable[Film], outputs: Sequence[str]
    ) -> tuple[list[Film], dict[str, NDArray[np.float32]]]:
        """Return the N usable films, and outputs of the graph with one row per film.

        Args:
            films: Any number of films.
            outputs: Names, out of logits, poster_features and overview_features. The graph
                computes only these.

        Returns:
            The films, without the posters and overviews that the model could not read, and name ->
            ``(N, G)`` or ``(N, D)`` float32. Features of an input that a film lacks are zeros.

        Example:
            >>> from posterplot.inference.bundle import load_bundle, shipped_bundle
            >>> predictor = Predictor(load_bundle(shipped_bundle()))
            >>> film = Film("1", overview="A cook inherits a ship and sails away.")
            >>> films, rows = predictor.outputs_of([film], ["logits"])
            >>> rows["logits"].shape
            (1, 21)

        """

        def work(film: Film) -> tuple[Film, tuple[NDArray[np.float32], ...]] | None:
            inputs = self.reader.read(film).inputs  # the decoded poster is not kept
            if inputs is None:
                return None
            row = tuple(value[0] for value in self.run([inputs], outputs).values())
            unread = {*film.modalities} & {*self.bundle.modalities} - {*inputs.modalities}
            if "poster" in unread:
                film = replace(film, poster=None)
            if "overview" in unread:
                film = replace(film, overview=None)
            return film, row

        found = [pair for pair in self._in_order(work, films) if pair is not None]
        return [film for film, _ in found], {
            name: self._rows([row[n] for _, row in found], self._width(name))
            for n, name in enumerate(outputs)
        }

    def logits_of(self, inputs: Iterable[FilmInputs]) -> NDArray[np.float32]:
        """Return the raw ``(N, G)`` float32 logits of N films that are read already."""
        return self._rows(list(self._in_order(self._run_one, inputs)), self._width("logits"))

    @property
    def genres(self) -> tuple[str, ...]:
        """The G genres of the bundle."""
        return self.bundle.manifest.genres

    def read(self, film: Film) -> ReadFilm:
        """Decode and tokenise the inputs of a film; see :meth:`Reader.read`."""
        return self.reader.read(film)

    def _in_order(
        self, work: Callable[[_Item], _Result], items: Iterable[_Item]
    ) -> Iterator[_Result]:
        return in_order(work, items, AHEAD, self._threads)

    def _predict_one(self, film: Film | Rejected) -> "_FilmLogits | Rejected":
        if isinstance(film, Rejected):
            return film
        _, inputs, rejected, *_ = self.reader.read(film)  # the decoded poster is not kept
        if inputs is None:
            return _FilmLogits(film, rejected, (), None)
        modalities = inputs.modalities
        values = self.run([inputs], ("logits", *self.familiarity_outputs))
        familiar = self.is_familiar(modalities, values)
        return _FilmLogits(film, rejected, modalities, values["logits"][0], familiar)

    @property
    def familiarity_outputs(self) -> tuple[str, ...]:
        """Names of the outputs that :meth:`is_familiar` reads; empty if the bundle cannot say."""
        if self._familiarity is None:
            return ()
        return tuple(map(features_output, self.features))

    def is_familiar(
        self, modalities: Sequence[Modality], outputs: Mapping[str, NDArray[np.float32]]
    ) -> bool | None:
        """Return whether a film is like the validation films; None if unknown.

        Args:
            modalities: The inputs used.
            outputs: Outputs of :meth:`run` for this film alone, including ``familiarity_outputs``.

        """
        if self._familiarity is None:
            return None
        features = {m: outputs[features_output(m)][0] for m in self.features}
        return self._familiarity.is_familiar(tuple(modalities), features)

    def _run_one(self, inputs: FilmInputs) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self.run([inputs])["logits"][0]
        return row

    def _width(self, output: str) -> int:
        widths = {features_output(modality): width for modality, width in self.features.items()}
        return widths.get(output, len(self.bundle.manifest.genres))

    def _rows(self, rows: Sequence[NDArray[np.float32]], width: int) -> NDArray[np.float32]:
        return np.stack(rows) if rows else np.zeros((0, width), np.float32)

    def _decide(self, item: "_FilmLogits", logits: NDArray[np.float32]) -> Prediction:
        manifest = self.bundle.manifest
        genres = manifest.genres
        decisions = manifest.decisions_for(item.modalities)
        row = decisions.probabilities(logits)
        decided = decisions.decide(row)
        by_probability = np.argsort(-row, kind="stable")
        return Prediction(
            id=item.film.id,
            title=item.film.title,
            genres=tuple(genres[g] for g in by_probability if decided[g]),
            probabilities={name: float(p) for name, p in zip(genres, row, strict=True)},
            modalities=item.modalities,
            guarantee=decisions.guarantee_text,
            familiar=item.familiar,
        )

    def run(
        self, inputs: Sequence[FilmInputs], outputs: Sequence[str] = ("logits",)
    ) -> dict[str, NDArray[np.float32]]:
        """Run the graph on a batch of B films, B ≥ 1; absent inputs are masked.

        Args:
            inputs: B films. For one with neither input the logits are those of the graph with
                everything masked: what it gives before it sees a film.
            outputs: Names, of ``self.outputs``.

        Returns:
            Name -> array: logits ``(B, G)``; attention and evidence ``(B, G, P)`` over the
            poster's patches and ``(B, G, T)`` over tokens, T that of the longest text; features
            ``(B, D)``; their parts ``(B, P, D)`` and ``(B, T, D)``.

        """
        feed: dict[str, NDArray[Any]] = {}
        poster = self.bundle.manifest.poster
        if poster is not None:
            blank = np.zeros((3, poster.height, poster.width), np.uint8)
            if "poster_present" in self._inputs:  # the graph takes only the posters that exist
                shown = [i.poster for i in inputs if i.poster is not None]
            else:
                shown = [blank if i.poster is None else i.poster for i in inputs]
            feed["posters"] = np.stack(shown or [blank])
            feed["poster_present"] = np.array([i.poster is not None for i in inputs])
        if self.bundle.manifest.overview is not None:
            none = np.zeros(0, np.int64)
            rows = [none if i.tokens is None else i.tokens for i in inputs]
            feed["tokens"], feed["token_mask"] = pad(rows)
        wanted = {name: value for name, value in feed.items() if name in self._inputs}
        try:
            found = self._session.run(list(outputs), wanted, _REQUESTED_ONLY)
        # ONNX Runtime raises a dozen types of errors without a common base
        except Exception as error:
            raise BundleError(
                f"ONNX Runtime cannot run it: {str(error).splitlines()[0][:200]}",
                where=self.bundle.graph,
                hint="give the program more memory, or export the model again",
            ) from error
        values = dict(zip(outputs, found, strict=True))
        if "logits" in values and not np.isfinite(values["logits"]).all():
            raise BundleError(
                "gives values that are not numbers",
                where=self.bundle.graph,
                hint="train the model again",
            )
        return values


def features_output(modality: Modality) -> str:
    """Return the name of the graph's output with the pooled features of a modality."""
    return f"{modality}_features"


class _FilmLogits(NamedTuple):
    """A film with its rejected parts, the inputs used, ``(G,)`` logits, and its familiarity."""

    film: Film
    rejected: list[Rejected]
    modalities: tuple[Modality, ...]
    logits: NDArray[np.float32] | None
    familiar: bool | None = None
