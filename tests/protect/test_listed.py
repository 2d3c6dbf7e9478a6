"""Which files and pictures lists name, and how little of a long list is told."""

from __future__ import annotations

import pytest

from facewarden.matching.digests import Digests
from facewarden.matching.exchange import Kind, Signal
from facewarden.matching.lookup import PictureMatch, Reason, Tier
from facewarden.protect import listed as listed_module
from facewarden.protect.hash_list import HashList
from facewarden.protect.listed import Listed
from tests.protect.making import pdq

MD5, SHA256 = "b1" * 16, "c3" * 32


def of(*signals: Signal) -> HashList:
    return HashList.of(signals)


@pytest.fixture
def listed() -> Listed:
    return Listed(
        {
            "a": ("A", of(Signal(Kind.PDQ, pdq(1).hex), Signal(Kind.VIDEO_MD5, MD5, 100, "case 1"))),
            "b": (
                "B",
                of(
                    Signal(Kind.SHA256, SHA256),
                    Signal(Kind.PDQ, pdq(2).hex, 49),
                    Signal(Kind.PDQ, pdq(3).hex),
                ),
            ),
            "c": ("C", of(Signal(Kind.PHOTO_MD5, MD5), Signal(Kind.PDQ, pdq(3).hex))),
        }
    )


def test_the_very_file_is_found_by_either_digest(listed: Listed) -> None:
    found = listed.same_file(Digests(md5=MD5, sha256=SHA256))
    assert [(each.label, each.kind, each.note) for each in found] == [
        ("A", Kind.VIDEO_MD5, "case 1"),
        ("C", Kind.PHOTO_MD5, ""),
        ("B", Kind.SHA256, ""),
    ]
    assert listed.same_file(Digests(md5="0" * 32, sha256="0" * 64)) == []
    # Neither a longer hash that begins alike, nor a hash of a picture, is the digest of a file.
    assert listed.same_file(Digests(md5=SHA256[:32], sha256=pdq(1).hex)) == []


def test_poor_hashes_are_never_compared(listed: Listed) -> None:
    assert (len(listed), len(listed.pictures)) == (7, 3)
    assert not listed.pictures.holds_near(listed._lists[1][2].words[1:2], 0)


def test_without_lists_there_is_nothing() -> None:
    none = Listed()
    assert (len(none), len(none.pictures), none.holds_digests) == (0, 0, False)
    assert none.same_file(Digests(MD5, SHA256)) == []
    assert not Listed({"a": ("A", of(Signal(Kind.PDQ, pdq(1).hex)))}).holds_digests


def match(picture: int, bits: int) -> PictureMatch:
    tier, reason = (Tier.CONFIRMED, Reason.SAME_PICTURE) if bits <= 31 else (Tier.REVIEW, Reason.NEAR)
    return PictureMatch(picture, tier, reason, bits)


def test_of_each_list_copies_are_told_or_else_the_nearest(
    listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = listed.found([match(1, 60), match(2, 3), match(0, 40)])
    assert [(each.label, near.distance) for each, near in told] == [("C", 3), ("A", 40), ("B", 60)]
    long = Listed({"a": ("A", of(*(Signal(Kind.PDQ, pdq(n).hex) for n in range(5))))})
    assert [near.distance for _, near in long.found([match(0, 50), match(1, 40)])] == [40]
    assert [near.distance for _, near in long.found([match(0, 50), match(1, 9), match(2, 8)])] == [8, 9]
    monkeypatch.setattr(listed_module, "_MOST_CONFIRMED", 2)
    assert len(long.found([match(n, n) for n in range(5)])) == 2


def test_an_entry_stays_the_same_and_does_not_give_the_hash_away(listed: Listed) -> None:
    one, same = listed.hash_at(4), listed.hash_at(6)
    assert one.entry == same.entry != listed.hash_at(0).entry
    assert one.entry not in pdq(3).hex
