from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.lab.bench import metrics
from facewarden.lab.bench.contest import Contest
from facewarden.lab.bench.detector import Judgement, Outcome
from facewarden.lab.bench.probes import PROBES, fitted
from facewarden.lab.dataset import Item
from lab.bench.making import contest, twin_items

pytestmark = pytest.mark.lab


def seen(items: Sequence[Item], *, telling: str, missing: str = "") -> list[Outcome]:
    """Sights of noise, in which one kind of feature tells forgeries apart."""
    rng = np.random.default_rng(len(items))
    outcomes = []
    for item in items:
        parts = {
            f"{part}_{n}": float(rng.normal() + 3 * (part == telling and n == 1 and item.is_fake))
            for part in PROBES.values()
            for n in range(4)
            if part != missing
        }
        outcomes.append(Outcome(item, "judged", Judgement(100.0, parts=parts)))
    return outcomes


def areas(match: Contest, training: Sequence[Item], telling: str) -> dict[str, float]:
    probes = fitted([match], training, lambda items: seen(items, telling=telling), most=50, seed=0)
    outcomes = seen(match.items, telling=telling)
    is_fake = np.array([item.is_fake for item in match.items])
    found = {}
    for probe in probes[match.name]:
        said = probe.verdicts(outcomes)
        found[probe.name] = metrics.auc(np.array([said[item].score for item in match.items]), is_fake)
    return found


@pytest.mark.parametrize("name", list(PROBES))
def test_a_probe_finds_the_shortcut_that_it_is_for(name: str) -> None:
    training = twin_items(40, split="train")
    found = areas(contest(twin_items(30)), training, PROBES[name])
    assert found[name] > 0.9
    assert all(0.2 < area < 0.8 for other, area in found.items() if other != name)


def test_an_unknown_tool_is_measured_by_what_others_taught() -> None:
    training = twin_items(40, split="train", method="another tool")
    # Both halves of that contest have one method's name here; the label tells them apart.
    assert areas(contest(twin_items(30)), training, "spectrum")["spectrum"] > 0.9


def test_other_kinds_of_media_teach_nothing() -> None:
    training = twin_items(40, split="train", media="clip")
    match = contest(twin_items(5))
    asked: list[Sequence[Item]] = []
    probes = fitted([match], training, lambda items: asked.append(items) or [], most=50, seed=0)
    assert not asked
    for probe in probes["swap"]:
        assert probe.model is None
        said = probe.verdicts(seen(match.items, telling="spectrum"))
        assert {verdict.state for verdict in said.values()} == {"abstained"}


def test_missing_features_are_abstained_from_and_failures_stay_failures() -> None:
    match = contest(twin_items(12))
    training = twin_items(20, split="train")
    probes = fitted([match], training, lambda items: seen(items, telling="hidden"), most=50, seed=0)
    outcomes = seen(match.items, telling="hidden", missing="background")
    outcomes[0] = Outcome(match.items[0], "failed", Judgement(None))
    states = {
        probe.name: [verdict.state for verdict in probe.verdicts(outcomes).values()]
        for probe in probes["swap"]
    }
    assert states["background only"] == ["failed"] + ["abstained"] * 23
    assert states["face hidden"] == ["failed"] + ["judged"] * 23


def test_a_probe_is_fitted_to_a_sample_drawn_by_the_seed() -> None:
    asked: list[list[Item]] = []

    def measure(items: Sequence[Item]) -> list[Outcome]:
        asked.append(list(items))
        return seen(items, telling="spectrum")

    training = twin_items(40, split="train")
    for seed in (1, 1, 2):
        fitted([contest(twin_items(5))], training, measure, most=10, seed=seed)
    assert [len(items) for items in asked] == [20, 20, 20]
    assert asked[0] == asked[1] != asked[2]
