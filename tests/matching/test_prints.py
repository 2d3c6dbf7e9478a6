"""Prints hold hashes and nothing else, and come back from JSON as they were."""

from __future__ import annotations

import json

import pytest

from facewarden.faces.finder import FaceFinder
from facewarden.matching.match import enrolled_print
from facewarden.matching.prints import HALVES, QUARTERS, from_json, print_of, to_json
from people import hopper
from tests.matching.edits import scenery


def test_a_print_comes_back_as_it_was() -> None:
    kept = enrolled_print(hopper(), FaceFinder())
    assert kept.useful
    assert len(kept.faces) == 1
    assert len(kept.anchors) >= 3
    assert from_json(to_json(kept)) == kept


def test_a_print_is_small() -> None:
    kept = enrolled_print(hopper(), FaceFinder())
    assert len(to_json(kept)) < 4096
    assert set(json.loads(to_json(kept))) == {"version", "whole", "halves", "quarters", "anchors", "faces"}


def test_windows_cover_the_picture() -> None:
    assert (len(HALVES), len(QUARTERS)) == (9, 16)
    for boxes in (HALVES, QUARTERS):
        assert min(box.x0 for box in boxes) == 0
        assert max(box.y1 for box in boxes) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"whole": ["0" * 63, 100]},
        {"whole": ["0" * 64, 101]},
        {"halves": []},
        {"faces": [[0, 0, 2, 1]]},
        {"anchors": [[9, 0.45, "0" * 64, 100]]},
        {"more": 1},
    ],
)
def test_what_is_no_print_is_refused_without_repeating_it(change: dict[str, object]) -> None:
    record = json.loads(to_json(print_of(scenery(1))))
    with pytest.raises(ValueError, match=r"^this is no print of a picture, or it is damaged$") as caught:
        from_json(json.dumps(record | change).encode())
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("data", [b"", b"{", b"null", b"[]", b"\xff\xfe"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no print of a picture"):
        from_json(data)
