"""Whether a sample of a face is fit to be judged at all; what is not is left out and counted, never guessed."""

from __future__ import annotations

from collections import Counter

from facewarden.faces import fitness
from facewarden.faces.track import FaceSample

MAX_YAW_DEG = 55.0


def unfit(sample: FaceSample) -> str | None:
    """Why a sample cannot be judged (``too_small``, ``turned_away``, ``too_blurred``), None where it can."""
    return fitness.unfit(sample, max_yaw_deg=MAX_YAW_DEG)


def main_reason(reasons: Counter[str]) -> str:
    """The most frequent reason; ``too_few_samples`` where nothing was counted."""
    return reasons.most_common(1)[0][0] if reasons else "too_few_samples"
