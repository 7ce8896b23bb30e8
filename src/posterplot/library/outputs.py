"""Write the files of ``tag`` outside the library: the plan and the Kometa file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from posterplot.file_sets import new_files
from posterplot.files import check_suffix
from posterplot.library import kometa as kometa_file
from posterplot.library import plan_file
from posterplot.library.plan import Decision


@contextmanager
def open_outputs(
    plan: Path | None, kometa: Path | None, *, replace: bool
) -> Iterator[list[Callable[[Decision], None]]]:
    """Yield one function per file, which adds a film to it.

    The files appear if the block succeeds.

    Args:
        plan: Path of the plan, as for :func:`posterplot.library.plan_file.open_plan`; None for
            none.
        kometa: Path of the Kometa file, as for :func:`posterplot.library.kometa.open_kometa`; None
            for none.
        replace: Whether the genres in Plex are replaced, rather than added to.

    Raises:
        OutputError: A file has another suffix, exists already, is being written by another
            process, or cannot be written.

    """
    if plan:
        check_suffix(plan, *plan_file.SUFFIXES)
    if kometa:
        check_suffix(kometa, *kometa_file.SUFFIXES)
    if not (paths := [path for path in (plan, kometa) if path]):
        yield []
        return
    with new_files(*paths) as temporaries, ExitStack() as stack:
        temporary = iter(temporaries)
        writers = []
        if plan:
            writers.append(stack.enter_context(plan_file.open_plan(next(temporary))))
        if kometa:
            kometa_writer = kometa_file.open_kometa(next(temporary), replace=replace)
            writers.append(stack.enter_context(kometa_writer))
        yield writers
