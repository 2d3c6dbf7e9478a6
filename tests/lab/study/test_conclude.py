"""What a study concludes from its scores, and the rule for it."""

from __future__ import annotations

import pytest

from facewarden.lab.study.conclude import conclude, told
from facewarden.lab.study.plan import FULL, Setting
from facewarden.lab.study.results import MEAN, OTHERS, Estimate
from tests.lab.study.outcomes import split_up, twins

pytestmark = pytest.mark.lab

WITHOUT, FEWER, LONGER = (
    Setting(left_out="made"),
    Setting(axis="twins", amount=0.1),
    Setting(axis="compute", amount=3.0),
)


@pytest.mark.parametrize(
    ("low", "high", "seeds", "few", "outcome"),
    [
        (0.01, 0.03, (0.02,), False, "higher"),
        (-0.03, -0.01, (-0.02, -0.01), False, "lower"),
        (-0.01, 0.03, (0.02,), False, "not told apart"),
        (0.0, 0.03, (0.02,), False, "not told apart"),
        (0.01, 0.03, (0.05, -0.01), False, "not told apart"),
        (-0.03, -0.01, (-0.05, 0.01), False, "not told apart"),
        (0.01, 0.03, (0.02,), True, "cannot be told"),
        (None, None, (0.02,), False, "cannot be told"),
    ],
)
def test_the_rule(
    low: float | None, high: float | None, seeds: tuple[float, ...], few: bool, outcome: str
) -> None:
    assert told(Estimate(0.02, low, high, seeds), few=few) == outcome


def test_leaving_out_and_giving_more_are_set_against_the_full_training() -> None:
    gaps = {FULL: 3.0, WITHOUT: 0.0, FEWER: 1.0, LONGER: 3.0}
    networks = {setting: [f"{setting.name}-seed{seed}" for seed in (1, 2)] for setting in gaps}
    told_apart = {name: gaps[setting] for setting, names in networks.items() for name in names}
    unchanged = dict.fromkeys(told_apart, 2.0)
    scores = split_up(
        {
            "stored": [*twins("stylegan2", 20, unchanged), *twins("loopy_diffusion", 3, unchanged)],
            "attack:self_blend": twins("attack:self_blend", 30, told_apart, seed=1),
        }
    )
    found = conclude(scores, networks, families=("made", "whole", "lips"), rounds=200)

    assert {kind.method for kind in found.kinds} == {"attack:self_blend", "stylegan2", "loopy_diffusion"}
    keys = {(level.setting, level.subject, level.measure) for level in found.levels}
    assert len(keys) == len(found.levels) == 4 * (3 * 2 + 1)
    assert ("twins-0.1", MEAN, "auc") in keys

    effects = {(one.subject, one.measure): one for one in found.left_out["made"]}
    assert effects.keys() == {("attack:self_blend", "auc"), ("attack:self_blend", "paired"), (OTHERS, "auc")}
    lost = effects["attack:self_blend", "auc"]
    assert (lost.before, lost.after, lost.outcome) == ("full", "without-made", "lower")
    assert lost.difference.value == pytest.approx(lost.became.value - lost.was.value)
    others = effects[OTHERS, "auc"]
    assert (others.outcome, others.difference.value) == ("not told apart", 0)

    twins_curve, compute = found.curves
    assert (twins_curve.axis, twins_curve.amounts) == ("twins", (0.1, 1.0))
    assert twins_curve.settings == ("twins-0.1", "full")
    steps = {(one.subject, one.measure): one for one in twins_curve.last_step}
    assert (steps[MEAN, "auc"].before, steps[MEAN, "auc"].after) == ("twins-0.1", "full")
    assert steps[MEAN, "auc"].outcome == "higher"
    assert steps["loopy_diffusion", "auc"].outcome == "cannot be told", "three people are too few"
    assert (compute.amounts, compute.settings) == ((1.0, 3.0), ("full", "compute-3"))
    assert {one.outcome for one in compute.last_step} == {"not told apart", "cannot be told"}


def test_a_family_without_forgeries_on_dev_shows_only_in_the_others() -> None:
    networks = {FULL: ["full"], Setting(left_out="lips"): ["lips"]}
    scores = split_up({"stored": twins("stylegan2", 20, {"full": 2.0, "lips": 2.0})})
    found = conclude(scores, networks, families=("whole", "lips"), rounds=100)
    assert [change.subject for change in found.left_out["lips"]] == [OTHERS]
    assert found.curves == ()
