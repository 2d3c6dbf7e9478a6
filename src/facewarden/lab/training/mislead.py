"""Training against an attacker who has the weights: pictures moved a little, in the direction that misleads most."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_STEP = 1.25
"""The step in units of the largest shift (Wong et al. 2020, "Fast is better than free", who start at random too)."""


def misled(pictures: Tensor, loss_of: Callable[[Tensor], Tensor], *, levels: float) -> Tensor:
    """The pictures after one step up the loss, no pixel moved by more than the picture's share of `levels`.

    Args:
        pictures: (N, 3, H, W) float32 in [0, 255].
        loss_of: the loss of such pictures.
        levels: the most that any pixel may move, in grey levels. Each picture draws how much of it it gets, so that
            weak attacks are met as often as strong ones.
    """
    reach = levels * torch.rand(len(pictures), 1, 1, 1, device=pictures.device)
    start = (pictures + reach * (2 * torch.rand_like(pictures) - 1)).requires_grad_()
    (slope,) = torch.autograd.grad(loss_of(start), start)
    moved = start.detach() + _STEP * reach * slope.sign()
    return torch.minimum(torch.maximum(moved, pictures - reach), pictures + reach).clamp(0, 255)
