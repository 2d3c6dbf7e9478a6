"""Presentation times and frame numbers of a clip, as its packets and frames have them."""

from __future__ import annotations

import heapq
from fractions import Fraction

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

COMMON_STEP_S = 1 / 30


class Clock:
    """Places frames in time and among all frames, also when the decoder leaves some of them out.

    Attributes:
        nominal_step_s: seconds between frames as the header has it.
        end_s: end of the last frame placed so far.
        seen: packets with pictures seen so far.
    """

    def __init__(self, stream: VideoStream) -> None:
        rate = stream.average_rate or stream.guessed_rate
        self.nominal_step_s = float(1 / rate) if rate else COMMON_STEP_S
        self.end_s = 0.0
        self.seen = 0
        self._unit = stream.time_base or Fraction(1, 1000)
        self._start: int | None = None
        self._last_s: float | None = None
        self._waiting: list[int] = []
        self._passed = 0

    def note(self, packet: Packet[VideoStream]) -> None:
        """Count a demuxed packet: one packet, one frame."""
        if packet.size == 0:
            return
        self.seen += 1
        if packet.pts is not None:
            heapq.heappush(self._waiting, packet.pts)

    def place(self, frame: VideoFrame) -> tuple[float, int]:
        """Return (seconds since the first frame, 0-based index) of a decoded frame; both only ever grow."""
        pts = frame.pts
        if pts is None:
            time_s = 0.0 if self._last_s is None else self._last_s + self.nominal_step_s
            self._passed += 1
        else:
            if self._start is None:
                self._start = pts
            time_s = float((pts - self._start) * self._unit)
            before = self._passed
            while self._waiting and self._waiting[0] <= pts:
                heapq.heappop(self._waiting)
                self._passed += 1
            self._passed = max(self._passed, before + 1 if self._last_s is not None else 1)
        if self._last_s is not None and time_s <= self._last_s:
            time_s = self._last_s + self.nominal_step_s
        self._last_s = max(0.0, time_s)
        step_s = float(frame.duration * self._unit) if frame.duration else self.nominal_step_s
        self.end_s = self._last_s + min(step_s, 10.0)
        return self._last_s, self._passed - 1
