"""The faces of a split, whichever store they lie in, with their twins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.lab.training.store import FaceRecord, FaceStore, read_stores
from facewarden.media.frame import ImageRGB


class FaceShelf:
    """All stores of a split as one: faces by number, looked up by method and by pair."""

    def __init__(self, stores: Sequence[FaceStore]) -> None:
        self._fill([(store, i) for store in stores for i in range(len(store))])

    def _fill(self, places: list[tuple[FaceStore, int]]) -> None:
        self._places = places
        self.records = [store.records[i] for store, i in places]
        self.by_method: dict[str, list[int]] = defaultdict(list)
        self._genuine_twin: dict[tuple[str, str, float], int] = {}
        for number, record in enumerate(self.records):
            self.by_method[f"{record.method}/{record.label}"].append(number)
            if record.pair and not record.label:
                self._genuine_twin.setdefault(_moment(record), number)

    def __len__(self) -> int:
        return len(self._places)

    def only(self, numbers: Iterable[int]) -> FaceShelf:
        """A shelf with these faces alone, numbered anew in the given order; the stores are shared, not copied."""
        part = FaceShelf([])
        part._fill([self._places[number] for number in numbers])
        return part

    def face(self, number: int) -> tuple[ImageRGB, npt.NDArray[np.float32]]:
        """The stored picture and its (468, 3) landmarks."""
        store, i = self._places[number]
        return store.picture(i), store.landmarks(i)

    def landmarks(self, number: int) -> npt.NDArray[np.float32]:
        """The (468, 3) landmarks alone, without decoding the picture."""
        store, i = self._places[number]
        return store.landmarks(i)

    def twins(self, method: str) -> list[tuple[int, int]]:
        """(genuine, forged) numbers of every forgery made by `method` whose genuine twin is here."""
        return [
            (self._genuine_twin[_moment(self.records[number])], number)
            for number in self.by_method.get(f"{method}/1", ())
            if _moment(self.records[number]) in self._genuine_twin
        ]


def filled(stores: Path, split: str) -> FaceShelf:
    """The faces of a split. Raises UsageError where the folder `stores` holds none, or what is no store."""
    shelf = FaceShelf(list(read_stores(stores, split)))
    if not len(shelf):
        raise UsageError(
            f"{stores} holds no faces of the split {split}; store them first: facewarden lab prepare."
        )
    return shelf


def _moment(record: FaceRecord) -> tuple[str, str, float]:
    """What twins have in common: the pair, the re-encoding and the frame."""
    return record.pair, record.condition, round(record.time_s, 2)
