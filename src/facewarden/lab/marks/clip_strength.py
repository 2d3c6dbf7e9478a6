"""How strong the invisible mark of a clip is to be: tried on its first frames, as codecs take more from what moves."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from facewarden.cues.lab_mark import find_lab_mark
from facewarden.lab.coding import crf_options, decode_own, encoded
from facewarden.lab.marks.watermark import LAST_RESORT, STRENGTHS, embed, strength_for
from facewarden.media.frame import ImageRGB

TRIED_FRAMES = 6
"""A check reads more: what is found in these is found there with room to spare."""

SURVIVED_CRF = 28

_CLIP_STRENGTHS = (*STRENGTHS[2:], LAST_RESORT)


def strength_for_clip(frames: Sequence[ImageRGB], *, rate: Fraction, crf: int) -> float:
    """Return the weakest strength that is found in the first frames after H.264 at CRF 28, or `LAST_RESORT`.

    Args:
        frames: (H, W, 3) uint8 pictures of one size, one or more; `TRIED_FRAMES` are plenty.
        rate: frames per second.
        crf: at which the clip is written, before anybody sends it on at CRF 28.
    """
    at_least = strength_for(frames[0])
    for strength in _CLIP_STRENGTHS:
        marked = (embed(frame, strength=strength) for frame in frames)
        if (
            strength >= at_least
            and find_lab_mark(_sent(_sent(marked, rate, crf), rate, SURVIVED_CRF)).present
        ):
            return strength
    return LAST_RESORT


def _sent(frames: Iterable[ImageRGB], rate: Fraction, crf: int) -> Iterator[ImageRGB]:
    return decode_own(io.BytesIO(encoded(frames, rate=rate, options=crf_options("h264", crf))))
