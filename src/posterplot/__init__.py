"""posterplot: predict the genres of a film from its poster and its overview.

>>> import posterplot as pp
>>> model = pp.load()
>>> overview = "A cook inherits a ship and sails away."
>>> film = model.predict(poster="examples/salt-ship.jpg", overview=overview)
>>> film.modalities
('poster', 'overview')

A name is imported when it is first used, so ``import posterplot`` itself is fast. :func:`prepare`
needs ``posterplot[adapt]``, :func:`train` ``posterplot[train]``, and :func:`evaluate`
``posterplot[parquet]``.
"""

TYPE_CHECKING = False  # like typing.TYPE_CHECKING, without the cost of importing typing
if TYPE_CHECKING:
    from posterplot.api import evaluate, load, prepare, read_catalogue, train
    from posterplot.errors import FilmError, PosterplotError
    from posterplot.evaluation_result import Estimate, EvaluationResult
    from posterplot.explain.explanation import ModalityShare
    from posterplot.films import Film, Rejected
    from posterplot.model import FilmPrediction, GenreExplanation, Model, WordScore

__version__ = "0.1.0"

__all__ = [
    "Estimate",
    "EvaluationResult",
    "Film",
    "FilmError",
    "FilmPrediction",
    "GenreExplanation",
    "ModalityShare",
    "Model",
    "PosterplotError",
    "Rejected",
    "WordScore",
    "__version__",
    "evaluate",
    "load",
    "prepare",
    "read_catalogue",
    "train",
]

_MODULES = {
    "api": ("evaluate", "load", "prepare", "read_catalogue", "train"),
    "errors": ("FilmError", "PosterplotError"),
    "evaluation_result": ("Estimate", "EvaluationResult"),
    "explain.explanation": ("ModalityShare",),
    "films": ("Film", "Rejected"),
    "model": ("FilmPrediction", "GenreExplanation", "Model", "WordScore"),
}

if not TYPE_CHECKING:  # otherwise a type checker would accept any name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        for module, names in _MODULES.items():
            if name in names:
                value = getattr(import_module(f"posterplot.{module}"), name)
                globals()[name] = value  # later look-ups find it without this function
                return value
        raise AttributeError(f"module 'posterplot' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
