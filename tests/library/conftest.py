"""A predictor that needs no model, and folders of films."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from posterplot.films import Film, Prediction, Rejected
from posterplot.library.plan import Decision

GENRES = ("Action", "Biography", "Crime", "Drama", "Musical", "Sci-Fi")

FILM = Decision(
    path="caf\udce9/a\nb.mkv",
    title='Salt: "A"',
    year=1999,
    nfo=("caf\udce9/movie.nfo", "x.nfo"),
    poster="poster.jpg",
    genres=("Drama",),
    write=("Science Fiction", "Crime"),
    predicted=("Science Fiction", "Crime"),
    probabilities={"Sci-Fi": 0.91234567},
    action="write",
    reason="because",
)


class FakePredictor:
    """Says the same of every film; as the real one, it passes on what was rejected."""

    bundle = SimpleNamespace(manifest=SimpleNamespace(genres=GENRES))

    familiarity_outputs: tuple[str, ...] = ()

    def __init__(
        self, genres: Iterable[str] = ("Sci-Fi", "Crime"), familiar: dict[str, bool] | None = None
    ) -> None:
        self.genres = tuple(genres)
        self.familiar = familiar or {}
        if familiar is not None:
            self.familiarity_outputs = ("overview_features",)
        self.seen: list[Film] = []

    def predict(self, films: Iterable[Film | Rejected]) -> Iterator[Prediction | Rejected]:
        for film in films:
            if isinstance(film, Rejected):
                yield film
                continue
            self.seen.append(film)
            probabilities = {genre: 0.9 if genre in self.genres else 0.1 for genre in GENRES}
            yield Prediction(
                film.id,
                film.title,
                self.genres,
                probabilities,
                film.modalities,
                familiar=self.familiar.get(film.title),
            )


@pytest.fixture
def predictor() -> FakePredictor:
    return FakePredictor()


@pytest.fixture(autouse=True)
def state(tmp_path_factory, monkeypatch) -> Path:
    """The user's state folder, where the journal lies."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


def add_film(library: Path, name: str, data: bytes | None, *, nfo: str = "movie.nfo") -> Path:
    """A folder with a video and, if there is data, an NFO."""
    folder = library / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.mkv").write_bytes(b"video")
    if data is not None:
        (folder / nfo).write_bytes(data)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@contextmanager
def unreachable(folder: Path, number: int = errno.EACCES) -> Iterator[None]:
    """Make what is in a folder fail, for root as well, as where it may not be searched."""

    def failing(function):
        def call(path, *arguments, **options):
            if isinstance(path, str | os.PathLike) and folder in (Path(path), *Path(path).parents):
                raise OSError(number, os.strerror(number), str(path))
            return function(path, *arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("stat", "lstat", "open", "unlink", "listdir"):
            patch.setattr(os, name, failing(getattr(os, name)))
        yield
