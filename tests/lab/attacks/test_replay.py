from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")

from facewarden.errors import UsageError
from facewarden.lab.attacks.replay import Replay
from tests.lab.attacks.scenes import empty

pytestmark = pytest.mark.lab


def shown(how: str, *, after: int = 6, length: int = 4, frames: int = 16) -> list[int]:
    attack = Replay(how=how, after_frames=after, length_frames=length)  # type: ignore[arg-type]
    return [int(made.image_rgb[0, 0, 0]) for made in attack.forge(empty(frames))]


@pytest.mark.parametrize(
    ("how", "repeated"),
    [
        ("freeze", [5] * 10),
        ("loop", [2, 3, 4, 5, 2, 3, 4, 5, 2, 3]),
        ("pendulum", [4, 3, 2, 3, 4, 5, 4, 3, 2, 3]),
    ],
)
def test_what_is_shown_when_the_person_has_left(how: str, repeated: list[int]) -> None:
    assert shown(how) == [0, 1, 2, 3, 4, 5, *repeated]


@given(
    st.sampled_from(["loop", "pendulum", "freeze"]),
    st.integers(1, 12), st.integers(1, 8), st.integers(1, 40),
)  # fmt: skip
def test_every_frame_was_seen_before_and_as_many_come_out(
    how: str, after: int, length: int, frames: int
) -> None:
    seen = shown(how, after=after, length=length, frames=frames)
    assert len(seen) == frames
    assert seen[:after] == list(range(min(after, frames)))
    assert set(seen[after:]) <= set(range(max(0, after - length), after))


def test_the_mask_says_what_is_repeated() -> None:
    masks = [made.mask.mean() for made in Replay(after_frames=2, length_frames=2).forge(empty(4))]
    assert masks == [0, 0, 1, 1]


def test_what_does_not_fit_into_memory_is_refused() -> None:
    attack = Replay(after_frames=5, length_frames=1000)
    with pytest.raises(UsageError, match="1000 frames of this size do not fit"):
        list(attack.forge(empty(1, height=1000, width=1000)))


def test_for_the_sound_alone_the_pictures_stay_as_they_are() -> None:
    made = list(Replay(how="none", after_frames=2, audio_delay_ms=300).forge(empty(6)))
    assert [int(one.image_rgb[0, 0, 0]) for one in made] == [0, 1, 2, 3, 4, 5]
    assert not any(one.mask.any() for one in made)
