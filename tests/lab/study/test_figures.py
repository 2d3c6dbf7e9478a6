"""What networks reach on the same files, and by how much they differ."""

from __future__ import annotations

import numpy as np
import pytest

from facewarden.lab.bench import metrics
from facewarden.lab.study.figures import Bout, Pool, bouts
from tests.lab.study.outcomes import split_up, twins

pytestmark = pytest.mark.lab

NETWORKS = {"good": 3.0, "again": 3.0, "poor": 0.0}


@pytest.fixture(scope="module")
def found() -> list[Bout]:
    """Two kinds of a family, one of another, and one that nothing was trained on."""
    groups = {
        "stored": [
            *twins("loopy_diffusion", 4, NETWORKS, seed=4),
            *twins("stylegan2", 20, NETWORKS, seed=3),
            *twins("flux_lora", 20, {name: gap / 2 for name, gap in NETWORKS.items()}, seed=2),
        ],
        "attack:self_blend": twins("attack:self_blend", 30, NETWORKS, seed=1),
    }
    return bouts(split_up(groups))


def pool(*chosen: Bout) -> Pool:
    return Pool(chosen, rounds=200)


def test_every_kind_of_forgery_has_a_bout_in_the_order_of_families(found: list[Bout]) -> None:
    assert [bout.contest.name for bout in found] == [
        "attack:self_blend", "flux_lora", "stylegan2", "loopy_diffusion"
    ]  # fmt: skip
    assert [bout.family for bout in found] == ["made", "whole", "whole", ""]
    kinds = {kind.method: kind for kind in (bout.kind() for bout in found)}
    assert (kinds["stylegan2"].forged, kinds["stylegan2"].genuine, kinds["stylegan2"].pairs) == (20, 20, 20)
    assert kinds["stylegan2"].unit == "20 people"
    assert [kind.few for kind in kinds.values()] == [False, False, False, True]
    assert kinds["loopy_diffusion"].unit == "4 files of 4 people"


def test_a_level_is_the_mean_over_the_networks_of_a_setting(found: list[Bout]) -> None:
    bout = found[0]
    levels = pool(bout).levels({"alone": ["good"], "both": ["good", "poor"]}, "auc")
    is_fake = np.array([item.is_fake for item in bout.contest.items])
    expected = {name: metrics.auc(bout.logits[name], is_fake) for name in NETWORKS}
    assert levels["alone"].value == pytest.approx(expected["good"])
    assert levels["both"].seeds == pytest.approx((expected["good"], expected["poor"]))
    assert levels["both"].value == pytest.approx((expected["good"] + expected["poor"]) / 2)
    for level in levels.values():
        assert level.low is not None
        assert level.high is not None
        assert level.low < level.value < level.high
    won = pool(bout).levels({"alone": ["good"]}, "paired")["alone"].value
    fakes, reals = bout.logits["good"][is_fake], bout.logits["good"][~is_fake]
    assert won == pytest.approx(float((fakes > reals).mean()))


def test_a_difference_is_drawn_on_both_at_once(found: list[Bout]) -> None:
    for measure in ("auc", "paired"):
        same = pool(found[0]).difference(["good"], ["again"], measure)  # type: ignore[arg-type]
        assert same is not None
        assert (same.value, same.low, same.high) == (0, 0, 0)
        worse = pool(found[0]).difference(["good", "again"], ["poor", "poor"], measure)  # type: ignore[arg-type]
        assert worse is not None
        assert worse.high is not None
        assert worse.high < 0
        assert worse.seeds == pytest.approx((worse.value, worse.value))


def test_the_mean_counts_every_family_once(found: list[Bout]) -> None:
    made, flux, style = found[:3]
    each = {bout.contest.name: pool(bout).levels({"one": ["good"]}, "auc")["one"].value for bout in found[:3]}
    mean = pool(made, flux, style).levels({"one": ["good"]}, "auc")["one"]
    assert mean.value == pytest.approx(
        each["attack:self_blend"] / 2 + each["flux_lora"] / 4 + each["stylegan2"] / 4
    )
    assert mean.low is not None
    assert mean.low < mean.value
    difference = pool(made, flux, style).difference(["poor"], ["good"], "auc")
    assert difference is not None
    assert difference.low is not None
    assert difference.low > 0


def test_kinds_of_few_people_join_the_mean_by_their_files(found: list[Bout]) -> None:
    mean = pool(found[0], found[3]).levels({"one": ["good"]}, "auc")["one"]
    assert mean.low is not None
    assert mean.low < mean.value


def test_what_cannot_be_measured_has_no_figure() -> None:
    assert pool().levels({"one": ["good"]}, "auc") == {}
    assert pool().difference(["good"], ["poor"], "auc") is None
    alone = [one for one in twins("flux_lora", 3, NETWORKS) if one.item.is_fake]
    others = [one for one in twins("interviews", 3, NETWORKS) if not one.item.is_fake]
    (bout,) = bouts(split_up({"stored": [*alone, *others]}))
    assert bout.kind().pairs == 0
    assert pool(bout).levels({"one": ["good"]}, "paired") == {}
    assert pool(bout).levels({"one": ["good"]}, "auc").keys() == {"one"}
