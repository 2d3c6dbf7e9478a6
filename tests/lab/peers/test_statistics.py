from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from facewarden.lab.peers.statistics import SPECTRUM_BINS, radial_spectrum, surroundings
from facewarden.media.frame import ImageRGB


def noise(seed: int, height: int = 96, width: int = 128) -> ImageRGB:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def blurred(image: ImageRGB, radius: float) -> ImageRGB:
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius)))


def test_noise_is_flat_and_blur_takes_the_high_frequencies() -> None:
    flat, soft = radial_spectrum(noise(0)), radial_spectrum(blurred(noise(0), 1.5))
    assert flat.shape == (SPECTRUM_BINS,)
    assert np.ptp(flat[2:]) < 1.5
    assert soft[-1] < soft[4] - 4
    assert abs(flat.mean()) < 1e-9


def test_a_grid_of_a_generator_is_a_peak() -> None:
    stripes = noise(1).astype(float) * 0.1 + 60 * (np.arange(128) % 4 < 2)[None, :, None] + 40
    assert int(radial_spectrum(stripes.astype(np.uint8))[2:].argmax()) + 2 == SPECTRUM_BINS // 2


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 1.0), st.integers(0, 100))
def test_contrast_does_not_count(gain: float, seed: int) -> None:
    image = noise(seed, 64, 64)
    darker = (image * gain).astype(np.uint8)
    assert np.abs(radial_spectrum(image) - radial_spectrum(darker))[3:].max() < 0.5


def test_what_is_too_small_has_no_spectrum() -> None:
    assert np.isnan(radial_spectrum(noise(0, 15, 40))).all()
    assert np.isfinite(radial_spectrum(noise(0, 16, 17))).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(20, 40), st.integers(60, 90), st.integers(30, 60))
def test_nothing_within_the_box_has_a_say(seed: int, x0: int, x1: int, y1: int) -> None:
    image, box = noise(seed), (x0, 24, x1, y1)
    other = image.copy()
    other[24:y1, x0:x1] = np.random.default_rng(seed + 1).integers(0, 256, (y1 - 24, x1 - x0, 3))
    first, second = surroundings(image, box), surroundings(other, box)
    assert first
    assert first == pytest.approx(second, abs=1e-9)


def test_surroundings_tell_detail_colour_and_blocks() -> None:
    box = (50, 40, 70, 60)
    sharp, soft = surroundings(noise(3), box), surroundings(blurred(noise(3), 2), box)
    assert soft["detail_1px"] < sharp["detail_1px"] - 2
    red = noise(3)
    red[..., 0] = 250
    assert surroundings(red, box)["r_mean"] == 250
    blocky = np.kron(noise(5, 12, 16), np.ones((8, 8, 1), np.uint8))
    assert surroundings(blocky, box)["blocks_rows"] > 3
    assert abs(sharp["blocks_rows"]) < 0.2


def test_a_face_that_fills_the_picture_leaves_nothing() -> None:
    assert surroundings(noise(0), (0, 0, 128, 96)) == {}
