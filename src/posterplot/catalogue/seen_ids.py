"""The ids of a catalogue's films, on disk once they are many: memory does not grow with them."""

import sqlite3
import tempfile

from posterplot.errors import OutputError

_CACHE = 2000  # KiB of ids in memory


class SeenIds:
    """Remembers in which row each id was seen first."""

    def __init__(self) -> None:
        # "": a private file that SQLite removes when the connection is closed
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = -{_CACHE}",
            "CREATE TABLE ids (id TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID",
            "BEGIN",
        ):
            self._database.execute(statement)

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


def cannot_be_written(error: sqlite3.OperationalError) -> OutputError:
    """Turn what SQLite says of a full disk into an error for the user."""
    return OutputError(
        f"a temporary database cannot be written ({error})",
        where=tempfile.gettempdir(),
        hint="free some disk space there and at the output",
    )
