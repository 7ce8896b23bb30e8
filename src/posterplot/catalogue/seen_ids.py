"""The ids of a catalogue's films, on disk once they are many: memory does not grow with them."""

import sqlite3
import tempfile

from posterplot.errors import OutputError

_CACHE = 2000  # KiB of ids in memory


class SeenIds:
    """Remembers in which row each id was seen first.

    Raises:
        OutputError: the temporary folder cannot be written.
    """

    def __init__(self) -> None:
        # "": a private file that SQLite removes when the connection is closed
        self._database = open_database(
            "",
            _CACHE,
            "CREATE TABLE ids (id TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID",
        )

    def first(self, id_: str, number: int) -> int | None:
        """Return the row in which an id was seen before; None if it is new, which is remembered.

        Raises:
            OutputError: the disk is full.
        """
        insert = "INSERT OR IGNORE INTO ids VALUES (?, ?)"
        try:
            if self._database.execute(insert, (id_, number)).rowcount:
                return None
        except sqlite3.OperationalError as error:
            raise cannot_be_written(error) from error
        found = self._database.execute("SELECT number FROM ids WHERE id = ?", (id_,)).fetchone()
        return int(found[0])

    def close(self) -> None:
        """Forget them."""
        self._database.close()


def open_database(path: str, cache: int, table: str) -> sqlite3.Connection:
    """Open a new database that needs not survive a power cut, and begin to write to it.

    Args:
        path: of its file; "" for a private one.
        cache: KiB in memory.
        table: the statement that creates its table.

    Raises:
        OutputError: the disk is full, or the file cannot be made.
    """
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA cache_size = -{cache}")
        database.execute(table)
        database.execute("BEGIN")
    except sqlite3.OperationalError as error:
        raise cannot_be_written(error, path) from error
    return database


def cannot_be_written(error: sqlite3.OperationalError, path: str = "") -> OutputError:
    """Turn what SQLite says of a full disk into an error for the user.

    Args:
        error: as raised.
        path: of the database; "" for a private one.
    """
    return OutputError(
        f"a temporary database cannot be written ({error})",
        where=path or tempfile.gettempdir(),
        hint="free some disk space there and at the output",
    )
