"""Work goes on only with what it was begun with."""

from __future__ import annotations

from typing import Any

import pytest

from facewarden.errors import UsageError
from facewarden.lab.harden.provenance import demand_same

pytestmark = pytest.mark.lab


def test_the_same_may_go_on() -> None:
    demand_same({"config": {"steps": 1}, "more": 2}, {"config": {"steps": 1}}, what="The round")


@pytest.mark.parametrize(
    ("begun", "why"),
    [
        (
            {"config": {"steps": 2, "seed": 1}},
            r"The round was begun with other config \(seed, steps\)\. Go on with",
        ),
        ({"config": "none"}, r"begun with other config\."),
        ({}, r"begun with other config\."),
    ],
)
def test_what_differs_is_named(begun: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        demand_same(begun, {"config": {"steps": 1}}, what="The round")
