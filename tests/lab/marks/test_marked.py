"""What the lab writes carries all three marks, a telling name, and is there whole or not at all."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.cues.lab_mark import find_lab_mark
from facewarden.cues.provenance import ProvenanceCue
from facewarden.errors import UsageError
from facewarden.lab.marks import marked
from facewarden.lab.marks.marked import write_marked_clip, write_marked_photo
from facewarden.media import open_media, probe
from facewarden.media.frame import ImageRGB


@pytest.fixture
def picture() -> ImageRGB:
    rng = np.random.default_rng(0)
    coarse = rng.integers(40, 215, (20, 26, 3), dtype=np.uint8)
    grainy = np.kron(coarse, np.ones((12, 12, 1))) + rng.normal(0, 6, (240, 312, 3))
    return np.clip(grainy, 0, 255).astype(np.uint8)


def pictures_of(path: Path) -> list[ImageRGB]:
    with open_media(path, frames_per_s=None) as media:
        return [frame.image_rgb.copy() for frame in media.frames()]


@pytest.mark.parametrize("name", ["swap.jpg", "swap.JPEG", "swap.png"])
def test_a_photo_carries_all_marks(picture: ImageRGB, tmp_path: Path, name: str) -> None:
    path = write_marked_photo(picture, tmp_path / name, boxes=[(100, 20, 180, 140)])

    assert path == tmp_path / f"LAB-{name}"
    assert list(tmp_path.iterdir()) == [path]
    (shown,) = pictures_of(path)
    assert shown.shape == picture.shape
    assert find_lab_mark([shown]).present
    # The banner covers the bottom; the face is as it was, but for the invisible mark and the coding.
    assert np.abs(shown[-4:].astype(int) - picture[-4:]).mean() > 40
    assert np.abs(shown[20:140, 100:180].astype(int) - picture[20:140, 100:180]).mean() < 6
    origin = ProvenanceCue().origin(path, probe(path))
    assert origin.c2pa == "untrusted"
    assert origin.lab_marked
    assert origin.declares_ai
    assert origin.digital_source_type == "compositeWithTrainedAlgorithmicMedia"


def test_a_clip_carries_all_marks(picture: ImageRGB, tmp_path: Path) -> None:
    frames = (np.roll(picture, 2 * k, axis=1)[:239, :311] for k in range(12))
    path = write_marked_clip(frames, tmp_path / "swap.mp4", frame_rate=29.97, boxes=[(100, 20, 180, 140)])

    assert path == tmp_path / "LAB-swap.mp4"
    assert list(tmp_path.iterdir()) == [path]
    facts = probe(path)
    assert (facts.width, facts.height) == (310, 238)
    assert facts.frame_rate == pytest.approx(29.97, abs=0.01)
    shown = pictures_of(path)
    assert len(shown) == 12
    assert all(find_lab_mark([each]).present for each in (shown[0], shown[-1]))
    origin = ProvenanceCue().origin(path, facts)
    assert origin.c2pa == "untrusted"
    assert origin.lab_marked


def test_a_name_that_tells_already_is_kept(picture: ImageRGB, tmp_path: Path) -> None:
    path = tmp_path / "new" / "LAB-x.png"
    assert write_marked_photo(picture, path, boxes=[]) == path


def test_no_mark_can_be_left_out() -> None:
    ours = [each for each in vars(marked).values() if getattr(each, "__module__", "") == marked.__name__]
    doors = {each.__name__ for each in ours if not each.__name__.startswith("_")}
    assert doors == {"write_marked_photo", "write_marked_clip"}
    for write in (write_marked_photo, write_marked_clip):
        options = inspect.signature(write).parameters
        assert not [name for name in options if "mark" in name or "banner" in name or "sign" in name]


@pytest.mark.parametrize("name", ["swap.webp", "swap.gif", "swap.mp4", "swap"])
def test_other_kinds_of_photo_are_refused(picture: ImageRGB, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.jpg or \.png"):
        write_marked_photo(picture, tmp_path / name, boxes=[])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "crf", "count", "words"),
    [
        ("a.avi", 18, 3, r"as \.mp4"),
        ("a.mp4", 40, 3, r"crf must be 0\.\.28"),
        ("a.mp4", 18, 0, "at least one frame"),
    ],
)
def test_clips_that_cannot_be_are_refused(
    picture: ImageRGB, tmp_path: Path, name: str, crf: int, count: int, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        write_marked_clip([picture] * count, tmp_path / name, frame_rate=25, boxes=[], crf=crf)
    assert not list(tmp_path.iterdir())


def test_a_picture_too_small_for_the_mark_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="64 px"):
        write_marked_photo(np.zeros((20, 20, 3), np.uint8), tmp_path / "a.png", boxes=[])
    assert not list(tmp_path.iterdir())


def test_a_forgery_whose_mark_cannot_be_read_back_is_not_written(
    picture: ImageRGB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked, "embed", lambda image_rgb: image_rgb)
    with pytest.raises(UsageError, match="too flat"):
        write_marked_photo(picture, tmp_path / "a.jpg", boxes=[])
    assert not list(tmp_path.iterdir())


def test_an_interrupted_clip_leaves_the_old_file_and_nothing_else(picture: ImageRGB, tmp_path: Path) -> None:
    old = tmp_path / "LAB-a.mp4"
    old.write_bytes(b"old")

    def frames() -> Iterator[ImageRGB]:
        yield picture
        yield picture
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_marked_clip(frames(), tmp_path / "a.mp4", frame_rate=25, boxes=[])
    assert list(tmp_path.iterdir()) == [old]
    assert old.read_bytes() == b"old"
