"""Training a generator: seeded, resumable, with marked preview sheets on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from facewarden.errors import FacewardenError, UsageError
from facewarden.lab.marks.marked import write_marked_photo
from facewarden.lab.training.files import load_tensors, save_tensors
from facewarden.media.frame import ImageRGB
from facewarden.sealed.sole import alone

Hook = Callable[[str, float], None]
"""Called as hook(step, fraction 0..1)."""

CHECKPOINT = "generator.pt"


class Task(Protocol):
    """A generator in training."""

    def advance(self, rng: np.random.Generator) -> float:
        """Do one step and return its loss. Weights change in `commit` only, so that an interruption harms nothing."""

    def commit(self) -> None:
        """Change the weights as the last `advance` asks for."""

    def state(self) -> dict[str, Any]:
        """All that the next step depends on."""

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what `state` returned. Raises KeyError, RuntimeError or ValueError where it does not fit."""

    def preview(self) -> ImageRGB:
        """A sheet that shows how far it has come."""


def fit(
    task: Task,
    *,
    steps: int,
    seed: int,
    folder: Path | None = None,
    every: int = 250,
    hook: Hook | None = None,
) -> None:
    """Train `task`; goes on from the checkpoint where `folder` holds one.

    Every `every` steps it leaves a checkpoint and a preview in `folder`; interrupted, a checkpoint. Without a
    folder nothing is written. The same seed gives the same weights on one machine's processor, interrupted or not.

    Raises:
        UsageError: the folder holds another training or another process is at work in it, it cannot be written, or
            the loss grew without bounds.
    """
    with alone(folder) if folder is not None else nullcontext():
        _fit(task, steps, seed, folder, every, hook)


def _fit(task: Task, steps: int, seed: int, folder: Path | None, every: int, hook: Hook | None) -> None:
    done = _resumed(task, folder, seed)
    changing = False
    try:
        while done < steps:
            changing = False
            loss = task.advance(np.random.default_rng([seed, done]))
            if not math.isfinite(loss):
                raise UsageError(f"The loss of the generator is {loss} in step {done + 1}: use another seed.")
            changing = True
            task.commit()
            done += 1
            changing = False
            if hook is not None:
                hook("train", done / steps)
            if folder is not None and (done % every == 0 or done == steps):
                _keep(task, folder, done, seed)
                _show(task.preview(), folder / f"preview-{done:06d}.jpg")
    except FacewardenError:
        raise
    except BaseException:
        if folder is not None and done and not changing:
            _keep(task, folder, done, seed)
        raise


def discard(folder: Path) -> None:
    """Delete the weights in `folder`; the marked previews stay."""
    (folder / CHECKPOINT).unlink(missing_ok=True)


def _show(sheet: ImageRGB, path: Path) -> None:
    """Write a preview with all marks; the banner keeps clear of the faces, so it stands below them."""
    height, width = sheet.shape[:2]
    write_marked_photo(sheet, path, boxes=[(0.0, 0.0, float(width), float(height))])


def _keep(task: Task, folder: Path, done: int, seed: int) -> None:
    save_tensors(folder / CHECKPOINT, {"step": done, "seed": seed, "task": task.state()})


def _resumed(task: Task, folder: Path | None, seed: int) -> int:
    if folder is None or not (folder / CHECKPOINT).exists():
        return 0
    kept = load_tensors(folder / CHECKPOINT)
    try:
        if kept["seed"] != seed:
            raise ValueError("another seed")
        task.restore(kept["task"])
        return int(kept["step"])
    except (KeyError, RuntimeError, ValueError, TypeError) as error:
        raise UsageError(
            f"{folder} holds another training, of other faces, parameters or seed; name another folder."
        ) from error
