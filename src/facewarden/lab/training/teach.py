"""Learning from other networks beside the labels: what several say together, in one that is no larger than each.

Hinton et al. 2015, "Distilling the knowledge in a neural network"; here on the logits themselves (Ba & Caruana 2014).
Networks of different beginnings cannot be averaged weight by weight (`soften.mix`); what they say can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from facewarden.lab.training.exported import opened


class Teachers:
    """Networks that do not learn, and what they say of a picture on average."""

    def __init__(self, weights: Sequence[str], device: torch.device) -> None:
        """Load ``final.pt`` files of runs, or exported ``.onnx``. Raises UsageError where one is neither."""
        self._networks = []
        for path in weights:
            network = opened(Path(path))
            network.to(device, memory_format=torch.channels_last)
            self._networks.append(network.eval().requires_grad_(False))

    def logits(self, pictures: Tensor) -> Tensor:
        """(N,) mean logits of (N, 3, 256, 256) float32 pictures in [0, 255]."""
        with torch.no_grad():
            return torch.stack([network(pictures)[0] for network in self._networks]).mean(0)


def disagreement(logits: Tensor, taught: Tensor) -> Tensor:
    """How far (N,) `logits` are from what the teachers say; beyond a difference of 1 it grows no faster than that."""
    return functional.smooth_l1_loss(logits, taught)
