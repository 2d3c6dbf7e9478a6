"""Half precision while learning: used where it is faster, and gradients that stay those of single precision."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from facewarden.lab.training import precision
from facewarden.lab.training.folded import folded
from facewarden.lab.training.network import convolution
from facewarden.lab.training.precision import DepthwiseConv, half_where_fast

pytestmark = pytest.mark.lab

_HALF = torch.autocast("cpu", torch.bfloat16)


@pytest.mark.parametrize("capabilities", [{}, {"amx_bf16": False, "avx512_bf16": True}])
def test_other_processors_stay_with_single_precision(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool]
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    with half_where_fast(torch.device("cpu")):
        assert not torch.is_autocast_enabled("cpu")


def test_processors_with_tiles_learn_in_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True}, raising=False)
    with half_where_fast(torch.device("cpu")):
        assert torch.is_autocast_enabled("cpu")
        assert torch.get_autocast_dtype("cpu") is torch.bfloat16


def test_a_torch_that_cannot_tell_stays_with_single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not precision._has_tiles()


def _learnt(layer: nn.Conv2d, x: Tensor, *, half: bool) -> tuple[Tensor, Tensor, Tensor]:
    """The output, and the gradients of input and kernels."""
    layer.zero_grad()
    x = x.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        out = layer(x)
    (out.float() * torch.linspace(-1, 1, out.numel()).reshape(out.shape)).sum().backward()
    assert x.grad is not None
    assert layer.weight.grad is not None
    return out.detach(), x.grad, layer.weight.grad.clone()


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 1), (3, 2, 0), (5, 1, 2), (5, 2, 0)])
def test_depthwise_gradients_are_those_of_single_precision(kernel: int, stride: int, padding: int) -> None:
    torch.manual_seed(0)
    layer = DepthwiseConv(8, kernel, stride, padding)
    plain = nn.Conv2d(8, 8, kernel, stride, padding, groups=8, bias=False)
    plain.load_state_dict(layer.state_dict())
    x = torch.randn(2, 8, 12, 12)
    expected = _learnt(plain, x, half=False)
    for got, wanted in zip(_learnt(layer, x, half=False), expected, strict=True):
        torch.testing.assert_close(got, wanted, rtol=0, atol=0)
    for got, wanted in zip(_learnt(layer, x, half=True), expected, strict=True):
        assert (got.float() - wanted).abs().max() < 0.02 * wanted.abs().max()
    assert layer.weight.grad is not None
    assert layer.weight.grad.dtype is torch.float32


def test_only_what_is_asked_for_gets_a_gradient() -> None:
    layer = DepthwiseConv(4, 3, 1, 1)
    with _HALF:
        layer(torch.randn(1, 4, 6, 6)).sum().backward()
    assert layer.weight.grad is not None
    layer.requires_grad_(False)
    x = torch.randn(1, 4, 6, 6, requires_grad=True)
    with _HALF:
        layer(x).sum().backward()
    assert x.grad is not None


def test_half_precision_keeps_the_bias_of_a_folded_batch_norm() -> None:
    torch.manual_seed(3)
    layers = convolution(8, 8, 3, 1, groups=8).eval()
    norm = layers[2]
    assert isinstance(norm, nn.BatchNorm2d)
    nn.init.constant_(norm.bias, 2.0)
    x = torch.randn(2, 8, 12, 12)
    with torch.no_grad(), _HALF:
        told = folded([layers])(x)
        expected = layers(x)
    assert expected.float().mean() > 1.0
    torch.testing.assert_close(told.float(), expected.float(), rtol=0.02, atol=0.02)
