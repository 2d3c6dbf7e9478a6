"""Bundles made up for tests: the files fit each other, the network is no network."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from facewarden.models.bundle import CALIBRATION, CARD, NETWORK, Bundle
from facewarden.models.registry import shipped


def made_up(folder: Path, *, content: bytes = b"a network", version: str = "v1") -> Path:
    """A sound bundle around bytes that no runtime could read."""
    folder.mkdir(parents=True)
    (folder / NETWORK).write_bytes(content)
    return _completed(folder, version)


def altered_copy(folder: Path, *, version: str = "v2") -> Path:
    """A sound bundle with the network of the package, followed by bytes that change nothing but its digest."""
    folder.mkdir(parents=True)
    shutil.copy(shipped().network, folder / NETWORK)
    with (folder / NETWORK).open("ab") as file:
        # A field that the format of ONNX does not know, which every reader skips: number 1000, value 1.
        file.write(b"\xc0\x3e\x01")
    return _completed(folder, version)


def _completed(folder: Path, version: str) -> Path:
    sha256 = hashlib.sha256((folder / NETWORK).read_bytes()).hexdigest()
    card = json.loads((shipped().folder / CARD).read_text()) | {"sha256": sha256, "made": "2026-01-02"}
    (folder / CARD).write_text(json.dumps(card))
    calibration = json.loads(shipped().calibration.read_text())
    calibration |= {"models": {NETWORK: sha256[:12]}, "version": version}
    (folder / CALIBRATION).write_text(json.dumps(calibration))
    assert Bundle("x", folder).faults() == ()
    return folder
