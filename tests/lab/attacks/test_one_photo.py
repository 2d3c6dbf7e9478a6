"""The swap from one photo: pose from the frame, face from the photo, and not a pixel beyond the mask."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from people import canvas, collins, hopper

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("scipy", reason="needs the extra [lab]: SciPy is missing")

from facewarden.errors import UsageError
from facewarden.faces.detector import FaceDetector
from facewarden.faces.identity import IdentityEncoder, distance
from facewarden.faces.mesh import FaceMesh, MeshFace
from facewarden.lab.attacks.one_photo import OnePhotoSwap
from facewarden.media.frame import ImageRGB

pytestmark = pytest.mark.lab


def only_face(image_rgb: ImageRGB) -> MeshFace:
    (face,) = FaceMesh().fit_detections(image_rgb, FaceDetector().detect(image_rgb))
    return face


@pytest.fixture(scope="module")
def target() -> MeshFace:
    return only_face(collins())


@pytest.mark.parametrize("mask", ["ellipse", "hull"])
@pytest.mark.parametrize("core_px", [64, 128, None])
def test_nothing_changes_beyond_the_mask(target: MeshFace, mask: str, core_px: int | None) -> None:
    frame = collins()
    swapped, weight = OnePhotoSwap(hopper(), core_px=core_px, mask=mask).apply(frame, target)  # type: ignore[arg-type]

    assert swapped.shape == frame.shape
    assert swapped.dtype == np.uint8
    assert weight.shape == frame.shape[:2]
    assert weight.min() == 0
    assert 0.95 < weight.max() <= 1
    assert (swapped[weight == 0] == frame[weight == 0]).all()
    assert np.abs(swapped[weight > 0.9].astype(int) - frame[weight > 0.9]).mean() > 10
    # The mask is the face: within its box, give or take the blurred edge, and most of it.
    rows, columns = np.nonzero(weight > 0.5)
    x0, y0, x1, y1 = target.box_xyxy
    assert x0 - 8 < columns.min() < columns.max() < x1 + 8
    assert y0 - 8 < rows.min() < rows.max() < y1 + 8
    assert 0.5 < (weight > 0.5).sum() / ((x1 - x0) * (y1 - y0)) < 0.95


def test_pose_and_expression_follow_the_frame_and_identity_the_photo(target: MeshFace) -> None:
    swapped, _ = OnePhotoSwap(hopper(), core_px=None, mask="hull").apply(collins(), target)

    (seen,) = FaceMesh().follow(swapped, [target])
    between_eyes = np.linalg.norm(target.landmarks[33, :2] - target.landmarks[263, :2])
    apart = np.linalg.norm(seen.landmarks[:, :2] - target.landmarks[:, :2], axis=1)
    assert np.median(apart) < 0.06 * between_eyes
    encoder = IdentityEncoder()
    victim = encoder.embed(collins(), target.landmarks)
    donor = encoder.embed(hopper(), only_face(hopper()).landmarks)
    forged = encoder.embed(swapped, seen.landmarks)
    assert distance(forged, victim) > distance(donor, forged)


@pytest.mark.parametrize("colour", ["mean", "lab"])
def test_colours_come_nearer_to_the_frame(target: MeshFace, colour: str) -> None:
    blue = np.clip(hopper() * np.array([0.6, 0.8, 1.2]), 0, 255).astype(np.uint8)
    inside = OnePhotoSwap(blue, colour="none").apply(collins(), target)[1] > 0.9

    def off(how: str) -> float:
        swapped, _ = OnePhotoSwap(blue, colour=how).apply(collins(), target)  # type: ignore[arg-type]
        return float(np.abs(swapped[inside].mean(0) - collins()[inside].mean(0)).max())

    assert off(colour) < 0.35 * off("none")


def test_a_small_core_has_less_detail(target: MeshFace) -> None:
    def detail(core_px: int | None) -> float:
        swapped, weight = OnePhotoSwap(hopper(), core_px=core_px).apply(collins(), target)
        grey = swapped.mean(-1)
        return float(np.abs(np.diff(grey, axis=1))[weight[:, 1:] > 0.9].mean())

    assert detail(32) < detail(64) < detail(None)


def test_the_own_mouth_stays(target: MeshFace) -> None:
    swapped, weight = OnePhotoSwap(hopper(), own_mouth=True).apply(collins(), target)
    mouth = target.landmarks[[13, 14], :2].mean(0).round().astype(int)

    assert weight[mouth[1], mouth[0]] < 0.2
    teeth = np.s_[mouth[1] - 1 : mouth[1] + 2, mouth[0] - 6 : mouth[0] + 7]
    assert np.abs(swapped[teeth].astype(int) - collins()[teeth]).mean() < 12


def test_a_face_half_outside_the_frame(target: MeshFace) -> None:
    frame = np.ascontiguousarray(collins()[:, 225:])
    shifted = MeshFace(target.landmarks - np.array([225, 0, 0], np.float32), target.presence)

    swapped, weight = OnePhotoSwap(hopper()).apply(frame, shifted)

    assert swapped.shape == frame.shape
    assert weight[:, 0].max() > 0.9
    away = MeshFace(target.landmarks + np.array([2000, 0, 0], np.float32), target.presence)
    untouched, none = OnePhotoSwap(hopper()).apply(frame, away)
    assert (untouched == frame).all()
    assert not none.any()


def beside(other_px: int) -> ImageRGB:
    """Eileen Collins with Grace Hopper beside her, whose picture is `other_px` wide."""
    other = Image.fromarray(hopper())
    other = other.resize((other_px, round(other.height * other_px / other.width)))
    scene = Image.new("RGB", (512 + other_px, max(512, other.height)), "grey")
    scene.paste(Image.fromarray(collins()), (0, 0))
    scene.paste(other, (512, 0))
    return np.asarray(scene)


def test_a_source_shows_one_person(target: MeshFace) -> None:
    for width in (hopper().shape[1], hopper().shape[1] // 2):
        with pytest.raises(UsageError, match=r"shows 2 people.*cut it to the one who agreed"):
            OnePhotoSwap(beside(width))


def test_somebody_far_in_the_background_of_a_source_is_not_meant(target: MeshFace) -> None:
    alone, crowded = (OnePhotoSwap(image).apply(collins(), target)[0] for image in (collins(), beside(130)))
    assert len(FaceMesh().fit_detections(beside(130), FaceDetector().detect(beside(130)))) == 2
    assert np.abs(alone.astype(int) - crowded).mean() < 1


def test_what_cannot_be() -> None:
    with pytest.raises(UsageError, match="No face was found"):
        OnePhotoSwap(canvas(200, 300))
    with pytest.raises(UsageError, match=r"core_px must be 32\.\.1024 or None, but got 8"):
        OnePhotoSwap(hopper(), core_px=8)
