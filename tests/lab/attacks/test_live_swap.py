"""The options of live programs, each by the trace that it leaves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("scipy", reason="needs the extra [lab]: SciPy is missing")

from facewarden.errors import UsageError
from facewarden.lab.attacks.live_swap import OnePhoto
from facewarden.lab.attacks.protocol import ForgedFrame, Scene
from tests.lab.attacks.scenes import empty, moving, portrait, source

pytestmark = pytest.mark.lab


def forged(scenes: tuple[Scene, ...], **options: Any) -> list[ForgedFrame]:
    return list(OnePhoto(**options).forge(scenes, source_rgb=source()))


def change(one: ForgedFrame, other: np.ndarray) -> float:
    inside = one.mask > 0.5
    return float(np.abs(one.image_rgb[inside].astype(int) - other[inside]).mean())


@pytest.mark.parametrize("poisson", [False, True])
def test_the_face_changes_and_nothing_beyond_the_mask(poisson: bool) -> None:
    (made,) = forged((portrait(),), poisson=poisson)
    before = portrait().frame.image_rgb
    assert made.image_rgb.shape == before.shape
    assert (made.image_rgb[made.mask == 0] == before[made.mask == 0]).all()
    assert change(made, before) > 8
    x0, y0, x1, y1 = portrait().faces[0].box_xyxy
    rows, columns = np.nonzero(made.mask > 0.5)
    assert x0 - 10 < columns.min() < columns.max() < x1 + 10
    assert y0 - 10 < rows.min() < rows.max() < y1 + 10


def test_opacity_is_how_much_is_seen() -> None:
    before = portrait().frame.image_rgb
    (whole,), (faint,) = forged((portrait(),)), forged((portrait(),), opacity=0.4)
    middle = whole.mask > 0.99
    full = whole.image_rgb[middle].astype(float) - before[middle]
    part = faint.image_rgb[middle].astype(float) - before[middle]
    assert np.abs(part - 0.4 * full).max() <= 1.01


def test_sharpening_adds_detail() -> None:
    (plain,), (crisp,) = forged((portrait(),)), forged((portrait(),), sharpen=2.0)
    inside = plain.mask > 0.9
    assert crisp.image_rgb[inside].std() > 1.05 * plain.image_rgb[inside].std()


def test_dropped_frames_come_through_as_they_were() -> None:
    scenes = moving()
    made = forged(scenes, drop_every=2)
    untouched = [(f.image_rgb == s.frame.image_rgb).all() for f, s in zip(made, scenes, strict=True)]
    assert untouched == [False, True, False, True]
    assert [bool(f.mask.any()) for f in made] == [True, False, True, False]


def test_kept_landmarks_leave_the_swap_behind() -> None:
    """The portrait moves by three pixels; where landmarks are kept the mask does not."""
    followed, kept = forged(moving()), forged(moving(), detect_every=4)

    def middle(frame: ForgedFrame) -> float:
        return float(np.nonzero(frame.mask > 0.5)[1].mean())

    assert middle(followed[3]) - middle(followed[0]) == pytest.approx(9, abs=1.5)
    assert middle(kept[3]) - middle(kept[0]) == pytest.approx(0, abs=0.01)


def test_blending_keeps_some_of_the_frame_before() -> None:
    plain, blended = forged(moving()), forged(moving(), blend=0.7)
    assert (plain[0].image_rgb == blended[0].image_rgb).all()
    assert not (plain[1].image_rgb == blended[1].image_rgb).all()


def test_all_faces_or_the_largest() -> None:
    face = portrait().faces[0]
    two = Scene(portrait().frame, (face, face))
    (one,), (both,) = forged((portrait(),), many_faces=False), forged((two,), many_faces=False)
    assert (one.image_rgb == both.image_rgb).all()
    (again,) = forged((two,), opacity=0.5)
    assert not (again.image_rgb == one.image_rgb).all()


def test_a_frame_without_a_face_is_left_alone() -> None:
    (made,) = forged(tuple(empty(1)))
    assert not made.mask.any()


def test_without_a_source_there_is_nothing_to_put_in() -> None:
    with pytest.raises(UsageError, match="needs a source photo"):
        OnePhoto().forge([portrait()])
    with pytest.raises(UsageError, match="No face was found in the source photo"):
        OnePhoto().forge([portrait()], source_rgb=np.zeros((64, 64, 3), np.uint8))
