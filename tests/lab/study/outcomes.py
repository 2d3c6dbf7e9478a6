"""Made-up scores and results of studies, for tests of what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facewarden.lab.dataset import Item
from facewarden.lab.harden.scores import Scored
from facewarden.lab.study.plan import StudyConfig
from facewarden.lab.study.results import (
    FORMAT,
    MEAN,
    OTHERS,
    Change,
    Curve,
    Estimate,
    Kind,
    Level,
    Measure,
    Outcome,
    Results,
    Trained,
)


def twins(method: str, people: int, networks: Mapping[str, float], *, seed: int = 0) -> list[Scored]:
    """A forgery and its genuine twin of each of so many people; `networks` tell them apart by so much."""
    rng = np.random.default_rng(seed)
    found = []
    for person in range(people):
        noise = rng.normal(size=2)
        for label in (0, 1):
            logits = {name: float(noise[label] + gap * label) for name, gap in networks.items()}
            name = f"{method}-{person}"
            item = Item(
                path=Path(f"{name}/{label}"),
                split="",
                label="fake" if label else "real",
                media="photo",
                method=method,
                identity=f"person {person}",
                pair=name,
                licence="",
            )
            found.append(Scored(item, logits))
    return found


def split_up(scored: Mapping[str, Sequence[Scored]]) -> dict[str, dict[str, list[Scored]]]:
    """By network and group, as a study reads them, from groups of scores by all networks."""
    names = next(iter(scored.values()))[0].logits
    return {
        name: {
            group: [Scored(one.item, {name: one.logits[name]}) for one in ones]
            for group, ones in scored.items()
        }
        for name in names
    }


def estimate(value: float, spread: float | None = 0.01) -> Estimate:
    if spread is None:
        return Estimate(value, None, None, (value,))
    return Estimate(value, value - spread, value + spread, (value,))


def kind(method: str, family: str, **fields: Any) -> Kind:
    given = {
        "against": ("ffhq",),
        "forged": 12,
        "genuine": 13,
        "pairs": 11,
        "unit": "20 people",
        "few": False,
    }
    return Kind(method=method, family=family, **(given | fields))


def change(
    subject: str,
    difference: float,
    *,
    outcome: Outcome = "not told apart",
    measure: Measure = "auc",
    before: str = "full",
    after: str = "without-dfdc",
    spread: float | None = 0.01,
) -> Change:
    was, became = estimate(0.9), estimate(0.9 + difference)
    return Change(before, after, subject, measure, was, became, estimate(difference, spread), outcome)


def trained(setting: str, *, seed: int = 1, **fields: Any) -> Trained:
    given = {"config": {"steps": 150}, "seconds": 360.0, "people": 40, "twins": 30, "faces": 500}
    return Trained(name=f"{setting}-seed{seed}", setting=setting, seed=seed, **(given | fields))


def results(**fields: Any) -> Results:
    """A study of two families, one left out and one without forgeries on dev, with a curve of twins."""
    step = {"before": "twins-0.33", "after": "full"}
    curve = Curve(
        "twins",
        (0.1, 0.33, 1.0),
        ("twins-0.1", "twins-0.33", "full"),
        (
            change("dfdc_crops", 0.03, outcome="higher", **step),  # type: ignore[arg-type]
            change("dfdc_crops", 0.02, measure="paired", **step),  # type: ignore[arg-type]
            change(MEAN, 0.025, outcome="higher", **step),  # type: ignore[arg-type]
        ),
    )
    settings = ("full", "without-dfdc", "without-lips", "twins-0.1", "twins-0.33")
    plain: dict[str, Any] = {
        "format": FORMAT,
        "config": StudyConfig("s").promises(),
        "stores": {"dev-a.npz": "0" * 64},
        "packages": {"torch": "2"},
        "families": {"dfdc": 0.42, "lips": 0.04},
        "kinds": (kind("dfdc_crops", "dfdc"), kind("loopy_diffusion", "", few=True, pairs=0)),
        "trainings": tuple(
            trained(setting, twins=n * 10) for n, setting in enumerate(settings, start=1)
        ),
        "levels": (
            Level("full", "dfdc_crops", "paired", estimate(0.95)),
            *(
                Level(setting, subject, "auc", estimate(0.8 + n / 100))
                for n, setting in enumerate(settings)
                for subject in ("dfdc_crops", "loopy_diffusion", MEAN)
            ),
        ),
        "left_out": {
            "dfdc": (
                change("dfdc_crops", -0.2, outcome="lower"),
                change("dfdc_crops", -0.1, measure="paired", outcome="lower"),
            ),
            "lips": (change(OTHERS, 0.001, after="without-lips"),),
        },
        "curves": (curve,),
    }  # fmt: skip
    return Results(**(plain | fields))
