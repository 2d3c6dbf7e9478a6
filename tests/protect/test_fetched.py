"""Prints stay where they are until they are asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facewarden.matching.pdq import Pdq, words_of
from facewarden.matching.prints import PicturePrint
from facewarden.protect import fetched
from facewarden.protect.fetched import FetchedPrints, middles_of
from tests.protect.making import picture


def plain(seed: int) -> PicturePrint:
    """A print whose middle shows too little."""
    kept = picture(seed)
    return replace(kept, halves=tuple(Pdq(half.digest, 20) for half in kept.halves))


def test_prints_are_fetched_when_they_are_asked_for_and_none_is_put_in() -> None:
    asked = []
    prints = FetchedPrints(lambda number: asked.append(number) or picture(number), 5)
    assert (len(prints), list(prints), asked) == (5, [0, 1, 2, 3, 4], [])
    assert prints[3] == picture(3)
    assert asked == [3]
    with pytest.raises(TypeError, match="enrolled through the store"):
        prints[5] = picture(5)
    with pytest.raises(TypeError, match="forgotten through the store"):
        del prints[3]


def test_middles_that_are_not_known_are_read_from_the_prints() -> None:
    prints = [picture(1), picture(2), plain(3), picture(4)]
    middles = words_of([each.middle for each in prints])
    kept = middles.copy()
    kept[1:3] = 0
    asked: list[int] = []
    words, owners = middles_of(kept, lambda number: asked.append(number) or prints[number])
    assert asked == [1, 2]
    assert owners.tolist() == [0, 1, 3]
    assert (words == middles[[0, 1, 3]]).all()
    assert not kept[1:3].any()


def test_too_many_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched, "MOST_READ", 1)
    kept = np.zeros((3, 4), np.uint64)
    kept[0] = words_of([picture(1).middle])[0]
    words, owners = middles_of(kept, lambda _: pytest.fail("a print was read"))
    assert (len(words), owners.tolist()) == (1, [0])


def test_of_no_pictures() -> None:
    words, owners = middles_of(np.empty((0, 4), np.uint64), picture)
    assert (words.shape, owners.shape) == ((0, 4), (0,))
