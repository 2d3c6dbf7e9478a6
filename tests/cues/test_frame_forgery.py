"""What the cue makes of the network's words: pooling, spans, heats, abstentions. The network is a stand-in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.cues import frame_forgery
from facewarden.cues.frame_forgery import NAME, ForgerySession, clock, pooled
from facewarden.cues.protocol import Session
from facewarden.models import ModelCard
from tests.cues.samples import sample, track

SEEN, UNCLEAR = 2.0, 0.5
moment_lists = st.lists(st.tuples(st.floats(0, 20), st.floats(-20, 20)), min_size=1, max_size=60)


class StandIn:
    """A network whose logit is (mean of the crop - 100) / 10, and whose heat is the crop's left and right half."""

    def __init__(self) -> None:
        self.batches: list[np.ndarray] = []

    def __call__(self, batch: np.ndarray) -> list[np.ndarray]:
        self.batches.append(batch)
        logits = (batch.mean((1, 2, 3)) - 100) / 10
        left, right = batch[..., :128].mean((1, 2, 3)), batch[..., 128:].mean((1, 2, 3))
        halves = (np.stack([left, right], 1) - 100) / 10
        heats = np.repeat(np.repeat(halves[:, None, :], 8, 1), 4, 2)
        return [logits[:, None].astype(np.float32), heats.astype(np.float32)]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    card = ModelCard(
        input="",
        preprocessing="",
        trained_on="",
        licence="",
        sha256="0" * 64,
        moment_thresholds={"seen": SEEN, "unclear": UNCLEAR},
    )
    monkeypatch.setattr(frame_forgery, "model_card", lambda name: card)
    return StandIn()


def session(network: StandIn, *, photo: bool = False) -> ForgerySession:
    return ForgerySession(network, photo=photo)  # type: ignore[arg-type]


def value(logit: float) -> int:
    return round(100 + 10 * logit)


def shown(at_work: ForgerySession, logits: list[float], *, number: int = 1) -> None:
    for n, logit in enumerate(logits):
        at_work.see([sample(0.5 * n, track=number, value=value(logit))])


def test_it_is_a_session(network: StandIn) -> None:
    assert isinstance(session(network), Session)


def test_the_network_gets_the_crops_in_one_batch(network: StandIn) -> None:
    session(network).see([sample(0, value=10), sample(0, track=2, value=20), sample(0.5, value=30)])
    (batch,) = network.batches
    assert batch.shape == (3, 3, 256, 256)
    assert batch.dtype == np.float32
    assert batch[:, 0, 0, 0].tolist() == [10, 20, 30]


def test_a_track_is_pooled_over_its_own_moments(network: StandIn) -> None:
    at_work = session(network)
    shown(at_work, [-2, -1, 0, 5])
    shown(at_work, [3, 3], number=2)
    reading = at_work.conclude(track())
    assert reading.score == pytest.approx(0.5)
    assert [m.time_s for m in reading.series] == [0, 0.5, 1, 1.5]
    assert all(0 <= moment.score <= 1 for moment in reading.series)
    assert reading.facts["samples"] == 4
    assert at_work.conclude(track(2)).score == pytest.approx(3)


def test_what_was_concluded_is_forgotten(network: StandIn) -> None:
    at_work = session(network)
    shown(at_work, [1, 1, 1])
    assert not at_work.conclude(track()).abstained
    assert at_work.conclude(track()).abstained


def test_unfit_samples_are_counted_and_never_scored(network: StandIn) -> None:
    at_work = session(network)
    at_work.see([sample(0, value=250, height_px=20), sample(0.5, value=250, sharpness=0.0)])
    assert network.batches == []
    shown(at_work, [-3, -3])
    reading = at_work.conclude(track())
    assert reading.score == pytest.approx(-3)
    assert reading.facts["unfit_samples"] == 2


def test_only_unfit_samples_abstain_with_the_main_reason(network: StandIn) -> None:
    at_work = session(network)
    at_work.see([sample(t, height_px=20) for t in (0, 1)] + [sample(2, yaw_deg=70.0)])
    reading = at_work.conclude(track())
    assert (reading.abstained, reading.reason, reading.score) == (True, "too_small", None)
    assert session(network).conclude(track(9)).reason == "too_few_samples"


def test_one_moment_of_a_clip_is_too_little_but_a_photo_has_no_more(network: StandIn) -> None:
    clip = session(network)
    shown(clip, [4])
    assert clip.conclude(track()).reason == "too_short"
    photo = session(network, photo=True)
    shown(photo, [4])
    assert photo.conclude(track()).score == pytest.approx(4)


@pytest.mark.parametrize(("blurred", "judged"), [(3, True), (4, False)])
def test_a_face_that_is_mostly_blurred_is_not_judged(network: StandIn, blurred: int, judged: bool) -> None:
    clip = session(network)
    clip.see([sample(10 + n, sharpness=0.0) for n in range(blurred)])
    clip.see([sample(20 + n, yaw_deg=80.0) for n in range(9)])
    shown(clip, [1, 1, 1])
    reading = clip.conclude(track())
    assert reading.abstained is not judged


def test_a_photo_is_also_seen_in_the_mirror(network: StandIn) -> None:
    crop = np.full((256, 256, 3), 80, np.uint8)
    crop[:, :128] = 180
    at_work = session(network, photo=True)
    at_work.see([sample(crop_rgb=crop)])
    (batch,) = network.batches
    assert (batch[1] == batch[0][..., ::-1]).all()
    (heat,) = at_work.conclude(track()).heats
    # Both views agree once the mirrored one is turned back: hot on the left.
    assert heat.grid.shape == (8, 8)
    assert (heat.grid[:, :4] > 0.99).all()
    assert (heat.grid[:, 4:] < 0.2).all()


def test_the_hottest_moments_are_kept(network: StandIn) -> None:
    at_work = session(network)
    shown(at_work, [0, 6, 1, 5, 2, 4, 3])
    reading = at_work.conclude(track())
    assert [heat.time_s for heat in reading.heats] == [0.5, 1.5, 2.5]
    assert all(0 <= heat.grid.min() <= heat.grid.max() <= 1 for heat in reading.heats)


def test_spans_are_the_runs_above_the_threshold_longest_first(network: StandIn) -> None:
    at_work = session(network)
    shown(at_work, [3, -1, 3, 3, 3, 0, 3, 3])
    spans = at_work.conclude(track()).spans
    assert [(span.start_s, span.end_s) for span in spans] == [(1.0, 2.0), (3.0, 3.5), (0.0, 0.0)]


@pytest.mark.parametrize(
    ("logits", "sentence"),
    [([-3, -3], "not_seen"), ([1, 1], "unclear"), ([3, 3], "seen")],
)
def test_the_sentence_follows_the_score(network: StandIn, logits: list[float], sentence: str) -> None:
    at_work = session(network)
    shown(at_work, logits)
    message = at_work.conclude(track()).sentence
    assert message.id == f"cue.{NAME}.{sentence}"
    assert message.render("en")


def test_the_sentence_says_how_often_and_when(network: StandIn) -> None:
    at_work = session(network)
    shown(at_work, [3, 3, 3, 9])
    assert at_work.conclude(track()).sentence.params == {"percent": 100, "at": "0:01"}


def test_the_score_of_a_moment(network: StandIn) -> None:
    at_work = session(network)
    shown(at_work, [1, 2])
    assert at_work.score_at(1, 0.5) == pytest.approx(2)
    assert at_work.score_at(1, 0.7) is None
    assert at_work.score_at(5, 0.5) is None


@given(moment_lists)
def test_pooled_lies_between_the_lowest_and_the_highest(moments: list[tuple[float, float]]) -> None:
    logits = [logit for _, logit in moments]
    assert min(logits) - 1e-9 <= pooled(moments) <= max(logits) + 1e-9


@given(moment_lists, st.floats(0, 10), st.data())
def test_pooled_never_falls_as_a_moment_rises(
    moments: list[tuple[float, float]], more: float, data: st.DataObject
) -> None:
    raised = list(moments)
    place = data.draw(st.integers(0, len(moments) - 1))
    raised[place] = (moments[place][0], moments[place][1] + more)
    assert pooled(raised) >= pooled(moments) - 1e-9


@given(moment_lists, st.floats(-10, 10))
def test_pooled_moves_with_all_moments(moments: list[tuple[float, float]], shift: float) -> None:
    moved = [(time_s, logit + shift) for time_s, logit in moments]
    assert pooled(moved) == pytest.approx(pooled(moments) + shift, abs=1e-6)


class Weary(StandIn):
    """Also tells a wear: a fortieth of the left column, which is the right one in the mirror."""

    def __call__(self, batch: np.ndarray) -> list[np.ndarray]:
        return [*super().__call__(batch), (batch[:, 0, 0, 0] / 400).astype(np.float32)]


def test_wear_is_the_mean_over_the_moments(network: StandIn) -> None:
    at_work = session(Weary())
    at_work.see([sample(0, value=40), sample(0, track=2, value=200), sample(0.5, value=120)])
    at_work.see([sample(1, track=2, value=200)])
    reading = at_work.conclude(track())
    assert (reading.wear, reading.facts["wear"]) == (pytest.approx(0.2), pytest.approx(0.2))
    assert at_work.conclude(track(2)).wear == pytest.approx(0.5)


def test_the_wear_of_a_photo_is_that_of_the_picture_not_of_its_mirror(network: StandIn) -> None:
    at_work = session(Weary(), photo=True)
    crop = np.full((256, 256, 3), 80, np.uint8)
    crop[:, -1] = 240
    at_work.see([sample(crop_rgb=crop)])
    assert at_work.conclude(track()).wear == pytest.approx(0.2)


def test_a_network_that_tells_no_wear_leaves_it_out(network: StandIn) -> None:
    at_work = session(network)
    shown(at_work, [1, 1])
    reading = at_work.conclude(track())
    assert reading.wear == 0
    assert "wear" not in reading.facts


@given(moment_lists, st.integers(2, 5))
def test_looking_more_often_at_a_second_changes_nothing(
    moments: list[tuple[float, float]], times: int
) -> None:
    first = int(moments[0][0])
    again = [moment for moment in moments if int(moment[0]) == first]
    assert pooled([*moments, *again * times]) == pytest.approx(pooled(moments), abs=1e-6)


@pytest.mark.parametrize(
    ("time_s", "text"), [(0, "0:00"), (7.9, "0:07"), (62, "1:02"), (3600, "1:00:00"), (5430, "1:30:30")]
)
def test_clock(time_s: float, text: str) -> None:
    assert clock(time_s) == text


UNSTABLE = 3.0


class Deceived(StandIn):
    """Calls a face genuine as long as it holds a fine pattern, which worse copies lose."""

    def __call__(self, batch: np.ndarray) -> list[np.ndarray]:
        _, heats = super().__call__(batch)
        fine = np.abs(np.diff(batch, axis=3)).mean((1, 2, 3))
        return [np.where(fine > 20, -4.0, 3.0)[:, None].astype(np.float32), heats]


def watchful(network: StandIn, monkeypatch: pytest.MonkeyPatch, *, photo: bool = True) -> ForgerySession:
    card = frame_forgery.model_card("any")
    thresholds = {**card.moment_thresholds, "unstable": UNSTABLE}
    monkeypatch.setattr(
        frame_forgery, "model_card", lambda name: card.model_copy(update={"moment_thresholds": thresholds})
    )
    return session(network, photo=photo)


def patterned() -> np.ndarray:
    return np.where(np.arange(256)[None, :, None] % 2, 140, 100) * np.ones((256, 1, 3))


def test_a_photo_whose_score_jumps_in_a_worse_copy_is_not_judged(
    network: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work = watchful(Deceived(), monkeypatch)
    at_work.see([sample(crop_rgb=patterned().astype(np.uint8))])
    reading = at_work.conclude(track())
    assert (reading.abstained, reading.reason, reading.score) == (True, "unstable", None)
    assert reading.sentence.render("en")


def test_steady_faces_suspicious_ones_and_clips_are_judged_as_before(
    network: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = watchful(network, monkeypatch)
    shown(steady, [-3])
    assert steady.conclude(track()).score == pytest.approx(-3, abs=0.1)
    assert [len(batch) for batch in network.batches] == [2, 2], "as it is and mirrored, then two worse copies"
    network.batches.clear()
    shown(steady, [4])
    assert steady.conclude(track()).score == pytest.approx(4)
    assert [len(batch) for batch in network.batches] == [2], (
        "what is suspicious already is not looked at again"
    )
    clip = watchful(Deceived(), monkeypatch, photo=False)
    clip.see([sample(t, crop_rgb=patterned().astype(np.uint8)) for t in (0, 1)])
    assert clip.conclude(track()).score == pytest.approx(-4)


def test_a_card_without_the_number_switches_the_second_look_off(network: StandIn) -> None:
    at_work = session(Deceived(), photo=True)
    at_work.see([sample(crop_rgb=patterned().astype(np.uint8))])
    assert at_work.conclude(track()).score == pytest.approx(-4)
