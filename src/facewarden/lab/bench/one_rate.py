"""Twins at one bit rate: both clips of a pair re-encoded with H.264 to the same size and the same average bit rate.

What a detector still tells apart there it does not owe to how well a forgery compresses. The rate is a little below
that of the leaner twin, so that neither is padded. One pass over four seconds misses its rate by several per cent,
more than twins differ by; so the second pass is repeated with a corrected aim until it is met.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from facewarden.lab.bench.contest import Contest
from facewarden.lab.bench.version import code_version
from facewarden.lab.coding import encoded
from facewarden.lab.dataset import Twins, sha256, twins
from facewarden.media import open_media
from facewarden.media.frame import ImageRGB

_SHARE_OF_LEANER = 0.8
_TOLERANCE = 0.003
_MOST_PASSES = 8


@dataclass(frozen=True, slots=True)
class Aim:
    """What a clip is re-encoded to: bits per frame, and its size."""

    bits_per_frame: float
    width: int
    height: int


@dataclass(frozen=True)
class OneRate:
    """A `Change`: SHA-256 of each clip to what it becomes, the same for both twins."""

    aims: dict[str, Aim]

    @property
    def label(self) -> str:
        return "one bit rate"

    @property
    def version(self) -> str:
        text = json.dumps(sorted((d, a.bits_per_frame, a.width, a.height) for d, a in self.aims.items()))
        own = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"one_rate-{own}-{code_version('lab/bench/one_rate', 'lab/coding')}"

    def write(self, source: Path, stem: Path) -> Path:
        aim = self.aims[sha256(source)]
        with open_media(source, frames_per_s=None) as media:
            rate = Fraction(media.facts.frame_rate or 25).limit_denominator(1001)
            frames = [_sized(frame.image_rgb, aim) for frame in media.frames()]
        target = stem.with_suffix(".mp4")
        target.write_bytes(at_rate(frames, rate, aim.bits_per_frame, log=stem.with_suffix(".log")))
        return target


def one_rate(contest: Contest) -> tuple[Contest, OneRate] | None:
    """Return the contest of the pairs of clips of `contest` and the change that makes it one; None without any.

    A genuine clip with several forgeries would need several rates; only its first counts.
    """
    couples = [c for c in twins(contest.items) if c.fake.media == c.real.media == "clip"]
    couples = list({couple.real: couple for couple in reversed(couples)}.values())[::-1]
    if not couples:
        return None
    aims: dict[str, Aim] = {}
    for couple in couples:
        aim = _aim(couple)
        aims |= {sha256(couple.fake.path): aim, sha256(couple.real.path): aim}
    items = (*(c.fake for c in couples), *(c.real for c in couples))
    return replace(contest, name=f"{contest.name}, one bit rate", items=items), OneRate(aims)


def at_rate(frames: Sequence[ImageRGB], rate: Fraction, bits_per_frame: float, *, log: Path) -> bytes:
    """Encode frames (H, W, 3) uint8 so that the stream has `bits_per_frame` on average, as nearly as can be met.

    Args:
        log: where the encoder's two passes leave their notes; removed at the end.
    """
    wanted = bits_per_frame * float(rate)
    options = {"preset": "fast", "stats": str(log)}
    aim, best, least = wanted, b"", np.inf
    try:
        encoded(frames, rate=rate, options=options | {"flags": "+pass1"}, bit_rate=round(aim))
        for _ in range(_MOST_PASSES):
            made = encoded(frames, rate=rate, options=options | {"flags": "+pass2"}, bit_rate=round(aim))
            got = 8 * _stream_bytes(made) / len(frames) * float(rate)
            if abs(got / wanted - 1) < least:
                best, least = made, abs(got / wanted - 1)
            if least < _TOLERANCE:
                break
            aim *= float(np.clip(wanted / got, 0.5, 2.0))
    finally:
        for note in log.parent.glob(f"{log.name}*"):
            note.unlink()
    return best


def _aim(couple: Twins) -> Aim:
    leaner = min(_bits_per_frame(couple.fake.path), _bits_per_frame(couple.real.path))
    sizes = [_size(couple.fake.path), _size(couple.real.path)]
    width, height = (min(side) // 2 * 2 for side in zip(*sizes, strict=True))
    return Aim(round(_SHARE_OF_LEANER * leaner, 3), width, height)


def _bits_per_frame(path: Path) -> float:
    with av.open(str(path)) as container:
        sizes = [packet.size for packet in container.demux(video=0) if packet.size]
    return 8 * sum(sizes) / max(1, len(sizes))


def _stream_bytes(made: bytes) -> int:
    with av.open(io.BytesIO(made), "r") as container:
        return sum(int(packet.size) for packet in container.demux(video=0))


def _size(path: Path) -> tuple[int, int]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return stream.codec_context.width, stream.codec_context.height


def _sized(image: ImageRGB, aim: Aim) -> ImageRGB:
    if image.shape[:2] == (aim.height, aim.width):
        return image
    return np.asarray(cv2.resize(image, (aim.width, aim.height), interpolation=cv2.INTER_AREA), np.uint8)
