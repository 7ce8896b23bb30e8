"""A map of film ids that spills to disk, so that memory stays bounded for large catalogues."""

import sqlite3
import tempfile

from posterplot.errors import OutputError

_CACHE_KIB = 2000  # ids in memory


class SeenIds:
    """Map each id to the first row in which it occurs."""

    def __init__(self) -> None:
        # "": a private file that SQLite removes when the connection is closed
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = -{_CACHE_KIB}",
            "CREATE TABLE ids (id TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID",
            "BEGIN",
        ):
            self._database.execute(statement)

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
        insert = "INSERT OR IGNORE INTO ids VALUES (?, ?)"
        try:
            if self._database.execute(insert, (id_, number)).rowcount:
                return None
        except sqlite3.OperationalError as error:
            raise output_error(error) from error
        found = self._database.execute("SELECT number FROM ids WHERE id = ?", (id_,)).fetchone()
        return int(found[0])

    def close(self) -> None:
        """Close and delete the temporary database."""
        self._database.close()


def output_error(error: sqlite3.OperationalError) -> OutputError:
    """Convert an error of SQLite, such as that of a full disk, to one for the user."""
    return OutputError(
        f"a temporary database cannot be written ({error})",
        where=tempfile.gettempdir(),
        hint="free some disk space there and at the output",
    )
