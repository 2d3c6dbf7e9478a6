"""Clips, decoded with PyAV: from packets to upright RGB frames at the wanted pace. Decoding process only."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import av
import av.error
import av.logging
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facewarden.media.clip_facts import claimed_duration_s, facts_of
from facewarden.media.clock import Clock
from facewarden.media.confinement import extend_cpu
from facewarden.media.display import Turn
from facewarden.media.pace import Pace, pace_of
from facewarden.media.painter import Painter
from facewarden.media.refusal import Refusal
from facewarden.media.slices import has_slices
from facewarden.media.wire import Kind, Outlet

DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
BEAT_S = 1.0
CPU_STRETCH_S = 30.0
MAX_ERRORS_IN_A_ROW = 200
# B-frames between two references: three by the common encoder's default, so one reference in four frames.
REFERENCE_SPACING = 3.9


def decode(file: BinaryIO, order: dict[str, Any], outlet: Outlet) -> None:
    """Send facts, then the frames of the first picture stream."""
    with demuxing(), opened(file, order) as container:
        _decode(container, order, outlet)


@contextmanager
def demuxing() -> Iterator[None]:
    """Turn whatever FFmpeg reports of the file into a Refusal, and keep it from writing to stderr."""
    av.logging.set_level(None)
    try:
        yield
    except (Refusal, MemoryError, BrokenPipeError):
        raise
    except (av.error.DecoderNotFoundError, av.error.PatchWelcomeError, NotImplementedError) as error:
        raise Refusal("unsupported") from error
    except Exception as error:  # a hostile file can make a demuxer report anything
        raise Refusal("damaged") from error


def opened(file: BinaryIO, order: dict[str, Any]) -> InputContainer:
    """Open the file of the decoding process, which can reach nothing else. Raises what PyAV raises."""
    options = {
        "format_whitelist": DEMUXERS,
        "max_pixels": str(order["limits"]["max_clip_pixels"]),
        "threads": "1",
        "export_xmp": "1",
    }
    if sys.platform == "win32":
        return av.open(file, "r", options=options, metadata_errors="replace")
    # FFmpeg reads the descriptor itself; no path, and no other protocol can be reached from within the file.
    options |= {"fd": str(file.fileno()), "protocol_whitelist": "fd"}
    return av.open("fd:", "r", options=options, metadata_errors="replace")


def _decode(container: InputContainer, order: dict[str, Any], outlet: Outlet) -> None:
    limits = order["limits"]
    stream = _picture_stream(container, limits)
    clock = Clock(stream)
    duration_s = claimed_duration_s(container, stream)
    granted_s = _grant_cpu(limits, 0.0)
    reading = _Reading(container, stream, clock, limits)
    first = next(reading, None)
    if first is None:
        raise Refusal("damaged")
    turn = Turn.of_frame(first)
    painter = Painter(turn, max_side=order["max_side"])
    facts = facts_of(container, stream, first, turn)
    outlet.json(Kind.FACTS, facts | {"scale": painter.scale_of(first)})
    if order["facts_only"]:
        return
    pace, skim = pace_of(order), _Skim(stream, clock.nominal_step_s)
    warnings, beat_at = reading.warnings, time.monotonic() + BEAT_S
    frame: VideoFrame | None = first
    while frame is not None:
        time_s, index = clock.place(frame)
        if time_s > limits["max_duration_s"]:
            warnings.append("truncated_at_limit")
            break
        if time_s > granted_s:
            granted_s = _grant_cpu(limits, time_s)
        fraction = time_s / duration_s if duration_s > 0 else reading.position / order["size_bytes"]
        fraction = min(1.0, fraction)
        gap_s = time_s - pace.last_s
        if pace.wants(time_s):
            skim.keep_to(pace, gap_s=gap_s)
            painter.send(frame, outlet, index=index, time_s=time_s, fraction=fraction)
            beat_at = time.monotonic() + BEAT_S
        elif time.monotonic() > beat_at:
            outlet.beat(fraction)
            beat_at = time.monotonic() + BEAT_S
        frame = next(reading, None)
    if duration_s > 1.0 and clock.end_s < 0.9 * duration_s and "truncated_at_limit" not in warnings:
        warnings.append("damaged_tail")
    end = {"warnings": sorted(set(warnings)), "duration_s": clock.end_s, "frame_count": clock.seen}
    outlet.json(Kind.END, end, fraction=1.0)


class _Skim:
    """Leaves undecoded the frames that no other refers to, while the pace can do without them."""

    def __init__(self, stream: VideoStream, step_s: float) -> None:
        self._context = stream.codec_context
        self._spacing_s = step_s * REFERENCE_SPACING
        self._skipping = False
        self._possible = True

    def keep_to(self, pace: Pace, *, gap_s: float) -> None:
        """Adapt to a frame that was just delivered, `gap_s` after the one before."""
        if self._skipping and pace.delivered > 1 and gap_s > 2.0 * pace.interval_s:
            # References are too rare here (long runs of B-frames): decode everything from now on.
            self._possible = False
        wanted = self._possible and self._spacing_s <= pace.interval_s
        if wanted != self._skipping:
            self._context.skip_frame = "NONREF" if wanted else "DEFAULT"
            self._skipping = wanted


def _grant_cpu(limits: dict[str, Any], time_s: float) -> float:
    """Allow processor time for another stretch of the clip; returns where in the clip it ends.

    By what was really reached, not by what the header claims: recordings of browsers claim none at all, and
    a file whose clock stands still gets no more.
    """
    until_s = time_s + CPU_STRETCH_S
    extend_cpu(int(limits["max_start_cpu_s"] + limits["cpu_per_s"] * until_s))
    return until_s


def _picture_stream(container: InputContainer, limits: dict[str, Any]) -> VideoStream:
    if len(container.streams) > limits["max_streams"]:
        raise Refusal("too_many_streams")
    covers = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    streams = [each for each in container.streams.video if not each.disposition & covers]
    if not streams:
        raise Refusal("not_media")
    stream = next((each for each in streams if each.disposition & av.stream.Disposition.default), streams[0])
    context = stream.codec_context
    if context is None:
        raise Refusal("unsupported")
    width, height = context.width, context.height
    if width * height > limits["max_clip_pixels"] or max(width, height) > limits["max_side"]:
        raise Refusal("too_many_pixels")
    if claimed_duration_s(container, stream) > limits["max_duration_s"]:
        raise Refusal("too_long")
    context.thread_count = _threads(width * height)
    context.options = {"max_pixels": str(limits["max_clip_pixels"])}
    for other in container.streams:
        if other.index != stream.index:
            other.discard = av.stream.Discard.all
    return stream


def _threads(pixels: int) -> int:
    """Return how many decoding threads to use: each holds whole pictures, so fewer for large ones."""
    most = 8 if pixels <= 1920 * 1088 else 4 if pixels <= 4096 * 2304 else 2
    ours = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return max(1, min(most, ours or 1))


class _Reading(Iterator[VideoFrame]):
    """The sound frames of a stream in presentation order; damage in between is noted, not raised.

    Attributes:
        warnings: what was noted so far.
        position: byte in the file where the last packet began.
    """

    def __init__(
        self, container: InputContainer, stream: VideoStream, clock: Clock, limits: dict[str, Any]
    ) -> None:
        self.warnings: list[str] = []
        self.position = 0
        self._limits = limits
        self._frames = self._read(container, stream, clock)

    def __next__(self) -> VideoFrame:
        return next(self._frames)

    def _read(self, container: InputContainer, stream: VideoStream, clock: Clock) -> Iterator[VideoFrame]:
        errors = 0
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
                if not stream.codec_context.is_open:
                    # Slices decode in parallel at less cost than whole frames, where a frame has several.
                    stream.codec_context.thread_type = "SLICE" if has_slices(stream, packet) else "AUTO"
            except StopIteration:
                return
            except (av.error.InvalidDataError, av.error.OSError):
                self.warnings.append("damaged_tail")
                return
            clock.note(packet)
            self.position = packet.pos or self.position
            try:
                frames = packet.decode()
                errors = 0
            except (av.error.InvalidDataError, av.error.UnknownError, EOFError):
                self.warnings.append("damaged_frames")
                errors += 1
                if errors > MAX_ERRORS_IN_A_ROW:
                    return
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.warnings.append("damaged_frames")
                    continue
                self._check(frame)
                yield frame

    def _check(self, frame: VideoFrame) -> None:
        # A stream may change its size on the way; the header's promise is not enough.
        if (
            frame.width * frame.height > self._limits["max_clip_pixels"]
            or max(frame.width, frame.height) > self._limits["max_side"]
        ):
            raise Refusal("too_many_pixels")
