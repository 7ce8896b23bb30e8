"""One film and the genres asked about -> everything that is told of them."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from posterplot.dataset.text import overview_text, title_text
from posterplot.errors import FilmError, UsageError
from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.methods.choose import choose_methods
from posterplot.explain.methods.graph_scores import TOLD, told, told_outputs
from posterplot.explain.methods.occlusion import occlusion_scorer
from posterplot.explain.methods.scores import Method, Scorer, Scores
from posterplot.explain.shapley import coalitions, empty_logits, modality_share
from posterplot.explain.word_scores import Span, word_spans, words
from posterplot.films import MODALITIES, Film, Modality
from posterplot.inference.decisions import Decisions
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs


def explain(
    predictor: Predictor,
    film: Film,
    *,
    inputs: FilmInputs | None = None,
    genres: Sequence[str] = (),
    methods: Mapping[Modality, Method] | None = None,
    scorers: Mapping[Method, Scorer] | None = None,
    empty: NDArray[np.float32] | None = None,
) -> FilmExplanation:
    """Explain what a model says of a film.

    Args:
        predictor: of a bundle.
        film: any that has something the model reads.
        inputs: ``predictor.read(film).inputs``, where the caller has it.
        genres: names; none: those decided, and where none is, the most probable one.
        methods: modality -> how it is scored; the defaults if None.
        scorers: of gradient methods, where ``methods`` names one.
        empty: ``(G,)`` of :func:`~posterplot.explain.shapley.empty_logits`, where the caller
            explains many films.

    Raises:
        FilmError: the model can use nothing of the film.
        UsageError: a genre that the model does not know.

    """
    manifest = predictor.bundle.manifest
    asked = genre_positions(manifest.genres, genres)
    if inputs is None:
        _, inputs, rejected, *_ = predictor.read(film)
        if inputs is None:
            raise FilmError(rejected[-1].reason, where=film.source or film.id)
    methods = choose_methods(predictor) if methods is None else methods
    # one run a way to show the film, not one for all: a poster alone need not pay for the tokens
    answer = predictor.run([inputs], ("logits", *told_outputs(predictor)))
    logits = answer["logits"][0]
    game = {
        (): empty_logits(predictor) if empty is None else empty,
        inputs.modalities: logits,
        **{some: predictor.run([less])["logits"][0] for some, less in coalitions(inputs).items()},
    }
    decisions = manifest.decisions_for(inputs.modalities)
    probabilities, decided = _decided(decisions, logits)
    shown = asked or decided or [int(probabilities.argmax())]
    scores = _scores(predictor, inputs, shown, answer, methods, scorers or {})
    text, spans = _read_text(predictor, film, inputs)
    explanations = []
    for k, g in enumerate(shown):
        heat = _of_genre(scores["poster"].poster, k)
        spoken = _of_genre(scores["overview"].overview, k)
        explanations.append(
            Explanation(
                genre=manifest.genres[g],
                probability=float(probabilities[g]),
                threshold=decisions.thresholds[decisions.rule][g],
                decided=g in decided,
                poster=heat,
                words=None if spoken is None else words(spans, spoken),
                share=modality_share(game, inputs.modalities, g),
                poster_method=None if heat is None else methods["poster"],
                overview_method=None if spoken is None else methods["overview"],
            )
        )
    alone = {
        shown: _decided(manifest.decisions_for(shown), game[shown])[1]
        for shown in coalitions(inputs)
    }
    without: dict[Modality, tuple[str, ...]] = {
        m: tuple(manifest.genres[g] for g in positions)
        for m in inputs.modalities
        for shown, positions in alone.items()
        if m not in shown
    }
    return FilmExplanation(
        id=film.id,
        title=film.title,
        text=text,
        modalities=inputs.modalities,
        genres=tuple(manifest.genres[g] for g in decided),
        without=without,
        explanations=tuple(explanations),
    )


def genre_positions(known: Sequence[str], names: Iterable[str]) -> list[int]:
    """Return where genres stand in a model's vocabulary, each once.

    Raises:
        UsageError: the model does not know one of them.

    """
    positions: list[int] = []
    for name in names:
        if name not in known:
            folded = {genre.casefold(): genre for genre in known}
            near = get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)
            hint = "the nearest: " + ", ".join(folded[n] for n in near)
            raise UsageError(
                f"the model does not know the genre {name!r}",
                where="--genre",
                hint=hint if near else "it knows " + ", ".join(known),
            )
        if known.index(name) not in positions:
            positions.append(known.index(name))
    return positions


def _decided(
    decisions: Decisions, logits: NDArray[np.float32]
) -> tuple[NDArray[np.float64], list[int]]:
    """Return ``(G,)`` probabilities and the genres decided, the most probable first."""
    probabilities = decisions.probabilities(logits)
    yes = decisions.decide(probabilities)
    return probabilities, [int(g) for g in np.argsort(-probabilities, kind="stable") if yes[g]]


def _scores(
    predictor: Predictor,
    inputs: FilmInputs,
    genres: Sequence[int],
    answer: Mapping[str, NDArray[np.float32]],
    methods: Mapping[Modality, Method],
    scorers: Mapping[Method, Scorer],
) -> dict[Modality, Scores]:
    """Return what each modality's method says, each method asked once."""
    said: dict[Method | None, Scores] = {None: Scores(None, None)}
    for method in methods.values():
        if method in TOLD:
            said[method] = told(answer, method, inputs, genres)
        elif method not in said:
            scorer = occlusion_scorer(predictor) if method == "occlusion" else scorers[method]
            said[method] = scorer(inputs, genres)
    return {m: said[methods.get(m)] for m in MODALITIES}


def _of_genre(scores: NDArray[np.float32] | None, k: int) -> NDArray[np.float32] | None:
    return None if scores is None else scores[k]


def _read_text(
    predictor: Predictor, film: Film, inputs: FilmInputs
) -> tuple[str | None, list[Span]]:
    """Return the text that the model read, and its words."""
    overview, tokenizer = predictor.bundle.manifest.overview, predictor.tokenizer
    if inputs.tokens is None or overview is None or tokenizer is None:
        return None, []
    text = title_text(film) if inputs.titled else overview_text(film, title=overview.title)
    spans, read = word_spans(tokenizer, text or "", overview.max_tokens)
    return read, spans
