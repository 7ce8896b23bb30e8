"""The ids of a catalogue's films, on disk once they are many: memory does not grow with them."""

import sqlite3

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
        """Return the row in which an id was seen before; None if it is new, which is remembered."""
        insert = "INSERT OR IGNORE INTO ids VALUES (?, ?)"
        if self._database.execute(insert, (id_, number)).rowcount:
            return None
        found = self._database.execute("SELECT number FROM ids WHERE id = ?", (id_,)).fetchone()
        return int(found[0])

    def close(self) -> None:
        """Forget them."""
        self._database.close()
