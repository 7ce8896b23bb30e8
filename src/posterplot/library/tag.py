"""Predict the genres that a media library lacks, and write them."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from posterplot.errors import FilmError
from posterplot.films import Film, Prediction, Rejected
from posterplot.inference.familiarity import UNFAMILIAR
from posterplot.inference.predictor import Predictor
from posterplot.library.find import Found, LeftOut, find_films, library_root
from posterplot.library.genre_names import genre_names
from posterplot.library.journal import (
    Change,
    Record,
    films_of,
    locked,
    recording,
    runs,
    sweeping,
)
from posterplot.library.plan import Candidate, Decision, Mode, Wishes, consider, decide
from posterplot.library.undo import WRITERS, batches, restore, state_of
from posterplot.library.write import create_file, replace_file


def tag(
    library: Path,
    predictor: Predictor,
    *,
    write: bool = False,
    mode: Mode = "missing",
    names: str = "tmdb",
    series: bool = False,
    create: bool = False,
    tags: bool = False,
    all_films: bool = False,
) -> Generator[Decision]:
    """Go through a media library, and say of each film what becomes of it; with ``write`` do it.

    A film is done when its decision is yielded, or within the next few; all are when the last one
    is. What was begun when a run was stopped is finished by the next.

    Args:
        library: the folder.
        predictor: of the genres.
        write: whether to change files, rather than only to say what would be changed.
        mode: write genres where there are none ("missing"), add to those there, or replace them.
        names: the genre names to write: ``tmdb``, ``imdb`` or the path of a TOML file.
        series: whether series are tagged as well as films.
        create: whether a film without an NFO gets one.
        tags: whether a genre without such a name is written as a tag.
        all_films: whether films without an NFO are predicted, though nothing is written for them.

    Yields:
        A decision for each film, in the order of their paths.

    Raises:
        UsageError: the library is no folder, or the options do not go together.
        OutputError: the journal cannot be written.

    """
    root = library_root(library)
    genres = predictor.bundle.manifest.genres
    wishes = Wishes(
        mode,
        {
            "film": genre_names(names, genres),
            "series": genre_names(names, genres, series=True),
        },
        create=create,
        tags=tags,
        all_films=all_films,
    )
    found = find_films(root, series=series)
    if not write:
        yield from _decisions(found, root, predictor, wishes)
        return
    with ExitStack() as stack:
        folder = stack.enter_context(locked(root))
        stack.enter_context(sweeping(folder, root))
        _finish(folder, root)
        record = stack.enter_context(recording(folder, root))
        pool = stack.enter_context(ThreadPoolExecutor(WRITERS))
        written: Iterator[Decision] = iter(())
        for batch in batches(_decisions(found, root, predictor, wishes)):
            last, written = written, _carry_out(batch, root, record, pool)
            yield from last  # while this batch is written, the next is predicted
        yield from written


def _decisions(
    found: Iterable[Found | LeftOut], root: Path, predictor: Predictor, wishes: Wishes
) -> Iterator[Decision]:
    """Decide on each film in order; as many wait for the model as it reads ahead."""
    waiting: dict[str, Candidate | Decision] = {}

    def ask() -> Iterator[Film | Rejected]:
        for n, film in enumerate(found):
            considered = consider(film, root, wishes)
            waiting[str(n)] = considered
            if isinstance(considered, Decision):  # it needs no model, and only waits its turn
                yield Rejected(str(n), "", "", "film", "")
            else:
                yield replace(considered.film, id=str(n))

    problem = ""
    for answer in predictor.predict(ask()):
        if isinstance(answer, Rejected) and answer.part != "film":
            problem = f"{answer.part}: {answer.reason}"  # the film itself comes next
            continue
        considered = waiting.pop(answer.id)
        if isinstance(considered, Decision):
            yield considered
        elif isinstance(answer, Prediction):
            decision = decide(considered, answer, root, wishes)
            strange = UNFAMILIAR if answer.familiar is False else ""
            reason = "; ".join(part for part in (decision.reason, problem, strange) if part)
            yield replace(decision, reason=reason)
        else:
            yield replace(considered.decision, reason=answer.reason, fault=True)
        problem = ""


def _carry_out(
    batch: list[Decision], root: Path, record: Record, pool: ThreadPoolExecutor
) -> Iterator[Decision]:
    """Record what is to be done to films, and do it; return the decisions as they came out."""
    changes = [decision.changes for decision in batch if decision.changes]
    if changes:
        record(changes)
    return pool.map(lambda decision: _write_film(decision, root), batch)


def _write_film(decision: Decision, root: Path) -> Decision:
    """Write a film's files; return the decision as it came out.

    Where one of two NFOs cannot be written the other is restored: they would contradict each other.
    """
    for n, change in enumerate(decision.changes):
        try:
            _write(root, change)
        except FilmError as error:
            reason = f"{Path(change.path).name} {error.what}"
            for earlier in decision.changes[:n]:
                undone = restore(root, earlier)
                if undone is not None and not undone.restored:
                    reason += f"; {Path(earlier.path).name} has the new genres, and {undone.reason}"
            return replace(decision, action="skip", reason=reason, fault=True)
    return decision


def _write(root: Path, change: Change) -> None:
    path = root / change.path
    if change.old is None:
        create_file(path, change.new)
    else:
        replace_file(path, change.old, change.new)


def _finish(folder: Path, root: Path) -> None:
    """Finish the films of which a run that was stopped wrote one NFO of two."""
    there = runs(folder)
    if not there or there[-1].ended:
        return
    for changes in films_of(there[-1].path):
        states = [state_of(root, change) for change in changes]
        for change, state in zip(changes, states, strict=True):
            if state == "old" and "new" in states:
                with suppress(FilmError):  # the plan that follows says what is wrong with the film
                    _write(root, change)
