"""Errors that users may see.

::

    PosterplotError          one line: where, what, how to fix it; the command exits with 2
    ├── CatalogueError       the catalogue cannot be read at all
    ├── DatasetError         the prepared dataset is missing, damaged or unfit for the task
    ├── ConfigError          the training configuration is wrong; lists every error at once
    ├── BundleError          a bundle is missing, altered, of a newer format, or cannot do the task
    ├── OutputError          the output path exists, is of the wrong type, or cannot be written
    ├── UsageError           arguments that do not go together, an extra that is not installed
    └── FilmError            one film cannot be used; it is listed, and the others continue

The library itself catches only :class:`FilmError`, in the loops over films.
"""

from pathlib import Path


def encodable(text: str) -> str:
    r"""Return a text that UTF-8 can encode, for messages and files that name a path.

    Python represents bytes of a file name that are not UTF-8 as lone surrogates, which text files
    cannot hold. They are escaped.

    >>> encodable("caf\udce9.jpg")
    'caf\\udce9.jpg'
    """
    if text.isascii():  # nearly every text
        return text
    return text.encode("utf-8", "backslashreplace").decode()


class PosterplotError(Exception):
    """An error that the user can fix.

    Args:
        what: What is wrong, without a full stop.
        where: The file, row or key in which it is wrong; empty if ``what`` says it.
        hint: What to do about it, as an imperative; empty only where nothing can be done. An
            argument of the Python API is in backticks, such as `` `remote=True` ``: the command
            line shows its option instead.

    """

    def __init__(self, what: str, *, where: str | Path = "", hint: str = "") -> None:
        self.what = encodable(what)
        self.where = encodable(str(where))
        self.hint = encodable(hint)
        super().__init__(self.what)

    def __str__(self) -> str:
        """Return the error as one line: ``where: what; hint``."""
        line = f"{self.where}: {self.what}" if self.where else self.what
        line = f"{line}; {self.hint}" if self.hint else line
        return " ".join(line.split())


class CatalogueError(PosterplotError):
    """The catalogue cannot be read as a whole: missing, empty, wrong encoding, no such column."""


class DatasetError(PosterplotError):
    """The prepared dataset is missing, damaged or unfit for the task."""


class ConfigError(PosterplotError):
    """The training configuration is wrong; the message lists every error at once."""


class BundleError(PosterplotError):
    """A bundle is missing, altered, of a newer format, or cannot do the task."""


class OutputError(PosterplotError):
    """The output path exists already, is of the wrong type, or cannot be written."""


class UsageError(PosterplotError):
    """Arguments contradict each other, or an optional part of posterplot is not installed.

    Args:
        what: What is wrong, without a full stop.
        where: The file or address in which it is wrong; empty if ``what`` says it.
        argument: The argument of the Python API that is wrong, instead of ``where``. The command
            line shows its option.
        hint: What to do about it, as an imperative.

    """

    def __init__(
        self, what: str, *, where: str | Path = "", argument: str = "", hint: str = ""
    ) -> None:
        self.argument = argument
        super().__init__(what, where=where or argument, hint=hint)


class FilmError(PosterplotError):
    """One film, or its poster or overview, cannot be used; the other films continue."""
