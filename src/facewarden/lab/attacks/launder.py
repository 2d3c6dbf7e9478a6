"""`launder`: what happens to a file on its way: platforms, messengers, screens, stickers. Composable.

A genuine file is laundered exactly as a forged one is; this makes no forgery, it hides one. `Wash` is one step,
`washed` applies several in order to a clip or a photo, in memory.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av
import av.video
import cv2
import numpy as np

from facewarden.errors import UsageError
from facewarden.media.frame import ImageRGB

Kind = Literal["h264", "hevc", "jpeg", "height", "border", "sticker", "screen"]
_CODECS = {"h264": "libx264", "hevc": "libx265"}


@dataclass(frozen=True, slots=True)
class Wash:
    """One step.

    Attributes:
        kind: ``h264`` or ``hevc`` (strength: CRF), ``jpeg`` (quality), ``height`` (px, never enlarged), ``border``
            (px), ``sticker`` (side in px), ``screen`` (a screen filmed by a phone; strength 1..5).
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
        return f"{self.kind}{self.strength}"


_RANGES: dict[str, tuple[int, int]] = {
    "h264": (0, 51), "hevc": (0, 51), "jpeg": (1, 100), "height": (32, 4320), "border": (1, 2000),
    "sticker": (4, 2000), "screen": (1, 5),
}  # fmt: skip


def parse(text: str) -> tuple[Wash, ...]:
    """Read steps such as ``height360+h264:35``; the order is that of the way.

    Raises:
        UsageError: a step that is none, or a strength out of range.
    """
    steps = []
    for part in text.split("+"):
        kind = part.rstrip("0123456789").rstrip(":")
        digits = part[len(kind) :].lstrip(":")
        if kind not in _RANGES or not digits:
            raise UsageError(
                f"{part!r} is no step of a laundering; write {', '.join(_RANGES)} and a number, joined by +."
            )
        steps.append(Wash(kind, int(digits)))  # type: ignore[arg-type]
    return tuple(steps)


def washed(
    frames: Iterable[ImageRGB], steps: Sequence[Wash], *, frame_rate: Fraction | float = 25
) -> Iterator[ImageRGB]:
    """Apply `steps` in order to frames (H, W, 3) uint8 of one size; a photo is one frame."""
    for step in steps:
        if is_codec(step):
            frames = _recoded(frames, step, Fraction(frame_rate).limit_denominator(1001))
        else:
            frames = _each(frames, step)
    yield from frames


def _each(frames: Iterable[ImageRGB], step: Wash) -> Iterator[ImageRGB]:
    change = {
        "jpeg": _jpeg, "height": _lower, "border": _bordered, "sticker": _stuck, "screen": _filmed,
    }[step.kind]  # fmt: skip
    for frame in frames:
        yield change(frame, step.strength)


def _jpeg(image: ImageRGB, quality: int) -> ImageRGB:
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


def encoded(
    frames: Iterable[ImageRGB], codec: str, rate: Fraction, options: dict[str, str], *, bit_rate: int = 0
) -> bytes:
    """Return frames (H, W, 3) uint8 of one size as an MP4; b"" where there are none.

    4:2:0 has no odd sizes: the last row or column is doubled where a side is odd.

    Args:
        codec: ``libx264`` or ``libx265``.
        options: of the encoder, such as ``crf``.
        bit_rate: bits per second to aim at; 0 leaves it to the options.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as target:
        stream: av.VideoStream | None = None
        for frame in frames:
            even = np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")
            if stream is None:
                added = target.add_stream(codec, rate=rate, options=options)
                assert isinstance(added, av.VideoStream)
                stream = added
                stream.height, stream.width = even.shape[:2]
                stream.pix_fmt = "yuv420p"
                # More threads split small pictures, wait for each other, and make the result depend on their number.
                stream.codec_context.thread_count = 1
                if bit_rate:
                    stream.bit_rate = bit_rate
            target.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")))
        if stream is None:
            return b""
        target.mux(stream.encode(None))
    return buffer.getvalue()


def codec_options(step: Wash) -> tuple[str, dict[str, str]]:
    """The encoder and its options for a step that is a codec."""
    quiet = {"x265-params": "log-level=none:pools=none:frame-threads=1"} if step.kind == "hevc" else {}
    return _CODECS[step.kind], {"crf": str(step.strength), "preset": "fast"} | quiet


def is_codec(step: Wash) -> bool:
    """Whether a step compresses a clip as a whole."""
    return step.kind in _CODECS


def _recoded(frames: Iterable[ImageRGB], step: Wash, rate: Fraction) -> Iterator[ImageRGB]:
    """Encode and decode again; the compressed clip is held in memory, the frames are not."""
    size: list[tuple[int, ...]] = []
    codec, options = codec_options(step)
    compressed = encoded(_measured(frames, size), codec, rate, options)
    if not compressed:
        return
    height, width = size[0][:2]
    # Our own bytes, written a moment ago: no hostile media, no need of the confined process.
    with av.open(io.BytesIO(compressed), "r") as source:
        for decoded in source.decode(video=0):
            yield decoded.to_ndarray(format="rgb24").astype(np.uint8, copy=False)[:height, :width]


def _measured(frames: Iterable[ImageRGB], size: list[tuple[int, ...]]) -> Iterator[ImageRGB]:
    for frame in frames:
        if not size:
            size.append(frame.shape)
        yield frame
