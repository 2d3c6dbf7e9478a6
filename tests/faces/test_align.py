"""The aligned crop is the same wherever, however large and however turned the face is in the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from facewarden.faces import align, warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.faces.track import FaceSample
from facewarden.media.frame import Frame, ImageRGB
from people import collins, hopper


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


@pytest.fixture(scope="module")
def face(finder: FaceFinder) -> MeshFace:
    return finder.find(hopper())[0]


def sampled(image_rgb: ImageRGB, finder: FaceFinder) -> FaceSample:
    (face,) = finder.find(image_rgb)
    return align.sample(Frame(image_rgb, 1.5, 36), face, track=4)


def moved(
    image_rgb: ImageRGB, *, scale: float = 1, turn_deg: float = 0, shift: tuple[int, int] = (0, 0)
) -> ImageRGB:
    picture = Image.fromarray(image_rgb)
    if scale != 1:
        picture = picture.resize(
            (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
        )
    if turn_deg:
        picture = picture.rotate(turn_deg, Image.Resampling.BICUBIC, fillcolor=(127, 127, 127))
    room = Image.new("RGB", (picture.width + abs(shift[0]), picture.height + abs(shift[1])), (127, 127, 127))
    room.paste(picture, (max(shift[0], 0), max(shift[1], 0)))
    return np.asarray(room)


@pytest.mark.parametrize(
    "change",
    [
        {"shift": (61, 23)},
        {"shift": (0, 140)},
        {"scale": 0.75},
        {"scale": 1.6},
        {"turn_deg": 12},
        {"turn_deg": -25},
        {"scale": 1.3, "turn_deg": 8, "shift": (17, 40)},
    ],
    ids=str,
)
def test_the_crop_hardly_changes_with_the_picture(finder: FaceFinder, change: dict[str, object]) -> None:
    before = sampled(hopper(), finder)
    after = sampled(moved(hopper(), **change), finder)  # type: ignore[arg-type]
    apart = np.linalg.norm(before.crop_landmarks - after.crop_landmarks, axis=1)
    assert np.median(apart) < 3.5
    inner = np.s_[70:210, 60:196]
    soft = [
        np.asarray(Image.fromarray(s.crop_rgb).filter(ImageFilter.GaussianBlur(3)), float)[inner]
        for s in (before, after)
    ]
    assert np.abs(soft[0] - soft[1]).mean() < 9
    assert np.corrcoef(soft[0].ravel(), soft[1].ravel())[0, 1] > 0.95


@settings(max_examples=40)
@given(st.floats(0.2, 8), st.floats(-180, 180), st.floats(-900, 900), st.floats(-900, 900))
def test_the_crop_transform_follows_the_landmarks(
    face: MeshFace, scale: float, turn_deg: float, x: float, y: float
) -> None:
    """A law, without pixels: landmarks moved by a similarity end on the same places of the crop."""
    cos, sin = scale * np.cos(np.radians(turn_deg)), scale * np.sin(np.radians(turn_deg))
    motion = np.array([[cos, -sin, x], [sin, cos, y]])
    points = face.landmarks[:, :2].astype(np.float64)
    at_first = warp.apply(align.crop_transform(face.landmarks), points)
    later = points @ motion[:, :2].T + motion[:, 2]
    assert np.allclose(warp.apply(align.crop_transform(later), later), at_first, atol=0.05)


def test_the_face_fills_the_crop_as_promised(finder: FaceFinder) -> None:
    for picture in (collins(), hopper()):
        sample = sampled(picture, finder)
        assert sample.crop_rgb.shape == (256, 256, 3)
        assert sample.crop_rgb.dtype == np.uint8
        assert sample.crop_landmarks.shape == (468, 2)
        forehead, chin = sample.crop_landmarks[10], sample.crop_landmarks[152]
        assert np.linalg.norm(chin - forehead) / 256 == pytest.approx(0.78, abs=0.06)
        assert abs(forehead[0] - chin[0]) < 12
        eyes = sample.crop_landmarks[[33, 263]]
        assert abs(eyes[0, 1] - eyes[1, 1]) < 8
        assert (eyes[0] + eyes[1])[0] / 2 == pytest.approx(127.5, abs=8)


def test_what_a_sample_says_of_its_frame(finder: FaceFinder) -> None:
    sample = sampled(hopper(), finder)
    assert (sample.track, sample.time_s, sample.frame_index) == (4, 1.5, 36)
    assert sample.height_px == pytest.approx(206, abs=12)
    assert sample.crop_scale == pytest.approx(0.78 * 256 / sample.height_px, rel=0.08)
    doubled = sampled(moved(hopper(), scale=2), finder)
    assert doubled.height_px == pytest.approx(2 * sample.height_px, rel=0.03)
    assert doubled.crop_scale == pytest.approx(sample.crop_scale / 2, rel=0.03)


@pytest.mark.parametrize("turn_deg", [-30, -15, 15, 30])
def test_roll_follows_a_turned_picture(finder: FaceFinder, turn_deg: float) -> None:
    straight = sampled(hopper(), finder)
    turned = sampled(moved(hopper(), turn_deg=turn_deg), finder)
    # Pillow turns counter-clockwise, roll counts clockwise.
    assert turned.roll_deg - straight.roll_deg == pytest.approx(-turn_deg, abs=3)
    assert turned.yaw_deg == pytest.approx(straight.yaw_deg, abs=8)


def test_yaw_changes_its_sign_in_the_mirror(finder: FaceFinder) -> None:
    def yaw(turn: float) -> float:
        landmarks = finder.find(hopper())[0].landmarks.astype(np.float64)
        cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        x, z = landmarks[:, 0] - 260, landmarks[:, 2]
        landmarks[:, 0], landmarks[:, 2] = cos * x + sin * z, -sin * x + cos * z
        return align.pose_deg(landmarks.astype(np.float32))[0]

    assert yaw(30) - yaw(0) == pytest.approx(-30, abs=2)
    assert yaw(-30) - yaw(0) == pytest.approx(30, abs=2)


def test_sharpness_falls_with_blur_and_enlargement(finder: FaceFinder) -> None:
    crop = Image.fromarray(sampled(hopper(), finder).crop_rgb)
    blurred = [align.sharpness(np.asarray(crop.filter(ImageFilter.GaussianBlur(r)))) for r in (0, 1, 2, 4)]
    assert blurred == sorted(blurred, reverse=True)
    assert blurred[0] > 3 * blurred[-1]
    cores = [align.sharpness(np.asarray(crop.resize((n, n)).resize((256, 256)))) for n in (192, 96, 48, 24)]
    assert cores == sorted(cores, reverse=True)
    assert align.sharpness(np.full((256, 256, 3), 90, np.uint8)) == 0
