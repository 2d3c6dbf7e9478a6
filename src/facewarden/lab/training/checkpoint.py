"""A training that can stop and go on: everything that its next step depends on, in one file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from facewarden.errors import FacewardenError, UsageError
from facewarden.lab.training.files import load_tensors, save_tensors


@dataclass(slots=True)
class Progress:
    """The parts of a training that change, and how many steps they have behind them."""

    network: torch.nn.Module
    averaged: torch.nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    path: Path
    step: int = 0
    saved_step: int = 0

    def save(self) -> None:
        """Write the checkpoint. Raises UsageError where it cannot be written; the one before it stays."""
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "step": self.step,
        }
        save_tensors(self.path, state)
        self.saved_step = self.step

    def resume(self, device: torch.device) -> None:
        """Go on from the checkpoint, where there is one. Raises UsageError where it does not fit."""
        if not self.path.exists():
            return
        state = load_tensors(self.path, device=device)
        try:
            self.network.load_state_dict(state["network"])
            self.averaged.load_state_dict(state["averaged"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.schedule.load_state_dict(state["schedule"])
            self.step = self.saved_step = int(state["step"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise UsageError(
                f"{self.path} is the checkpoint of another training; name another folder."
            ) from error

    @contextmanager
    def kept(self) -> Iterator[_Step]:
        """Within the block, whatever ends the training (Ctrl-C, a worker that died) keeps the steps done so far.

        Nothing is kept of a step in the middle of changing weights: the checkpoint before it then stays.
        """
        current = _Step(self)
        try:
            yield current
        except FacewardenError:
            raise
        except BaseException:
            if current.undo() and self.step > self.saved_step:
                self.save()
            raise


class _Step:
    """Knows whether the weights are those of a whole number of steps."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._buffers: list[Tensor] = []
        self._changing = False

    def begin(self) -> None:
        """A step begins: its forward pass will move the statistics of the batch norms, and nothing else."""
        self._buffers = [buffer.clone() for buffer in self._progress.network.buffers()]

    def change(self) -> None:
        """From here on weights change."""
        self._changing = True

    def end(self) -> None:
        """All of the step is done."""
        self._progress.step += 1
        self._buffers = []
        self._changing = False

    def undo(self) -> bool:
        """Take back what a step has begun; False where that is not possible."""
        if self._changing:
            return False
        with torch.no_grad():
            for buffer, before in zip(self._progress.network.buffers(), self._buffers, strict=False):
                buffer.copy_(before)
        return True
