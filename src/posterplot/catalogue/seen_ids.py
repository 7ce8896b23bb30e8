"""A map of film ids that spills to disk, so that memory stays bounded for large catalogues."""

import sqlite3
import tempfile

from posterplot.errors import OutputError

_CACHE_KIB = 2000  # KiB of the database in memory
# The first ids are in memory, as the database takes six times as long. In ASCII they take 1.5 MB.
_MOST_IN_MEMORY = 10_000
_MAX_CHARS_IN_MEMORY = 32
_DISCARDED = -1  # no row has this number; the place is kept, as later ids are in the database


class SeenIds:
    """Map each id to the first row in which it occurs.

    Raises:
        OutputError: The temporary folder cannot be written.
    """

    def __init__(self) -> None:
        self._in_memory: dict[str, int] = {}
        # "": a private file that SQLite removes when the connection is closed
        self._database = open_database(
            "",
            _CACHE_KIB,
            "CREATE TABLE ids (id TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID",
        )
        self._cursor = self._database.cursor()

    def add(self, id_: str, number: int) -> int | None:
        """Record an id, unless it is known.

        Args:
            id_: Id of a film.
            number: Number of its row.

        Returns:
            The number of the first row with this id; None if the id is new.

        Raises:
            OutputError: The temporary database cannot be written, for example on a full disk.
        """
        first = self._in_memory.get(id_)
        if first is not None and first != _DISCARDED:
            return first
        if first == _DISCARDED or (
            len(self._in_memory) < _MOST_IN_MEMORY and len(id_) <= _MAX_CHARS_IN_MEMORY
        ):
            self._in_memory[id_] = number
            return None
        insert = "INSERT OR IGNORE INTO ids VALUES (?, ?)"
        try:
            if self._cursor.execute(insert, (id_, number)).rowcount:
                return None
        except sqlite3.OperationalError as error:
            raise output_error(error) from error
        found = self._cursor.execute("SELECT number FROM ids WHERE id = ?", (id_,)).fetchone()
        return int(found[0])

    def discard(self, id_: str) -> None:
        """Forget an id that was added.

        Raises:
            OutputError: The temporary database cannot be written.
        """
        if id_ in self._in_memory:
            self._in_memory[id_] = _DISCARDED
            return
        try:
            self._cursor.execute("DELETE FROM ids WHERE id = ?", (id_,))
        except sqlite3.OperationalError as error:
            raise output_error(error) from error

    def close(self) -> None:
        """Close and delete the temporary database."""
        self._database.close()


def open_database(path: str, cache: int, table: str) -> sqlite3.Connection:
    """Open a new temporary database, which need not survive a power cut, and start a transaction.

    Args:
        path: Path of the database file; "" for a private one.
        cache: KiB in memory.
        table: The statement that creates its table.

    Raises:
        OutputError: The disk is full, or the file cannot be made.
    """
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA cache_size = -{cache}")
        database.execute(table)
        database.execute("BEGIN")
    except sqlite3.OperationalError as error:
        raise output_error(error, path) from error
    return database


def output_error(error: sqlite3.OperationalError, path: str = "") -> OutputError:
    """Convert an SQLite error, such as a full disk, to an :class:`OutputError`.

    Args:
        error: The error that SQLite raised.
        path: Path of the database file; "" for a private one.
    """
    return OutputError(
        f"a temporary database cannot be written ({error})",
        where=path or tempfile.gettempdir(),
        hint="free some disk space there and at the output",
    )
