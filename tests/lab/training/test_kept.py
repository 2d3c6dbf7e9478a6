"""A share of the material: seeded, nested, and without a source that vanishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.lab.training.kept import restricted
from facewarden.lab.training.pairs import TWINS
from facewarden.lab.training.shelf import FaceShelf
from facewarden.lab.training.store import FaceRecord
from tests.lab.training.faces import record

pytestmark = pytest.mark.lab


class Store:
    """Records without pictures."""

    def __init__(self, records: Sequence[FaceRecord]) -> None:
        self.records = records

    def __len__(self) -> int:
        return len(self.records)


def shelf(*, people: int = 30, portraits: int = 20) -> FaceShelf:
    """Twins of three kinds, two pairs of each person; portraits of others; one actor whose lips were forged."""
    records = []
    for method, genuine in (
        ("dfdc_crops", "dfdc_crops"), ("live_autoencoder", "webcam_streams"), ("generated", "generated"),
    ):  # fmt: skip
        for number in range(2 * people):
            about = {"pair": f"{method}-{number}", "identity": f"{method} {number // 2}"}
            plain = record(f"{method}/{number}", method=genuine, **about)
            records += [plain, replace(plain, path=f"{method}/{number}-fake", label=1, method=method)]
    records += [record(f"ffhq/{number}") for number in range(portraits)]
    records += [record(f"lips/{n}", method="lip_actors", identity="actor") for n in range(3)]
    records += [record(f"wav2lip/{n}", fake=True, method="wav2lip", identity="actor") for n in range(3)]
    return FaceShelf([Store(records)])  # type: ignore[list-item]


SHELF = shelf()
SHARES = st.floats(0.01, 1)


def paths(faces: FaceShelf) -> set[str]:
    return {one.path for one in faces.records}


@given(st.integers(0, 50), SHARES, SHARES, st.sampled_from(["twins", "people"]))
def test_what_stays_is_seeded_and_nested(seed: int, one: float, other: float, axis: str) -> None:
    less, more = sorted((one, other))
    small, large = (restricted(SHELF, {axis: share}, seed=seed) for share in (less, more))
    assert paths(small) <= paths(large) <= paths(SHELF)
    assert small.records == restricted(SHELF, {axis: less}, seed=seed).records


@given(st.integers(0, 50), SHARES)
def test_of_twins_the_forgeries_of_the_share_stay(seed: int, share: float) -> None:
    left = restricted(SHELF, {"twins": share}, seed=seed)
    for method in TWINS.values():
        assert len(left.twins(method)) == max(1, round(share * 60))
    gone = [one for one in SHELF.records if one.path not in paths(left)]
    assert all(one.label and one.method in TWINS.values() for one in gone), "nothing else changes"


@given(st.integers(0, 50), SHARES)
def test_people_stay_with_all_of_theirs_and_no_source_vanishes(seed: int, share: float) -> None:
    left = restricted(SHELF, {"people": share}, seed=seed)
    stay = {one.identity for one in left.records}
    assert paths(left) == {one.path for one in SHELF.records if one.identity in stay}
    assert left.by_method.keys() == SHELF.by_method.keys()
    assert len(stay) == 3 * max(1, round(share * 30)) + max(1, round(share * 20)) + 1


def test_other_seeds_keep_others() -> None:
    for axis in ("twins", "people"):
        kept = [paths(restricted(SHELF, {axis: 0.3}, seed=seed)) for seed in (1, 2)]
        assert kept[0] != kept[1]


@pytest.mark.parametrize("kept", [None, {}, {"twins": 1.0}, {"people": 1.0, "twins": 1.0}])
def test_all_of_it_is_no_restriction(kept: dict[str, float] | None) -> None:
    assert restricted(SHELF, kept, seed=1) is SHELF


def test_twins_are_drawn_among_the_people_who_stay() -> None:
    left = restricted(SHELF, {"people": 0.1, "twins": 0.5}, seed=3)
    assert paths(left) < paths(restricted(SHELF, {"people": 0.1}, seed=3))
    assert [len(left.twins(method)) for method in TWINS.values()] == [3, 3, 3]
