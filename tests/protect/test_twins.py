"""A live swap of an enrolled person is a lead, and her own later frames are hers."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from PIL import Image

from facewarden.errors import UsageError
from facewarden.faces.finder import FaceFinder
from facewarden.faces.identity import IdentityEncoder
from facewarden.lab import dataset
from facewarden.media import open_media
from facewarden.protect.enrolment import Enrolment, with_candidates
from facewarden.protect.matcher import PeopleMatcher
from facewarden.protect.person import Features
from facewarden.protect.store import opened
from tests.protect.making import GIVEN_AT, KEY, make, person


def save_frame(clip: Path, second: int, path: Path) -> Path:
    with open_media(clip, frames_per_s=1) as media:
        frame = next(islice(media.frames(), second, None))
    Image.fromarray(frame.image_rgb).save(path)
    return path


@pytest.mark.data
@pytest.mark.slow
def test_streams_and_their_twins(tmp_path: Path, finder: FaceFinder, encoder: IdentityEncoder) -> None:
    try:
        data = dataset.load()
    except UsageError as error:
        pytest.skip(f"the research data is not here: {error}")
    clips = {
        (item.method, item.pair): data.root / item.path
        for item in data.items
        if item.pair == "live_m02_0" and item.media == "clip"
    }
    genuine, forged = clips["webcam_streams", "live_m02_0"], clips["live_autoencoder", "live_m02_0"]
    enrolled = save_frame(genuine, 2, tmp_path / "enrolled.png")
    (candidate,) = Enrolment(finder=finder, encoder=encoder).photos([enrolled])
    assert candidate.accepted
    folder = make(tmp_path / "people")
    with opened(folder, KEY) as store:
        record, features = with_candidates(person(1), Features(), [candidate], now=GIVEN_AT)
        store.add("Streamer", purpose="tests", person=record, features=features)
    with PeopleMatcher(folder, KEY, finder=finder, encoder=encoder) as matcher:
        swap = matcher.match(save_frame(forged, 2, tmp_path / "forged.jpg"))
        own = matcher.match(save_frame(genuine, 4, tmp_path / "own.jpg"))
    assert (swap.swap_lead, [face.name for face in swap.faces]) == (True, [])
    assert (own.swap_lead, [face.name for face in own.faces]) == (False, ["Streamer"])
