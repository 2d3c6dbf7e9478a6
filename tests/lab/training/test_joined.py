"""Two networks that look together."""

from __future__ import annotations

import pytest
import torch

from facewarden.lab.training.joined import JoinedNet, SlimNet
from facewarden.lab.training.network import ForgeryNet

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def joined() -> JoinedNet:
    torch.manual_seed(3)
    return JoinedNet().eval()


def faces() -> torch.Tensor:
    return 255 * torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(1))


def test_the_logit_is_the_mean_of_both_and_the_map_is_the_first_ones(joined: JoinedNet) -> None:
    first, second = ForgeryNet().eval(), SlimNet().eval()
    own = joined.state_dict()
    first.load_state_dict({name: own[name] for name in first.state_dict()})
    second.load_state_dict({name: own[f"second.{name}"] for name in second.state_dict()})
    with torch.inference_mode():
        logit, heat = joined(faces())
        one, where = first(faces())
        torch.testing.assert_close(logit, (one + second(faces())) / 2)
    torch.testing.assert_close(heat, where)


def test_both_have_less_than_six_million_parameters(joined: JoinedNet) -> None:
    assert 5_000_000 < sum(p.numel() for p in joined.parameters()) <= 6_000_000


def test_first_blocks_of_both_can_be_held_still(joined: JoinedNet) -> None:
    with torch.inference_mode():
        before = joined(faces())[0]
        for trunk in joined.trunks():
            trunk.hold_still(3)
        torch.testing.assert_close(joined(faces())[0], before, rtol=1e-3, atol=1e-3)
    assert len(joined.trunks()) == 2
