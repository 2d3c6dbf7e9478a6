"""The search that only sees a score: what it asks, keeps and spends. The detector is a stand-in."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.lab.attacks.by_score import search
from facewarden.lab.attacks.visible import Patch, added
from facewarden.media.frame import ImageRGB
from tests.lab.attacks.scenes import portrait

pytestmark = pytest.mark.lab


def patch() -> Patch:
    from facewarden.lab.attacks.visible import patch_of

    scene = portrait()
    found = patch_of(scene.frame.image_rgb, scene.faces[0])
    assert found is not None
    return found


class StandIn:
    """Suspicious of large bright and dark fields that were drawn once; counts how often it is asked."""

    def __init__(self, height: int, width: int) -> None:
        self.asked = 0
        fields = np.random.default_rng(7).normal(size=(16, 16, 3))
        self._weight = np.kron(fields, np.ones((height // 16 + 1, width // 16 + 1, 1)))[:height, :width]

    def __call__(self, patch_rgb: ImageRGB) -> float:
        self.asked += 1
        return float((patch_rgb.astype(np.float32) * self._weight).mean())


def test_the_score_falls_within_the_radius_and_the_number_of_queries() -> None:
    target = patch()
    detector = StandIn(*target.image_rgb.shape[:2])
    before = detector(target.image_rgb)
    change = search(target, detector, radius=800, queries=150, goal=-1e9, rng=np.random.default_rng(0))
    assert detector.asked == 151
    assert np.linalg.norm(change) <= 800 * 1.001
    assert detector(added(target.image_rgb, change)) < before - 0.15


def test_it_stops_at_its_goal_and_goes_on_from_a_start() -> None:
    target = patch()
    detector = StandIn(*target.image_rgb.shape[:2])
    before = detector(target.image_rgb)
    rng = np.random.default_rng(0)
    first = search(target, detector, radius=800, queries=500, goal=before - 0.2, rng=rng)
    asked = detector.asked
    assert asked < 400
    assert detector(added(target.image_rgb, first)) < before - 0.2
    again = search(target, detector, radius=800, queries=500, goal=before - 0.2, rng=rng, start=first)
    assert detector.asked == asked + 2, "one look tells that the start is there already"
    assert again is first
