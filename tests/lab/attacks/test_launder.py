"""What happens to a file on its way, each step by what it does."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.errors import UsageError
from facewarden.lab.attacks.launder import Wash, parse, washed
from facewarden.media.frame import ImageRGB
from people import hopper

pytestmark = pytest.mark.lab


def psnr(a: ImageRGB, b: ImageRGB) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2)))


def clip(count: int = 6) -> list[ImageRGB]:
    return [np.ascontiguousarray(np.roll(hopper()[:241, :303], n, axis=1)) for n in range(count)]


def through(*steps: str, frames: list[ImageRGB] | None = None) -> list[ImageRGB]:
    return list(washed(frames or clip(), parse("+".join(steps))))


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_codec_keeps_size_and_order_and_loses_more_the_higher_the_crf(codec: str) -> None:
    fine, coarse = through(f"{codec}:18"), through(f"{codec}:40")
    for made in (fine, coarse):
        assert len(made) == 6
        assert all(frame.shape == (241, 303, 3) and frame.dtype == np.uint8 for frame in made)
    quality = [psnr(a, b) for a, b in zip(fine, clip(), strict=True)]
    assert min(quality) > 28
    assert max(psnr(a, b) for a, b in zip(coarse, clip(), strict=True)) < min(quality) - 3


def test_jpeg_loses_more_the_lower_the_quality() -> None:
    (fine,), (coarse,) = through("jpeg90", frames=[hopper()]), through("jpeg20", frames=[hopper()])
    assert psnr(fine, hopper()) > psnr(coarse, hopper()) + 4
    assert abs(float(fine.mean((0, 1))[0]) - float(hopper().mean((0, 1))[0])) < 2, "red stays red"


def test_height_makes_smaller_and_never_larger() -> None:
    assert through("height120", frames=[hopper()])[0].shape[0] == 120
    assert through("height2000", frames=[hopper()])[0].shape == hopper().shape


def test_border_sticker_and_screen() -> None:
    (framed,) = through("border10", frames=[hopper()])
    assert (framed[10:-10, 10:-10] == hopper()).all()
    assert (framed[:10] == 255).all()
    (stuck,) = through("sticker100", frames=[hopper()])
    changed = (stuck != hopper()).any(-1)
    assert 0.5 * 100**2 < changed.sum() < 100**2
    assert not changed[: hopper().shape[0] // 2].any()
    (weak,), (strong,) = through("screen1", frames=[hopper()]), through("screen5", frames=[hopper()])
    assert psnr(weak, hopper()) > psnr(strong, hopper())


def test_steps_are_taken_in_their_order() -> None:
    assert parse("height360+h264:35") == (Wash("height", 360), Wash("h264", 35))
    assert [step.label for step in parse("jpeg30+border8")] == ["jpeg30", "border8"]
    (inside,) = through("height100", "border10", frames=[hopper()])
    (outside,) = through("border10", "height100", frames=[hopper()])
    assert (inside.shape[0], outside.shape[0]) == (120, 100)


@pytest.mark.parametrize("text", ["", "h264", "soap5", "jpeg50+", "jpeg-3"])
def test_what_is_no_step_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="is no step of a laundering"):
        parse(text)


@pytest.mark.parametrize("text", ["h264:52", "jpeg0", "screen9"])
def test_strengths_have_a_range(text: str) -> None:
    with pytest.raises(UsageError, match="must be in"):
        parse(text)


def test_nothing_in_nothing_out() -> None:
    assert list(washed([], parse("h264:30+jpeg50"))) == []


def test_short_words_mean_the_same() -> None:
    assert parse("480p+crf=28+jpeg=50") == parse("height480+h264:28+jpeg50")


def test_a_screenshot_shows_the_picture_between_bars() -> None:
    (shot,) = through("screenshot100", frames=[hopper()])
    height, width = hopper().shape[:2]
    bar = (shot.shape[0] - height) // 2
    assert shot.shape[1] == width
    assert bar >= 8
    assert (shot[bar : bar + height] == hopper()).all()
    assert (shot[0] == 24).all()
    (small,) = through("screenshot50", frames=[hopper()])
    assert abs(small.shape[1] - width / 2) <= 1
