"""The check of a picture in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.checker import Checker
from facewarden.lab.bench.photo_check import PhotoCheck, Seen
from facewarden.report.model import Level


def test_the_check_in_memory_is_the_one_of_the_file() -> None:
    path = Path(__file__).parents[3] / "examples" / "genuine.jpg"
    report = Checker().check(path)
    with Image.open(path) as picture:
        seen = PhotoCheck().judge(np.asarray(picture.convert("RGB")))
    (score,) = [c.score for face in report.faces for c in face.cues if c.cue == "frame_forgery"]
    assert seen.level is report.level
    assert seen.logit == pytest.approx(score, abs=0.02)


@pytest.mark.parametrize(
    ("level", "reason", "what"),
    [
        (Level.VERY_LIKELY, "", "found"),
        (Level.LIKELY, "", "found"),
        (Level.WEAK, "", "unclear"),
        (Level.INCONCLUSIVE, "mixed_evidence", "unclear"),
        (Level.INCONCLUSIVE, "unstable", "abstained"),
        (Level.INCONCLUSIVE, "no_face", "abstained"),
        (Level.NO_SIGN, "", "fooled"),
    ],
)
def test_every_picture_falls_into_one_column(level: Level, reason: str, what: str) -> None:
    seen = Seen(level, reason, None, other=False)
    assert [name for name in ("found", "unclear", "abstained", "fooled") if getattr(seen, name)] == [what]


def test_a_reader_who_sees_another_cue_is_not_fooled() -> None:
    assert not Seen(Level.NO_SIGN, "", -1.0, other=True).fooled
