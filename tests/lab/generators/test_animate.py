"""A still portrait that moves: the face goes where the other's bends it, the far background stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from facewarden.lab.generators.animate import animated
from facewarden.media.frame import ImageRGB

pytestmark = pytest.mark.lab

SIDE = 240


def landmarks() -> np.ndarray:
    """(400, 3): a face of 100 px in the middle of the picture."""
    y, x = np.mgrid[-1:1:20j, -1:1:20j]
    points = np.stack([120 + 40 * x.ravel(), 120 + 50 * y.ravel(), x.ravel()], axis=1)
    return points.astype(np.float32)


def picture(seed: int = 4) -> ImageRGB:
    noise = np.random.default_rng(seed).integers(0, 256, (SIDE // 8, SIDE // 8, 3), np.uint8)
    return np.asarray(cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)


def open_mouth(points: np.ndarray) -> np.ndarray:
    """The lower third of the face moved down by up to 15 px."""
    bent = points.copy()
    bent[:, 1] += 15 * np.clip((points[:, 1] - 137) / 33, 0, 1)
    return bent


def test_skin_follows_the_landmarks_and_the_far_background_stays() -> None:
    own, before = landmarks(), picture()
    after, moved = animated(before, own, open_mouth(own), amount=1.0)
    assert np.abs(after.astype(int) - before)[100:140, 100:140].mean() > 4
    far = np.abs(after.astype(int) - before)[:, :12]
    assert far.max() <= 3
    # What was seen at a landmark is seen where it went, or near it: what pulls is spread, not exact.
    inner = [n for n in range(len(own)) if abs(own[n, 0] - 120) < 30 and abs(own[n, 1] - 120) < 40]
    at = lambda image, points: image[tuple(np.rint(points[:, 1::-1]).astype(int).T)].astype(int)  # noqa: E731
    stayed = np.abs(at(after, own[inner]) - at(before, own[inner])).mean()
    followed = np.abs(at(after, moved[inner]) - at(before, own[inner])).mean()
    assert followed < 0.6 * stayed


def test_only_how_the_other_face_is_bent_is_taken() -> None:
    own, before = landmarks(), picture()
    turn = np.array([[0.0, -2.0], [2.0, 0.0]])
    elsewhere = own.copy()
    elsewhere[:, :2] = own[:, :2] @ turn.T + 500
    after, moved = animated(before, own, elsewhere, amount=1.0)
    assert np.abs(moved - own).max() < 0.01
    assert np.abs(after.astype(int) - before).max() <= 2


def test_the_amount_is_how_much_of_the_way() -> None:
    own, before = landmarks(), picture()
    ways = [animated(before, own, open_mouth(own), amount=amount)[1] - own for amount in (0.0, 0.5, 1.0)]
    assert np.abs(ways[0]).max() == 0
    assert np.allclose(2 * ways[1], ways[2], atol=1e-3)
    assert not ways[2][:, 2].any()
