"""Explain the genres of one film."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from posterplot.errors import FilmError, UsageError
from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.methods.choose import choose_methods
from posterplot.explain.methods.graph_scores import GRAPH_METHODS, graph_scores, score_outputs
from posterplot.explain.methods.occlusion import occlusion_scorer
from posterplot.explain.methods.scores import Method, Scorer, Scores
from posterplot.explain.shapley import Game, empty_logits, modality_share, single_inputs
from posterplot.explain.word_scores import Span, score_words, word_spans
from posterplot.films import MODALITIES, Film, Modality
from posterplot.inference.decisions import Decisions
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs, ReadFilm


def explain(
    predictor: Predictor,
    film: Film | ReadFilm,
    *,
    genres: Sequence[str] = (),
    methods: Mapping[Modality, Method] | None = None,
    scorers: Mapping[Method, Scorer] | None = None,
    empty: NDArray[np.float32] | None = None,
) -> FilmExplanation:
    """Explain the genres of a film.

    Args:
        predictor: Predictor of a bundle.
        film: Film with an input that the model reads; or the result of ``predictor.read``, so that
            the film is not read again.
        genres: Names. By default the predicted genres or, without any, the most probable one.
        methods: Modality -> method; the defaults if None.
        scorers: Gradient method -> scorer, for the gradient methods in ``methods``.
        empty: ``(G,)`` from :func:`~posterplot.explain.shapley.empty_logits`, to compute it only
            once for many films.

    Raises:
        FilmError: The model can use nothing of the film.
        UsageError: The model does not know a genre.

    """
    manifest = predictor.bundle.manifest
    chosen = genre_positions(manifest.genres, genres)
    read = predictor.read(film) if isinstance(film, Film) else film
    film, inputs = read.film, read.inputs
    if inputs is None:
        raise FilmError(read.rejected[-1].reason, where=film.source or film.id)
    methods = choose_methods(predictor) if methods is None else methods
    # one run per subset of the inputs, so that a lone poster does not run the overview encoder
    names = ("logits", *score_outputs(predictor), *predictor.familiarity_outputs)
    outputs = predictor.run([inputs], names)
    logits = outputs["logits"][0]
    game: Game = {
        (): empty_logits(predictor) if empty is None else empty,
        inputs.modalities: logits,
        **{m: predictor.run([one])["logits"][0] for m, one in single_inputs(inputs).items()},
    }
    decisions = manifest.decisions_for(inputs.modalities)
    probabilities, decided = _decide(decisions, logits)
    positions = chosen or decided or [int(probabilities.argmax())]
    scores = _scores(predictor, inputs, positions, outputs, methods, scorers or {})
    text: str | None = None
    spans: list[Span] = []
    if read.text is not None and read.encoding is not None:
        spans, text = word_spans(read.encoding, read.text)
    explanations = []
    for k, g in enumerate(positions):
        heat = _of_genre(scores["poster"].poster, k)
        token_scores = _of_genre(scores["overview"].overview, k)
        explanations.append(
            Explanation(
                genre=manifest.genres[g],
                probability=float(probabilities[g]),
                threshold=decisions.thresholds[decisions.rule][g],
                decided=g in decided,
                poster=heat,
                words=None if token_scores is None else score_words(spans, token_scores),
                share=modality_share(game, inputs.modalities, g),
                poster_method=None if heat is None else methods["poster"],
                overview_method=None if token_scores is None else methods["overview"],
            )
        )
    return FilmExplanation(
        id=film.id,
        title=film.title,
        text=text,
        modalities=inputs.modalities,
        genres=tuple(manifest.genres[g] for g in decided),
        without=_genres_without(predictor, read, inputs, game),
        explanations=tuple(explanations),
        familiar=predictor.is_familiar(inputs.modalities, outputs),
    )


def genre_positions(known: Sequence[str], names: Iterable[str]) -> list[int]:
    """Return the indices of genres in a model's vocabulary, without duplicates.

    Args:
        known: Genres of the model.
        names: Their names, in any spelling or vocabulary: "scifi" and "Science Fiction" are Sci-Fi.

    Raises:
        UsageError: The model does not know one of them.

    """
    from posterplot.catalogue.vocabularies import genre_finder  # most predictions name no genre

    find = genre_finder(known)
    found: dict[str, None] = {}
    for name in names:
        if not isinstance(name, str):
            raise UsageError(f"a genre is not text: {name!r}", argument="genres", hint="give names")
        genre = find(name)
        if genre is None:
            near = _nearest(known, name)
            raise UsageError(
                f"the model does not know the genre {name!r}",
                argument="genres",
                hint=("the nearest: " if near else "it knows ") + ", ".join(near or known),
            )
        found[genre] = None
    return [known.index(genre) for genre in found]


def _nearest(known: Sequence[str], name: str) -> list[str]:
    """Return the genres that a name stands for together, or else those of similar spelling."""
    from posterplot.catalogue.vocabularies import genre_finder, to_imdb

    find = genre_finder(known)
    meant = [genre for part in to_imdb(name) or () if (genre := find(part)) is not None]
    folded = {genre.casefold(): genre for genre in known}
    near = get_close_matches(name.casefold(), folded, n=3, cutoff=0.7)
    return meant or [folded[genre] for genre in near]


def _decide(
    decisions: Decisions, logits: NDArray[np.float32]
) -> tuple[NDArray[np.float64], list[int]]:
    """Return the ``(G,)`` probabilities, and the predicted genres, the most probable first."""
    probabilities = decisions.probabilities(logits)
    yes = decisions.decide(probabilities)
    return probabilities, [int(g) for g in np.argsort(-probabilities, kind="stable") if yes[g]]


def _genres_without(
    predictor: Predictor, read: ReadFilm, inputs: FilmInputs, game: Game
) -> dict[Modality, tuple[str, ...]]:
    """Return, for each of the two inputs, the genres that the model predicts without it."""
    manifest = predictor.bundle.manifest
    found: dict[Modality, tuple[str, ...]] = {}
    for modality in inputs.modalities if len(inputs.modalities) > 1 else ():
        left = predictor.reader.without(read, modality)
        if left is None:
            continue
        # a title that replaces the overview is not an input of its own here
        logits = game.get(left.modalities)
        logits = predictor.run([left])["logits"][0] if logits is None else logits
        _, decided = _decide(manifest.decisions_for(left.modalities), logits)
        found[modality] = tuple(manifest.genres[g] for g in decided)
    return found


def _scores(
    predictor: Predictor,
    inputs: FilmInputs,
    genres: Sequence[int],
    outputs: Mapping[str, NDArray[np.float32]],
    methods: Mapping[Modality, Method],
    scorers: Mapping[Method, Scorer],
) -> dict[Modality, Scores]:
    """Return the scores of each modality. A method that scores both modalities runs once."""
    found: dict[Method | None, Scores] = {None: Scores(None, None)}
    for method in methods.values():
        if method in GRAPH_METHODS:
            found[method] = graph_scores(outputs, method, inputs, genres)
        elif method not in found:
            scorer = occlusion_scorer(predictor) if method == "occlusion" else scorers[method]
            found[method] = scorer(inputs, genres)
    return {m: found[methods.get(m)] for m in MODALITIES}


def _of_genre(scores: NDArray[np.float32] | None, k: int) -> NDArray[np.float32] | None:
    return None if scores is None else scores[k]
