"""Differences between two networks are found where they are, and not where they are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.lab.dataset import Item
from facewarden.lab.harden.compare import Duel
from facewarden.lab.harden.record import Comparison
from facewarden.lab.harden.scores import Scored

THRESHOLD = 2.0


def group(method: str, *, people: int = 40, before: float, after: float, seed: int = 0) -> list[Scored]:
    """Twins: genuine files around 0, forgeries around `before` for one network and `after` for the other."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(people):
        own = rng.normal()
        for label, shift in (("real", (0.0, 0.0)), ("fake", (before, after))):
            item = Item(
                path=Path(f"{method}/{number}/{label}"), split="", label=label, media="photo",  # type: ignore[arg-type]
                method=method if label == "fake" else f"{method}_genuine",
                identity=f"{method}-{number}", pair=f"{method}-{number}", licence="",
            )  # fmt: skip
            logits = {"old": own + shift[0] + rng.normal(0, 0.3), "new": own + shift[1] + rng.normal(0, 0.3)}
            found.append(Scored(item, logits))
    return found


def compared(*groups: list[Scored], targets: tuple[str, ...] = (), seed: int = 1) -> dict[str, Comparison]:
    duel = Duel("old", "new", THRESHOLD, frozenset(targets), rounds=300, seed=seed)
    return {one.subject: one for one in duel.on(groups)}


def test_better_worse_and_neither() -> None:
    stored = [
        *group("dfdc", before=1.5, after=1.5),
        *group("live", before=2.0, after=0.2, seed=1),
    ]
    found = compared(
        stored, group("attack:enhancer", before=0.2, after=2.0, seed=2), targets=("attack:enhancer",)
    )
    assert {name: one.outcome for name, one in found.items()} == {
        "dfdc": "not told apart",
        "live": "worse",
        "attack:enhancer": "better",
        "genuine": "not told apart",
    }
    assert found["attack:enhancer"].role == "target"
    assert found["dfdc"].role == "kept"
    better = found["attack:enhancer"]
    assert better.after - better.before == pytest.approx(better.difference.value)
    assert (better.forged, better.genuine, better.unit) == (40, 40, "40 people")
    assert better.found_after is not None
    assert better.found_before is not None
    assert better.found_after > better.found_before


def test_more_false_alarms_are_worse_and_fewer_better() -> None:
    calm = group("dfdc", people=80, before=2, after=2)
    alarmed = [
        Scored(s.item, s.logits | {"new": s.logits["new"] + 1.5}) if not s.item.is_fake else s for s in calm
    ]
    risen = compared(alarmed)["genuine"]
    assert (risen.measure, risen.outcome) == ("false_alarms", "worse")
    assert risen.after > risen.before
    turned = [Scored(s.item, {"old": s.logits["new"], "new": s.logits["old"]}) for s in alarmed]
    assert compared(turned)["genuine"].outcome == "better"


def test_false_alarms_are_counted_among_stored_files_only() -> None:
    found = compared(group("dfdc", before=1, after=1), group("attack:enhancer", before=1, after=1))
    assert found["genuine"].genuine == 40


def test_a_target_of_few_people_is_not_called_better() -> None:
    few = group("attack:enhancer", people=6, before=-1.0, after=4.0)
    found = compared(group("dfdc", before=1, after=1), few, targets=("attack:enhancer",))
    assert found["attack:enhancer"].outcome == "cannot be told"


@settings(max_examples=10)
@given(shift=st.floats(-2, 2), seed=st.integers(0, 9))
def test_a_network_does_not_differ_from_itself(shift: float, seed: int) -> None:
    same = [Scored(s.item, {"old": s.logits["old"], "new": s.logits["old"]}) for s in
            group("dfdc", people=12, before=shift, after=0, seed=seed)]  # fmt: skip
    for one in compared(same).values():
        assert one.outcome == "not told apart"
        assert (one.difference.value, one.difference.low, one.difference.high) == (0, 0, 0)


def test_the_same_seed_gives_the_same_interval() -> None:
    files = group("dfdc", before=0.5, after=1.0)
    assert compared(files) == compared(files)
    assert compared(files, seed=2)["dfdc"].difference != compared(files)["dfdc"].difference
