"""From genuine photos to the rise that is called unstable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import UsageError
from facewarden.lab.steadiness import Steadiness, threshold, write_into_card


def photos(rises: list[float], logit: float = -2.0) -> list[Steadiness]:
    return [Steadiness("portraits", logit, rise) for rise in rises]


@given(st.lists(st.floats(-5, 9), min_size=200, max_size=400), st.sampled_from([0.005, 0.02, 0.1]))
def test_no_more_genuine_photos_than_stated_lose_their_verdict(rises: list[float], rate: float) -> None:
    found = threshold(photos(rises), unclear=0.5, most_lost=rate)
    assert sum(rise >= found for rise in rises) <= rate * len(rises)


def test_photos_that_are_suspicious_already_cannot_lose_anything() -> None:
    calm = photos([1.0] * 199)
    assert threshold([*calm, *photos([9.0])], unclear=0.5) == pytest.approx(1.0, abs=1e-6)
    assert threshold([*calm, *photos([9.0, 9.0])], unclear=0.5) == pytest.approx(9.0, abs=1e-6)
    assert threshold([*calm, *photos([9.0, 9.0], logit=3.0)], unclear=0.5) == pytest.approx(1.0, abs=1e-6)


def test_too_few_photos_are_said() -> None:
    with pytest.raises(UsageError, match="takes 200 genuine photos, but got 20"):
        threshold(photos([1.0] * 20), unclear=0.5)


def test_the_number_goes_into_the_card_and_nothing_else_changes(tmp_path: Path) -> None:
    card = tmp_path / "card.json"
    content = {"name": "x", "moment_thresholds": {"seen": 1.5, "unclear": 0.5}, "sha256": "0" * 64}
    card.write_text(json.dumps(content))
    write_into_card(card, 3.14159)
    content["moment_thresholds"]["unstable"] = 3.142  # type: ignore[index]
    assert json.loads(card.read_text()) == content
    card.write_text("[]")
    with pytest.raises(UsageError, match="cannot be read as a model's card"):
        write_into_card(card, 1.0)
