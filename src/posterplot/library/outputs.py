"""Write the files of ``tag`` outside the library: the plan and the Kometa file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from posterplot.file_sets import new_files
from posterplot.files import check_suffix, new_file, writing
from posterplot.library import kometa as kometa_file
from posterplot.library import plan_file
from posterplot.library.plan import Decision


@contextmanager
def open_outputs(
    plan: Path | None,
    kometa: Path | None,
    *,
    replace: bool,
    is_written: Callable[[Decision], bool] = lambda decision: False,
    note: Callable[[str], None] = lambda text: None,
) -> Iterator[list[Callable[[Decision], None]]]:
    """Yield one function per file, which adds a film to it.

    The files appear if the block succeeds. A Kometa file of an earlier call is replaced, since
    Kometa reads the same path every day. No other file is.

    Args:
        plan: Path of the plan, as for :func:`posterplot.library.plan_file.open_plan`; None for
            none.
        kometa: Path of the Kometa file, as for :func:`posterplot.library.kometa.open_kometa`; None
            for none.
        replace: Whether the genres in Plex are replaced, rather than added to.
        is_written, note: As for :func:`posterplot.library.kometa.open_kometa`.

    Raises:
        OutputError: A file has another suffix, exists already (and is no Kometa file of an earlier
            call), is being written by another process, or cannot be written.

    """
    if plan:
        check_suffix(plan, *plan_file.SUFFIXES)
    replaced = False
    if kometa:
        check_suffix(kometa, *kometa_file.SUFFIXES)
        with writing(kometa):
            replaced = kometa_file.is_kometa_file(kometa)
    new = [path for path in (plan, kometa) if path and not (path == kometa and replaced)]
    # closed in reverse order: the writers first, so that the files are complete when renamed
    with ExitStack() as stack:
        temporaries = stack.enter_context(new_files(*new)) if new else []
        if kometa and replaced:
            # resolved, because a rename would replace a link instead of its file
            temporaries.append(stack.enter_context(new_file(kometa.resolve(), replace=True)))
        temporary = iter(temporaries)
        writers = []
        if plan:
            writers.append(stack.enter_context(plan_file.open_plan(next(temporary))))
        if kometa:
            kometa_writer = kometa_file.open_kometa(
                next(temporary), replace=replace, is_written=is_written, note=note
            )
            writers.append(stack.enter_context(kometa_writer))
        yield writers
