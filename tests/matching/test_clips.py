"""Clips are found again after trims and changes of speed, and it is told which seconds are which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.errors import MediaError
from facewarden.faces.finder import FaceFinder
from facewarden.matching.clips import ClipIndex, ClipMatch, ClipPrint, clip_print, print_of_frames
from facewarden.matching.negative import NegativeList
from facewarden.matching.pdq import pdq_of
from facewarden.matching.timeline import best_line
from facewarden.media import Frame
from facewarden.media.frame import ImageRGB
from people import hopper
from tests.matching.edits import bordered, cropped, jpeg, scenery
from tests.media.making import write_clip

HEIGHT, WIDTH = 180, 240


def shot(clip: int, second: int) -> ImageRGB:
    """What a made-up clip shows at a second."""
    return scenery(1000 * clip + second, HEIGHT, WIDTH)


def frames(pictures: Iterable[ImageRGB], *, step_s: float = 1.0) -> list[Frame]:
    return [Frame(picture, number * step_s, number) for number, picture in enumerate(pictures)]


def shots(clip: int, seconds: Iterable[int]) -> list[ImageRGB]:
    return [shot(clip, second) for second in seconds]


@pytest.fixture(scope="module")
def index() -> ClipIndex:
    index = ClipIndex()
    for clip in (1, 2, 3):
        index.add(clip, print_of_frames(frames(shots(clip, range(20)))))
    return index


def only(matches: Sequence[ClipMatch]) -> ClipMatch:
    (match,) = [each for each in matches if each.confirmed]
    return match


def test_the_whole_clip_again(index: ClipIndex) -> None:
    match = only(index.match_frames(frames(jpeg(each, 25) for each in shots(2, range(20)))))
    assert (match.clip, match.query_share, match.original_share, match.speed) == (2, 1.0, 1.0, 1.0)
    assert match.query_share_plain == 1.0
    (span,) = match.spans
    assert (span.query_start_s, span.query_end_s) == (0, 20)
    assert (span.original_start_s, span.original_end_s) == (0, 20)


def test_a_trim_tells_which_seconds_it_shows(index: ClipIndex) -> None:
    match = only(index.match_frames(frames(shots(2, range(7, 15)))))
    (span,) = match.spans
    assert (span.original_start_s, span.original_end_s) == (7, 15)
    assert (match.query_share, match.original_share) == (1.0, 0.4)


@pytest.mark.parametrize("speed", [0.9, 1.1])
def test_another_speed(speed: float, index: ClipIndex) -> None:
    seconds = [round(second * speed) for second in range(int(19 / speed) + 1)]
    match = only(index.match_frames(frames(shots(1, seconds))))
    assert match.clip == 1
    assert match.query_share >= 0.9
    assert match.speed == pytest.approx(speed, abs=0.08)


def test_a_part_within_another_clip(index: ClipIndex) -> None:
    pictures = shots(8, range(4)) + shots(3, range(5, 13)) + shots(8, range(4, 8))
    match = only(index.match_frames(frames(pictures)))
    assert (match.clip, match.query_share) == (3, 0.5)
    (span,) = match.spans
    assert (span.query_start_s, span.query_end_s, span.original_start_s) == (4, 12, 5)


def test_missing_seconds_are_bridged_or_make_two_spans(index: ClipIndex) -> None:
    pictures = shots(3, range(12))
    pictures[3] = shot(9, 0)
    pictures[7:10] = shots(9, (1, 2, 3))
    match = only(index.match_frames(frames(pictures)))
    assert [(span.query_start_s, span.query_end_s) for span in match.spans] == [(0, 7), (10, 12)]


def test_the_same_pictures_in_another_order_are_no_copy(index: ClipIndex) -> None:
    order = np.random.default_rng(3).permutation(20)
    (match,) = index.match_frames(frames(shots(2, order)))
    assert match.query_share_plain == 1.0, "plain vPDQ looks at no order"
    assert not match.confirmed
    assert match.query_share < 0.5


def test_one_shared_picture_is_no_copy(index: ClipIndex) -> None:
    (match,) = index.match_frames(frames([shot(2, 4), *shots(9, range(9))]))
    assert not match.confirmed


def test_seconds_of_an_ignored_title_card_do_not_count() -> None:
    card = [shot(9, 0)] * 6
    enrolled = print_of_frames(frames([*card, *shots(1, range(4))]))
    query = frames([*card, *shots(2, range(4))])
    plain, with_list = ClipIndex(), ClipIndex(negative=NegativeList([pdq_of(shot(9, 0))]))
    for each in (plain, with_list):
        each.add(1, enrolled)
    assert only(plain.match_frames(query)).clip == 1
    assert with_list.match_frames(query) == ()
    assert only(with_list.match_frames(frames(shots(1, range(4))))).clip == 1


def test_another_clip_is_not_found(index: ClipIndex) -> None:
    assert index.match_frames(frames(shots(7, range(10)))) == ()
    assert index.match_frames([]) == ()


def test_mirrored_and_with_a_border(index: ClipIndex) -> None:
    pictures = [np.ascontiguousarray(bordered(each, 0.1)[:, ::-1]) for each in shots(1, range(10))]
    match = only(index.match_frames(frames(pictures)))
    assert (match.clip, match.query_share, match.query_share_plain) == (1, 1.0, 0.0)


def test_a_cropped_clip_is_found_by_its_face() -> None:
    finder = FaceFinder()
    pictures = [np.ascontiguousarray(np.roll(hopper(), 8 * second, axis=1)) for second in range(5)]
    with_faces, without = ClipIndex(finder=finder), ClipIndex()
    for index in (with_faces, without):
        index.add(1, print_of_frames(frames(pictures), finder=finder))
    shown = frames(cropped(each, 0.05, 0.1, 0.1, 0.05) for each in pictures)
    match = only(with_faces.match_frames(shown))
    assert (match.query_share, match.by_face) == (1.0, 1.0)
    assert without.match_frames(shown) == ()


def test_a_clip_that_stands_still(index: ClipIndex) -> None:
    still = ClipIndex()
    still.add(1, print_of_frames(frames([shot(1, 0)] * 200)))
    match = only(still.match_frames(frames([shot(1, 0)] * 150)))
    assert match.query_share == 1.0
    assert match.speed == 1.0


def swaying(take: int, moments: Iterable[int]) -> list[Frame]:
    """A scene in which only a tenth of each picture moves, in every take in another way; four frames a second."""
    pictures = []
    for moment in moments:
        picture = shot(1, 0).copy()
        part = scenery(5000 + 100 * take + moment, 60, 80)
        picture[60:120, 80:160] = part // 2 + picture[60:120, 80:160] // 2
        pictures.append(picture)
    return frames(pictures, step_s=0.25)


def test_another_take_of_a_still_scene_is_alike_and_no_copy() -> None:
    index = enrolled(swaying(1, range(16)))
    (take,) = index.match_frames(swaying(2, range(16)))
    assert (take.alike, take.confirmed) == (True, False)
    assert take.query_share >= 0.5
    (later,) = enrolled(swaying(1, range(8))).match_frames(swaying(1, range(8, 16)))
    assert (later.alike, later.confirmed) == (True, False)
    copies = swaying(1, range(4, 12))
    worse = frames((jpeg(each.image_rgb, 25) for each in copies), step_s=0.25)
    for copy in (copies, worse):
        match = only(index.match_frames(copy))
        assert match.alike
        assert match.spans[0].original_start_s == pytest.approx(1, abs=1)


def test_real_files(tmp_path: Path) -> None:
    original = write_clip(tmp_path / "a.mp4", [shot(1, n // 10) for n in range(90)], rate=10)
    copy = write_clip(
        tmp_path / "b.mp4", [shot(1, 2 + n // 10) for n in range(50)], rate=10, options={"crf": "35"}
    )
    kept = clip_print(original)
    assert [round(each.time_s) for each in kept.seconds] == list(range(9))
    index = ClipIndex()
    index.add(1, kept)
    match = only(index.match(copy))
    assert match.query_share == 1.0
    assert match.spans[0].original_start_s == pytest.approx(2, abs=0.2)


def quarters(clip: int, moments: Iterable[int]) -> list[Frame]:
    """A short clip, four frames a second, each of them another picture."""
    return frames((shot(clip, moment) for moment in moments), step_s=0.25)


def enrolled(*clips: list[Frame]) -> ClipIndex:
    index = ClipIndex()
    for number, shown in enumerate(clips, start=1):
        index.add(number, print_of_frames(shown))
    return index


def test_a_second_of_a_short_clip_is_found_wherever_it_begins() -> None:
    index = enrolled(quarters(1, range(8)), quarters(2, range(8)))
    for first in range(5):
        match = only(index.match_frames(quarters(2, range(first, first + 4))))
        assert (match.clip, match.query_share, match.original_share) == (2, 1.0, 0.5)
        (span,) = match.spans
        assert (span.query_start_s, span.query_end_s) == (0, 1)
        assert (span.original_start_s, span.original_end_s) == (first / 4, first / 4 + 1)


@pytest.mark.parametrize(
    ("moments", "shared", "copy"),
    [(4, 2, False), (4, 3, True), (12, 8, False), (12, 9, True), (20, 11, False), (20, 12, True)],
)
def test_three_seconds_must_match_or_three_quarters_of_less(moments: int, shared: int, copy: bool) -> None:
    """Two seconds of a title card make no copies of clips of three."""
    index = enrolled(quarters(1, range(moments)))
    query = [*range(shared), *range(500, 500 + moments - shared)]
    (match,) = index.match_frames(quarters(1, query))
    assert match.query_share >= 0.5
    assert match.confirmed is copy


def test_a_picture_that_stands_still_is_as_long_as_the_shorter_shows_it() -> None:
    second = [shot(1, 0)] * 4
    others = shots(1, range(1, 17))
    index = enrolled(frames(second + others, step_s=0.25))
    (match,) = index.match_frames(frames(second * 3, step_s=0.25))
    assert not match.confirmed
    assert only(enrolled(frames(second * 3, step_s=0.25)).match_frames(frames(second * 3, step_s=0.25)))


@pytest.mark.parametrize(("seconds", "copy"), [(2, False), (3, True)])
def test_short_clips_enrolled_with_a_hash_a_second_are_found(seconds: int, copy: bool) -> None:
    index = enrolled(frames(shots(1, range(3))))
    pictures = [shot(1, moment // 4) for moment in range(4 * seconds)] + shots(9, range(12 - 4 * seconds))
    (match,) = index.match_frames(frames(pictures, step_s=0.25))
    assert match.confirmed is copy
    if copy:
        (span,) = match.spans
        assert (span.original_start_s, span.original_end_s) == (0, 3)


def test_many_hashes_within_one_second_are_one_second_of_a_clip_hashed_once_a_second() -> None:
    """A title card of a bit more than a second, which the original shows for long."""
    index = enrolled(frames([shot(1, 0)] * 10))
    pictures = [shot(1, 0)] * 6 + shots(9, range(6))
    (match,) = index.match_frames(frames(pictures, step_s=0.25))
    assert match.query_share == 0.5
    assert not match.confirmed


def test_a_short_copy_of_a_long_clip(index: ClipIndex) -> None:
    match = only(index.match_frames(frames((shot(2, 7 + n // 4) for n in range(12)), step_s=0.25)))
    (span,) = match.spans
    assert (match.clip, match.query_share) == (2, 1.0)
    assert (span.query_end_s, span.original_start_s, span.original_end_s) == (3, 7, 10)


@pytest.mark.parametrize(("missing", "spans"), [(4, [(0, 7)]), (5, [(0, 2), (3.25, 7)])])
def test_a_second_is_bridged_in_short_clips_too(missing: int, spans: list[tuple[float, float]]) -> None:
    moments = list(range(28))
    moments[8 : 8 + missing] = range(500, 500 + missing)
    match = only(enrolled(quarters(1, range(28))).match_frames(quarters(1, moments)))
    assert [(span.query_start_s, span.query_end_s) for span in match.spans] == spans


def test_files_are_hashed_as_densely_as_they_are_short(tmp_path: Path) -> None:
    for seconds, count in ((2, 8), (9, 9)):
        pictures = [shot(1, n // 10) for n in range(10 * seconds)]
        assert len(clip_print(write_clip(tmp_path / "a.mp4", pictures, rate=10)).seconds) == count


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypmp42 and then nothing")
    with pytest.raises(MediaError):
        clip_print(tmp_path / "a.mp4")


def test_a_removed_clip_is_not_found_any_more() -> None:
    index = ClipIndex()
    for clip in (1, 2):
        index.add(clip, print_of_frames(frames(shots(clip, range(4)))))
    assert index.remove(1)
    assert not index.remove(1)
    assert len(index) == 1
    assert index.match_frames(frames(shots(1, range(4)))) == ()
    assert only(index.match_frames(frames(shots(2, range(4))))).clip == 2


def test_what_cannot_be_enrolled(index: ClipIndex) -> None:
    with pytest.raises(ValueError, match="enrolled already"):
        index.add(1, print_of_frames(frames(shots(1, range(3)))))
    with pytest.raises(ValueError, match="no number from 0"):
        index.add(-1, print_of_frames(frames(shots(1, range(3)))))
    black = print_of_frames(frames([np.zeros((90, 90, 3), np.uint8)] * 3))
    for kept in (ClipPrint(()), black):
        with pytest.raises(ValueError, match="too little to be told"):
            index.add(9, kept)


@settings(max_examples=30)
@given(
    speed=st.sampled_from([0.9, 0.95, 1.0, 1.05, 1.1]),
    offset_s=st.floats(-20, 60),
    count=st.integers(6, 60),
    noise=st.integers(0, 40),
    seed=st.integers(0, 99),
)
def test_the_line_of_time_is_found_among_chance_pairs(
    speed: float, offset_s: float, count: int, noise: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    query = np.arange(count, dtype=float)
    original = speed * query + offset_s
    strays = rng.uniform(0, count, noise).round(), rng.uniform(-500, 500, noise)
    line = best_line(np.append(query, strays[0]), np.append(original, strays[1]))
    assert line.on_line[:count].mean() >= 0.8


def test_many_pairs_are_thinned() -> None:
    query, original = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(250), np.arange(250)))
    line = best_line(query, original)
    assert 0.9 <= line.speed <= 1.1
    assert len(np.unique(query[line.on_line])) >= 225
