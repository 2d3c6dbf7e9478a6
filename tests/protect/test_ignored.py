"""What is kept of pictures that never count, and which files can be such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.errors import TamperedError
from facewarden.matching.pdq import pdq_of
from facewarden.protect.ignored import Hashed, Ignored, hashed
from tests.matching.edits import bordered, jpeg, scenery
from tests.media.making import write_clip
from tests.protect.making import GIVEN_AT


def saved(path: Path, picture: np.ndarray) -> Path:
    Image.fromarray(picture).save(path)
    return path


def ignoring(each: Hashed) -> Ignored:
    pairs = [(pdq.hex, pdq.quality) for pdq in each.hashes]
    picture = {"number": 1, "added_at": GIVEN_AT, "sha256": each.sha256, "hashes": pairs}
    return Ignored.model_validate({"next_number": 2, "pictures": [picture]})


def test_a_picture_is_ignored_turned_and_mirrored_and_nothing_near_it(tmp_path: Path) -> None:
    logo = scenery(3)
    ignored = Ignored.read(ignoring(hashed(saved(tmp_path / "logo.png", logo))).sealed())
    negative = ignored.negative()
    for same in (logo, jpeg(logo, 50), logo[:, ::-1], np.rot90(logo)):
        assert negative.holds(pdq_of(np.ascontiguousarray(same)))
    for other in (scenery(4), bordered(logo, 0.1)):
        assert not negative.holds(pdq_of(other))
    assert len(ignored.digests) == 1


def test_what_cannot_be_ignored_is_told_why(tmp_path: Path) -> None:
    blank = saved(tmp_path / "blank.png", np.full((200, 200, 3), 200, np.uint8))
    clip = write_clip(tmp_path / "clip.mp4", [scenery(n, 180, 240) for n in range(3)], rate=1)
    (tmp_path / "text").write_text("no picture")
    faults = [hashed(path).fault for path in (blank, clip, tmp_path / "text", tmp_path / "none")]
    assert [fault and fault.id for fault in faults] == [
        "ignore.shows_too_little",
        "ignore.not_photo",
        "error.not_media",
        "error.not_found",
    ]


@pytest.mark.parametrize("data", [b"", b"{", b'{"format": 2}', b'{"pictures": [{"number": 0}]}'])
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(TamperedError):
        Ignored.read(data)
