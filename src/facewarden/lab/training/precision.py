"""Training in half precision, where that is faster: on graphics cards, and on processors that multiply it in tiles.

bfloat16 in convolutions, float32 in weights, losses and sums (Micikevicius et al. 2018, "Mixed precision training").
Measured by ``benchmarks/training_step.py``. Processors without instructions for bfloat16 imitate it, which took eight
times as long.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def half_where_fast(device: torch.device) -> torch.autocast:
    """The context in which a network that learns on `device` is asked."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu" or _has_tiles())


def _has_tiles() -> bool:
    asked = getattr(torch.cpu, "get_capabilities", None)
    return bool(asked and asked().get("amx_bf16"))


class DepthwiseConv(nn.Conv2d):
    """A convolution of each channel by itself.

    PyTorch (2.13) learns those slowly in bfloat16 on processors: the gradients of a network's 16 took 2.1 of a step's
    3.9 seconds, for kernels of 5 pixels and for strides. Here gradients are computed in float32 then.
    """

    def __init__(self, channels: int, kernel: int, stride: int, padding: int) -> None:
        super().__init__(channels, channels, kernel, stride, padding, groups=channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        # With a bias it stands for a batch norm too and learns nothing (`folded`).
        if self.bias is not None or x.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
            return super().forward(x)
        out: Tensor = _Depthwise.apply(x.bfloat16(), self.weight, self.stride, self.padding)  # type: ignore[no-untyped-call]
        return out


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, stride: tuple[int, int], padding: tuple[int, int]
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return nn.functional.conv2d(x, weight.to(x), None, stride, padding, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, *given: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight = ctx.saved_tensors
        wanted = (*ctx.needs_input_grad[:2], False)
        of_x, of_weight, _ = torch.ops.aten.convolution_backward(
            given[0].float(), x.float(), weight, None, ctx.stride, ctx.padding, (1, 1), False, (0, 0),
            len(weight), wanted,
        )  # fmt: skip
        return (of_x.to(x) if wanted[0] else None), (of_weight if wanted[1] else None), None, None
