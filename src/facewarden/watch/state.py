"""What a watch remembers: the queue, what is done, and sightings; in SQLite, so that each change counts whole or not.

A path is kept while its file waits, and is then wiped: of what is done there remain numbers and digests.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from facewarden.acting.ledger import SCHEMA as STEPS
from facewarden.errors import StorageError
from facewarden.policy.spread import Sighting, Spread
from facewarden.watch.item import Item, Stage
from facewarden.watch.subjects import whose

FORMAT = 1
LONGEST_PAUSE_S = 3600.0
PATIENCE_S = 600.0
"""A file that never stands still, or is renamed all the time, is looked at all the same after so long."""
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS item(
    number INTEGER PRIMARY KEY AUTOINCREMENT, mark TEXT NOT NULL UNIQUE, place TEXT UNIQUE, source TEXT NOT NULL,
    stage TEXT NOT NULL, due_s REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, first_s REAL NOT NULL,
    seen_s REAL NOT NULL, origin TEXT, sha256 TEXT NOT NULL DEFAULT '', matter TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS item_due ON item(stage, due_s, number);
CREATE INDEX IF NOT EXISTS item_content ON item(origin, sha256);
CREATE TABLE IF NOT EXISTS sighting(
    item INTEGER NOT NULL, subject TEXT NOT NULL, time_s REAL NOT NULL, source TEXT NOT NULL,
    PRIMARY KEY (subject, item)
) WITHOUT ROWID;
{STEPS};
"""
_FIELDS = "number, mark, COALESCE(place, ''), source, stage, tries, sha256, matter, first_s"


class State:
    """An open state. One process at a time; every method is on the disk when it returns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def offer(
        self, mark: str, place: str, source: str, *, now_s: float, due_s: float, origin: str | None = None
    ) -> bool:
        """A file lies at `place` with this `mark`; whether that is news. It is looked at from `due_s` on.

        Args:
            origin: of the file, whatever is written to it.
        """
        known = self._one("SELECT stage, place FROM item WHERE mark = ?", mark)
        there = self._one("SELECT number, stage FROM item WHERE place = ?", place)
        if there is not None and there["stage"] != Stage.WAITING:
            return False  # it is at work; the next scan will find what came after it
        if known is not None:
            if known["stage"] == Stage.WAITING and known["place"] != place:
                with self.together():
                    self._run("DELETE FROM item WHERE place = ?", place)
                    self._run("UPDATE item SET place = ?, source = ? WHERE mark = ?", place, source, mark)
            return False
        if there is None and origin is not None:
            # Renamed, and perhaps written to, since it was met.
            there = self._one(
                "SELECT number FROM item WHERE origin = ? AND sha256 = '' AND stage = ?",
                origin,
                Stage.WAITING,
            )
        if there is None:
            self._run(
                "INSERT INTO item(mark, place, source, stage, due_s, first_s, seen_s, origin) "
                "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                mark, place, source, Stage.WAITING, due_s, now_s, now_s, origin,
            )  # fmt: skip
            return True
        # It is being written.
        self._run(
            "UPDATE item SET mark = ?, place = ?, source = ?, origin = ?, due_s = MIN(?, first_s + ?) WHERE number = ?",
            mark, place, source, origin, due_s, PATIENCE_S, there["number"],
        )  # fmt: skip
        return True

    def waiting(self) -> int:
        """How many items wait or are at work."""
        row = self._one(
            "SELECT COUNT(*) AS n FROM item WHERE stage IN (?, ?, ?)",
            Stage.WAITING, Stage.CLAIMED, Stage.DECIDED,
        )  # fmt: skip
        return int(row["n"]) if row else 0

    def next(self, now_s: float) -> Item | None:
        """The item that is to be seen to now: what was decided first. A clock that was set back holds nothing up."""
        # One look into the index each, however many wait.
        for within, limit_s in (("due_s <= ?", now_s), ("due_s > ?", now_s + LONGEST_PAUSE_S)):
            for stage in (Stage.DECIDED, Stage.WAITING):
                row = self._one(
                    f"SELECT {_FIELDS} FROM item WHERE stage = ? AND {within} ORDER BY due_s, number LIMIT 1",
                    stage, limit_s,
                )  # fmt: skip
                if row is not None:
                    return _item(row, now_s)
        return None

    def due_s(self) -> float | None:
        """When the next item is to be seen to, None when none waits."""
        row = self._one(
            "SELECT MIN(due_s) AS due FROM item WHERE stage IN (?, ?)", Stage.DECIDED, Stage.WAITING
        )
        return None if row is None or row["due"] is None else float(row["due"])

    def claim(self, item: Item) -> None:
        """Its check begins: if the process dies now, that counts against it."""
        self._run("UPDATE item SET stage = ?, tries = tries + 1 WHERE number = ?", Stage.CLAIMED, item.number)

    def put_back(self, item: Item, *, due_s: float, counted: bool) -> None:
        """It waits again; `counted` tells whether this try was its fault."""
        self._run(
            "UPDATE item SET stage = ?, due_s = ?, tries = MAX(0, tries - ?) WHERE number = ?",
            Stage.WAITING, due_s, 0 if counted else 1, item.number,
        )  # fmt: skip

    def moved(self, item: Item, mark: str, *, due_s: float) -> None:
        """It was written to: it waits anew, unless it is known as it is now."""
        with self.together():
            if self._one("SELECT 1 FROM item WHERE mark = ? AND number <> ?", mark, item.number):
                self._run("DELETE FROM item WHERE number = ?", item.number)
            else:
                self._run(
                    "UPDATE item SET mark = ?, stage = ?, due_s = MIN(?, first_s + ?), tries = 0 WHERE number = ?",
                    mark, Stage.WAITING, due_s, PATIENCE_S, item.number,
                )  # fmt: skip

    def gone(self, item: Item) -> None:
        """There is nothing at its place any more."""
        self._run("DELETE FROM item WHERE number = ?", item.number)

    def known_content(self, origin: str, sha256: str) -> bool:
        """Whether this file was done with this very content: it was only renamed, or its permissions were changed.

        Args:
            origin: as `Looked.origin`, so that a later file of the same number is another one.
        """
        row = self._one(
            "SELECT 1 FROM item WHERE origin = ? AND sha256 = ? AND stage IN (?, ?)",
            origin, sha256, Stage.DONE, Stage.ASIDE,
        )  # fmt: skip
        return row is not None

    def sight(self, item: Item, subject: str, *, now_s: float) -> None:
        """A copy of `subject` was seen; each item counts once."""
        self._run(
            "INSERT OR IGNORE INTO sighting(item, subject, time_s, source) VALUES(?, ?, ?, ?)",
            item.number, subject, now_s, item.source,
        )  # fmt: skip

    def spread(self, subject: str, *, now_s: float) -> Spread:
        """The sightings of `subject` so far."""
        rows = self._run("SELECT time_s, source FROM sighting WHERE subject = ?", subject)
        return Spread(tuple(Sighting(row["time_s"], row["source"]) for row in rows), now_s=now_s)

    def decided(self, item: Item, *, origin: str | None, sha256: str, matter: str) -> None:
        """What is to be done is settled: it is never judged again."""
        self._run(
            "UPDATE item SET stage = ?, origin = ?, sha256 = ?, matter = ?, tries = 0 WHERE number = ?",
            Stage.DECIDED, origin, sha256, matter, item.number,
        )  # fmt: skip

    def postpone(self, item: Item, *, due_s: float) -> None:
        """Something that was decided could not be done yet."""
        self._run("UPDATE item SET tries = tries + 1, due_s = ? WHERE number = ?", due_s, item.number)

    def close(
        self, item: Item, *, key: str = "", sha256: str | None = None, aside: bool = False, left: bool = False
    ) -> None:
        """It is done with; its place is forgotten, and its origin where it `left`: another file may get its number."""
        with self.together():
            self._run(
                "UPDATE item SET stage = ?, place = NULL, matter = '', sha256 = COALESCE(?, sha256), "
                "origin = CASE WHEN ? THEN NULL ELSE origin END WHERE number = ?",
                Stage.ASIDE if aside else Stage.DONE, sha256, left, item.number,
            )  # fmt: skip
            self._run("DELETE FROM step WHERE key = ?", key)

    def interrupted(self) -> list[Item]:
        """The items whose check a process that died had begun."""
        return [
            _item(row, 0.0) for row in self._run(f"SELECT {_FIELDS} FROM item WHERE stage = ?", Stage.CLAIMED)
        ]

    def at_work(self) -> set[int]:
        """The numbers of the items that were decided and are not done."""
        return {row["number"] for row in self._run("SELECT number FROM item WHERE stage = ?", Stage.DECIDED)}

    def still_there(self, marks: list[str], *, now_s: float) -> None:
        """A scan met these: they are remembered."""
        with self.together():
            self.connection.executemany(
                "UPDATE item SET seen_s = ? WHERE mark = ?", [(now_s, mark) for mark in marks]
            )

    def forget(self, *, items_before_s: float, sightings_before_s: float) -> None:
        """Drop what is done and was not met since, and old sightings."""
        with self.together():
            self._run(
                "DELETE FROM item WHERE seen_s < ? AND stage IN (?, ?)",
                items_before_s,
                Stage.DONE,
                Stage.ASIDE,
            )
            self._run("DELETE FROM sighting WHERE time_s < ?", sightings_before_s)
        self._run("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget_people(self, gone: Callable[[str], bool]) -> None:
        """Drop the sightings of the people, by id, for whom `gone` holds, and of their material."""
        counted = [row["subject"] for row in self._run("SELECT DISTINCT subject FROM sighting")]
        dropped = [(each,) for each in counted if (person := whose(each)) is not None and gone(person)]
        if dropped:
            with self.together():
                self.connection.executemany("DELETE FROM sighting WHERE subject = ?", dropped)
            self._run("PRAGMA wal_checkpoint(TRUNCATE)")

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self.connection.execute(statement, values)

    def _one(self, statement: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._run(statement, *values).fetchone()
        return row

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is changed in the block counts whole or not at all."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")


@contextmanager
def opened(path: Path | None) -> Iterator[State]:
    """The state in the file `path`, which only this process uses; one that leaves no trace without a path.

    Raises:
        StorageError: it cannot be read or written, also from within the block.
    """
    try:
        connection = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, timeout=10, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # What is deleted is overwritten: paths of pictures are not kept.
            connection.execute("PRAGMA secure_delete = ON")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version not in (0, FORMAT):
                raise StorageError(
                    f"The state in {path} was written by a newer version of facewarden. Use that one, or name another "
                    "folder with --state."
                )
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            yield State(connection)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StorageError(
            f"The state in {path} could not be used: {error}. Make room or repair the place, then start again: nothing "
            "was lost."
        ) from error


def _item(row: sqlite3.Row, now_s: float) -> Item:
    number, mark, place, source, stage, tries, sha256, matter, first_s = tuple(row)
    restless = now_s - first_s >= PATIENCE_S
    return Item(number, mark, place, source, Stage(stage), tries, sha256, matter, restless)
