"""`launder`: what happens to a file on its way: platforms, messengers, screens, stickers. Composable.

A genuine file is laundered exactly as a forged one is; this makes no forgery, it hides one. `Wash` is one step,
`washed` applies several in order to a clip or a photo, in memory.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

import cv2
import numpy as np

from facewarden.errors import UsageError
from facewarden.lab.coding import CODECS, crf_options, decode_own, encode
from facewarden.media.frame import ImageRGB

Kind = Literal["h264", "hevc", "jpeg", "height", "border", "sticker", "screenshot", "screen"]


@dataclass(frozen=True, slots=True)
class Wash:
    """One step.

    Attributes:
        kind: ``h264`` or ``hevc`` (strength: CRF), ``jpeg`` (quality), ``height`` (px, never enlarged), ``border``
            (px), ``sticker`` (side in px), ``screenshot`` (zoom in percent), ``screen`` (a screen filmed by a
            phone; strength 1..5).
        strength: see `kind`.
    """

    kind: Kind
    strength: int

    def __post_init__(self) -> None:
        low, high = _RANGES[self.kind]
        if not low <= self.strength <= high:
            raise UsageError(
                f"The strength of {self.kind} must be in {low}..{high}, but got {self.strength}."
            )

    @property
    def label(self) -> str:
        return f"{self.kind}{':' if self.kind in CODECS else ''}{self.strength}"


_RANGES: dict[str, tuple[int, int]] = {
    "h264": (0, 51), "hevc": (0, 51), "jpeg": (1, 100), "height": (32, 4320), "border": (1, 2000),
    "sticker": (4, 2000), "screenshot": (25, 200), "screen": (1, 5),
}  # fmt: skip
_SHORT = re.compile(r"(?:crf[:=]?(?P<crf>\d+)|(?P<height>\d+)p)")
_STEP = re.compile(rf"(?P<kind>{'|'.join(_RANGES)})[:=]?(?P<strength>\d+)")


def parse(text: str) -> tuple[Wash, ...]:
    """Read steps such as ``height360+h264:35`` or, the same in short, ``360p+crf=35``; the order is that of the way.

    Raises:
        UsageError: a step that is none, or a strength out of range.
    """
    return tuple(_parsed(part) for part in text.split("+"))


def _parsed(part: str) -> Wash:
    short = _SHORT.fullmatch(part)
    if short is not None:
        crf, height = short["crf"], short["height"]
        return Wash("h264", int(crf)) if crf is not None else Wash("height", int(height))
    step = _STEP.fullmatch(part)
    if step is None:
        raise UsageError(
            f"{part!r} is no step of a laundering; write {', '.join(_RANGES)} and a number, joined by +; "
            "or in short 480p and crf=28."
        )
    return Wash(cast("Kind", step["kind"]), int(step["strength"]))


def washed(
    frames: Iterable[ImageRGB], steps: Sequence[Wash], *, frame_rate: Fraction | float = 25
) -> Iterator[ImageRGB]:
    """Apply `steps` in order to frames (H, W, 3) uint8 of one size; a photo is one frame."""
    for step in steps:
        if step.kind in CODECS:
            frames = _recoded(frames, step.kind, step.strength, Fraction(frame_rate).limit_denominator(1001))
        else:
            frames = _each(frames, step)
    yield from frames


def _each(frames: Iterable[ImageRGB], step: Wash) -> Iterator[ImageRGB]:
    change = {
        "jpeg": jpeg, "height": _lower, "border": _bordered, "sticker": _stuck,
        "screenshot": _shot, "screen": _filmed,
    }[step.kind]  # fmt: skip
    for frame in frames:
        yield change(frame, step.strength)


def jpeg(image: ImageRGB, quality: int) -> ImageRGB:
    """Compress (H, W, 3) uint8 as JPEG and read it back."""
    done, encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise UsageError("A picture of this size cannot be written as JPEG.")
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB), np.uint8)


def _lower(image: ImageRGB, height: int) -> ImageRGB:
    if image.shape[0] <= height:
        return image
    width = max(2, round(image.shape[1] * height / image.shape[0] / 2) * 2)
    return np.asarray(cv2.resize(image, (width, height // 2 * 2), interpolation=cv2.INTER_AREA), np.uint8)


def _bordered(image: ImageRGB, pixels: int) -> ImageRGB:
    return np.asarray(
        cv2.copyMakeBorder(image, pixels, pixels, pixels, pixels, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    )


def _stuck(image: ImageRGB, side: int) -> ImageRGB:
    """A round yellow sticker in the lower left corner, where people put them: beside the face."""
    stuck = image.copy()
    radius = min(side, *image.shape[:2]) // 2
    centre = (radius + radius // 4, image.shape[0] - radius - radius // 4)
    cv2.circle(stuck, centre, radius, (255, 204, 51), -1, cv2.LINE_AA)
    return stuck


def _shot(image: ImageRGB, percent: int) -> ImageRGB:
    """What a screenshot of a viewer holds: the picture at another size, bars of the program above and below."""
    height, width = (max(16, round(side * percent / 100)) for side in image.shape[:2])
    shown = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    bar = max(8, height // 14)
    page = np.full((height + 2 * bar, width, 3), 24, np.uint8)
    page[bar : bar + height] = shown
    # A clock at the left, a battery at the right: what is cropped away least often.
    cv2.putText(
        page,
        "12:00",
        (bar // 2, bar - bar // 4),
        cv2.FONT_HERSHEY_SIMPLEX,
        bar / 40,
        (220,) * 3,
        1,
        cv2.LINE_AA,
    )
    cv2.rectangle(page, (width - 2 * bar, bar // 4), (width - bar // 2, bar - bar // 4), (220,) * 3, 1)
    return page


def _filmed(image: ImageRGB, strength: int) -> ImageRGB:
    """A screen seen by a phone: slight perspective, moire of the pixel grid, blur, a washed-out picture."""
    height, width = image.shape[:2]
    lean = 0.004 * strength
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    leant = corners + np.array([[lean, lean], [-lean, 0], [0, -lean], [lean, 0]], np.float32) * (
        width,
        height,
    )
    seen = cv2.warpPerspective(
        image, cv2.getPerspectiveTransform(corners, leant.astype(np.float32)), (width, height),
        flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    moire = 1 + 0.012 * strength * np.sin(columns * 2.9 + rows * 0.21) * np.sin(rows * 3.0)
    blurred = cv2.GaussianBlur(seen, (0, 0), 0.25 * strength).astype(np.float32)
    washed_out = 12 * strength / 5 + blurred * (1 - 0.06 * strength / 5) * moire[..., None]
    return np.clip(washed_out, 0, 255).astype(np.uint8)


def _recoded(frames: Iterable[ImageRGB], codec: str, crf: int, rate: Fraction) -> Iterator[ImageRGB]:
    """Encode and decode again; the compressed clip is held in memory, the frames are not."""
    buffer = io.BytesIO()
    odd = encode(frames, buffer, rate=rate, codec=codec, options=crf_options(codec, crf), threads=1)
    if odd is not None:
        buffer.seek(0)
        yield from decode_own(buffer, odd)
