"""Going on from the ONNX file that ships."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("onnx", reason="needs the extra [lab]: onnx is missing")

import onnx

from facewarden.errors import UsageError
from facewarden.inference import Network
from facewarden.lab.training.export import export
from facewarden.lab.training.exported import is_joined, load_exported, opened
from facewarden.lab.training.files import save_tensors
from facewarden.lab.training.joined import JoinedNet
from facewarden.lab.training.network import ForgeryNet
from facewarden.models import model_path

pytestmark = pytest.mark.lab


def batch(count: int = 2) -> np.ndarray:
    return np.random.default_rng(5).uniform(0, 255, (count, 3, 256, 256)).astype(np.float32)


@pytest.fixture(scope="module")
def reopened(single: Path) -> ForgeryNet:
    network = ForgeryNet()
    load_exported(network, single)
    return network.eval()


@pytest.mark.parametrize("shipped", [True, False])
def test_it_computes_what_the_exported_network_computes(single: Path, shipped: bool) -> None:
    path = model_path("frame_forgery.onnx") if shipped else single
    logit, heat, *_ = Network(path)(batch())
    with torch.inference_mode():
        again, where = opened(path).eval()(torch.from_numpy(batch()))
    np.testing.assert_allclose(again.numpy(), logit.reshape(-1), atol=2e-4)
    np.testing.assert_allclose(where.numpy(), heat, atol=2e-4)


def test_kernels_have_the_size_that_training_begins_with(reopened: ForgeryNet) -> None:
    for module in reopened.backbone.modules():
        if isinstance(module, torch.nn.Conv2d):
            size = module.weight[0].numel()
            mean_square = module.weight.detach().flatten(1).square().mean(1)
            # A few channels are dead, and stay so.
            assert mean_square.median() == pytest.approx(2 / size, rel=1e-3)
            assert mean_square.max() <= 2.002 / size


def test_exported_again_it_is_the_same_network(reopened: ForgeryNet, single: Path, tmp_path: Path) -> None:
    save_tensors(tmp_path / "final.pt", reopened.state_dict())
    target = export(tmp_path / "final.pt", tmp_path / "again.onnx", trained_on=[], notes={})
    first, second = (Network(path)(batch(1))[0] for path in (single, target))
    np.testing.assert_allclose(first, second, atol=2e-4)


def test_a_joined_network_comes_back_with_both(reopened: ForgeryNet, tmp_path: Path) -> None:
    torch.manual_seed(2)
    network = JoinedNet()
    network.load_state_dict(network.state_dict() | reopened.state_dict())
    own = network.second.trunk.state_dict()
    network.second.trunk.load_state_dict({name: reopened.backbone.state_dict()[name] for name in own})
    save_tensors(tmp_path / "final.pt", network.state_dict())
    exported = export(tmp_path / "final.pt", tmp_path / "joined.onnx", trained_on=[], notes={})

    assert is_joined(exported)
    assert "beside it" in json.loads(exported.with_suffix(".json").read_text())["architecture"]
    assert exported.stat().st_size < 2.1 * 6_000_000, "kernels are kept in half precision"
    logit, heat = Network(exported)(batch())
    # What half precision moves, and what reading the file back moves, which is rounding alone.
    for again, most in ((network.eval(), 0.05), (opened(exported).eval(), 5e-4)):
        with torch.inference_mode():
            known, where = again(torch.from_numpy(batch()))
        np.testing.assert_allclose(known.numpy(), logit.reshape(-1), atol=most)
        np.testing.assert_allclose(where.numpy(), heat, atol=most)
    with pytest.raises(UsageError, match="holds another network than this one trains"):
        load_exported(ForgeryNet(), exported)


def test_what_is_no_such_network_is_refused(single: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no exported network at"):
        load_exported(ForgeryNet(), tmp_path / "gone.onnx")
    (tmp_path / "text.onnx").write_bytes(b"\xff words")
    with pytest.raises(UsageError, match="cannot be read as an exported network"):
        load_exported(ForgeryNet(), tmp_path / "text.onnx")
    shutil.copy(single, tmp_path / "cut.onnx")
    model = onnx.load(str(tmp_path / "cut.onnx"))
    (last,) = (node for node in model.graph.node if node.op_type == "Gemm")
    model.graph.node.remove(last)
    (tmp_path / "cut.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(UsageError, match="holds another network than this one trains: it lacks to_logit"):
        load_exported(ForgeryNet(), tmp_path / "cut.onnx")
