"""A face keeps its number while it is in the picture, and the detector is asked only now and then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import chain

import numpy as np
import pytest

from facewarden.faces.detector import Detection, FaceDetector, overlap
from facewarden.faces.track import FaceTrack
from facewarden.faces.tracker import FaceTracker, LiveTrack, Sighting
from facewarden.media.frame import Frame, ImageRGB
from people import canvas, collins_head, hopper, hopper_head, put
from tests.faces.scenes import away, clip, line, still


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Every call of the detector, as the value of `thorough`."""
    calls: list[bool] = []
    detect = FaceDetector.detect

    def counted(self: FaceDetector, image_rgb: ImageRGB, *, thorough: bool = False) -> list[Detection]:
        calls.append(thorough)
        return detect(self, image_rgb, thorough=thorough)

    monkeypatch.setattr(FaceDetector, "detect", counted)
    return calls


@pytest.fixture
def last_resorts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    candidates = FaceDetector.candidates

    def counted(self: FaceDetector, image_rgb: ImageRGB) -> Iterable[list[Detection]]:
        calls.append(1)
        return candidates(self, image_rgb)

    monkeypatch.setattr(FaceDetector, "candidates", counted)
    return calls


def followed(frames: Iterable[Frame], tracker: FaceTracker) -> list[Sighting]:
    """Every sighting; its tracks are alive and change with the next frame, but for their numbers."""
    return [tracker.update(frame) for frame in frames]


def numbers(sightings: Sequence[Sighting]) -> list[set[int]]:
    return [{track.number for track in sighting.tracks} for sighting in sightings]


def test_a_moving_face_keeps_its_number(looks: list[bool]) -> None:
    way = line((120, 170), (520, 210), 4)
    frames = list(clip([(collins_head(), way, 110)], seconds=4))
    tracker = FaceTracker(detect_every=3)
    for frame in frames:
        sighting = tracker.update(frame)
        (track,) = sighting.tracks
        assert track.number == 1
        assert not sighting.ended
        x, y = way(frame.time_s)
        assert np.abs(track.face.box_xyxy.reshape(2, 2).mean(0) - (x, y)).max() < 12
    assert len(looks) == len(frames) / 3


@pytest.mark.parametrize("every", [1, 2, 5])
def test_the_detector_looks_only_so_often(looks: list[bool], every: int) -> None:
    followed(clip([(hopper_head(), still(300, 180), 130)], seconds=5), FaceTracker(detect_every=every))
    assert len(looks) == 30 / every
    assert not any(looks[1:])


def test_where_nobody_is_known_it_looks_at_every_frame(looks: list[bool], last_resorts: list[int]) -> None:
    sightings = followed(clip([], seconds=5), FaceTracker(detect_every=3))
    assert not any(sighting.tracks for sighting in sightings)
    assert looks.count(False) == 30
    # Hard at the 1st, 2nd, 4th, 8th and 16th look: a long empty clip does not pay for it each time.
    plain_before_hard = [looks[:number].count(False) for number, hard in enumerate(looks) if hard]
    assert plain_before_hard == [1, 2, 4, 8, 16]
    assert len(last_resorts) == 5


def test_a_clip_that_is_nothing_but_a_face_after_a_black_start() -> None:
    black = [Frame(np.zeros((206, 190, 3), np.uint8), n / 6, n) for n in range(7)]
    tight = np.ascontiguousarray(hopper()[137:323, 176:346])
    shown = [Frame(tight, n / 6, n) for n in range(7, 20)]
    sightings = followed(black + shown, FaceTracker())
    assert not any(sighting.tracks for sighting in sightings[:7])
    assert numbers(sightings)[8:] == [{1}] * 12


def test_a_clip_that_lies_on_its_side() -> None:
    frames = clip([(collins_head(), line((200, 180), (400, 180), 3), 110)], seconds=3)
    turned = [Frame(np.ascontiguousarray(np.rot90(f.image_rgb, 2)), f.time_s, f.index) for f in frames]
    assert numbers(followed(turned, FaceTracker())) == [{1}] * 18


def test_a_cut_ends_all_tracks() -> None:
    before = clip([(collins_head(), still(150, 180), 110), (hopper_head(), still(450, 180), 110)], seconds=2)
    after = clip([(collins_head(), still(320, 180), 150)], seconds=2, start_s=2, wall=0.5)
    sightings = followed(chain(before, after), FaceTracker())
    assert numbers(sightings) == [{1, 2}] * 12 + [{3}] * 12
    assert [sighting.ended for sighting in sightings] == [()] * 12 + [(1, 2)] + [()] * 11


def test_light_that_changes_slowly_is_no_cut() -> None:
    frames = [
        Frame((f.image_rgb * (1 - 0.6 * n / 24)).astype(np.uint8), f.time_s, f.index)
        for n, f in enumerate(clip([(collins_head(), still(320, 180), 130)], seconds=4))
    ]
    tracker = FaceTracker()
    for frame in frames:
        (track,) = tracker.update(frame).tracks
        assert track.number == 1
        assert not track.doubtful


def test_another_person_in_the_same_place_raises_doubt() -> None:
    before = clip([(collins_head(), still(320, 180), 130)], seconds=1)
    after = clip([(hopper_head(), still(320, 180), 130)], seconds=1, start_s=1)
    tracker = FaceTracker()
    for frame in before:
        assert not any(track.doubtful for track in tracker.update(frame).tracks)
    (track,) = tracker.update(next(iter(after))).tracks
    assert track.number == 1
    assert track.doubtful


def test_a_face_that_leaves_ends_and_gets_a_new_number() -> None:
    frames = clip([(hopper_head(), away(still(300, 180), 1.5, 3.0), 120)], seconds=4.5)
    sightings = followed(frames, FaceTracker(detect_every=3))
    assert numbers(sightings) == [{1}] * 9 + [set()] * 9 + [{2}] * 9
    assert sightings[9].ended == (1,)


def test_a_second_face_is_found_within_the_next_look() -> None:
    frames = clip(
        [
            (collins_head(), still(160, 180), 110),
            (hopper_head(), away(still(480, 180), 0, 1.0), 110),
        ],
        seconds=3,
    )
    seen = numbers(followed(frames, FaceTracker(detect_every=3)))
    assert seen[:6] == [{1}] * 6
    assert seen[8:] == [{1, 2}] * 10


def test_faces_that_touch_are_doubtful_until_somebody_has_looked() -> None:
    frames = clip(
        [
            (collins_head(), line((120, 190), (520, 190), 4), 110),
            (hopper_head(), line((520, 170), (120, 170), 4), 110),
        ],
        seconds=4,
    )
    tracker = FaceTracker()
    doubtful = [any(track.doubtful for track in tracker.update(frame).tracks) for frame in frames]
    assert not any(doubtful[:6])
    assert any(doubtful[6:18])
    # Two tracks are never on one face.
    tracker = FaceTracker()
    for frame in clip(
        [(collins_head(), line((120, 180), (520, 180), 2), 110), (hopper_head(), still(320, 180), 110)],
        seconds=2,
    ):
        boxes = [track.face.box_xyxy for track in tracker.update(frame).tracks]
        assert all(overlap(a, b) <= 0.55 for n, a in enumerate(boxes) for b in boxes[:n])


def test_split_gives_a_new_number() -> None:
    tracker = FaceTracker()
    frames = list(clip([(collins_head(), still(320, 180), 130)], seconds=1))
    (track,) = tracker.update(frames[0]).tracks
    assert tracker.split(track) == 2
    sighting = tracker.update(frames[1])
    assert [t.number for t in sighting.tracks] == [2]
    assert sighting.ended == ()


@pytest.mark.parametrize("options", [{"photo": True}, {"small_faces": True}])
def test_small_faces_need_the_thorough_look(options: dict[str, bool]) -> None:
    scene = canvas(1080, 1920)
    put(scene, collins_head(), centre=(400, 300), face_px=45)
    put(scene, hopper_head(), centre=(1500, 800), face_px=50)
    sighting = FaceTracker(**options).update(Frame(scene, 0.0, 0))
    assert {track.number for track in sighting.tracks} == {1, 2}


def test_specks_are_no_faces() -> None:
    scene = canvas(360, 640)
    put(scene, hopper_head(), centre=(300, 200), face_px=13)
    assert FaceTracker(photo=True).update(Frame(scene, 0.0, 0)).tracks == ()


def test_no_picture_is_kept(looks: list[bool]) -> None:
    """What lives on between frames does not grow with the picture nor with the length of the clip."""
    tracker = FaceTracker()
    for frame in clip([(collins_head(), still(320, 180), 130)], seconds=3):
        sighting = tracker.update(frame)
        for track in sighting.tracks:
            held = [getattr(track, f.name) for f in fields(LiveTrack)]
            arrays = [value for value in held if isinstance(value, np.ndarray)]
            assert sum(a.nbytes for a in arrays) < 2000
            assert not any(np.shares_memory(a, frame.image_rgb) for a in arrays)
    assert {f.name for f in fields(FaceTrack)} == {
        "number", "start_s", "end_s", "boxes", "heights_px", "yaws_deg", "sharpness", "embeddings", "person",
    }  # fmt: skip
