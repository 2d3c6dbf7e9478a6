"""How long one training step's network takes in half and in single precision on this processor. Prints one table.

Forward and backward on pictures of noise, weights drawn at random; pairs are drawn and weights changed by neither side.
Both run in turn in this process, round by round, after a first step each; times are medians, and what counts is their
ratio. Where half precision is not used in training (see `precision`), it is measured all the same.

    python benchmarks/training_step.py --pictures 40 --rounds 5
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

from facewarden.lab.training.network import ForgeryNet, still_norms
from facewarden.lab.training.precision import half_where_fast

STILL = (0, 1, 3)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=40, help="in a step (default: 40)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs (default: 5)")
    options = parser.parse_args()
    with half_where_fast(torch.device("cpu")):
        used = torch.is_autocast_enabled("cpu")
    print(f"Training on this processor uses {'half' if used else 'single'} precision.\n")
    print(
        "| blocks held still | single precision, s | half precision, s | times as fast |\n|---|---|---|---|"
    )
    for blocks in STILL:
        network = learning(blocks)
        rounds = [
            [step_s(network, options.pictures, half=half) for half in (False, True)]
            for _ in range(options.rounds + 1)
        ]
        single, half_s = (statistics.median(side) for side in zip(*rounds[1:], strict=True))
        print(f"| {blocks} | {single:.2f} | {half_s:.2f} | {single / half_s:.2f} |")


def learning(blocks: int) -> ForgeryNet:
    """A network whose first `blocks` blocks stay as they are; 0 lets everything learn, batch norms too."""
    torch.manual_seed(0)
    network = ForgeryNet().to(memory_format=torch.channels_last).train()
    if blocks:
        still_norms(network)
        network.backbone.hold_still(blocks)
    return network


def step_s(network: ForgeryNet, pictures: int, *, half: bool) -> float:
    images = torch.rand(pictures, 3, 256, 256).mul(255).contiguous(memory_format=torch.channels_last)
    began = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits, heat = network(images)
    (logits.float().mean() + heat.float().mean()).backward()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
