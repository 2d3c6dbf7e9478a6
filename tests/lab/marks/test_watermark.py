"""The invisible mark is unseen, is found, and survives what people do to pictures."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.cues.lab_mark import MIN_SIDE_PX, THRESHOLD, find_lab_mark
from facewarden.errors import UsageError
from facewarden.lab.marks.watermark import LAST_RESORT, STRENGTHS, embed, psnr_db, strength_for
from facewarden.media.frame import ImageRGB


def scenery(seed: int, height: int = 300, width: int = 400) -> ImageRGB:
    """A picture with the spectrum of a photograph: noise whose amplitude falls with the frequency."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij"))
    falling = np.fft.rfft2(rng.standard_normal((height, width))) / (frequency + 0.01)
    picture = np.fft.irfft2(falling, s=(height, width))
    grey = 128 + 40 * picture / picture.std()
    return np.clip(grey[..., None] + rng.normal(0, 3, (height, width, 3)), 0, 255).astype(np.uint8)


def jpeg(image_rgb: ImageRGB, quality: int) -> ImageRGB:
    stream = io.BytesIO()
    Image.fromarray(image_rgb).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def scaled(image_rgb: ImageRGB, width: int, height: int) -> ImageRGB:
    return np.asarray(Image.fromarray(image_rgb).resize((width, height), Image.Resampling.LANCZOS))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(128, 420), width=st.integers(128, 420))
def test_it_is_found_and_unseen_in_any_size(seed: int, height: int, width: int) -> None:
    picture = scenery(seed, height, width)
    marked = embed(picture)
    assert marked.shape == picture.shape
    assert marked.dtype == np.uint8
    assert psnr_db(picture, marked) >= 36.0
    assert find_lab_mark([marked]).score > THRESHOLD


@pytest.mark.parametrize("seed", range(8))
def test_it_survives_half_size_and_jpeg_50_in_either_order(seed: int) -> None:
    marked = embed(scenery(seed))
    assert find_lab_mark([jpeg(scaled(marked, 200, 150), 50)]).present
    assert find_lab_mark([scaled(jpeg(marked, 50), 200, 150)]).present


def test_it_survives_another_aspect_ratio_and_mirroring() -> None:
    marked = embed(scenery(0))
    assert find_lab_mark([scaled(marked, 500, 500)]).present
    mirrored = find_lab_mark([marked[:, ::-1]])
    assert mirrored.present
    assert mirrored.mirrored
    assert not find_lab_mark([marked]).mirrored


@pytest.mark.parametrize("crf", [23, 28])
def test_it_survives_video_coding(crf: int) -> None:
    moving = scenery(3, 300, 480)
    frames = [embed(moving[:, 4 * k : 4 * k + 400], strength=STRENGTHS[2]) for k in range(12)]
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as container:
        coder = container.add_stream("libx264", rate=25, options={"crf": str(crf)})
        coder.width, coder.height, coder.pix_fmt = 400, 300, "yuv420p"
        for frame in frames:
            container.mux(coder.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(coder.encode(None))
    stream.seek(0)
    with av.open(stream) as container:
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert find_lab_mark(decoded).present


def test_frames_together_say_more_than_one() -> None:
    frames = [jpeg(embed(scenery(seed), strength=STRENGTHS[0]), 25) for seed in range(6)]
    alone = [find_lab_mark([frame]).score for frame in frames]
    assert find_lab_mark(frames).score > max(alone)


def test_more_strength_is_read_better_and_seen_more() -> None:
    picture = scenery(1)
    marked = [embed(picture, strength=strength) for strength in STRENGTHS]
    scores = [find_lab_mark([each]).score for each in marked]
    loudness = [psnr_db(picture, each) for each in marked]
    assert scores == sorted(scores)
    assert loudness == sorted(loudness, reverse=True)
    assert loudness[-1] >= 38.0


def test_a_picture_that_takes_the_mark_easily_gets_a_weak_one() -> None:
    smooth = np.clip(scenery(5).astype(np.float32) * 0.3 + 90, 0, 255).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    assert strength_for(smooth) < strength_for(noise)


def test_the_last_resort_is_for_small_pictures_of_much_texture_only() -> None:
    assert strength_for(scenery(0)) in STRENGTHS
    coarse = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    busy = np.kron(coarse, np.ones((4, 4, 1), np.uint8))
    assert strength_for(busy) == LAST_RESORT
    assert 36.0 <= psnr_db(busy, embed(busy)) < 38.0


def test_the_original_stays_as_it_was() -> None:
    picture = scenery(2)
    before = picture.copy()
    embed(picture)
    np.testing.assert_array_equal(picture, before)


def test_a_tiny_picture_is_refused() -> None:
    with pytest.raises(UsageError, match=f"sides of {MIN_SIDE_PX} px"):
        embed(np.zeros((MIN_SIDE_PX - 1, 200, 3), np.uint8))


def test_equal_pictures_have_infinite_psnr() -> None:
    picture = scenery(4)
    assert psnr_db(picture, picture) == float("inf")
    assert psnr_db(picture, picture ^ 1) == pytest.approx(48.13, abs=0.01)
