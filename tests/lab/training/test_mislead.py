"""Pictures moved to mislead: no further than allowed, and in the direction that misleads."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from facewarden.lab.training.mislead import misled

pytestmark = pytest.mark.lab


def pictures(seed: int, count: int = 6) -> Tensor:
    return 255 * torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(seed))


@given(seed=st.integers(0, 999), levels=st.floats(0, 20))
@settings(max_examples=30, deadline=None)
def test_no_pixel_moves_further_than_allowed_nor_out_of_its_range(seed: int, levels: float) -> None:
    before = pictures(seed)
    after = misled(before, lambda x: (x**2).mean(), levels=levels)
    assert float((after - before).abs().max()) <= levels + 1e-3
    assert float(after.min()) >= 0
    assert float(after.max()) <= 255


def test_the_loss_goes_up_and_by_a_different_amount_for_each() -> None:
    torch.manual_seed(1)
    before = pictures(1)
    direction = torch.randn(3, 8, 8)

    def loss(x: Tensor) -> Tensor:
        return (x * direction).sum()

    gained = ((misled(before, loss, levels=4.0) - before) * direction).sum((1, 2, 3))
    assert (gained > 0).all()
    assert float(gained.max() / gained.min()) > 1.3


def test_the_pictures_themselves_stay_and_take_no_gradient() -> None:
    before = pictures(2)
    kept = before.clone()
    after = misled(before, lambda x: x.sum(), levels=3.0)
    assert torch.equal(before, kept)
    assert not after.requires_grad
