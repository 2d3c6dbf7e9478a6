"""Faces of all sizes, cuts and turns are found, and hardly anything else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from facewarden.faces.align import pose_deg
from facewarden.faces.detector import FaceDetector, overlap
from facewarden.faces.finder import FaceFinder
from facewarden.faces.mesh import MeshFace
from facewarden.media.frame import ImageRGB
from people import canvas, collins, collins_head, hopper, hopper_head, put

FACES = {"collins": (collins, (178, 68, 273, 174)), "hopper": (hopper, (166, 127, 356, 333))}


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


def test_one_face_in_a_portrait(finder: FaceFinder) -> None:
    for picture, box in FACES.values():
        (face,) = finder.find(picture())
        assert overlap(face.box_xyxy, np.array(box, np.float32)) > 0.9
        assert face.presence > 0.9
        yaw, pitch, roll = pose_deg(face.landmarks)
        assert max(abs(yaw), abs(pitch), abs(roll)) < 15


def test_landmarks_lie_where_the_parts_of_the_face_are(finder: FaceFinder) -> None:
    (face,) = finder.find(collins())
    assert face.landmarks.shape == (468, 3)
    assert face.landmarks.dtype == np.float32
    assert (face.landmarks[:, :2] >= 0).all()
    assert (face.landmarks[:, :2] < 512).all()
    known = {33: (190, 102), 263: (255, 105), 4: (224, 130), 13: (224, 144), 152: (223, 173), 10: (226, 68)}
    for number, place in known.items():
        assert np.linalg.norm(face.landmarks[number, :2] - place) < 10, number


@pytest.mark.parametrize("cut", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("who", FACES)
@pytest.mark.parametrize("scale", [1, 3])
def test_a_picture_that_is_nothing_but_a_face(finder: FaceFinder, who: str, cut: float, scale: int) -> None:
    picture, (x0, y0, x1, y1) = FACES[who]
    dx, dy = round((x1 - x0) * cut), round((y1 - y0) * cut)
    tight = Image.fromarray(picture()[y0 + dy : y1 - dy, x0 + dx : x1 - dx])
    tight = tight.resize((tight.width * scale, tight.height * scale), Image.Resampling.BICUBIC)
    (face,) = finder.find(np.asarray(tight), thorough=True)
    whole = np.array([-dx, -dy, x1 - x0 - dx, y1 - y0 - dy], np.float32) * scale
    assert overlap(face.box_xyxy, whole) > 0.75


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
@pytest.mark.parametrize("who", FACES)
def test_a_turned_picture(finder: FaceFinder, who: str, quarter_turns: int) -> None:
    picture = FACES[who][0]()
    (upright,) = finder.find(picture)
    (face,) = finder.find(
        np.ascontiguousarray(np.rot90(picture, quarter_turns)), thorough=True, last_resort=True
    )
    roll = pose_deg(face.landmarks)[2] - pose_deg(upright.landmarks)[2]
    assert (roll + 90 * quarter_turns + 180) % 360 - 180 == pytest.approx(0, abs=6)


@pytest.mark.parametrize("face_px", [40, 50, 60])
def test_small_faces_in_a_large_picture(finder: FaceFinder, face_px: int) -> None:
    scene = canvas(1080, 1920)
    boxes = [
        put(scene, head, centre=centre, face_px=face_px)
        for head, centre in (
            (collins_head(), (300, 250)),
            (hopper_head(), (1500, 300)),
            (collins_head(), (960, 800)),
            (hopper_head(), (180, 900)),
        )
    ]
    assert_found(finder.find(scene, thorough=True), boxes)


def test_ten_faces_in_one_picture(finder: FaceFinder) -> None:
    scene = canvas(720, 1280)
    boxes = [
        put(
            scene,
            (collins_head(), hopper_head())[number % 2],
            centre=(130 + number % 5 * 250, 180 + number // 5 * 340),
            face_px=70 + 8 * number,
        )
        for number in range(10)
    ]
    assert_found(finder.find(scene, thorough=True), boxes)


def test_known_faces_are_left_out(finder: FaceFinder) -> None:
    scene = canvas(400, 800)
    put(scene, collins_head(), centre=(200, 200), face_px=150)
    put(scene, hopper_head(), centre=(600, 200), face_px=150)
    first, second = sorted(finder.find(scene), key=lambda face: float(face.box_xyxy[0]))
    (left,) = finder.find(scene, known=[second])
    assert overlap(left.box_xyxy, first.box_xyxy) > 0.9
    assert finder.find(scene, known=[first, second], thorough=True, last_resort=True) == []


def noise(rng: np.random.Generator, height: int, width: int, falloff: float) -> ImageRGB:
    """Noise whose power falls off with frequency: 0 is white, 2 looks like clouds."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    frequency[0, 0] = 1
    planes = [
        np.fft.ifft2(np.fft.fft2(rng.normal(size=(height, width))) / frequency ** (falloff / 2)).real
        for _ in range(3)
    ]
    picture = np.stack([planes[0] + 0.4 * plane for plane in planes], -1)
    return np.clip((picture - picture.mean()) / picture.std() * 50 + 128, 0, 255).astype(np.uint8)


def test_noise_shows_no_face(finder: FaceFinder) -> None:
    rng = np.random.default_rng(7)
    pictures = [noise(rng, *rng.integers(100, 500, 2), falloff=number % 4) for number in range(12)]
    assert sum(bool(finder.find(p, thorough=True, last_resort=True)) for p in pictures) == 0


def test_textures_and_things_show_hardly_a_face(finder: FaceFinder) -> None:
    data = pytest.importorskip("skimage.data", reason="needs the extra [lab]: scikit-image is missing")
    rng = np.random.default_rng(3)
    pictures: list[ImageRGB] = []
    for make in (
        data.coffee,
        data.brick,
        data.grass,
        data.gravel,
        data.coins,
        data.moon,
        data.page,
        data.text,
    ):
        whole = np.asarray(Image.fromarray(make()).convert("RGB"))
        for _ in range(2):
            side = int(rng.integers(96, min(whole.shape[:2])))
            y, x = (int(rng.integers(0, length - side + 1)) for length in whole.shape[:2])
            pictures.append(np.ascontiguousarray(whole[y : y + side, x : x + side]))
    false = sum(bool(finder.find(p, thorough=True, last_resort=True)) for p in pictures)
    assert false <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (5, 3), (20, 2000)])
def test_pictures_of_odd_shapes(finder: FaceFinder, shape: tuple[int, int]) -> None:
    assert finder.find(np.full((*shape, 3), 90, np.uint8), thorough=True, last_resort=True) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda image: (image * 0.35).astype(np.uint8),
        lambda image: np.clip(image * 1.5 + 30, 0, 255).astype(np.uint8),
        lambda image: np.repeat(image.mean(-1, keepdims=True), 3, -1).astype(np.uint8),
        lambda image: np.ascontiguousarray(image[:, ::-1]),
    ],
    ids=["dark", "bright", "grey", "mirrored"],
)
def test_light_and_colour(finder: FaceFinder, change: Callable[[ImageRGB], ImageRGB]) -> None:
    for picture, _ in FACES.values():
        assert len(finder.find(change(picture()))) == 1


def test_the_detectors_keypoints_are_named_rightly() -> None:
    best = FaceDetector().detect(collins())[0]
    right_eye, left_eye, nose, mouth, right_ear, left_ear = best.keypoints
    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < mouth[1]
    assert 0.55 <= best.score <= 1


def test_candidates_come_turn_by_turn() -> None:
    groups = list(FaceDetector().candidates(np.ascontiguousarray(np.rot90(collins(), 2))))
    assert len(groups) == 4
    upside_down = groups[3]
    assert any(c.keypoints[0][0] > c.keypoints[1][0] and c.score > 0.8 for c in upside_down)


def assert_found(faces: list[MeshFace], boxes: list[tuple[float, ...]]) -> None:
    assert len(faces) == len(boxes)
    for box in boxes:
        assert max(overlap(face.box_xyxy, np.array(box, np.float32)) for face in faces) > 0.75
