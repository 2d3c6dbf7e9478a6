"""A picture through H.264 or HEVC: the same size, the same every time, and worse with a higher CRF."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from facewarden.lab.training.video_frame import VideoCodec, through_video

pytestmark = pytest.mark.lab

FACE = np.ascontiguousarray(data.astronaut()[:200, 120:320])


@settings(max_examples=15, deadline=None)
@given(
    height=st.integers(32, 90),
    width=st.integers(32, 90),
    drift=st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
    codec=st.sampled_from(["h264", "hevc"]),
)
def test_any_size_comes_back(height: int, width: int, drift: tuple[int, int], codec: VideoCodec) -> None:
    image = FACE[:height, :width]
    before = image.copy()

    out = through_video(image, crf=23, drift=drift, codec=codec)

    assert out.shape == image.shape
    assert out.dtype == np.uint8
    assert (image == before).all()
    assert (out == through_video(image, crf=23, drift=drift, codec=codec)).all()
    # A shift would cost far more than compression does.
    assert np.abs(out.astype(int) - image).mean() < 12


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_higher_crf_costs_more(codec: VideoCodec) -> None:
    costs = [
        np.abs(through_video(FACE, crf=crf, drift=(1, 0), codec=codec).astype(int) - FACE).mean()
        for crf in (12, 23, 30, 40)
    ]
    assert costs == sorted(costs)
    assert costs[0] < 3
