"""Files made to break decoders: seeded mutations and truncations of small files of every kind."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from tests.media.making import animation_bytes, picture_bytes, write_clip

ENDINGS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "HEIF": "heic", "GIF": "gif"}
MOVING = ("GIF", "WEBP", "PNG")
CLIPS = {
    "h264.mp4": ("libx264", "yuv420p"),
    "h264.mov": ("libx264", "yuv420p"),
    "hevc.mkv": ("libx265", "yuv420p"),
    "vp9.webm": ("libvpx-vp9", "yuv420p"),
    "av1.mp4": ("libsvtav1", "yuv420p"),
    "mpeg4.avi": ("mpeg4", "yuv420p"),
    "mjpeg.avi": ("mjpeg", "yuvj420p"),
}
INTERESTING = (
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\x00\x01\x00\x00",
)


def hostile_files(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` files as (name, bytes); the same seed yields the same mutations."""
    chance = random.Random(seed)
    names = sorted(samples())
    for number in range(count):
        name = names[number % len(names)]
        kind = chance.choice(list(MUTATIONS))
        yield f"{number:04d}-{kind}-{name}", MUTATIONS[kind](bytearray(samples()[name]), chance)


@cache
def samples() -> dict[str, bytes]:
    """Return one small sound file of each kind by name."""
    noise = np.random.default_rng(7).integers(0, 255, (12, 12, 16, 3), np.uint8)
    frames = [np.kron(each, np.ones((4, 4, 1), np.uint8)) for each in noise]
    found = {f"still.{end}": picture_bytes(frames[0], kind) for kind, end in ENDINGS.items()}
    found |= {"still.bmp": picture_bytes(frames[0], "BMP")}
    found |= {"still.tiff": picture_bytes(frames[0], "TIFF", compression="tiff_lzw")}
    found |= {
        f"moving.{kind.lower()}": animation_bytes(frames[:4], kind, [100, 90, 120, 80]) for kind in MOVING
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (codec, pixel_format) in CLIPS.items():
            path = Path(folder) / name
            color_range = 2 if codec == "mjpeg" else 1
            write_clip(path, frames, codec=codec, pixel_format=pixel_format, color_range=color_range)
            found[name] = path.read_bytes()
    return found


def _flip(data: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 3, 10, 60))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _head(data: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        data[chance.randrange(min(len(data), 256))] = chance.randrange(256)
    return bytes(data)


def _cut(data: bytearray, chance: random.Random) -> bytes:
    return bytes(data[: chance.randrange(1, len(data))])


def _extreme(data: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(max(1, len(data) - 4))
        data[at : at + 4] = chance.choice(INTERESTING)
    return bytes(data)


def _repeat(data: bytearray, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randint(1, 400)]
    return bytes(data[:start] + piece * chance.randint(2, 20) + data[start:])


def _drop(data: bytearray, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return bytes(data[:start] + data[start + chance.randint(1, 200) :]) or b"\0"


def _noise(data: bytearray, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    length = min(len(data) - start, chance.randint(8, 512))
    data[start : start + length] = chance.randbytes(length)
    return bytes(data)


def _graft(data: bytearray, chance: random.Random) -> bytes:
    other = samples()[chance.choice(sorted(samples()))]
    at = chance.randrange(16, max(17, len(data)))
    return bytes(data[:at]) + other[chance.randrange(len(other)) :]


MUTATIONS: dict[str, Callable[[bytearray, random.Random], bytes]] = {
    "flip": _flip,
    "head": _head,
    "cut": _cut,
    "extreme": _extreme,
    "repeat": _repeat,
    "drop": _drop,
    "noise": _noise,
    "graft": _graft,
}
