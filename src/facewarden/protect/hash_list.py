"""A list of others' hashes as it is kept: arrays, 42 bytes and a note for each hash, to be sealed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facewarden.errors import TamperedError
from facewarden.matching.exchange import Kind, Signal
from facewarden.matching.pdq import USELESS, Words

KINDS = (Kind.PDQ, Kind.VIDEO_MD5, Kind.PHOTO_MD5, Kind.SHA256)
"""Kept by their places here, which therefore never change."""

_DIGITS = {Kind.PDQ: 64, Kind.VIDEO_MD5: 32, Kind.PHOTO_MD5: 32, Kind.SHA256: 64}
_TYPES = {"kinds": "|u1", "words": "<u8", "qualities": "|u1", "note_ends": "<u4"}
_ROW = {"kinds": 1, "words": 4, "qualities": 1, "note_ends": 1}
_CHUNK = 1 << 20
_MOST_HEADER = 1 << 12
_MALFORMED = "A list of hashes is not of the form that it should have."


@dataclass(frozen=True, slots=True)
class HashList:
    """N hashes, no two of which are the same.

    Attributes:
        kinds: (N,) uint8, places in `KINDS`.
        words: (N, 4) uint64 as of `pdq.words_of`; of MD5 the first two, the others are 0.
        qualities: (N,) uint8, 0 to 100.
        note_ends: (N,) uint32, where each note ends in `notes`.
        notes: UTF-8.
    """

    kinds: npt.NDArray[np.uint8]
    words: Words
    qualities: npt.NDArray[np.uint8]
    note_ends: npt.NDArray[np.uint32]
    notes: bytes

    def __len__(self) -> int:
        return len(self.kinds)

    @classmethod
    def of(cls, signals: Iterable[Signal]) -> HashList:
        """The list of these; of those with the same hash the first one is kept."""
        first: dict[tuple[Kind, str], Signal] = {}
        for each in signals:
            first.setdefault((each.kind, each.value), each)
        kept = list(first.values())
        raw = bytes.fromhex("".join(each.value.ljust(64, "0") for each in kept))
        notes = [each.note.encode() for each in kept]
        return cls(
            kinds=np.array([KINDS.index(each.kind) for each in kept], np.uint8),
            words=np.frombuffer(raw, ">u8").astype(np.uint64).reshape(-1, 4),
            qualities=np.array([each.quality for each in kept], np.uint8),
            note_ends=np.cumsum([len(note) for note in notes]).astype(np.uint32),
            notes=b"".join(notes),
        )

    def signal(self, row: int) -> Signal:
        """The hash in this row, from 0."""
        kind = KINDS[self.kinds[row]]
        start = int(self.note_ends[row - 1]) if row else 0
        note = self.notes[start : int(self.note_ends[row])].decode()
        value = self.words[row].astype(">u8").tobytes().hex()[: _DIGITS[kind]]
        return Signal(kind, value, int(self.qualities[row]), note)

    def rows(self, *kinds: Kind) -> npt.NDArray[np.int64]:
        """(K,) int64, the rows of these kinds."""
        wanted = np.array([KINDS.index(kind) for kind in kinds], np.uint8)
        return np.flatnonzero(np.isin(self.kinds, wanted))

    @property
    def poor(self) -> int:
        """How many are PDQ of pictures that show too little to be compared."""
        return int((self.qualities[self.rows(Kind.PDQ)] <= USELESS).sum())

    def counts(self) -> dict[str, int]:
        """How many there are of each kind that there is."""
        counted = np.bincount(self.kinds, minlength=len(KINDS)).tolist()
        return {str(kind): count for kind, count in zip(KINDS, counted, strict=True) if count}

    def chunks(self) -> Iterator[bytes]:
        """The bytes, to be sealed."""
        header = json.dumps({"format": 1, "hashes": len(self), "notes": len(self.notes)}).encode()
        yield len(header).to_bytes(8, "little") + header
        for name, kind in _TYPES.items():
            yield from _pieces(np.ascontiguousarray(getattr(self, name)).astype(kind, copy=False).tobytes())
        yield from _pieces(self.notes)

    @classmethod
    def read(cls, data: bytes) -> HashList:
        """What `chunks` gave. Raises TamperedError."""
        try:
            length = int.from_bytes(data[:8], "little")
            if not 0 < length <= _MOST_HEADER:
                raise ValueError("no header")
            header = json.loads(data[8 : 8 + length])
            count, offset = int(header["hashes"]), 8 + length
            if header["format"] != 1 or count < 0:
                raise ValueError("another format")
            found: dict[str, npt.NDArray[np.generic]] = {}
            for name, kind in _TYPES.items():
                found[name] = np.frombuffer(data, kind, count * _ROW[name], offset)
                offset += found[name].nbytes
            notes = data[offset:]
            notes.decode()
            read = cls(
                kinds=found["kinds"].astype(np.uint8),
                words=found["words"].astype(np.uint64).reshape(-1, 4),
                qualities=found["qualities"].astype(np.uint8),
                note_ends=found["note_ends"].astype(np.uint32),
                notes=notes,
            )
            read._check(int(header["notes"]))
        except (ValueError, LookupError, TypeError) as error:
            raise TamperedError(_MALFORMED) from error
        return read

    def _check(self, notes: int) -> None:
        ends = self.note_ends.astype(np.int64)
        last = int(ends[-1]) if len(ends) else 0
        if notes != len(self.notes) or last != notes or (np.diff(ends, prepend=0) < 0).any():
            raise ValueError("notes that do not fit")
        if (self.kinds >= len(KINDS)).any() or (self.qualities > 100).any():
            raise ValueError("a kind or a quality that there is not")


def _pieces(raw: bytes) -> Iterator[bytes]:
    for start in range(0, len(raw), _CHUNK):
        yield raw[start : start + _CHUNK]
