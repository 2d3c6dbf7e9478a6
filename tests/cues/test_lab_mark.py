"""The reader of the lab's mark, on pictures that do not carry it. With the mark: tests/lab/marks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.cues import lab_mark
from facewarden.cues.lab_mark import FREQUENCIES, LabMark, find_lab_mark
from facewarden.media.frame import ImageRGB


def scenery(seed: int, height: int = 200, width: int = 300) -> ImageRGB:
    """A picture with the spectrum of a photograph: noise whose amplitude falls with the frequency."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij"))
    falling = np.fft.rfft2(rng.standard_normal((height, width))) / (frequency + 0.01)
    picture = np.fft.irfft2(falling, s=(height, width))
    grey = 128 + 45 * picture / picture.std()
    return np.clip(grey[..., None] + rng.normal(0, 3, (height, width, 3)), 0, 255).astype(np.uint8)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(lab_mark.MIN_SIDE_PX, 400),
    width=st.integers(lab_mark.MIN_SIDE_PX, 400),
)
def test_an_unmarked_picture_scores_like_noise(seed: int, height: int, width: int) -> None:
    assert find_lab_mark([scenery(seed, height, width)]).score < lab_mark.THRESHOLD


def test_the_scores_of_unmarked_pictures_are_spread_as_promised() -> None:
    scores = np.array([find_lab_mark([scenery(seed)]).score for seed in range(100)])
    # The greater of two standard normal variables: mean 0.56, standard deviation 0.83.
    assert abs(scores.mean() - 0.56) < 0.35
    assert 0.5 < scores.std() < 1.2


def test_many_unmarked_frames_do_not_add_up() -> None:
    assert find_lab_mark(scenery(seed) for seed in range(12)).score < lab_mark.THRESHOLD
    assert find_lab_mark([scenery(7)] * 12).score < lab_mark.THRESHOLD


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_flat_picture_is_not_marked(value: int) -> None:
    assert not find_lab_mark([np.full((100, 100, 3), value, np.uint8)]).present


def test_nothing_to_read_scores_zero() -> None:
    assert find_lab_mark([]) == LabMark(score=0.0)
    assert find_lab_mark([np.zeros((lab_mark.MIN_SIDE_PX - 1, 500, 3), np.uint8)]) == LabMark(score=0.0)


def test_the_pattern_is_the_same_for_ever() -> None:
    signs = lab_mark.pattern()
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert signs.shape == (int(lab_mark.band().sum()),)
    assert "".join("+" if sign > 0 else "-" for sign in signs[:16]) == "-++----+++--++++"


def test_the_transform_is_orthonormal() -> None:
    basis = lab_mark.cosines()
    np.testing.assert_allclose(basis @ basis.T, np.eye(FREQUENCIES), atol=1e-12)


def test_the_local_spectrum_of_white_noise_is_flat() -> None:
    coefficients = np.random.default_rng(0).normal(0, 50, (FREQUENCIES, FREQUENCIES))
    magnitude = lab_mark.magnitude(coefficients)
    assert magnitude.shape == (FREQUENCIES, FREQUENCIES)
    np.testing.assert_allclose(magnitude, np.hypot(50, 4), rtol=0.6)
    assert abs(magnitude.mean() - 50) < 3
