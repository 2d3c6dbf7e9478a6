"""What a plan may say, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.lab.generators.resampler import ResamplerShape
from facewarden.lab.generators.swapper import SwapperShape
from facewarden.lab.generators.twin_plan import SwapperBuild, TwinPlan, read_plan

pytestmark = pytest.mark.lab


def test_a_plan_is_read_and_a_wrong_one_said(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    assert read_plan(None) == TwinPlan()
    path.write_text('{"twins": 5, "builds": [{"shape": {"size_px": 64}, "invention": 0}], "cores": []}')
    plan = read_plan(path)
    assert plan.twins == 5
    assert plan.builds[0].shape == ResamplerShape(64)
    path.write_text('{"twins": "many"}')
    with pytest.raises(UsageError, match="is no plan for twins: twins"):
        read_plan(path)
    path.write_text('{"twin": 5}')
    with pytest.raises(UsageError, match="names what no plan for twins has: twin"):
        read_plan(path)
    with pytest.raises(UsageError, match="must be named train-"):
        TwinPlan(store="dev-twins.npz")
    with pytest.raises(UsageError, match="whole_pictures must be a share from 0 to 1"):
        TwinPlan(whole_pictures=1.5)
    with pytest.raises(UsageError, match="animated must be a share from 0 to 1"):
        TwinPlan(animated=-0.1)


def test_swappers_are_made_only_where_a_plan_names_them(tmp_path: Path) -> None:
    assert TwinPlan().swappers == ()
    path = tmp_path / "plan.json"
    path.write_text('{"swappers": [{}, {"shape": {"width": 8, "upsampling": "nearest"}, "likeness": 2}]}')
    assert read_plan(path).swappers == (
        SwapperBuild(),
        SwapperBuild(SwapperShape(width=8, upsampling="nearest"), likeness=2.0),
    )
    path.write_text('{"swappers": [{"shape": {"factor": 5}}]}')
    with pytest.raises(UsageError, match="factor must be 4, 8 or 16"):
        read_plan(path)
