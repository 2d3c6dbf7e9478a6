"""What is on the negative list, and what only resembles it."""

from __future__ import annotations

import numpy as np

from facewarden.matching.negative import RADIUS, NegativeList
from facewarden.matching.pdq import Pdq, pdq_of
from tests.matching.edits import jpeg, scenery


def test_a_worse_copy_is_on_the_list_and_another_picture_is_not() -> None:
    logos = NegativeList([pdq_of(scenery(1)), pdq_of(scenery(2))])
    assert len(logos) == 2
    assert logos.holds(pdq_of(jpeg(scenery(2), 60)))
    assert not logos.holds(pdq_of(scenery(3)))


def test_the_radius_is_narrow() -> None:
    logos = NegativeList([Pdq(bytes(32))])
    for bits in (RADIUS, RADIUS + 1):
        near = Pdq(np.packbits(np.arange(256) < bits).tobytes())
        assert logos.holds(near) is (bits <= RADIUS)


def test_an_empty_list_holds_nothing_until_it_is_filled() -> None:
    logos = NegativeList()
    assert not logos.holds(pdq_of(scenery(1)))
    logos.add([pdq_of(scenery(1))])
    assert logos.holds(pdq_of(scenery(1)))
