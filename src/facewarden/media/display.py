"""How a stored clip must be turned and mirrored to be upright. Decoding process only."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import av.filter
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

_MATRIX = struct.Struct("=9i")
_TRANSPOSE_AND_MIRROR = {
    (False, False): "cclock_flip",
    (True, False): "clock",
    (False, True): "cclock",
    (True, True): "clock_flip",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """Transpose first (swap rows and columns), then mirror.

    Attributes:
        transposed: rows become columns.
        mirrored_x, mirrored_y: flips left-right and top-bottom after that.
    """

    transposed: bool = False
    mirrored_x: bool = False
    mirrored_y: bool = False

    @classmethod
    def of_frame(cls, frame: VideoFrame) -> Turn:
        """Read the display matrix of a frame; odd angles go to the nearest right angle."""
        data = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
        if data is None or len(bytes(data)) < _MATRIX.size:
            return cls()
        # The picture's x axis goes to (a, b), its y axis to (c, d), with y downwards.
        a, b, _, c, d, *_ = _MATRIX.unpack(bytes(data)[: _MATRIX.size])
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(mirrored_x=a < 0, mirrored_y=d < 0)
        return cls(transposed=True, mirrored_x=c < 0, mirrored_y=b < 0)

    @property
    def clockwise_deg(self) -> int:
        """Return the rotation part: 0, 90, 180 or 270 degrees clockwise (a mere mirror is 0)."""
        if self.transposed:
            return 90 if self.mirrored_x else 270
        return 180 if self.mirrored_x and self.mirrored_y else 0

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) after the turn."""
        return (height, width) if self.transposed else (width, height)


class Turntable:
    """Turns RGB frames of one size with FFmpeg's filters."""

    def __init__(self, turn: Turn, frame: VideoFrame) -> None:
        self.shape = (frame.width, frame.height)
        self._graph = graph = av.filter.Graph()
        graph.threads = 1
        nodes = [
            graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
            )
        ]
        # Mirrors too are made of transpositions: FFmpeg's vflip only turns the row stride negative.
        if not turn.transposed:
            nodes.append(graph.add("transpose", "cclock_flip"))
        nodes.append(graph.add("transpose", _TRANSPOSE_AND_MIRROR[turn.mirrored_x, turn.mirrored_y]))
        graph.link_nodes(*nodes, graph.add("buffersink")).configure()

    def turned(self, frame: VideoFrame) -> VideoFrame:
        """Return the upright frame."""
        self._graph.vpush(frame)
        return self._graph.vpull()
