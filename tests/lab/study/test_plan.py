"""A plan is checked where it comes in, and says which trainings a study is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import UsageError
from facewarden.lab.study.plan import FAMILIES, FULL, Setting, StudyConfig, family_of, parse
from facewarden.lab.training.pairs import SOURCES, PairStream
from facewarden.lab.training.shelf import filled

pytestmark = pytest.mark.lab


def test_fields_become_a_plan() -> None:
    plan = parse({"stores": "s", "families": ["dfdc", "made"], "shares": [0.5], "steps": 7}, origin="x.json")
    assert plan == StudyConfig("s", families=("dfdc", "made"), shares=(0.5,), steps=7)
    assert parse(plan.promises() | {"stores": "s"}, origin="again") == plan
    assert {"stores", "workers", "device"}.isdisjoint(plan.promises())


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"step": 7}, r"x\.json names what no study has: step"),
        ({"steps": "many"}, "is no plan of a study: steps: Input should be a valid integer"),
        ({"curves": ["length"]}, "curves.0: Input should be"),
        ({"steps": 0}, "steps must be 1 or more, but got 0"),
        ({"measured": 0}, "measured must be 1 or more"),
        ({"rounds": 99}, "rounds must be 100 or more"),
        ({"averaging": 1.0}, "averaging must be 0 or more and below 1, but got 1"),
        ({"seeds": []}, "seeds must name one or more"),
        ({"seeds": [1, -1]}, "none below 0"),
        ({"seeds": [1, 1]}, "seeds names something twice: 1, 1"),
        ({"families": ["dfdc", "voice"]}, "families must be of dfdc, live, .* but got voice"),
        (
            {"families": ["dfdc", "live"], "left_out": ["made"]},
            "left_out must be of dfdc, live, but got made",
        ),
        ({"left_out": ["voice"]}, "left_out must be of dfdc, live"),
        ({"families": ["dfdc"]}, "Of a single family none can be left out"),
        ({"leave_one_out": False, "curves": []}, "There is nothing to study"),
        ({"shares": []}, "needs shares"),
        ({"shares": [0.5, 1.0]}, "shares must lie between 0 and 1"),
        ({"shares": [0.0]}, "shares must lie between 0 and 1"),
        ({"compute": []}, "compute must name factors"),
        ({"compute": [1.001]}, "other numbers of steps than 150"),
        ({"compute": [0.0001]}, "compute must name factors"),
        ({"compute": [2.0, 2.001]}, "each its own"),
        ({"attacks": ["voice"]}, "attack must be one of"),
        ({"attacks": ["replay"]}, "cannot be drawn in training"),
        ({"pairs_per_step": 0}, "pairs_per_step must be 1 or more"),
        ({"workers": -1}, "workers must be 0 or more"),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse({"stores": "s"} | fields, origin="x.json")


def test_what_is_not_asked_for_is_not_checked() -> None:
    assert StudyConfig("s", curves=("twins",), compute=()).compute == ()
    assert StudyConfig("s", curves=("compute",), shares=()).shares == ()
    assert StudyConfig("s", families=("dfdc",), leave_one_out=False).families == ("dfdc",)


def test_every_setting_differs_from_the_full_one_in_one_thing() -> None:
    plan = StudyConfig("s", shares=(0.5, 0.1), compute=(2.0,))
    settings = plan.settings(("dfdc", "lips"))
    assert [setting.name for setting in settings] == [
        "full", "without-dfdc", "without-lips", "twins-0.1", "twins-0.5", "people-0.1", "people-0.5", "compute-2",
    ]  # fmt: skip
    assert settings[0] == FULL
    only = StudyConfig("s", left_out=("lips",), curves=())
    assert [setting.name for setting in only.settings(("dfdc", "lips"))] == ["full", "without-lips"]
    assert StudyConfig("s", leave_one_out=False).settings(("dfdc",))[1].axis == "twins"


def test_trainings_are_equal_but_for_that() -> None:
    plan = StudyConfig("s", steps=100, averaging=0.9)

    def training(setting: Setting) -> Any:
        return plan.training(setting, seed=3, families=("dfdc", "made"), backbone_weights="w")

    full = training(FULL)
    assert full.sources == {"dfdc": SOURCES["dfdc"], "made": SOURCES["made"]}
    assert (full.seed, full.steps, full.averaging, full.kept) == (3, 100, 0.9, None)
    assert (full.backbone_weights, full.initial_weights) == ("w", "")
    assert training(Setting(left_out="dfdc")).sources == {"made": SOURCES["made"]}
    assert training(Setting(axis="twins", amount=0.1)).kept == {"twins": 0.1}
    assert training(Setting(axis="people", amount=0.1)).kept == {"people": 0.1}
    longer = training(Setting(axis="compute", amount=3.0))
    assert (longer.steps, longer.report_every) == (300, 300)
    assert longer.averaging**300 == pytest.approx(full.averaging**100), "the same part of the training"
    assert longer.kept is None
    assert longer.sources == full.sources


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_that_is_left_out_is_never_drawn(stores: Path, family: str) -> None:
    plan = StudyConfig(str(stores))
    config = plan.training(Setting(left_out=family), seed=1, families=tuple(FAMILIES), backbone_weights="")
    assert config.sources is not None
    stream = PairStream(filled(stores, "train"), seed=1, sources=config.sources)
    assert set(stream.sources) == set(FAMILIES) - {family}
    assert family not in {stream.pair(number).source for number in range(25)}


def test_methods_belong_to_families() -> None:
    assert tuple(FAMILIES) == tuple(SOURCES)
    assert {method: family_of(method) for method in ("flux_lora", "generated", "attack:one_photo")} == {
        "flux_lora": "whole", "generated": "generated", "attack:one_photo": "made",
    }  # fmt: skip
    assert family_of("loopy_diffusion") == ""
    assert StudyConfig("s", attacks=("self_blend", "attack:enhancer")).kinds == (
        "attack:self_blend", "attack:enhancer",
    )  # fmt: skip
