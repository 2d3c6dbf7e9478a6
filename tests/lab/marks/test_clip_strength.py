"""A clip gets a mark that a platform's codec leaves in it."""

from __future__ import annotations

import io
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.cues.lab_mark import find_lab_mark
from facewarden.lab.coding import crf_options, decode_own, encoded
from facewarden.lab.marks.clip_strength import TRIED_FRAMES, strength_for_clip
from facewarden.lab.marks.watermark import LAST_RESORT, STRENGTHS, embed, psnr_db
from facewarden.media.frame import ImageRGB
from people import hopper
from tests.lab.marks.test_watermark import scenery

RATE = Fraction(25)


def drifting(count: int, *, grain: float) -> list[ImageRGB]:
    """A small face that drifts: its codec spends little on what stands still."""
    rng = np.random.default_rng(0)
    frames = [np.roll(hopper()[100:340, 140:380], (n, 2 * n), (0, 1)) for n in range(count)]
    return [np.clip(frame + rng.normal(0, grain, (240, 240, 1)), 0, 255).astype(np.uint8) for frame in frames]


def score_after(frames: list[ImageRGB], strength: float) -> float:
    sent = [embed(frame, strength=strength) for frame in frames]
    for crf in (18, 28):
        sent = list(decode_own(io.BytesIO(encoded(sent, rate=RATE, options=crf_options("h264", crf)))))
    return find_lab_mark(sent).score


def test_a_small_face_that_moves_gets_a_mark_that_is_found_after_two_codecs() -> None:
    frames = drifting(16, grain=2)
    strength = strength_for_clip(frames[:TRIED_FRAMES], rate=RATE, crf=18)
    assert strength > STRENGTHS[2]
    assert score_after(frames, STRENGTHS[2]) < 5.0 < score_after(frames, strength)
    assert psnr_db(frames[0], embed(frames[0], strength=strength)) > 36


def test_a_large_still_scene_gets_the_weakest() -> None:
    still = [scenery(0, 480, 640)] * 3
    assert strength_for_clip(still, rate=RATE, crf=18) == STRENGTHS[2]


def test_a_single_frame_is_enough_to_tell() -> None:
    assert strength_for_clip([scenery(1)], rate=RATE, crf=18) in (*STRENGTHS[2:], LAST_RESORT)
