"""Promote or refuse: the rule, and its reasons in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from facewarden.lab.harden.record import Candidate, Comparison, Network


@dataclass(frozen=True, slots=True)
class Decision:
    """What came out: `chosen` is the name of a candidate, None where all were refused."""

    decision: Literal["promoted", "refused"]
    chosen: str | None
    reasons: list[str]


def candidate(network: Network, made: str, comparisons: Sequence[Comparison]) -> Candidate:
    """Judge one network: it passes if every target is better and nothing else is worse."""
    against = _against(comparisons)
    return Candidate(
        network=network,
        made=made,
        comparisons=list(comparisons),
        passes=not against,
        reasons=against or [_words(one) for one in comparisons if one.role == "target"],
    )


def choose(candidates: Sequence[Candidate]) -> Decision:
    """Of those that pass, the candidate whose targets gained most on average; the first of equals."""
    passing = [one for one in candidates if one.passes]
    if not passing:
        reasons = [f"{one.network.name}: {reason}" for one in candidates for reason in one.reasons]
        return Decision("refused", None, reasons)
    best = max(passing, key=_gain)
    return Decision("promoted", best.network.name, [f"{best.network.name}: {why}" for why in best.reasons])


def nothing_missed(kinds: Sequence[str]) -> Decision:
    """The decision where there is nothing to train on."""
    return Decision(
        "refused", None, [f"The model in use missed none of what was tried on it: {', '.join(kinds)}."]
    )


def _against(comparisons: Sequence[Comparison]) -> list[str]:
    targets = [one for one in comparisons if one.role == "target"]
    if not targets:
        return ["no target could be measured"]
    return [_words(one) for one in targets if one.outcome != "better"] + [
        _words(one) for one in comparisons if one.role == "kept" and one.outcome == "worse"
    ]


def _words(one: Comparison) -> str:
    what = "false alarms" if one.measure == "false_alarms" else "AUC"
    span = ""
    if one.difference.low is not None and one.difference.high is not None:
        span = f" [{one.difference.low:+.4f}, {one.difference.high:+.4f}]"
    return (
        f"{one.subject}, {one.role}: {one.outcome}, {what} {one.before:.4f} -> {one.after:.4f} "
        f"({one.difference.value:+.4f}{span})"
    )


def _gain(one: Candidate) -> float:
    gains = [c.difference.value for c in one.comparisons if c.role == "target"]
    return sum(gains) / len(gains)
