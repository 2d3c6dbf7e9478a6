"""`replay`: a genuine clip that goes on when the person has left: looped or frozen; or whose sound comes late.

No pixel is forged, so nothing here is for the network to find; it is what a challenge on a call has to catch. The
sound is the clip's own, and comes late by `audio_delay_ms`, as behind a program that takes its time for the pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from facewarden.errors import UsageError
from facewarden.lab.attacks.protocol import ForgedFrame, Scene, axis, check_axes
from facewarden.media.frame import ImageRGB

_MOST_KEPT_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Replay:
    """An `Attack`."""

    name: ClassVar[str] = "replay"
    summary: ClassVar[str] = (
        "Let a clip loop, to and fro or over and over, or stand still; sound may come late."
    )
    needs_source: ClassVar[bool] = False
    source_kind: ClassVar[Literal["photo", "clip"]] = "photo"

    how: Literal["loop", "pendulum", "freeze", "none"] = axis(
        "pendulum",
        "loop over and over, pendulum to and fro, freeze stand still, none for the sound alone",
        choices=("loop", "pendulum", "freeze", "none"),
    )
    after_frames: int = axis(50, "genuine frames before it begins", low=1, high=100_000)
    length_frames: int = axis(25, "frames that are repeated", low=1, high=1000)
    audio_delay_ms: int = axis(
        0, "how much later the sound is heard than the lips move, ms", low=0, high=5000
    )

    def __post_init__(self) -> None:
        check_axes(self)

    def forge(
        self, scenes: Iterable[Scene], *, source_rgb: ImageRGB | None = None, seed: int = 0
    ) -> Iterator[ForgedFrame]:
        """See `Attack.forge`. The mask is 1 everywhere in a repeated frame, 0 in a genuine one.

        Raises:
            UsageError: the frames that are to be repeated do not fit into 512 MiB.
        """
        kept: list[ImageRGB] = []
        for number, scene in enumerate(scenes):
            image = scene.frame.image_rgb
            if self.how == "none":
                yield ForgedFrame(image, np.zeros(image.shape[:2], np.float32))
            elif number < self.after_frames:
                if image.nbytes * self.length_frames > _MOST_KEPT_BYTES:
                    raise UsageError(f"{self.length_frames} frames of this size do not fit; repeat fewer.")
                kept = [*kept[-(self.length_frames - 1) :], image] if self.length_frames > 1 else [image]
                yield ForgedFrame(image, np.zeros(image.shape[:2], np.float32))
            else:
                again = kept[self._place(number - self.after_frames, len(kept))]
                yield ForgedFrame(again, np.ones(again.shape[:2], np.float32))

    def _place(self, since: int, count: int) -> int:
        """Which of `count` kept frames stands in the place of the frame `since` frames after the beginning."""
        if self.how == "freeze" or count == 1:
            return count - 1
        if self.how == "loop":
            return since % count
        # Back from the last frame, and forth again from the first; neither end is shown twice.
        turn = (since + 1) % (2 * (count - 1))
        return abs(count - 1 - turn)
