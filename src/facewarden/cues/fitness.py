"""Whether a sample of a face is fit to be judged at all; what is not is left out and counted, never guessed."""

from __future__ import annotations

from collections import Counter

from facewarden.faces.track import FaceSample

MIN_HEIGHT_PX = 48.0
MAX_YAW_DEG = 55.0
MIN_SHARPNESS = 0.12
"""Softer faces, as in old films and strongly compressed clips, look like regenerated ones: below this, two of the
seventeen genuine clips of the calibration split scored as high as forgeries."""
MIN_PRESENCE = 0.7


def unfit(sample: FaceSample) -> str | None:
    """Why a sample cannot be judged (``too_small``, ``turned_away``, ``too_blurred``), None where it can."""
    if sample.height_px < MIN_HEIGHT_PX:
        return "too_small"
    if abs(sample.yaw_deg) > MAX_YAW_DEG or sample.presence < MIN_PRESENCE:
        return "turned_away"
    if sample.sharpness < MIN_SHARPNESS:
        return "too_blurred"
    return None


def main_reason(reasons: Counter[str]) -> str:
    """The most frequent reason; ``too_few_samples`` where nothing was counted."""
    return reasons.most_common(1)[0][0] if reasons else "too_few_samples"
