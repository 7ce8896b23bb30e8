"""Predict the missing genres of a media library, and write them."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from posterplot.errors import FilmError, UsageError
from posterplot.films import Film, Prediction, Rejected
from posterplot.inference.familiarity import UNFAMILIAR
from posterplot.inference.predictor import Predictor
from posterplot.inference.settings import guarantees_nothing
from posterplot.library.find import Found, LeftOut, find_films, library_root
from posterplot.library.genre_names import genre_names
from posterplot.library.journal import Change, Record, films_of, record_run, runs
from posterplot.library.journal_folder import lock_journal, remove_leftovers
from posterplot.library.plan import Candidate, Decision, Mode, TagOptions, decide, read_candidate
from posterplot.library.undo import WRITERS, batches, restore, state_of
from posterplot.library.write import create_file, read_file, replace_file


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
    only_familiar: bool = False,
) -> Generator[Decision]:
    """Decide which genres to write for each film of a media library, and write them with ``write``.

    When a decision is yielded, its film is written, or will be with the current batch. When the
    last one is yielded, all films are written. The next run completes a run that was stopped.

    Args:
        library: Folder of the library.
        predictor: Predictor of the genres.
        write: Whether to change files, rather than only to report what would be changed.
        mode: Write genres where there are none (``missing``), add to the existing ones, or replace
            them.
        names: The genre names to write: ``tmdb``, ``imdb`` or the path of a TOML file.
        series: Whether series are tagged as well as films.
        create: Whether an NFO is created for a film that has none.
        tags: Whether a genre without such a name is written as a tag.
        all_films: Whether films without an NFO are predicted too, though nothing is written.
        only_familiar: Whether films unlike those that the model was measured on are left out.

    Yields:
        A decision for each film, in the order of their paths.

    Raises:
        UsageError: The library is not a folder, or the model cannot say which films are familiar.
        OutputError: The journal cannot be written.

    """
    root = library_root(library)
    if only_familiar and not predictor.familiarity_outputs:
        raise UsageError(
            "this model cannot say which films are like those that it was measured on",
            argument="only_familiar",
            hint="leave it out, or fit the model with posterplot calibrate",
        )
    genres = predictor.bundle.manifest.genres
    options = TagOptions(
        mode,
        {
            "film": genre_names(names, genres),
            "series": genre_names(names, genres, series=True),
        },
        create=create,
        tags=tags,
        all_films=all_films,
        only_familiar=only_familiar,
        write=write,
    )
    found = find_films(root, series=series)
    if not write:
        yield from _decisions(found, root, predictor, options)
        return
    with ExitStack() as stack:
        folder = stack.enter_context(lock_journal(root))
        stack.enter_context(remove_leftovers(folder, root))
        _complete_last_run(folder, root)
        record = stack.enter_context(record_run(folder, root))
        pool = stack.enter_context(ThreadPoolExecutor(WRITERS))
        written: Iterator[Decision] = iter(())
        try:
            for batch in batches(_decisions(found, root, predictor, options)):
                last, written = written, _write_batch(batch, root, record, pool)
                yield from last  # the next batch is predicted while this one is written
        except Exception:
            yield from written  # these films are written, whatever happened to the next ones
            raise
        yield from written


def _decisions(
    found: Iterable[Found | LeftOut], root: Path, predictor: Predictor, options: TagOptions
) -> Iterator[Decision]:
    """Decide on each film in order; the predictor reads some films ahead."""
    waiting: dict[str, Candidate | Decision] = {}

    def films() -> Iterator[Film | Rejected]:
        for n, film in enumerate(found):
            planned = read_candidate(film, root, options)
            waiting[str(n)] = planned
            # no prediction is needed; going through here keeps the order
            if isinstance(planned, Decision):
                yield Rejected(str(n), "", "", "film", "")
            else:
                yield replace(planned.film, id=str(n))

    problem = ""
    for result in predictor.predict(films()):
        if isinstance(result, Rejected) and result.part != "film":
            problem = result.reason  # the film itself follows
            continue
        planned = waiting.pop(result.id)
        if isinstance(planned, Decision):
            yield planned
        elif isinstance(result, Prediction):
            decision = decide(planned, result, root, options)
            warn = result.familiar is False and not decision.unfamiliar
            unfamiliar = UNFAMILIAR if warn else ""
            reason = "; ".join(part for part in (decision.reason, problem, unfamiliar) if part)
            unnamed = result.guarantee if guarantees_nothing(result.guarantee) else ""
            yield replace(decision, reason=reason, unnamed=unnamed)
        else:
            yield replace(planned.decision, reason=result.reason, is_error=True)
        problem = ""


def _write_batch(
    batch: list[Decision], root: Path, record: Record, pool: ThreadPoolExecutor
) -> Iterator[Decision]:
    """Record the changes to films in the journal, and write them; return the outcomes."""
    changes = [decision.changes for decision in batch if decision.changes]
    if changes:
        record(changes)
    return _outcomes(pool.map(lambda decision: _write_film(decision, root), batch), root, record)


def _outcomes(written: Iterable[Decision], root: Path, record: Record) -> Iterator[Decision]:
    """Yield the films of a batch, and record which changes were not made after all."""
    failed = []
    for decision in written:
        if decision.action != "write":
            failed += [c.path for c in decision.changes if _is_unwritten(root, c)]
        yield decision
    if failed:
        record(failed=failed)


def _is_unwritten(root: Path, change: Change) -> bool:
    """Return whether a change was certainly not made."""
    if state_of(root, change) != "other":
        return state_of(root, change) == "old"
    with suppress(FilmError):  # where it cannot be read, undo examines it again
        return read_file(root / change.path).data != change.new
    return False


def _write_film(decision: Decision, root: Path) -> Decision:
    """Write a film's files; return the decision with its outcome.

    If one of two NFOs cannot be written, the other is restored, so that they do not contradict each
    other.
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
            return replace(decision, action="skip", reason=reason, is_error=True)
    return decision


def _write(root: Path, change: Change) -> None:
    path = root / change.path
    if change.old is None:
        create_file(path, change.new)
    else:
        replace_file(path, change.old, change.new)


def _complete_last_run(folder: Path, root: Path) -> None:
    """Complete the films for which an interrupted run wrote one of two NFOs."""
    existing = runs(folder)
    if not existing or existing[-1].ended:
        return
    for changes in films_of(existing[-1].path):
        states = [state_of(root, change) for change in changes]
        for change, state in zip(changes, states, strict=True):
            if state == "old" and "new" in states:
                with suppress(FilmError):  # the plan made next reports the error
                    _write(root, change)
