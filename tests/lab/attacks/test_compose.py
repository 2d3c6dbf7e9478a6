"""From a core to a face that fits: the colours come nearer, the mask is where the face is."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")

from facewarden.lab.attacks.compose import COLOURS, SHAPES, Colour, Shape, composed
from facewarden.lab.attacks.mesh_warp import AlignedFace, ellipse
from facewarden.lab.attacks.paste import aligned
from facewarden.media.frame import ImageRGB
from tests.lab.attacks.scenes import portrait

pytestmark = pytest.mark.lab


def target(size: int = 96) -> AlignedFace:
    return aligned(portrait().frame.image_rgb, portrait().faces[0], size)


def tinted(face: AlignedFace) -> ImageRGB:
    return np.clip(face.image_rgb * [0.6, 0.8, 1.2] + 20, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [colour for colour in COLOURS if colour != "none"])
def test_a_tinted_core_takes_on_the_colours_of_the_face(colour: Colour) -> None:
    face = target()
    square, mask = composed(tinted(face), face, colour=colour, shape="hull")
    inside = mask > 0.9

    def apart(image: ImageRGB) -> float:
        return float(np.abs(image[inside].mean(0) - face.image_rgb[inside].mean(0)).max())

    assert apart(square) < 0.4 * apart(tinted(face))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_mask_covers_the_face_and_ends_within_the_square(shape: Shape) -> None:
    face = target()
    drawn = ellipse(face.landmarks, 96) if shape == "learned" else None
    _, mask = composed(face.image_rgb, face, colour="none", shape=shape, drawn=drawn, edge=0.02)
    assert mask[48, 48] > 0.99
    assert not mask[[0, -1]].any()
    assert not mask[:, [0, -1]].any()
    assert 0.15 < (mask > 0.5).mean() < 0.8


def test_a_generator_that_draws_no_mask_gets_the_hull() -> None:
    face = target()
    nothing = np.zeros((96, 96), np.float32)
    by_hull = composed(face.image_rgb, face, colour="none", shape="hull")[1]
    assert (composed(face.image_rgb, face, colour="none", shape="learned", drawn=nothing)[1] == by_hull).all()
    with pytest.raises(ValueError, match="drew none"):
        composed(face.image_rgb, face, colour="none", shape="learned")
