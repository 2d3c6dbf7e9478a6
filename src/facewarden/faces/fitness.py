"""Whether a face is fit to be looked at: what is too small, too blurred or turned away is said to be so."""

from __future__ import annotations

from typing import Protocol

MIN_HEIGHT_PX = 48.0
MIN_SHARPNESS = 0.12
"""Softer faces, as in old films and strongly compressed clips, look like regenerated ones: below this, two of the
seventeen genuine clips of the calibration split scored as high as forgeries."""
MIN_PRESENCE = 0.7


class Seen(Protocol):
    """A face as far as it matters here: a `FaceSample`, or what was kept of one."""

    @property
    def height_px(self) -> float: ...
    @property
    def yaw_deg(self) -> float: ...
    @property
    def presence(self) -> float: ...
    @property
    def sharpness(self) -> float: ...


def unfit(sample: Seen, *, max_yaw_deg: float) -> str | None:
    """Why a face is left out (``too_small``, ``turned_away``, ``too_blurred``), None where it is not."""
    if sample.height_px < MIN_HEIGHT_PX:
        return "too_small"
    if abs(sample.yaw_deg) > max_yaw_deg or sample.presence < MIN_PRESENCE:
        return "turned_away"
    if sample.sharpness < MIN_SHARPNESS:
        return "too_blurred"
    return None
