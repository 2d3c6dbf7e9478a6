"""The sound of a clip as plain samples, decoded in the confined process. A check never listens; the lab does."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
import numpy.typing as npt

from facewarden.media.clip import demuxing, opened
from facewarden.media.limits import Limits
from facewarden.media.refusal import Refusal

RATE_HZ = 16_000
"""As calls carry it: one channel, 8 kHz of bandwidth."""

MAX_DURATION_S = 180.0
"""What fits into one answer of the confined process."""

_JOB = "facewarden.media.sound:read"


@dataclass(frozen=True, slots=True)
class Sound:
    """`samples` (N,) int16 of one channel, RATE_HZ in a second, from the start of the clip."""

    samples: npt.NDArray[np.int16]

    def delayed(self, delay_s: float) -> Sound:
        """The same, `delay_s` (0 or more) later: silence comes first."""
        silence = np.zeros(round(delay_s * RATE_HZ), np.int16)
        return Sound(np.concatenate([silence, self.samples]))


def sound_of(path: Path, *, limits: Limits = Limits()) -> Sound | None:  # noqa: B008 - frozen
    """The first sound stream of the clip at `path`, cut at MAX_DURATION_S; None where it has none.

    Raises:
        MediaError: the file cannot be read.
    """
    from facewarden.media.sandbox import run_sandboxed

    found = run_sandboxed(_JOB, {"limits": limits.as_order()}, path=path, limits=limits)
    return None if found is None else Sound(np.frombuffer(base64.b64decode(found), np.int16))


def read(file: BinaryIO, args: dict[str, Any]) -> str | None:
    """The samples in base64, or None without a sound stream. Decoding process only."""
    with demuxing(), opened(file, args) as container:
        if len(container.streams) > args["limits"]["max_streams"]:
            raise Refusal("too_many_streams")
        if not container.streams.audio:
            return None
        return base64.b64encode(_samples(container).tobytes()).decode()


def _samples(container: Any) -> npt.NDArray[np.int16]:
    """Decode, mix and resample; each piece stands where its timestamp says, so that gaps and a late start stay."""
    stream = container.streams.audio[0]
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    heard = np.zeros(round(MAX_DURATION_S * RATE_HZ), np.int16)
    end = 0
    for frame in container.decode(stream):
        if frame.time is not None:
            at = round(frame.time * RATE_HZ)
            # The resampler holds back a few samples: what follows without a gap is joined without one.
            end = at if abs(at - end) > RATE_HZ // 20 else end
        for piece in resampler.resample(frame):
            values = piece.to_ndarray().reshape(-1)
            start, stop = max(0, end), min(len(heard), end + len(values))
            if stop > start:
                heard[start:stop] = values[start - end : stop - end]
            end += len(values)
        if end >= len(heard):
            break
    return heard[: max(0, min(end, len(heard)))]
