"""Report which extra to install if an optional dependency is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from posterplot.errors import UsageError


@contextmanager
def needs_extra(name: str) -> Iterator[None]:
    """Convert a missing package to an error that names the extra to install.

    Args:
        name: Name of the extra, such as ``parquet`` or ``train``.

    Raises:
        UsageError: A package imported inside the block is not installed.

    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "posterplot":
            raise  # no extra provides it: a bug in posterplot
        raise UsageError(
            f"this needs {package}, which is not installed",
            hint=install_command(name),
        ) from error


def install_command(name: str) -> str:
    """Return how to install an extra, from a package index and from a clone.

    Args:
        name: Name of the extra.

    """
    return f"pip install 'posterplot[{name}]'; in a clone: pip install '.[{name}]'"
