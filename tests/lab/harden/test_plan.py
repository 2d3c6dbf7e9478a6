"""A plan is checked before anything is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import UsageError
from facewarden.lab.harden.plan import HardenConfig, parse


def plan(**fields: Any) -> HardenConfig:
    return parse({"stores": "s", "target": ["enhancer"]} | fields, origin="plan.json")


def test_targets_are_attacks_or_sources() -> None:
    kinds = plan(target=["enhancer", "one_photo,core_px=96", "attack:lip_region", "live"]).kinds
    assert kinds == ("attack:enhancer", "attack:one_photo,core_px=96", "attack:lip_region", "live")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"target": []}, r"Name a target: an attack \(one_photo"),
        ({"target": ["voice"]}, "attack must be one of"),
        ({"target": ["enhancer,colour=red"]}, "enhancer has no parameter colour"),
        ({"target": ["enhancer,strength=40"]}, "strength must be in"),
        ({"target": ["made"]}, "made is made on the fly and cannot be measured"),
        ({"target": ["enhancer", "attack:enhancer"]}, "named twice"),
        ({"target": "enhancer"}, "plan.json is no plan of a round: target"),
        ({"colour": "red"}, "names what no round has: colour"),
        ({"measured": 0}, "measured must be 1 or more"),
        ({"rounds": 99}, "rounds must be 100 or more"),
        ({"target_share": 0}, "target_share must be above 0"),
        ({"mixes": [1.0]}, "mixes must lie between 0 and 1"),
        ({"replay": {"voices": 1}}, "replay must weigh some of"),
        ({"replay": {}}, "replay must weigh some of"),
        ({"level": "no_sign"}, "no plan of a round: level"),
        ({"steps": "many"}, "no plan of a round: steps"),
    ],
)
def test_what_cannot_be_is_said(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        plan(**fields)
    with pytest.raises(UsageError, match=r"plan\.json names no target"):
        parse({"stores": "s"}, origin="plan.json")


def test_the_training_is_what_the_plan_says() -> None:
    config = plan(steps=40, learning_rate=1e-3, seed=7, frozen_blocks=2)
    training = config.training(sources={"attack:enhancer": 0.4, "dfdc": 0.6}, initial_weights=Path("n.onnx"))
    assert (training.steps, training.report_every, training.seed) == (40, 40, 7)
    assert (training.learning_rate, training.frozen_blocks) == (1e-3, 2)
    assert training.initial_weights == "n.onnx"
    assert training.sources == {"attack:enhancer": 0.4, "dfdc": 0.6}
    assert training.stores == "s"


def test_promises_leave_out_places() -> None:
    one, other = plan(stores="a", workers=4), plan(stores="b", device="cuda")
    assert one.promises() == other.promises()
    assert one.promises()["target"] == ["enhancer"]
    assert plan(seed=2).promises() != one.promises()
