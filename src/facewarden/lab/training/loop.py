"""The training loop: reproducible, resumable, on CPU or GPU.

A run is a folder: ``config.json`` (what was asked for), ``log.jsonl`` (one line for each report), ``curves.svg`` (drawn
from it), ``reports/`` (the averaged weights at each report: the best of them need not be the last), ``last.pt`` (the
newest checkpoint, from which an interrupted run goes on) and ``final.pt`` (averaged weights). On one machine's CPU the
same configuration gives the same weights, interrupted or not, and however many workers draw the pairs.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from facewarden.errors import UsageError
from facewarden.lab.training.checkpoint import Progress
from facewarden.lab.training.config import TrainConfig, begin
from facewarden.lab.training.curves import draw_curves
from facewarden.lab.training.evaluate import Examination, evaluate
from facewarden.lab.training.exported import opened
from facewarden.lab.training.files import save_tensors
from facewarden.lab.training.kept import restricted
from facewarden.lab.training.mislead import misled
from facewarden.lab.training.network import MOST_STILL, ForgeryNet, imagenet_weights, still_norms
from facewarden.lab.training.pairs import SOURCES, Pair, PairStream
from facewarden.lab.training.precision import half_where_fast
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import read_stores
from facewarden.lab.training.teach import Teachers, disagreement
from facewarden.sealed.sole import alone

log = logging.getLogger(__name__)

Hook = Callable[[int, int, float], None]
"""Called as hook(step, steps, loss)."""


def train(config: TrainConfig, run: Path, *, hook: Hook | None = None, examined: bool = True) -> Path:
    """Train and return the path of ``final.pt``; goes on from ``last.pt`` where the folder holds one.

    Interrupted by Ctrl-C, it writes ``last.pt`` before it ends.

    Args:
        examined: whether reports say how the network does on ``dev``; for those who examine it otherwise that is
            time lost.

    Raises:
        UsageError: the stores hold nothing to train on, a file cannot be read or written, the folder holds another
            run or another process is at work in it, there is no such device, or the loss grew without bounds.
    """
    device = _device(config.device)
    pairs = _Pairs(config)
    with alone(run):
        return _train(config, run, device, pairs, hook, examined)


def _train(
    config: TrainConfig, run: Path, device: torch.device, pairs: _Pairs, hook: Hook | None, examined: bool
) -> Path:
    begin(run, config)
    torch.manual_seed(config.seed)
    network = opened(Path(config.initial_weights)) if config.initial_weights else ForgeryNet()
    if config.backbone_weights and not config.initial_weights:
        network.backbone.load_state_dict(imagenet_weights(config.backbone_weights))
    network.to(device, memory_format=torch.channels_last)
    _set_mode(network, config)
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.averaging), use_buffers=True
    )
    optimiser = torch.optim.AdamW(_groups(network, config), lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _pace(step, config.steps))
    progress = Progress(network, averaged, optimiser, schedule, run / "last.pt")
    progress.resume(device)
    if progress.step:
        log.info("going on from step %d", progress.step)
    if config.frozen_blocks:
        for trunk in network.trunks():
            trunk.hold_still(min(config.frozen_blocks, MOST_STILL))
    faces = Examination(FaceShelf(list(read_stores(Path(config.stores), "dev")) if examined else []))
    teachers = Teachers(config.teachers, device) if config.teachers else None
    batches = _batches(pairs, config, progress.step)
    end = min(config.steps, config.stop_at or config.steps)
    began = time.monotonic()
    with progress.kept() as current:
        while progress.step < end:
            # Dropout is drawn anew from the number of the step, so that an interruption changes nothing.
            torch.manual_seed(config.seed * 1_000_003 + progress.step)
            current.begin()
            images, masks, known, twins = (t.to(device, non_blocking=True) for t in next(batches))
            pictures = images.float().contiguous(memory_format=torch.channels_last)
            said = teachers.logits(pictures) if teachers else None
            loss_of = _Loss(network, masks, known, twins, config, said)
            if config.misled_share:
                pictures = _partly_misled(pictures, loss_of, config)
            loss = loss_of(pictures)
            height = _finite(float(loss.detach()), progress.step + 1)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            current.change()
            optimiser.step()
            schedule.step()
            averaged.update_parameters(network)
            current.end()
            if hook is not None:
                hook(progress.step, config.steps, height)
            if progress.step % config.report_every == 0 or progress.step == end:
                progress.save()
                save_tensors(run / "reports" / f"{progress.step:06d}.pt", averaged.module.state_dict())
                _report(run, config, averaged, faces, progress.step, height, time.monotonic() - began)
    final = run / "final.pt"
    save_tensors(final, averaged.module.state_dict())
    return final


class _Pairs(Dataset[Pair]):
    """Pairs by number. Travels to workers as a configuration alone; each opens the stores for itself."""

    def __init__(self, config: TrainConfig) -> None:
        every = FaceShelf(list(read_stores(Path(config.stores), "train")))
        shelf = restricted(every, config.kept, seed=config.seed)
        self._config = config
        self._stream = PairStream(
            shelf,
            seed=config.seed,
            sources=config.sources or SOURCES,
            platform_share=config.platform_share,
        )

    def __getitem__(self, number: int) -> Pair:
        return self._stream.pair(number)

    def __reduce__(self) -> tuple[type[_Pairs], tuple[TrainConfig]]:
        return _Pairs, (self._config,)


def _batches(pairs: _Pairs, config: TrainConfig, start: int) -> Iterator[tuple[Tensor, ...]]:
    """The batches of all steps from `start` on."""
    size = config.pairs_per_step
    loader = DataLoader(
        pairs,
        sampler=range(start * size, config.steps * size),
        batch_size=size,
        num_workers=config.workers,
        collate_fn=_collate,
        pin_memory=config.device != "cpu",
        prefetch_factor=4 if config.workers else None,
        worker_init_fn=_one_thread,
        # Not by fork: threads of OpenCV and PyTorch do not survive that, and workers would wait for them for ever.
        multiprocessing_context="spawn" if config.workers else None,
    )
    return iter(loader)


def _one_thread(_: int) -> None:
    """Several thread pools on few cores get in each other's way."""
    import cv2

    cv2.setNumThreads(1)


def _collate(pairs: list[Pair]) -> tuple[Tensor, ...]:
    """(2N, 3, 256, 256) pictures with the N genuine ones first, masks, mask_known, (N,) twins."""
    images = np.concatenate([np.stack([p.images[side] for p in pairs]) for side in (0, 1)])
    masks = np.concatenate([np.stack([p.masks[side] for p in pairs]) for side in (0, 1)])
    known = np.concatenate([np.stack([p.mask_known[side] for p in pairs]) for side in (0, 1)])
    twins = np.array([p.twins for p in pairs], np.float32)
    chw = torch.from_numpy(images).permute(0, 3, 1, 2)
    return chw, torch.from_numpy(masks), torch.from_numpy(known), torch.from_numpy(twins)


@dataclass(frozen=True, slots=True)
class _Loss:
    """The loss of the pictures of one batch, genuine ones first."""

    network: torch.nn.Module
    masks: Tensor
    known: Tensor
    twins: Tensor
    config: TrainConfig
    taught: Tensor | None = None

    def __call__(self, pictures: Tensor) -> Tensor:
        with half_where_fast(pictures.device):
            logits, heat = self.network(pictures)
        loss = _loss(logits.float(), heat.float(), self.masks, self.known, self.twins, self.config)
        if self.taught is None:
            return loss
        return loss + self.config.teaching_weight * disagreement(logits.float(), self.taught)

    def of_pairs(self, count: int) -> _Loss:
        """The same for the first `count` pairs alone."""
        both = _first_pairs(len(self.twins), count)
        part = replace(self, masks=self.masks[both], known=self.known[both], twins=self.twins[:count])
        return part if self.taught is None else replace(part, taught=self.taught[both])


def _partly_misled(pictures: Tensor, loss_of: _Loss, config: TrainConfig) -> Tensor:
    pairs = len(loss_of.twins)
    count = round(config.misled_share * pairs)
    if not count:
        return pictures
    both = _first_pairs(pairs, count)
    moved = misled(pictures[both], loss_of.of_pairs(count), levels=config.misled_levels)
    out = pictures.clone(memory_format=torch.preserve_format)
    out[both] = moved
    return out


def _first_pairs(pairs: int, count: int) -> list[int]:
    """Where both pictures of the first `count` of `pairs` lie in a batch."""
    return [*range(count), *range(pairs, pairs + count)]


def _loss(
    logits: Tensor, heat: Tensor, masks: Tensor, known: Tensor, twins: Tensor, config: TrainConfig
) -> Tensor:
    count = len(logits) // 2
    labels = torch.cat([torch.zeros(count), torch.ones(count)]).to(logits)
    soft = labels * (1 - 2 * config.label_smoothing) + config.label_smoothing
    loss = functional.binary_cross_entropy_with_logits(logits, soft)
    ranking = functional.softplus(logits[:count] - logits[count:]) * twins
    loss = loss + config.ranking_weight * ranking.sum() / twins.sum().clamp(min=1)
    cells = functional.binary_cross_entropy_with_logits(heat, masks, reduction="none").mean((1, 2))
    return loss + config.heat_weight * (cells * known).sum() / known.sum().clamp(min=1)


def _set_mode(network: ForgeryNet, config: TrainConfig) -> None:
    """Training mode; where blocks are frozen they take no gradient, and no batch norm moves."""
    network.train()
    if not config.frozen_blocks:
        return
    for trunk in network.trunks():
        for part in (trunk.stem, *trunk.blocks[: config.frozen_blocks]):
            part.requires_grad_(False)
    still_norms(network)


def _groups(network: ForgeryNet, config: TrainConfig) -> list[dict[str, object]]:
    """Weight decay for kernels only; the pretrained backbone learns at half the pace of the new layers."""
    groups: list[dict[str, object]] = []
    for backbone in (True, False):
        for decayed in (True, False):
            chosen = [
                p
                for name, p in network.named_parameters()
                if name.startswith(("backbone", "second.trunk")) == backbone
                and (p.ndim > 1) == decayed
                and p.requires_grad
            ]
            pace = config.learning_rate * (0.5 if backbone else 1.0)
            groups.append({"params": chosen, "lr": pace, "weight_decay": config.weight_decay * decayed})
    return groups


def _pace(step: int, steps: int) -> float:
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return float(0.5 * (1 + np.cos(np.pi * min(1.0, (step - warm) / max(1, steps - warm)))))


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(
            f"There is no device {name!r} to train on; use cpu, or cuda where there is one."
        ) from error
    return device


def _finite(loss: float, step: int) -> float:
    if not math.isfinite(loss):
        raise UsageError(
            f"The loss is {loss} in step {step}: use a lower learning_rate, in another run folder."
        )
    return loss


def _report(run: Path, config: TrainConfig, averaged: torch.nn.Module, faces: Examination,
            step: int, loss: float, took_s: float) -> None:  # fmt: skip
    figures = evaluate(averaged.module, faces, device=config.device) if faces.records else {}
    line = {"step": step, "loss": round(loss, 4), "took_s": round(took_s, 1), **figures}
    with (run / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    draw_curves(run)
    log.info("%s", line)
