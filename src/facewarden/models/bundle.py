"""A bundle: the forgery network, its card, the calibration that belongs to it, and how it came to be.

A calibration turns the scores of one network into probabilities; with another network its levels mean nothing. So the
three travel together, and the calibration names the network by its digest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import ModelError
from facewarden.models.card import ModelCard, read_card

NETWORK, CARD, CALIBRATION = "frame_forgery.onnx", "frame_forgery.json", "calibration.json"
RECORD = "record.json"
"""The signed record of the comparison that the network won; bundles that were made otherwise have none."""

SHIPPED = "shipped"
_DIGITS = 12
"""Hex digits of a network's digest in its calibration and in reports."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Where a bundle lies.

    Attributes:
        name: as ``facewarden models use`` takes it; ``shipped`` is the one of the package.
        folder: with the files `NETWORK`, `CARD`, `CALIBRATION` and perhaps `RECORD`.
    """

    name: str
    folder: Path

    @property
    def network(self) -> Path:
        return self.folder / NETWORK

    @property
    def calibration(self) -> Path:
        return self.folder / CALIBRATION

    @property
    def record(self) -> Path | None:
        """The record of the comparison, None where the bundle has none."""
        path = self.folder / RECORD
        return path if path.is_file() else None

    def card(self) -> ModelCard:
        """Read the card. Raises ModelError where it is missing or none."""
        return read_card(self.folder / CARD, missing=f"The card {CARD} of the model {self.name} is missing.")

    def checked_network(self) -> Path:
        """The network's path, after its digest was compared. Raises ModelError where it is not the card's."""
        if fault := self._network_fault(self.card().sha256):
            raise ModelError(fault)
        return self.network

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the files, a sentence each; empty where they are whole and belong together."""
        try:
            sha256 = self.card().sha256
        except ModelError as error:
            return (str(error),)
        fault = self._network_fault(sha256)
        return (fault,) if fault else self._calibration_faults(sha256)

    def _network_fault(self, sha256: str) -> str:
        try:
            actual = file_sha256(self.network)
        except OSError:
            return f"The network {self.network} is missing."
        return "" if actual == sha256 else f"The network {self.network} is not the one that its card names."

    def _calibration_faults(self, sha256: str) -> tuple[str, ...]:
        try:
            content = json.loads(self.calibration.read_bytes())
        except OSError:
            return (f"{CALIBRATION} is missing; fit it with: facewarden lab calibrate.",)
        except ValueError:
            return (f"{CALIBRATION} is not JSON.",)
        models = content.get("models") if isinstance(content, dict) else None
        fitted_for = models.get(NETWORK) if isinstance(models, dict) else None
        if not isinstance(fitted_for, str) or fitted_for != sha256[:_DIGITS]:
            return (f"{CALIBRATION} was fitted for another network; fit it anew: facewarden lab calibrate.",)
        return ()


def calibration_version(path: Path) -> str | None:
    """The version that a calibration file gives itself; None where it does not."""
    try:
        version = json.loads(path.read_bytes())["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(version)


def file_sha256(path: Path) -> str:
    """Lower-case hex digest of a file. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
