"""Levels follow the ratio, many looks are paid for, and what was not judged is not called genuine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.cues.reading import Reading
from facewarden.report.model import Level
from facewarden.verdict.calibration import CueMap, WornMap
from facewarden.verdict.judgement import (
    Judgement,
    fuse,
    judge_face,
    judge_file,
    judge_llr,
    judge_together,
)
from tests.verdict.making import CALIBRATION, reading

ORDER = [Level.NO_SIGN, Level.INCONCLUSIVE, Level.WEAK, Level.LIKELY, Level.VERY_LIKELY]
ratios = st.floats(-8, 8)
counts = st.integers(1, 30)


def person(llr: float | None, *, height_px: float = 100, reason: str = "") -> Judgement:
    if llr is None:
        return Judgement(Level.INCONCLUSIVE, None, None, None, reason or "too_blurred", height_px)
    return judge_llr(llr, CALIBRATION, height_px=height_px)


@given(ratios, ratios, counts)
def test_levels_never_fall_as_the_ratio_rises(a: float, b: float, faces: int) -> None:
    low, high = sorted((a, b))
    levels = [ORDER.index(judge_llr(x, CALIBRATION, height_px=9, faces=faces).level) for x in (low, high)]
    assert levels[0] <= levels[1]


@given(ratios, counts, counts)
def test_levels_never_rise_with_the_number_of_faces(llr: float, a: int, b: int) -> None:
    few, many = sorted((a, b))
    levels = [ORDER.index(judge_llr(llr, CALIBRATION, height_px=9, faces=n).level) for n in (few, many)]
    assert levels[1] <= levels[0]


@pytest.mark.parametrize(
    ("llr", "level", "flagged", "found"),
    [
        (-1.01, Level.NO_SIGN, None, None),
        (-1.0, Level.INCONCLUSIVE, None, None),
        (0.99, Level.INCONCLUSIVE, None, None),
        (1.0, Level.WEAK, 0.05, 0.8),
        (2.5, Level.LIKELY, 0.01, 0.6),
        (4.0, Level.VERY_LIKELY, 0.002, 0.4),
    ],
)
def test_a_level_begins_at_its_threshold(
    llr: float, level: Level, flagged: float | None, found: float | None
) -> None:
    judged = judge_llr(llr, CALIBRATION, height_px=80)
    assert (judged.level, judged.false_positive_rate) == (level, flagged)
    threshold = CALIBRATION.thresholds.of(judged.level)
    assert (threshold.true_positive_rate if threshold else None) == found
    assert judged.reason == ("mixed_evidence" if level is Level.INCONCLUSIVE else "")
    assert judged.probability == CALIBRATION.probability(llr)
    assert judged.height_px == 80
    assert not judged.abstained


def test_only_cues_of_the_calibration_vote() -> None:
    votes = fuse([reading(1.5), reading(0.5, "second"), reading(9.0, "explains_only")], CALIBRATION)
    assert votes == {"frame_forgery": 1.5, "second": 0.0}
    assert fuse([Reading.abstention("frame_forgery", "too_small")], CALIBRATION) == {}
    face = judge_face([reading(1.0), reading(1.25, "second")], CALIBRATION, height_px=70)
    assert face.llr == 2.5
    assert face.level is Level.LIKELY


def test_a_worn_picture_says_less() -> None:
    cue = CALIBRATION.cues["frame_forgery"].model_copy(update={"worn": WornMap(slope=-0.5, intercept=-0.2)})
    weary = CALIBRATION.model_copy(update={"cues": {"frame_forgery": cue}})
    fresh, worn = (replace(reading(3.0), wear=wear) for wear in (0.0, 1.0))
    assert fuse([fresh], weary) == {"frame_forgery": pytest.approx(3.0)}
    assert fuse([worn], weary) == {"frame_forgery": pytest.approx(1.3)}
    assert judge_face([fresh], weary, height_px=100).level is Level.LIKELY
    assert judge_face([worn], weary, height_px=100).level is Level.WEAK


def test_a_face_that_no_voting_cue_judged_abstains_with_its_reason() -> None:
    readings = [
        Reading.abstention("explains_only", "too_short"),
        Reading.abstention("frame_forgery", "too_blurred"),
        reading(7.0, "explains_only"),
    ]
    face = judge_face(readings, CALIBRATION, height_px=70)
    assert face.abstained
    assert (face.level, face.llr, face.probability) == (Level.INCONCLUSIVE, None, None)
    assert face.reason == "too_blurred"
    assert judge_face([], CALIBRATION, height_px=70).reason == "no_model"


@given(st.lists(ratios, min_size=1, max_size=12))
def test_a_file_keeps_its_rate_by_paying_for_each_look(ratios_of_people: list[float]) -> None:
    verdict = judge_file([person(llr) for llr in ratios_of_people], CALIBRATION)
    worst, count = max(ratios_of_people), len(ratios_of_people)
    assert verdict.llr == worst
    for level, threshold in (
        (Level.VERY_LIKELY, CALIBRATION.thresholds.very_likely),
        (Level.LIKELY, CALIBRATION.thresholds.likely),
        (Level.WEAK, CALIBRATION.thresholds.weak),
    ):
        reached = ORDER.index(verdict.level) >= ORDER.index(level)
        assert reached == (worst - np.log(count) >= threshold.llr)
    assert verdict.probability is not None
    assert 0 <= verdict.probability <= 1


@given(ratios)
def test_one_person_is_judged_as_the_file(llr: float) -> None:
    alone = person(llr)
    verdict = judge_file([alone], CALIBRATION)
    assert (verdict.level, verdict.llr) == (alone.level, alone.llr)
    assert verdict.probability == pytest.approx(alone.probability)


def test_the_rate_of_many_genuine_faces_stays_the_stated_one() -> None:
    """Ratios of genuine faces for which exp(llr) has a mean of 1, as a true likelihood ratio has."""
    rng = np.random.default_rng(1)
    spread = 2.0
    ratios_of_files = rng.normal(-(spread**2) / 2, spread, (4000, 6))
    threshold = CALIBRATION.thresholds.weak.llr

    def rate(files: np.ndarray) -> float:
        levels = [judge_file([person(float(x)) for x in file], CALIBRATION).level for file in files]
        return float(np.mean([ORDER.index(level) >= ORDER.index(Level.WEAK) for level in levels]))

    assert rate(ratios_of_files[:, :1]) <= np.exp(-threshold)
    assert rate(ratios_of_files) <= 1.3 * np.exp(-threshold)
    uncorrected = float((ratios_of_files.max(1) >= threshold).mean())
    assert rate(ratios_of_files) < uncorrected / 2


def test_nobody_to_judge() -> None:
    verdict = judge_file([], CALIBRATION)
    assert verdict.abstained
    assert (verdict.level, verdict.reason) == (Level.INCONCLUSIVE, "no_face")


def test_all_abstained() -> None:
    verdict = judge_file(
        [person(None, height_px=40, reason="too_small"), person(None, height_px=90)], CALIBRATION
    )
    assert verdict.abstained
    assert (verdict.level, verdict.reason, verdict.height_px) == (Level.INCONCLUSIVE, "too_blurred", 90)


def test_a_large_face_that_was_not_judged_leaves_the_file_open() -> None:
    unjudged = person(None, height_px=60, reason="turned_away")
    verdict = judge_file([person(-3.0, height_px=100), unjudged], CALIBRATION)
    assert (verdict.level, verdict.reason) == (Level.INCONCLUSIVE, "turned_away")
    assert verdict.llr == -3.0


def test_a_small_face_that_was_not_judged_does_not() -> None:
    verdict = judge_file([person(-3.0, height_px=100), person(None, height_px=40)], CALIBRATION)
    assert verdict.level is Level.NO_SIGN


@pytest.mark.parametrize("llr", [0.5, 1.5, 5.0])
def test_an_unjudged_face_hides_no_finding(llr: float) -> None:
    verdict = judge_file([person(llr), person(None, height_px=200)], CALIBRATION)
    assert verdict.level is person(llr).level


def test_tracks_of_one_person() -> None:
    tracks = [person(4.2, height_px=70), person(-2.0, height_px=90), person(None, height_px=300)]
    together = judge_together(tracks, CALIBRATION)
    assert together.llr == 4.2
    assert together.height_px == 70
    # Two looks cost log 2: 4.2 - 0.69 is no longer very likely.
    assert together.level is Level.LIKELY
    assert (
        judge_together([person(None, height_px=30), person(None, height_px=50)], CALIBRATION).height_px == 50
    )


def test_what_only_supports_never_judges_alone() -> None:
    """A face whose pictures could not be judged stays unjudged, for the reason that those gave."""
    supported = CALIBRATION.model_copy(
        update={"cues": CALIBRATION.cues | {"second": CueMap(slope=2, intercept=-1, bound=2, supports=True)}}
    )
    blurred = Reading.abstention("frame_forgery", "too_blurred")
    alone = judge_face([reading(3.0, "second"), blurred], supported, height_px=90)
    assert alone.abstained
    assert alone.reason == "too_blurred"
    both = judge_face([reading(1.0), reading(1.0, "second")], supported, height_px=90)
    assert both.llr == 2.0
    short = Reading.abstention("second", "too_short")
    assert judge_face([short, blurred], supported, height_px=90).reason == "too_blurred"
    assert judge_face([short, reading(1.0)], supported, height_px=90).llr == 1.0
