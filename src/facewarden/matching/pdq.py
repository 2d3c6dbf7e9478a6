"""PDQ: 256 bits of how a picture looks, by the official algorithm (Meta 2019) through its binding `pdqhash`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from facewarden.errors import UsageError
from facewarden.media.frame import ImageRGB

BITS = 256
MATCH = 31
"""Hamming distance up to which Meta calls two hashes a match."""

REVIEW = 70
"""Up to here something must be compared more closely; different pictures lie about 127 bits apart."""

USELESS = 49
"""Hashes of this quality or below belong to pictures with nothing in them, and match each other."""

MAX_SIDE = 512
"""Larger pictures are reduced first, as the paper does; it changes about as many bits as JPEG does."""

Words = npt.NDArray[np.uint64]
"""(N, 4) uint64, one hash a row; (4,) for one hash."""

_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pdq:
    """The hash of one picture.

    Attributes:
        digest: 32 bytes; its hex is what other programs call the PDQ hash.
        quality: 0 (nothing to see) to 100.
    """

    digest: bytes
    quality: int = 100

    def __post_init__(self) -> None:
        if len(self.digest) != BITS // 8 or not 0 <= self.quality <= 100:
            raise ValueError(
                f"a PDQ hash has 32 bytes and a quality of 0 to 100, but got {len(self.digest)} bytes and "
                f"{self.quality}"
            )

    @classmethod
    def from_hex(cls, text: str, quality: int = 100) -> Pdq:
        """The hash that 64 hex digits stand for. Raises ValueError where they are none."""
        if not _HEX.fullmatch(text.lower()):
            raise ValueError(f"a PDQ hash has 64 hex digits, but got {text[:80]!r}")
        return cls(bytes.fromhex(text), quality)

    @property
    def hex(self) -> str:
        return self.digest.hex()

    @property
    def useful(self) -> bool:
        """Whether the picture shows enough to be told from others."""
        return self.quality > USELESS


def pdq_of(image_rgb: ImageRGB) -> Pdq:
    """Hash (H, W, 3) pixels; quality 0 for a picture of a few pixels."""
    return _computed(reduced(image_rgb))


TURNS = ("as is", "left", "half", "right", "mirrored", "mirrored left", "mirrored half", "mirrored right")
"""The eight ways to lay a picture on its place: turned by 0, 90, 180, 270 degrees anticlockwise, then mirrored."""


def turned(image_rgb: ImageRGB, turn: int) -> ImageRGB:
    """The picture laid by ``TURNS[turn]``: mirrored left to right first where it says so, then turned."""
    laid = image_rgb[:, ::-1] if turn >= 4 else image_rgb
    return np.ascontiguousarray(np.rot90(laid, turn % 4))


def dihedral_of(image_rgb: ImageRGB) -> tuple[Pdq, ...]:
    """The hashes of all eight `TURNS`.

    Of the pixels themselves: `pdqhash.compute_dihedral` needs one pass only, but its seven others differ from the
    hash of the turned picture by 8 to 30 bits (measured on 11 portraits), which eats up the whole tolerance.
    """
    small = reduced(image_rgb)
    return tuple(_computed(turned(small, turn)) for turn in range(len(TURNS)))


def reduced(image_rgb: ImageRGB, max_side: int = MAX_SIDE) -> ImageRGB:
    """The picture with no side above `max_side` pixels."""
    height, width = image_rgb.shape[:2]
    if max(height, width) <= max_side:
        return image_rgb
    from PIL import Image

    scale = max_side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(image_rgb).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0))


def distance(one: Pdq, other: Pdq) -> int:
    """How many of the 256 bits differ."""
    return (int.from_bytes(one.digest) ^ int.from_bytes(other.digest)).bit_count()


def words_of(hashes: Sequence[Pdq]) -> Words:
    """(N, 4) uint64; the first word holds the first eight bytes."""
    joined = b"".join(each.digest for each in hashes)
    return np.frombuffer(joined, ">u8").astype(np.uint64).reshape(-1, 4)


def digests_of(words: Words) -> list[bytes]:
    """The hashes in the rows of (N, 4), as bytes."""
    raw = np.ascontiguousarray(words.reshape(-1, 4)).astype(">u8").tobytes()
    return [raw[start : start + 32] for start in range(0, len(raw), 32)]


def distances(words: Words, one: Words) -> npt.NDArray[np.uint16]:
    """The Hamming distances of every row of (N, 4) to (4,)."""
    found: npt.NDArray[np.uint16] = np.bitwise_count(words ^ one).sum(axis=1, dtype=np.uint16)
    return found


def _computed(image_rgb: ImageRGB) -> Pdq:
    pdqhash = _binding()
    bits, quality = pdqhash.compute(np.ascontiguousarray(image_rgb))
    return Pdq(np.packbits(bits.astype(np.uint8)).tobytes(), max(0, min(100, int(quality))))


def _binding() -> ModuleType:
    try:
        import pdqhash
    except ModuleNotFoundError as error:
        raise UsageError(
            "Hashes of pictures need the package pdqhash, which pip builds with a C++ compiler: "
            "pip install 'facewarden[protect]'"
        ) from error
    return pdqhash  # type: ignore[no-any-return]
