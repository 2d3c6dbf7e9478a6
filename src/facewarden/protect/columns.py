"""Features of many people as arrays, so that 100,000 of them are loaded at once and looked up by one matrix product.

The index is one sealed object that holds these arrays; it can always be made again from the people's own objects.
Layout of the bytes: the length of a JSON header (8 bytes, little-endian), the header with each array's name, type and
shape, then the arrays one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from facewarden.errors import TamperedError
from facewarden.matching.pdq import Pdq, words_of
from facewarden.protect.person import TEMPLATE_LENGTH, Features, ItemFeatures

_MOST_HEADER = 64 << 20
_CHUNK = 1 << 22

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Arrays of features. Numbers of parts, pictures and clips are their places in `parts`, `pictures` and `clips`.

    Attributes:
        parts: names of the objects that the features are from; one person each.
        templates: (N, 128) float16, those of one part beside each other, parts in order.
        template_part: (N,) int32.
        pictures, clips: (P, 2) and (C, 2) int32: part, and number of the material.
        whole_words, whole_owner: (W, 4) uint64 PDQ of pictures, and their number, (W,) int64.
        middles: (P, 4) uint64, PDQ of the middles of the pictures; 0 where it is useless, or not known because the
            index was written when none were kept.
        anchor_words, anchor_owner: the same for squares around faces.
        digest_words, digest_owner: SHA-256 of files, and ``part << 16 | material``.
        second_clip, second_time_s: (S,) int32 and float64, the seconds of clips, clip by clip.
        frame_words, frame_owner: PDQ of the frames, and ``clip << 32 | second``.
        face_words, face_owner: the same for squares around faces in them.
    """

    parts: tuple[str, ...]
    templates: Array
    template_part: Array
    pictures: Array
    clips: Array
    middles: Array
    whole_words: Array
    whole_owner: Array
    anchor_words: Array
    anchor_owner: Array
    digest_words: Array
    digest_owner: Array
    second_clip: Array
    second_time_s: Array
    frame_words: Array
    frame_owner: Array
    face_words: Array
    face_owner: Array

    @classmethod
    def none(cls) -> Columns:
        """Of nobody."""
        return cls.of(())

    @classmethod
    def of(cls, people: Iterable[tuple[str, Features]]) -> Columns:
        """Of people, each with the name of the object that holds her features. Raises TamperedError."""
        rows = _Rows()
        for name, features in people:
            rows.take(name, features)
        return rows.columns()

    def only(self, names: Iterable[str]) -> Columns:
        """Without the parts that are not among `names`, renumbered."""
        wanted = set(names)
        kept = np.array([name in wanted for name in self.parts], np.bool_)
        if kept.all():
            return self
        part_now = np.cumsum(kept) - 1
        kept_pictures, kept_clips = kept[self.pictures[:, 0]], kept[self.clips[:, 0]]
        picture_now, clip_now = np.cumsum(kept_pictures) - 1, np.cumsum(kept_clips) - 1

        def owned(words: Array, owner: Array, keep: Array, now: Array, shift: int) -> tuple[Array, Array]:
            whose = owner >> shift
            rows = keep[whose]
            low = owner[rows] & ((1 << shift) - 1)
            return words[rows], (now[whose[rows]].astype(np.int64) << shift) | low

        whole = owned(self.whole_words, self.whole_owner, kept_pictures, picture_now, 0)
        anchor = owned(self.anchor_words, self.anchor_owner, kept_pictures, picture_now, 0)
        digest = owned(self.digest_words, self.digest_owner, kept, part_now, 16)
        frame = owned(self.frame_words, self.frame_owner, kept_clips, clip_now, 32)
        face = owned(self.face_words, self.face_owner, kept_clips, clip_now, 32)
        seconds = kept_clips[self.second_clip]
        rows = kept[self.template_part]
        return Columns(
            parts=tuple(name for name, keep in zip(self.parts, kept, strict=True) if keep),
            templates=self.templates[rows],
            template_part=part_now[self.template_part[rows]].astype(np.int32),
            pictures=_renumbered(self.pictures[kept_pictures], part_now),
            clips=_renumbered(self.clips[kept_clips], part_now),
            middles=self.middles[kept_pictures],
            whole_words=whole[0],
            whole_owner=whole[1],
            anchor_words=anchor[0],
            anchor_owner=anchor[1],
            digest_words=digest[0],
            digest_owner=digest[1],
            second_clip=clip_now[self.second_clip[seconds]].astype(np.int32),
            second_time_s=self.second_time_s[seconds],
            frame_words=frame[0],
            frame_owner=frame[1],
            face_words=face[0],
            face_owner=face[1],
        )

    def joined(self, other: Columns) -> Columns:
        """Both, the other's numbers after ours."""
        parts, pictures, clips = len(self.parts), len(self.pictures), len(self.clips)
        moved = {
            "template_part": other.template_part + np.int32(parts),
            "pictures": other.pictures + np.array([parts, 0], np.int32),
            "clips": other.clips + np.array([parts, 0], np.int32),
            "whole_owner": other.whole_owner + pictures,
            "anchor_owner": other.anchor_owner + pictures,
            "digest_owner": other.digest_owner + (parts << 16),
            "second_clip": other.second_clip + np.int32(clips),
            "frame_owner": other.frame_owner + (clips << 32),
            "face_owner": other.face_owner + (clips << 32),
        }
        arrays = {
            name: np.concatenate([getattr(self, name), moved.get(name, getattr(other, name))])
            for name in _ARRAYS
        }
        return Columns(parts=self.parts + other.parts, **arrays)

    def chunks(self) -> Iterator[bytes]:
        """The bytes, to be sealed."""
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in _ARRAYS}
        layout = [[name, _TYPES[name], list(array.shape)] for name, array in arrays.items()]
        header = json.dumps({"format": 1, "parts": self.parts, "arrays": layout}).encode()
        yield len(header).to_bytes(8, "little") + header
        for name, array in arrays.items():
            raw = array.astype(_TYPES[name], copy=False).reshape(-1).view(np.uint8)
            for start in range(0, len(raw), _CHUNK):
                yield raw[start : start + _CHUNK].tobytes()

    @classmethod
    def read(cls, data: bytes) -> Columns:
        """What `chunks` gave. Raises TamperedError."""
        try:
            length = int.from_bytes(data[:8], "little")
            if not 0 < length <= _MOST_HEADER:
                raise ValueError("no header")
            header = json.loads(data[8 : 8 + length])
            offset = 8 + length
            arrays: dict[str, Array] = {}
            for name, kind, shape in header["arrays"]:
                if header["format"] != 1 or _TYPES[name] != kind:
                    raise ValueError("another format")
                count = int(np.prod(shape, dtype=np.int64))
                arrays[name] = np.frombuffer(data, kind, count, offset).reshape(shape)
                offset += arrays[name].nbytes
            if offset != len(data):
                raise ValueError("another length")
            if arrays.keys() == set(_ARRAYS) - {"middles"}:
                arrays["middles"] = np.zeros((len(arrays["pictures"]), 4), np.uint64)
            return cls(parts=tuple(header["parts"]), **arrays)
        except (ValueError, LookupError, TypeError) as error:
            raise TamperedError("The index is not of the form that it should have.") from error


_TYPES = {
    "templates": "<f2",
    "template_part": "<i4",
    "pictures": "<i4",
    "clips": "<i4",
    "middles": "<u8",
    "whole_words": "<u8",
    "whole_owner": "<i8",
    "anchor_words": "<u8",
    "anchor_owner": "<i8",
    "digest_words": "<u8",
    "digest_owner": "<i8",
    "second_clip": "<i4",
    "second_time_s": "<f8",
    "frame_words": "<u8",
    "frame_owner": "<i8",
    "face_words": "<u8",
    "face_owner": "<i8",
}
_ARRAYS = tuple(field.name for field in fields(Columns) if field.name != "parts")


_NO_MIDDLE = Pdq(bytes(32), 0)


class _Rows:
    """Columns that grow."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._templates: list[Array] = []
        self._template_part: list[int] = []
        self._pictures: list[tuple[int, int]] = []
        self._middles: list[Pdq] = []
        self._clips: list[tuple[int, int]] = []
        self._seconds: list[tuple[int, float]] = []
        self._hashes: dict[str, tuple[list[Pdq], list[int]]] = {
            kind: ([], []) for kind in ("whole", "anchor", "digest", "frame", "face")
        }

    def take(self, name: str, features: Features) -> None:
        part = len(self._parts)
        self._parts.append(name)
        for item in features.items:
            self._take(part, item)

    def columns(self) -> Columns:
        templates = np.array(self._templates, np.float16).reshape(-1, TEMPLATE_LENGTH)
        hashes = {
            f"{kind}_{what}": array
            for kind, (found, owners) in self._hashes.items()
            for what, array in (("words", words_of(found)), ("owner", np.array(owners, np.int64)))
        }
        return Columns(
            parts=tuple(self._parts),
            templates=templates,
            template_part=np.array(self._template_part, np.int32),
            pictures=np.array(self._pictures, np.int32).reshape(-1, 2),
            clips=np.array(self._clips, np.int32).reshape(-1, 2),
            middles=words_of(self._middles),
            second_clip=np.array([clip for clip, _ in self._seconds], np.int32),
            second_time_s=np.array([time_s for _, time_s in self._seconds], np.float64),
            **hashes,
        )

    def _take(self, part: int, item: ItemFeatures) -> None:
        embedding, picture, clip = item.embedding(), item.picture_print(), item.clip_print()
        if embedding is not None:
            self._templates.append(embedding)
            self._template_part.append(part)
        if item.sha256 is not None:
            # 256 bits, too: looked up by the same index, within 0 bits.
            self._add("digest", Pdq.from_hex(item.sha256), part << 16 | item.number)
        if picture is not None and picture.useful:
            owner = len(self._pictures)
            self._pictures.append((part, item.number))
            self._middles.append(picture.middle if picture.middle.useful else _NO_MIDDLE)
            if picture.whole.useful:
                self._add("whole", picture.whole, owner)
            for anchor in picture.anchors:
                self._add("anchor", anchor.pdq, owner)
        if clip is not None and clip.useful:
            owner = len(self._clips)
            self._clips.append((part, item.number))
            for number, second in enumerate(clip.seconds):
                self._seconds.append((owner, second.time_s))
                if second.pdq.useful:
                    self._add("frame", second.pdq, owner << 32 | number)
                for anchor in second.anchors:
                    self._add("face", anchor.pdq, owner << 32 | number)

    def _add(self, kind: str, pdq: Pdq, owner: int) -> None:
        hashes, owners = self._hashes[kind]
        hashes.append(pdq)
        owners.append(owner)


def _renumbered(table: Array, now: Array) -> Array:
    table = table.copy()
    table[:, 0] = now[table[:, 0]]
    return table
