from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import MediaError, ModelError, UsageError
from facewarden.lab.bench.detector import DetailedDetector
from facewarden.lab.bench.lineup import line_up
from facewarden.lab.bench.ours import NO_SAY, OurDetector, VariantDetector, judgement_of
from facewarden.models.bundle import NETWORK
from facewarden.report.model import Box, CueReading, Face, Level, Report, Sentence, Versions
from tests.models.bundles import altered_copy, made_up

EXAMPLE = Path(__file__).parents[3] / "examples" / "LAB-swap.jpg"
SAID = Sentence(id="x", text="x")


def report(**changes: Any) -> Report:
    plain: dict[str, Any] = {
        "path": "a.jpg",
        "sha256": "0" * 64,
        "media": "photo",
        "level": Level.LIKELY,
        "probability": 0.8,
        "abstained": False,
        "sentence": SAID,
        "versions": Versions(facewarden="0"),
    }
    return Report(**(plain | changes))


def face(track: int, scores: dict[str, float | None]) -> Face:
    return Face(
        track=track,
        person=1,
        start_s=0,
        end_s=0,
        frames_analysed=1,
        face_height_px=100,
        box=Box(time_s=0, x0=0, y0=0, x1=1, y1=1),
        probability=0.5,
        level=Level.WEAK,
        abstained=False,
        sentence=SAID,
        cues=[CueReading(cue=c, abstained=s is None, score=s, sentence=SAID) for c, s in scores.items()],
    )


def test_what_has_no_say_in_a_score_is_not_even_loaded_for_one() -> None:
    program = (
        f"import sys; from facewarden.checker import Checker; assert Checker().check({str(EXAMPLE)!r}).faces; "
        "print(*{name.split('.')[1] for name in sys.modules if name.startswith('facewarden.')})"
    )
    rooms = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "cues" in rooms.split()
    # Words and places are used, but change no score.
    assert set(rooms.split()) & set(NO_SAY) <= {"messages", "locales", "places"}


def test_a_report_gives_its_probability_level_and_highest_raw_score() -> None:
    faces = [
        face(1, {"frame_forgery": -1.5, "identity_drift": 9, "temporal_texture": 0.1}),
        face(2, {"frame_forgery": 2.5, "temporal_texture": -0.2}),
        face(3, {"frame_forgery": None}),
    ]
    found = judgement_of(report(faces=faces))
    assert (found.score, found.level, found.is_probability) == (0.8, "likely", True)
    assert found.parts == {
        "facewarden, frame_forgery alone": 2.5,
        "facewarden, temporal_texture alone": 0.1,
    }


def test_an_abstention_gives_no_score() -> None:
    found = judgement_of(report(abstained=True, probability=None, level=Level.INCONCLUSIVE, reason="no_face"))
    assert (found.score, found.level, found.reason, found.parts) == (None, "inconclusive", "no_face", {})


def test_a_file_that_could_not_be_checked_is_a_failure() -> None:
    broken = report(
        abstained=True, probability=None, level=Level.INCONCLUSIVE, reason="damaged", error="It is damaged."
    )
    with pytest.raises(MediaError) as caught:
        judgement_of(broken)
    assert caught.value.reason == "damaged"


def test_our_detector_is_a_detailed_detector_with_a_steady_version() -> None:
    detector = OurDetector()
    assert isinstance(detector, DetailedDetector)
    assert detector.version == OurDetector().version
    assert len(detector.version) == 12


def test_another_model_is_a_row_of_its_own(tmp_path: Path) -> None:
    folder = altered_copy(tmp_path / "of-spring")
    detectors, _ = line_up(["ours", f"model:{folder}"])
    ours, other = detectors.values()
    assert other.name == "facewarden, model of-spring"
    assert other.version != ours.version
    travelled = pickle.loads(pickle.dumps(other))  # noqa: S301, our own bytes
    assert isinstance(travelled, VariantDetector)
    # The same weights under another digest: the same score, and no rows of parts beside it.
    said, own = travelled.judge(EXAMPLE), OurDetector().judge(EXAMPLE)
    assert said == replace(own, parts={})
    assert own.parts


def test_another_effort_is_a_row_of_its_own() -> None:
    detectors, _ = line_up(["ours", "effort:thorough"])
    ours, other = detectors.values()
    assert other.name == "facewarden --thorough"
    assert other.predict(EXAMPLE) == ours.predict(EXAMPLE)
    clip = EXAMPLE.with_suffix(".mp4")
    assert other.predict(clip) != ours.predict(clip)
    with pytest.raises(UsageError, match="effort must be one of fast, default, thorough"):
        line_up(["effort:great"])


def test_a_damaged_model_takes_no_part(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "bundle")
    (folder / NETWORK).write_bytes(b"another")
    with pytest.raises(ModelError, match="not the one that its card names"):
        line_up([f"model:{folder}"])
    with pytest.raises(ModelError, match="is missing"):
        line_up([f"model:{tmp_path}"])
