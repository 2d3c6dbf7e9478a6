"""Which steps were begun and how they ended, in a database of the caller: nothing is done twice after a crash."""

from __future__ import annotations

import sqlite3

from facewarden.acting.outcome import Ended, Outcome

SCHEMA = """
CREATE TABLE IF NOT EXISTS step(
    key TEXT NOT NULL, step TEXT NOT NULL, mark TEXT NOT NULL, ended TEXT, detail TEXT, at_case TEXT, again INTEGER,
    PRIMARY KEY (key, step)
) WITHOUT ROWID
"""


class Ledger:
    """Steps by their key. What is entered is on the disk when the call returns. Raises sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """`connection` commits by itself (``isolation_level=None``)."""
        self._connection = connection
        connection.execute(SCHEMA)

    def begin(self, key: str, step: str, mark: str) -> None:
        """`step` begins; `mark` is what its hand said of how things stood."""
        self._connection.execute(
            "INSERT OR REPLACE INTO step(key, step, mark) VALUES(?, ?, ?)", (key, step, mark)
        )

    def end(self, key: str, step: str, outcome: Outcome) -> None:
        self._connection.execute(
            "UPDATE step SET ended = ?, detail = ?, at_case = ?, again = ? WHERE key = ? AND step = ?",
            (outcome.ended, outcome.detail, outcome.case, outcome.again, key, step),
        )

    def outcome(self, key: str, step: str) -> Outcome | None:
        """How it ended, None where it did not."""
        row = self._connection.execute(
            "SELECT ended, detail, at_case, again FROM step WHERE key = ? AND step = ? AND ended IS NOT NULL",
            (key, step),
        ).fetchone()
        return None if row is None else Outcome(Ended(row[0]), row[1], row[2], bool(row[3]))

    def case(self, key: str) -> str:
        """The vault's case that a step under `key` made, empty where none did."""
        row = self._connection.execute(
            "SELECT at_case FROM step WHERE key = ? AND at_case <> ''", (key,)
        ).fetchone()
        return "" if row is None else str(row[0])

    def begun(self, key: str, step: str) -> str | None:
        """The mark of what was begun and did not end, None where there is no such thing."""
        row = self._connection.execute(
            "SELECT mark FROM step WHERE key = ? AND step = ? AND ended IS NULL", (key, step)
        ).fetchone()
        return None if row is None else str(row[0])

    def forget(self, key: str) -> None:
        """All steps under `key` are over and done with."""
        self._connection.execute("DELETE FROM step WHERE key = ?", (key,))
