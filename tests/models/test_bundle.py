"""A bundle is sound when its network, card and calibration are whole and belong together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from facewarden.errors import ModelError
from facewarden.models import registry
from facewarden.models.bundle import CALIBRATION, CARD, NETWORK, RECORD, Bundle, calibration_version
from tests.models.bundles import made_up


def test_the_bundle_of_the_package_is_sound() -> None:
    bundle = registry.shipped()
    assert bundle.faults() == ()
    assert bundle.card().sha256
    assert bundle.checked_network() == bundle.network
    assert calibration_version(bundle.calibration)


def test_a_sound_bundle_has_no_faults_and_perhaps_a_record(tmp_path: Path) -> None:
    bundle = Bundle("one", made_up(tmp_path / "one"))
    assert bundle.record is None
    (bundle.folder / RECORD).write_text("{}")
    assert bundle.record == bundle.folder / RECORD
    assert calibration_version(bundle.calibration) == "v1"


@pytest.mark.parametrize(
    ("file", "content", "fault"),
    [
        (NETWORK, None, "is missing"),
        (NETWORK, b"another network", "not the one that its card names"),
        (CARD, None, "card frame_forgery.json of the model one is missing"),
        (CARD, b"{}", "cannot be read"),
        (CARD, b"\xff", "cannot be read"),
        (CALIBRATION, None, "is missing; fit it with: facewarden lab calibrate"),
        (CALIBRATION, b"{", "is not JSON"),
        (CALIBRATION, b"[]", "fitted for another network"),
        (CALIBRATION, b'{"models": {}}', "fitted for another network"),
        (CALIBRATION, b'{"models": {"frame_forgery.onnx": "0123456789ab"}}', "fitted for another network"),
        (CALIBRATION, b'{"models": {"frame_forgery.onnx": ""}}', "fitted for another network"),
    ],
)
def test_what_is_missing_or_altered_is_a_fault(
    tmp_path: Path, file: str, content: bytes | None, fault: str
) -> None:
    bundle = Bundle("one", made_up(tmp_path / "one"))
    if content is None:
        (bundle.folder / file).unlink()
    else:
        (bundle.folder / file).write_bytes(content)
    (said,) = bundle.faults()
    assert fault in said
    if file == NETWORK:
        with pytest.raises(ModelError, match=fault):
            bundle.checked_network()


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_a_calibration_without_a_version_has_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "c.json"
    assert calibration_version(path) is None
    path.write_text(content)
    assert calibration_version(path) is None
    path.write_text(json.dumps({"version": "v"}))
    assert calibration_version(path) == "v"
