"""Records and comparisons made up for tests."""

from __future__ import annotations

from typing import Any

from facewarden.lab.harden.decide import candidate, choose
from facewarden.lab.harden.record import Candidate, Comparison, Network, Probe, Range, Record, Threshold

DIGEST = "ab" * 32


def comparison(subject: str = "enhancer", *, low: float, high: float, **changes: Any) -> Comparison:
    plain: dict[str, Any] = {
        "subject": subject,
        "role": "kept",
        "measure": "auc",
        "before": 0.75,
        "after": 0.75 + (low + high) / 2,
        "difference": Range(value=(low + high) / 2, low=low, high=high),
        "forged": 40,
        "genuine": 40,
        "unit": "40 people",
        "outcome": "better" if low > 0 else "worse" if high < 0 else "not told apart",
    }
    return Comparison(**(plain | changes))


def target(low: float, high: float) -> Comparison:
    return comparison(low=low, high=high, role="target")


def of(name: str, *comparisons: Comparison, sha256: str = DIGEST) -> Candidate:
    return candidate(Network(name=name, sha256=sha256), "40 steps", comparisons)


def record(*candidates: Candidate) -> Record:
    decision = choose(candidates)
    return Record(
        decision=decision.decision,
        chosen=decision.chosen,
        reasons=decision.reasons,
        made="2026-01-02T03:04:05+00:00",
        incumbent=Network(name="shipped", sha256="cd" * 32),
        threshold=Threshold(level="likely", logit=2.7, calibration="v1"),
        probes=[Probe(kind="attack:enhancer", forged=60, missed=41, mean_logit=0.1, weight=0.4)],
        candidates=list(candidates),
        config={"steps": 40},
        config_sha256="ef" * 32,
        stores={"train-a.npz": "01" * 32},
        faces={"train": 100, "dev": 50},
        packages={"torch": "2"},
    )
