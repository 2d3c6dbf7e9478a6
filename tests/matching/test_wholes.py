"""Hashes of others: found however the copy lies, and near ones told from copies while there are few."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from facewarden.matching import wholes
from facewarden.matching.lookup import Abstention, Reason, Tier
from facewarden.matching.negative import NegativeList
from facewarden.matching.pdq import MATCH, REVIEW, Pdq, pdq_of, words_of
from facewarden.matching.wholes import WholeIndex
from facewarden.media.frame import ImageRGB
from people import hopper
from tests.matching.edits import bordered, jpeg, scenery, tilted

LISTED = [pdq_of(scenery(seed)) for seed in range(3)] + [pdq_of(hopper())]


@pytest.fixture
def index() -> WholeIndex:
    return WholeIndex(words_of(LISTED))


def flipped(pdq: Pdq, bits: int) -> Pdq:
    """The hash with its first `bits` bits turned over."""
    return Pdq((int.from_bytes(pdq.digest) ^ ((1 << bits) - 1)).to_bytes(32))


@pytest.mark.parametrize(
    "edit",
    [
        lambda picture: jpeg(picture, 30),
        lambda picture: np.ascontiguousarray(picture[:, ::-1]),
        lambda picture: np.ascontiguousarray(np.rot90(picture)),
        lambda picture: bordered(picture, 0.1),
        lambda picture: tilted(picture, 4),
    ],
    ids=["jpeg", "mirrored", "on its side", "border", "tilted"],
)
@pytest.mark.parametrize("number", [2, 3], ids=["scenery", "portrait"])
def test_a_copy_is_confirmed(number: int, edit: Callable[[ImageRGB], ImageRGB], index: WholeIndex) -> None:
    first, *others = index.match(edit(hopper() if number == 3 else scenery(number))).matches
    assert (first.picture, first.tier, first.reason) == (number, Tier.CONFIRMED, Reason.SAME_PICTURE)
    assert all(each.tier is Tier.REVIEW for each in others)


def test_other_pictures_are_not_found(index: WholeIndex) -> None:
    for seed in range(100, 103):
        assert index.match(scenery(seed)).matches == ()


@pytest.mark.parametrize(
    ("bits", "tier"), [(MATCH, Tier.CONFIRMED), (MATCH + 1, Tier.REVIEW), (REVIEW, Tier.REVIEW)]
)
def test_the_tiers_are_those_of_enrolled_pictures(bits: int, tier: Tier) -> None:
    picture = scenery(5)
    (match,) = WholeIndex(words_of([flipped(pdq_of(picture), bits)])).match(picture).matches
    assert (match.distance, match.tier) == (bits, tier)
    assert WholeIndex(words_of([flipped(pdq_of(picture), REVIEW + 1)])).match(picture).matches == ()


def test_among_too_many_only_copies_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = scenery(5)
    listed = words_of([flipped(pdq_of(picture), bits) for bits in (MATCH, REVIEW)])
    assert len(WholeIndex(listed).match(picture).matches) == 2
    monkeypatch.setattr(wholes, "MOST_REVIEWED", 1)
    index = WholeIndex(listed)
    assert index.radius == MATCH
    assert [each.picture for each in index.match(picture).matches] == [0]


def test_what_is_ignored_or_shows_nothing_is_not_judged() -> None:
    index = WholeIndex(words_of(LISTED), negative=NegativeList([LISTED[1]]))
    assert index.match(jpeg(scenery(1), 50)).abstained is Abstention.NEGATIVE_LIST
    assert index.match(bordered(scenery(1), 0.1)).matches == ()
    assert index.match(scenery(2)).matches
    assert index.match(np.full((200, 300, 3), 240, np.uint8)).abstained is Abstention.LOW_QUALITY
