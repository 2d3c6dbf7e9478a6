"""Open a photo or a clip whoever made it, and stream its frames."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facewarden.media.ahead import Ahead
from facewarden.media.child import Child, started
from facewarden.media.facts import MediaFacts
from facewarden.media.limits import Limits
from facewarden.media.pace import Opening
from facewarden.media.refusal import Refusal, media_error
from facewarden.media.sniff import PICTURES, container_of
from facewarden.media.source import Source, open_source
from facewarden.media.wire import Header, Kind

if TYPE_CHECKING:
    from facewarden.media.frame import Frame

_JOBS = {True: "facewarden.media.photo:decode", False: "facewarden.media.clip:decode"}
_MOST_FRAMES_AHEAD = 3
_MOST_BYTES_AHEAD = 64 << 20
_WARNINGS = frozenset({"truncated_at_limit", "damaged_tail", "damaged_frames"})


class Media:
    """An open file: its facts, and its frames as they are decoded.

    Attributes:
        facts: what the file says of itself; `duration_s` and `frame_count` become what was found when the
            clip has been read to its end.
        progress: how much of the file has been read, 0..1 (by time where the duration is known).
        warnings: codes such as ``truncated_at_limit``, ``damaged_tail``, ``damaged_frames``.
        scale: size of the delivered frames over the size in `facts`; below 1 only with `max_side`.
    """

    def __init__(self, facts: MediaFacts, scale: float, child: Child, limits: Limits) -> None:
        self.facts = facts
        self.scale = scale
        self.progress = 0.0
        self.warnings: tuple[str, ...] = ()
        self._child = child
        self._limits = limits
        frame_bytes = max(1, 3 * round(facts.width * scale) * round(facts.height * scale))
        depth = min(_MOST_FRAMES_AHEAD, max(1, _MOST_BYTES_AHEAD // frame_bytes))
        self._frames = Ahead(self._stream(), depth=depth)

    def frames(self) -> Iterator[Frame]:
        """Yield the frames; one pass, a second call goes on where the first stopped.

        Raises:
            MediaError: the decoder died or fell silent on the way.
        """
        return self._frames

    def _close(self) -> None:
        # The decoding process first: its reader may be waiting for it.
        self._child.kill()
        self._frames.close()

    def _stream(self) -> Iterator[Frame]:
        try:
            while True:
                header, value = self._child.receive()
                self.progress = max(self.progress, header.fraction)
                if header.kind is Kind.FRAME:
                    yield self._frame(header)
                elif header.kind is Kind.END:
                    self._finish(value)
                    return
                elif header.kind is not Kind.BEAT:
                    raise Refusal("decoder_died")
        except Refusal as refusal:
            raise media_error(refusal) from refusal

    def _frame(self, header: Header) -> Frame:
        import numpy as np

        from facewarden.media.frame import Frame

        width, height, stride = header.width, header.height, header.stride
        most = self._limits.max_photo_pixels if self.facts.kind == "photo" else self._limits.max_clip_pixels
        if not 0 < width * height <= most or not 3 * width <= stride <= 3 * width + 1024:
            raise Refusal("decoder_died")
        rows = np.empty((height, stride), np.uint8)
        self._child.read_into(memoryview(rows.data).cast("B"))
        image_rgb = np.ascontiguousarray(rows[:, : 3 * width]).reshape(height, width, 3)
        return Frame(image_rgb=image_rgb, time_s=header.time_s, index=header.index)

    def _finish(self, value: Any) -> None:
        self.progress = 1.0
        try:
            duration_s, count = float(value["duration_s"]), int(value["frame_count"])
            self.warnings = tuple(code for code in value["warnings"] if code in _WARNINGS)
        except (KeyError, TypeError, ValueError) as error:
            raise Refusal("decoder_died") from error
        if self.facts.kind == "clip":
            rate = self.facts.frame_rate or (count / duration_s if duration_s > 0 else 0.0)
            self.facts = replace(self.facts, duration_s=duration_s, frame_count=count, frame_rate=rate)


@contextlib.contextmanager
def open_media(
    path: Path | str,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    frames_per_s: float | None = 6.0,
    opening: Opening | None = None,
    max_side: int | None = None,
) -> Iterator[Media]:
    """Open a photo or a clip; decoding happens in a process of its own that ends with the block.

    Args:
        path: a regular file.
        limits: what it may cost.
        frames_per_s: clips are thinned to at most this many frames a second by their real timestamps; None
            yields every frame.
        opening: the first seconds of a clip, thinned to another rate.
        max_side: clips are scaled down to this longer side; `Media.scale` tells by how much.

    Raises:
        MediaError: see its reasons.

    Enter and leave in the same thread: the decoding process does not outlive the thread that started it.
    """
    for rate in (frames_per_s, opening and opening.frames_per_s):
        if rate is not None and not 0 < rate < 1e6:
            raise ValueError(f"frames_per_s must be above 0, but got {rate}")
    if max_side is not None and max_side < 16:
        raise ValueError(f"max_side must be at least 16, but got {max_side}")
    with contextlib.ExitStack() as stack:
        try:
            pace = {"frames_per_s": frames_per_s, "opening": opening}
            media = _opened(stack, Path(path), limits, pace | {"max_side": max_side, "facts_only": False})
        except Refusal as refusal:
            raise media_error(refusal) from refusal
        try:
            yield media
        finally:
            media._close()


def probe(path: Path | str, limits: Limits = Limits()) -> MediaFacts:  # noqa: B008 - frozen
    """Return the facts of a file without decoding more than its first frame; raises MediaError."""
    with contextlib.ExitStack() as stack:
        try:
            order = {"frames_per_s": 1.0, "opening": None, "max_side": None, "facts_only": True}
            return _opened(stack, Path(path), limits, order).facts
        except Refusal as refusal:
            raise media_error(refusal) from refusal


def _opened(stack: contextlib.ExitStack, path: Path, limits: Limits, order: dict[str, Any]) -> Media:
    source = stack.enter_context(open_source(path, limits))
    container = container_of(source.head())
    if container is None or container == "other":
        raise Refusal("not_media" if container is None else "unsupported")
    args = order | {"container": container, "size_bytes": source.size_bytes}
    job = _JOBS[container in PICTURES]
    child = stack.enter_context(started(job, args, limits=limits, source=source, streams=True))
    # While the child starts: the hash, and the import that the first frame will need.
    sha256 = source.sha256()
    import facewarden.media.frame  # noqa: F401

    header, value = child.receive()
    if header.kind is not Kind.FACTS or not isinstance(value, dict):
        raise Refusal("decoder_died")
    return Media(_facts_of(value, container, source, sha256), _scale_of(value), child, limits)


def _facts_of(value: dict[str, Any], container: str, source: Source, sha256: str) -> MediaFacts:
    try:
        return MediaFacts(
            kind="photo" if value["kind"] == "photo" else "clip",
            size_bytes=source.size_bytes,
            sha256=sha256,
            container="heif" if container == "heif-sequence" else container,
            codec=str(value["codec"])[:40],
            width=int(value["width"]),
            height=int(value["height"]),
            duration_s=max(0.0, float(value.get("duration_s", 0.0))),
            frame_rate=max(0.0, float(value.get("frame_rate", 0.0))),
            frame_count=None if value.get("frame_count") is None else int(value["frame_count"]),
            bit_rate=None if value.get("bit_rate") is None else int(value["bit_rate"]),
            pixel_format=str(value["pixel_format"])[:40],
            rotation_deg=int(value["rotation_deg"]) % 360,
            has_alpha=bool(value["has_alpha"]),
            has_audio=bool(value.get("has_audio", False)),
            metadata={str(key): str(text) for key, text in value["metadata"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal("decoder_died") from error


def _scale_of(value: dict[str, Any]) -> float:
    scale = value.get("scale", 1.0)
    return float(scale) if isinstance(scale, int | float) and 0 < scale <= 1 else 1.0
