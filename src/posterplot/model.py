"""A trained model: predict and explain films from Python."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from posterplot.dataset.poster_images import upright_size
from posterplot.errors import FilmError, UsageError
from posterplot.explain.explain import explain
from posterplot.explain.explanation import Explanation, FilmExplanation, ModalityShare
from posterplot.explain.methods.choose import GRADIENTS, choose_methods
from posterplot.explain.methods.scores import Method, Scorer
from posterplot.explain.render.heatmap import heatmap
from posterplot.extras import needs_extra
from posterplot.films import Film, Modality, Prediction, Rejected
from posterplot.inference.bundle import Bundle
from posterplot.inference.predictor import Predictor

if TYPE_CHECKING:
    from posterplot.memory_posters import Poster


@dataclass(frozen=True, slots=True)
class FilmPrediction(Prediction):
    """The genres of one film. ``pandas.DataFrame`` takes an iterable of these.

    Attributes:
        id: Id of the film; empty if it has none.
        title: Title of the film; empty if it has none.
        genres: The predicted genres, the most probable first; possibly none.
        probabilities: Genre -> calibrated probability in [0, 1]; they need not sum to 1.
        modalities: The inputs that were used: ``poster``, ``overview``, or ``title`` where it
            replaced a missing overview. Empty if nothing of the film could be used.
        guarantee: What is guaranteed of the genres, in words; empty if nothing is.
        familiar: Whether the film is like those that the model was measured on; None if unknown.
        problem: Why the film, or a part of it, could not be used; empty if all of it was.

    """

    problem: str = ""


@dataclass(frozen=True, slots=True)
class WordScore:
    """How much a word raised (positive) or lowered (negative) the score of a genre.

    Attributes:
        word: Word as it is written in the text.
        score: Score in the unit of the method; logits for ``evidence`` and ``occlusion``.
        start: Start of the word in :attr:`GenreExplanation.text`, in characters.
        end: End of the word, exclusive.

    """

    word: str
    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single truth value to compare
class GenreExplanation:
    """Why a genre was predicted or not.

    Attributes:
        genre: Name of the genre.
        probability: Calibrated, in [0, 1].
        threshold: The genre is predicted from this probability on, in [0, 1].
        decided: Whether the genre is predicted.
        decided_without: Modality -> whether the genre would be predicted without it; empty unless
            the film has both inputs.
        share: Change of the logit by each input (Shapley values).
        text: Text that the model read; None if it read no text.
        words: The words of ``text`` with their scores, in order; None without a text.
        poster_scores: ``(rows, columns)`` float32, signed; None without a poster.

    """

    genre: str
    probability: float
    threshold: float
    decided: bool
    decided_without: dict[Modality, bool]
    share: ModalityShare
    text: str | None = field(repr=False)
    words: tuple[WordScore, ...] | None = field(repr=False)
    poster_scores: NDArray[np.float32] | None = field(repr=False)
    _size: tuple[int, int] | None = field(repr=False)

    @property
    def heatmap(self) -> NDArray[np.float32] | None:
        """Where the poster raised the score of the genre, in the size of the upright poster.

        ``(H, W)`` float32 in [0, 1], relative to the largest score of this poster for this genre;
        all 0 if no part of the poster raised it. None without a poster.
        """
        if self.poster_scores is None or self._size is None:
            return None
        return heatmap(self.poster_scores, *self._size)


class Model:
    """A trained model. Load one with :func:`posterplot.load`. Several threads may share it.

    Attributes:
        name: Name in the configuration of the model.
        genres: The genres that it knows.
        modalities: Inputs that it reads: ``poster``, ``overview`` or both.
        bundle: Bundle of the model.

    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.name: str = bundle.manifest.name
        self.genres: tuple[str, ...] = bundle.manifest.genres
        self.modalities: tuple[Modality, ...] = bundle.modalities
        self._predictor = Predictor(bundle)

    def __reduce__(self) -> tuple[type["Model"], tuple[Bundle]]:
        """Pickle the bundle, whose files are read again: for processes of this machine."""
        return type(self), (self.bundle,)

    def __repr__(self) -> str:
        """Show the name, the inputs and the number of genres."""
        inputs = " and ".join(self.modalities)
        return f"<Model {self.name}: {inputs} -> {len(self.genres)} genres>"

    def predict(
        self, *, poster: "Poster | None" = None, overview: str | None = None, title: str = ""
    ) -> FilmPrediction:
        """Predict the genres of one film from its poster, its overview, or both.

        Args:
            poster: A file (``str`` or ``Path``), the bytes of one (JPEG, PNG, WebP, …), a
                ``PIL.Image``, or an array ``(H, W, 3)`` uint8 in RGB.
            overview: Plot summary.
            title: Helps most where the overview is missing.

        Raises:
            UsageError: Neither a poster nor an overview, or a poster of another type.
            FilmError: The poster or the overview cannot be used.

        Examples:
            >>> import posterplot as pp
            >>> model = pp.load()
            >>> film = model.predict(overview="A cook inherits a ship and falls in love.")
            >>> film.genres[0] in model.genres, 0 <= film.probabilities["Romance"] <= 1
            (True, True)

        """
        [film] = self.predict_many([_film(poster, overview, title)])
        if film.problem:
            raise FilmError(film.problem)
        return film

    def predict_many(self, films: Iterable[Film | Rejected]) -> Iterator[FilmPrediction]:
        """Predict films in order, several at once. Memory use does not grow with their number.

        A film that cannot be used does not stop the others; its ``problem`` says why.

        Args:
            films: Films returned by :func:`posterplot.read_catalogue`, or objects of
                :class:`posterplot.Film`.

        Yields:
            One prediction per film.

        Examples:
            >>> import posterplot as pp
            >>> model = pp.load()
            >>> for film in model.predict_many(pp.read_catalogue("examples/films.csv")):
            ...     if film.problem:
            ...         print(film.title, film.problem)

        """
        problems: list[str] = []
        for item in self._predictor.predict(_checked(films)):
            if isinstance(item, Rejected):
                if item.part != "film":
                    problems.append(item.reason)
                    continue  # the film itself comes next
                problems = [item.reason]  # which names its parts
                item = Prediction(item.id, item.title, (), {}, ())
            yield FilmPrediction(**asdict(item), problem="; ".join(problems))
            problems = []

    def explain(
        self,
        *,
        poster: "Poster | None" = None,
        overview: str | None = None,
        title: str = "",
        genres: Sequence[str] | None = (),
        method: Method | None = None,
    ) -> dict[str, GenreExplanation]:
        """Explain why the model predicts genres of a film, or why it does not.

        Args:
            poster: See :meth:`predict`.
            overview: See :meth:`predict`.
            title: See :meth:`predict`.
            genres: Which to explain, in any usual spelling: "scifi" is Sci-Fi. If empty, the
                predicted ones or else the most probable one.
            method: ``evidence``, ``attention`` or ``occlusion``; for a run with its checkpoint also
                ``grad-cam`` and ``integrated-gradients``, which need ``posterplot[train]``. By
                default the most faithful one that the model offers.

        Returns:
            Genre, as the model names it -> explanation.

        Raises:
            UsageError: As for :meth:`predict`; an unknown genre; a method that this model lacks.
            FilmError: The poster or the overview cannot be used.

        Examples:
            >>> import posterplot as pp
            >>> model = pp.load()
            >>> why = model.explain(overview="A cook inherits a salt ship.", genres=["Drama"])
            >>> [word.word for word in why["Drama"].words]
            ['A', 'cook', 'inherits', 'a', 'salt', 'ship', '.']

        """
        film = _film(poster, overview, title)
        read = self._predictor.read(film)
        if read.rejected:
            raise FilmError("; ".join(part.reason for part in read.rejected))
        scorers: Mapping[Method, Scorer] = {}
        run = self.bundle.path.parent
        if method in GRADIENTS and (run / "checkpoints").is_dir():
            with needs_extra("train"):
                from posterplot.explain.methods.gradients import gradient_scorers

                scorers = gradient_scorers(run)
        explained = explain(
            self._predictor,
            read,
            genres=[genres] if isinstance(genres, str) else () if genres is None else genres,
            methods=choose_methods(self._predictor, method, scorers),
            scorers=scorers,
        )
        size = None
        if film.poster is not None and "poster" in self.modalities:
            size = upright_size(film.poster)
        return {e.genre: _genre_explanation(e, explained, size) for e in explained.explanations}


def _genre_explanation(
    e: Explanation, film: FilmExplanation, size: tuple[int, int] | None
) -> GenreExplanation:
    words = None
    if e.words is not None and film.text is not None:
        text = film.text
        words = tuple(WordScore(text[w.start : w.end], w.score, w.start, w.end) for w in e.words)
    return GenreExplanation(
        genre=e.genre,
        probability=e.probability,
        threshold=e.threshold,
        decided=e.decided,
        decided_without={m: e.genre in genres for m, genres in film.without.items()},
        share=e.share,
        text=film.text,
        words=words,
        poster_scores=e.poster,
        _size=size,
    )


def _checked(films: Iterable[Film | Rejected]) -> Iterator[Film | Rejected]:
    """Yield the films.

    Raises:
        UsageError: One is of another type, such as the name of a column of a data frame.

    """
    hint = "give films: posterplot.read_catalogue(FILE), or a list of posterplot.Film"
    if isinstance(films, Film) or not isinstance(films, Iterable):
        raise UsageError("predict_many takes several films", argument="films", hint=hint)
    for item in films:
        if not isinstance(item, Film | Rejected):
            what = f"a film is of the type {type(item).__name__}"
            raise UsageError(what, argument="films", hint=hint)
        yield item


def _film(poster: "Poster | None", overview: str | None, title: str) -> Film:
    if poster is None and (overview is None or (isinstance(overview, str) and not overview)):
        raise UsageError(
            "neither a poster nor an overview was given", hint="pass poster=, overview= or both"
        )
    return Film("", title, overview=overview, poster=poster)
