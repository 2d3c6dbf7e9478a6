"""Worse copies of a face, and how much the score rises in them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facewarden.cues.steadiness import jump, worse_copies


def test_copies_lose_detail_and_keep_the_picture() -> None:
    rng = np.random.default_rng(0)
    coarse = np.kron(rng.integers(60, 196, (16, 16, 3)), np.ones((16, 16, 1)))
    crop = np.clip(coarse + rng.normal(0, 12, coarse.shape), 0, 255).astype(np.uint8)
    for worse in worse_copies(crop):
        assert (worse.shape, worse.dtype) == (crop.shape, np.uint8)
        assert np.abs(worse.astype(float) - coarse).mean() < np.abs(crop - coarse).mean() + 1
        assert (
            np.abs(np.diff(worse.astype(float), axis=1)).mean()
            < 0.8 * np.abs(np.diff(crop.astype(float), axis=1)).mean()
        )
        assert abs(float(worse.mean()) - float(crop.mean())) < 1.5


@given(st.floats(-20, 20), st.lists(st.floats(-20, 20), min_size=1, max_size=4), st.floats(-5, 5))
def test_a_jump_is_to_the_mean_of_the_copies_and_moves_with_none(
    logit: float, worse: list[float], shift: float
) -> None:
    found = jump(logit, worse)
    assert min(worse) - logit - 1e-6 <= found <= max(worse) - logit + 1e-6
    assert abs(jump(logit + shift, [w + shift for w in worse]) - found) < 1e-6
