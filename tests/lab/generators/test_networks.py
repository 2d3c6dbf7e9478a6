"""The generators: shapes, what they refuse, and losses that know what is alike."""

from __future__ import annotations

import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.generators.resampler import Resampler, ResamplerShape, Upsampling, rendering_loss
from facewarden.lab.generators.shared_decoders import (
    AutoencoderShape,
    SharedAutoencoder,
    dissimilarity,
    drawing_loss,
)

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("upsampling", ["shuffle", "nearest", "transpose"])
@pytest.mark.parametrize("factor", [4, 16])
def test_a_resampler_gives_back_the_size_that_it_got(upsampling: Upsampling, factor: int) -> None:
    made = Resampler(ResamplerShape(32, factor, 4, 8, upsampling))(torch.rand(2, 3, 32, 32)).detach()
    assert made.shape == (2, 3, 32, 32)
    assert 0 <= float(made.min()) <= float(made.max()) <= 1


def test_a_face_is_drawn_with_its_mask_and_differently_by_each_decoder() -> None:
    torch.manual_seed(0)
    network = SharedAutoencoder(AutoencoderShape(32, 8, 16), 2)
    faces = torch.rand(3, 3, 32, 32)
    one, other = network.draw(faces, 0), network.draw(faces, 1)
    assert one.shape == (3, 4, 32, 32)
    assert not torch.equal(one, other)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="multiple of 16"):
        AutoencoderShape(40)
    with pytest.raises(UsageError, match="divide size_px"):
        ResamplerShape(100, 8)


def test_losses_vanish_for_the_same_picture_and_grow_with_the_difference() -> None:
    torch.manual_seed(0)
    face = torch.rand(1, 4, 32, 32)
    near, far = (face + amount * torch.randn_like(face) for amount in (0.02, 0.2))
    for loss in (rendering_loss, drawing_loss, dissimilarity):
        assert float(loss(face, face)) == pytest.approx(0, abs=1e-5)
        assert 0 < float(loss(near, face)) < float(loss(far, face))
