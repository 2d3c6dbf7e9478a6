"""Joining two trainings: the second gets a narrower end, which learns to say what its own end said.

Only that end learns (Hinton et al. 2015, "Distilling the knowledge in a neural network", on logits as in `teach`). The
blocks before it stay, so pictures go through them once, and what they give is kept for all rounds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from facewarden.errors import UsageError
from facewarden.lab.training.export import configs_behind
from facewarden.lab.training.exported import opened
from facewarden.lab.training.joined import LAST_COMMON, JoinedNet, SlimEnd, SlimNet
from facewarden.lab.training.network import ForgeryNet
from facewarden.lab.training.pairs import SOURCES, PairStream
from facewarden.lab.training.shelf import FaceShelf, filled
from facewarden.lab.training.soften import keep_apart, written
from facewarden.lab.training.teach import disagreement

_BATCH = 64
_HELD_OUT = 10
"""Every tenth picture is not learnt from; by those the end is judged."""


@dataclass(frozen=True, slots=True)
class SlimPlan:
    """How the narrow end is taught.

    Attributes:
        pairs: drawn from the stores (twice as many pictures).
        rounds: how often each picture is seen.
        platform_share: of the pairs, laundered as platforms do to clips (see `PairStream`).
        learning_rate: the peak; it warms up over a tenth of the steps and fades out.
    """

    pairs: int = 3000
    rounds: int = 12
    platform_share: float = 0.35
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    sources: dict[str, float] | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in (("pairs", _HELD_OUT), ("rounds", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} must be {least} or more, but got {getattr(self, name)}.")
        if not 0 <= self.platform_share <= 1:
            raise UsageError(f"platform_share must be a share from 0 to 1, but got {self.platform_share:g}.")


def join(first: Path, second: Path, target: Path, *, stores: Path, plan: SlimPlan | None = None) -> Path:
    """Write a run folder `target` whose ``final.pt`` is the network of `first` and a slimmer `second` beside it.

    Its ``log.jsonl`` says how both together do on ``dev``, where the stores hold that split, and how well the narrow
    end says what it was taught, on pictures that it did not learn from: ``second_differs`` (the mean difference, in
    logits) and ``second_follows`` (the correlation).

    Args:
        first, second: run folders with ``final.pt``, or exported ``.onnx`` files; neither may be joined already.

    Raises:
        UsageError: a file cannot be read or written, there are no faces to learn from, or one is joined already.
    """
    plan = plan or SlimPlan()
    keep_apart(target, first, second)
    weights = [path if path.suffix == ".onnx" else path / "final.pt" for path in (first, second)]
    whole, other = (_plain(path) for path in weights)
    slim, told = slimmed(other, filled(stores, "train"), plan)
    joined = JoinedNet()
    joined.load_state_dict(whole.state_dict() | {f"second.{n}": v for n, v in slim.state_dict().items()})
    behind = dict(zip(("first", "second"), map(configs_behind, weights), strict=True))
    # The sources stand where those of a training stand, for whoever goes on from here (`lab harden`).
    done = asdict(plan) | {"sources": dict(plan.sources or SOURCES)}
    config = {"sources": done.pop("sources"), "joined": done, **behind}
    return written(joined.eval(), target, config=config, told=told, stores=stores)


def _plain(weights: Path) -> ForgeryNet:
    network = opened(weights)
    if isinstance(network, JoinedNet):
        raise UsageError(f"{weights} holds two networks already; join single ones.")
    return network.eval()


def slimmed(network: ForgeryNet, shelf: FaceShelf, plan: SlimPlan) -> tuple[SlimNet, dict[str, float]]:
    """A slim network that says what `network` says, and how well it does so on pictures it did not learn from."""
    torch.manual_seed(plan.seed)
    slim = SlimNet()
    own = network.state_dict()
    slim.trunk.load_state_dict({name: own[f"backbone.{name}"] for name in slim.trunk.state_dict()})
    given, said = _seen(network, shelf, plan)
    held = torch.arange(len(said)) % _HELD_OUT == 0
    _teach(slim.end, given[~held], said[~held], plan)
    slim.eval()
    with torch.inference_mode():
        again = torch.cat([slim.end(part.float()) for part in given[held].split(_BATCH)])
    wanted = said[held]
    return slim, {
        "second_differs": round(float((again - wanted).abs().mean()), 3),
        "second_follows": round(_correlation(again, wanted), 4),
    }


def _correlation(one: Tensor, other: Tensor) -> float:
    """0 where either says the same of everything."""
    return float(torch.corrcoef(torch.stack([one, other]))[0, 1].nan_to_num())


def _seen(network: ForgeryNet, shelf: FaceShelf, plan: SlimPlan) -> tuple[Tensor, Tensor]:
    """(N, 192, 8, 8) float16 what the last common block gives of each picture, and (N,) the logits of `network`."""
    stream = PairStream(
        shelf, seed=plan.seed, sources=plan.sources or SOURCES, platform_share=plan.platform_share
    )
    given: list[Tensor] = []
    said = []
    hook = network.backbone.blocks[LAST_COMMON].register_forward_hook(
        lambda *call: given.append(call[2].half())
    )
    with torch.inference_mode():
        for start in range(0, plan.pairs, _BATCH // 2):
            drawn = [stream.draw().images for _ in range(min(_BATCH // 2, plan.pairs - start))]
            pictures = torch.from_numpy(np.concatenate(drawn)).permute(0, 3, 1, 2).float()
            said.append(network(pictures)[0])
    hook.remove()
    return torch.cat(given), torch.cat(said)


def _teach(end: SlimEnd, given: Tensor, said: Tensor, plan: SlimPlan) -> None:
    """Teach `end` the logits `said`; what was `given` is also shown mirrored."""
    count = max(1, len(said) // _BATCH)
    optimiser = torch.optim.AdamW(end.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
    pace = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.learning_rate, total_steps=plan.rounds * count, pct_start=0.1
    )
    end.train()
    for _ in range(plan.rounds):
        for batch in torch.randperm(len(said))[: count * _BATCH].chunk(count):
            x = given[batch].float()
            loss = disagreement(end(x.flip(3) if torch.rand(()) < 0.5 else x), said[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            pace.step()
