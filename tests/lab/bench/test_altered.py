from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.lab import dataset
from facewarden.lab.attacks.launder import parse
from facewarden.lab.bench.altered import Altered, Laundry
from facewarden.lab.bench.detector import Judgement, run
from facewarden.media import open_media
from lab.bench.clips import write_clip
from people import hopper

pytestmark = pytest.mark.lab


@dataclass
class Looking:
    """Notes what it was shown; the score is the height of the first frame."""

    shown: list[Path] = field(default_factory=list)
    name: str = "looking"
    version: str = "1"

    def predict(self, path: Path) -> float | None:
        self.shown.append(path)
        with open_media(path, frames_per_s=None) as media:
            return float(next(iter(media.frames())).image_rgb.shape[0])


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(hopper()).save(path)
    return path


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


def test_the_detector_sees_the_file_after_the_change(photo: Path, scratch: Path) -> None:
    detector = Looking()
    altered = Altered(detector, Laundry(parse("height96")), scratch)
    assert altered.predict(photo) == 96.0
    assert altered.predict(photo) == 96.0
    # Washed once, whoever asks; nothing half-written is left.
    (made,) = scratch.iterdir()
    assert detector.shown == [made, made]
    assert Altered(detector, Laundry(parse("height64")), scratch).predict(photo) == 64.0


def test_the_last_jpeg_is_written_as_it_is_and_nothing_is_added_elsewhere(photo: Path, scratch: Path) -> None:
    jpeg = Laundry(parse("height200+jpeg30")).write(photo, scratch / "a")
    png = Laundry(parse("jpeg30+border4")).write(photo, scratch / "b")
    with Image.open(jpeg) as one, Image.open(png) as two:
        assert (one.format, two.format) == ("JPEG", "PNG")
        assert one.height == 200
        assert two.height == hopper().shape[0] + 8
    assert jpeg.stat().st_size < png.stat().st_size / 3


def test_a_clip_keeps_its_frames_and_a_codec_at_the_end_is_used_once(tmp_path: Path, scratch: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=8)
    rough = Laundry(parse("height64+h264:40")).write(clip, scratch / "rough")
    fine = Laundry(parse("height64")).write(clip, scratch / "fine")
    for path in (rough, fine):
        with open_media(path, frames_per_s=None) as media:
            frames = list(media.frames())
            assert (len(frames), media.facts.height, media.facts.codec) == (8, 64, "h264")
            assert media.facts.frame_rate == pytest.approx(25)
    assert rough.stat().st_size < fine.stat().st_size / 2


def test_scores_are_kept_under_the_digest_of_the_file_as_it_was(
    tmp_path: Path, photo: Path, scratch: Path
) -> None:
    item = dataset.Item(photo, "dev", "real", "photo", "x", "x", "", "CC0")
    first, again = Looking(), Looking()
    for detector in (first, again):
        outcomes = run(
            Altered(detector, Laundry(parse("height96")), scratch), [item], cache=tmp_path / "cache"
        )
        assert outcomes[0].judgement == Judgement(96.0)
    assert (len(first.shown), len(again.shown)) == (1, 0)


def test_another_change_is_another_version() -> None:
    one, two = (Altered(Looking(), Laundry(parse(steps)), Path()) for steps in ("jpeg30", "jpeg31"))
    assert one.version != two.version
    assert one.version.startswith("1-jpeg30-")
    assert one.name == "looking, jpeg30"


def test_a_photo_through_a_codec_is_one_picture(photo: Path, scratch: Path) -> None:
    path = Laundry(parse("h264:35")).write(photo, scratch / "x")
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        done = np.asarray(picture)
    assert done.shape == hopper().shape
    assert 2 < np.abs(done.astype(int) - hopper()).mean() < 20
