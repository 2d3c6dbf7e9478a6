"""The gauge of wear: told by the first blocks, fitted to genuine faces alone, and part of the exported file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from facewarden.errors import UsageError
from facewarden.lab.training.export import export, onnx_of
from facewarden.lab.training.exported import opened
from facewarden.lab.training.files import save_tensors
from facewarden.lab.training.joined import JoinedNet
from facewarden.lab.training.network import ForgeryNet
from facewarden.lab.training.shelf import FaceShelf, filled
from facewarden.lab.training.wear import Gauge, Gauged, fitted
from tests.lab.training.faces import every_source, some

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    methods = {triple[0].method for triple in every_source()}
    return some(tmp_path_factory.mktemp("faces"), *methods)


@pytest.fixture(scope="module")
def shelf(stores: Path) -> FaceShelf:
    return filled(stores, "train")


class SharpNet(ForgeryNet):
    """Holds faces without fine detail for forged, and sees nothing but detail."""

    def seen(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        grey = image.mean(1, keepdim=True)
        detail = (grey - functional.avg_pool2d(grey, 3, 1, 1)).abs()
        fine = functional.avg_pool2d(detail, 8).repeat(1, 40, 1, 1)
        return -detail.mean((1, 2, 3)), fine[:, 0], fine


def test_what_takes_detail_away_is_wear_for_a_network_that_looks_at_detail(shelf: FaceShelf) -> None:
    gauge, told = fitted(SharpNet(), shelf)
    assert told["faces"] == sum(not record.label for record in shelf.records)
    assert told["explains"] > 0.5
    picture, _ = shelf.face(0)
    before = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float()
    after = functional.interpolate(functional.avg_pool2d(before, 4), scale_factor=4.0)
    network = Gauged(SharpNet(), gauge)
    wear = [float(network(image)[2]) for image in (before, after)]
    assert 0 <= wear[0] < wear[1] <= 1


def test_the_same_seed_gives_the_same_gauge(shelf: FaceShelf) -> None:
    one, other, third = (fitted(SharpNet(), shelf, seed=seed)[0] for seed in (1, 1, 2))
    assert torch.equal(one.weight, other.weight)
    assert not torch.equal(one.weight, third.weight)


def test_forgeries_alone_are_not_enough(shelf: FaceShelf) -> None:
    forged = [n for n, record in enumerate(shelf.records) if record.label]
    with pytest.raises(UsageError, match="ten genuine faces or more, but the stores hold 3"):
        fitted(SharpNet(), shelf.only([*forged, 0, 4, 12]))


@pytest.mark.parametrize("kind", [ForgeryNet, JoinedNet])
def test_an_exported_file_tells_wear_and_all_else_as_before(kind: type[ForgeryNet], tmp_path: Path) -> None:
    import onnxruntime

    torch.manual_seed(2)
    network = kind().eval()
    gauge = Gauge()
    with torch.no_grad():
        gauge.weight.normal_(0, 0.02)
        gauge.bias.fill_(0.4)
    path = tmp_path / "network.onnx"
    path.write_bytes(onnx_of(network, gauge))
    session = onnxruntime.InferenceSession(str(path))
    plain = onnxruntime.InferenceSession(onnx_of(network))
    pictures = np.random.default_rng(0).uniform(0, 255, (3, 3, 256, 256)).astype(np.float32)
    assert [output.name for output in session.get_outputs()] == ["logit", "heat", "wear"]
    logit, heat, wear = session.run(None, {"image": pictures})
    for got, wanted in zip((logit, heat), plain.run(None, {"image": pictures}), strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-4)
    with torch.inference_mode():
        expected = Gauged(network, gauge)(torch.from_numpy(pictures))[2]
    np.testing.assert_allclose(wear, expected, atol=5e-3)
    assert wear.shape == (3,)
    again = opened(path).eval()
    with torch.inference_mode():
        np.testing.assert_allclose(again(torch.from_numpy(pictures))[0], logit, atol=1e-3)


def test_the_card_says_how_good_the_gauge_is(stores: Path, tmp_path: Path) -> None:
    torch.manual_seed(4)
    save_tensors(tmp_path / "final.pt", ForgeryNet().state_dict())
    target = export(
        tmp_path / "final.pt", tmp_path / "out" / "forgery.onnx", trained_on=(), notes={}, stores=stores
    )
    card = json.loads(target.with_suffix(".json").read_text())
    assert card["output"].endswith("wear (N,) from 0, none, to 1")
    assert set(card["wear"]) == {"faces", "full_shift", "explains"}
