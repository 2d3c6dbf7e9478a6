"""What an attacker aims at: from which scores on the check says of a photo that there is no sign.

Read from the calibration and the card in use, where everybody can read it, so that an attack follows when they change.
"""

from __future__ import annotations

from dataclasses import dataclass

from facewarden.cues.frame_forgery import MODEL, NAME
from facewarden.models import model_card
from facewarden.verdict import calibration as calibrations


@dataclass(frozen=True, slots=True)
class Rule:
    """When a photo with one face is called without a sign.

    Attributes:
        no_sign: its logit has to lie below.
        unstable: and the worse copies (`facewarden.cues.steadiness`) less than this above it; inf where the card has
            no such number and copies are not looked at.
    """

    no_sign: float
    unstable: float

    @classmethod
    def in_use(cls) -> Rule:
        """The rule of the model in use. Raises ModelError where that is damaged."""
        calibration = calibrations.default()
        scale = calibration.cues[NAME]
        return cls(
            no_sign=(calibration.thresholds.no_sign - scale.intercept) / scale.slope,
            unstable=model_card(MODEL).moment_thresholds.get("unstable", float("inf")),
        )
