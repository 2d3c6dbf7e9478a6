"""The network that generators are told by sees what the identity encoder sees, and can be differentiated."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from facewarden.errors import ModelError
from facewarden.faces import warp
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import CHIP_PX, IdentityEncoder, chip_transform
from facewarden.lab.generators.identity_net import IdentityNet, identity_net, placed, read_identity_net
from facewarden.lab.generators.material import as_tensor
from facewarden.media.frame import ImageRGB
from people import collins, hopper
from tests.lab.generators.test_dlib_file import affine, head, relu

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def net() -> IdentityNet:
    return read_identity_net()


def chip_of(image: ImageRGB, landmarks: np.ndarray) -> ImageRGB:
    return warp.cut(image, chip_transform(landmarks), CHIP_PX)


def test_embeddings_are_those_of_the_identity_encoder(net: IdentityNet) -> None:
    encoder, finder = IdentityEncoder(), FaceFinder()
    rng = np.random.default_rng(0)
    for image in (collins(), hopper(), np.ascontiguousarray(hopper()[:, ::-1])):
        (face,) = finder.find(image)
        (found,) = net(as_tensor(chip_of(image, face.landmarks)[None]))
        assert np.abs(found.numpy() - encoder.embed(image, face.landmarks)).max() < 1e-4
    noise = rng.integers(0, 256, (400, 400, 3)).astype(np.uint8)
    (found,) = net(as_tensor(chip_of(noise, face.landmarks)[None]))
    assert np.abs(found.numpy() - encoder.embed(noise, face.landmarks)).max() < 1e-4


def test_chips_are_cut_where_the_encoder_cuts_them() -> None:
    (face,) = FaceFinder().find(hopper())
    to_chip = chip_transform(face.landmarks)
    side = min(hopper().shape[:2])
    square = np.ascontiguousarray(hopper()[:side, :side])
    # A part of a pixel apart would cost ten times as much.
    cut = placed(as_tensor(square[None]), to_chip[None])[0].numpy().transpose(1, 2, 0) * 255
    wanted = warp.cut(square, to_chip, CHIP_PX)
    assert warp.sampling(to_chip, CHIP_PX).factor == 1
    assert np.abs(cut - wanted).mean() < 1


def test_pixels_learn_whom_they_should_look_like(net: IdentityNet) -> None:
    square = torch.full((1, 3, 128, 128), 0.5, requires_grad=True)
    to_chip = np.array([[[1.3, 0.0, -8.0], [0.0, 1.3, -8.0]]])
    net(placed(square, to_chip)).square().sum().backward()  # type: ignore[no-untyped-call]
    assert square.grad is not None
    assert float(square.grad[0, :, 40:90, 40:90].abs().min()) > 0
    assert not any(weight.requires_grad for weight in net.parameters())


def test_beyond_the_square_is_grey() -> None:
    far = np.array([[[1.0, 0.0, 500.0], [0.0, 1.0, 500.0]]])
    assert torch.allclose(placed(torch.ones(1, 3, 32, 32), far), torch.tensor(127 / 255))


def test_another_network_is_refused() -> None:
    with pytest.raises(ModelError, match="must be con_4, but is affine_"):
        identity_net(head() + relu(sample_count=True) + affine(1.0, 2.0))
    with pytest.raises(ModelError, match="must be con_4, but is None"):
        identity_net(head())
