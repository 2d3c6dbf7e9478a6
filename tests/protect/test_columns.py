"""Arrays of features: joining, leaving out and storing them never changes whose row is whose."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.errors import TamperedError
from facewarden.matching.pdq import words_of
from facewarden.protect.columns import Columns
from tests.protect.making import features

made = cache(features)


def of(numbers: Iterable[int]) -> Columns:
    return Columns.of((f"{number:032x}", made(number)) for number in numbers)


def same(one: Columns, other: Columns) -> bool:
    names = [name for name in Columns.__dataclass_fields__ if name != "parts"]
    return one.parts == other.parts and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in names
    )


people = st.lists(st.integers(1, 12), max_size=6, unique=True)


@settings(max_examples=12)
@given(people, st.sets(st.integers(1, 12)))
def test_leaving_out_is_as_if_they_had_never_been(numbers: list[int], gone: set[int]) -> None:
    stay = [number for number in numbers if number not in gone]
    left = of(numbers).only(f"{number:032x}" for number in stay)
    assert same(left, of(stay))


@settings(max_examples=12)
@given(people, people)
def test_joining_is_as_if_they_had_come_together(first: list[int], second: list[int]) -> None:
    second = [number for number in second if number not in first]
    assert same(of(first).joined(of(second)), of([*first, *second]))


@settings(max_examples=6)
@given(people)
def test_what_was_stored_is_read(numbers: list[int]) -> None:
    columns = of(numbers)
    assert same(Columns.read(b"".join(columns.chunks())), columns)


def test_an_index_from_before_there_were_middles_is_read() -> None:
    columns = of([1, 2])
    data = b"".join(columns.chunks())
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    before = sum(
        each.nbytes for each in (columns.templates, columns.template_part, columns.pictures, columns.clips)
    )
    arrays = data[8 + length :]
    header["arrays"] = [each for each in header["arrays"] if each[0] != "middles"]
    older = json.dumps(header).encode()
    read = Columns.read(
        len(older).to_bytes(8, "little") + older + arrays[:before] + arrays[before + columns.middles.nbytes :]
    )
    assert same(read, replace(columns, middles=np.zeros((2, 4), np.uint64)))
    assert columns.middles.all()
    assert same(
        read.joined(of([3])).only(f"{number:032x}" for number in (1, 3)).joined(of([])),
        replace(of([1, 3]), middles=np.concatenate([np.zeros((1, 4), np.uint64), of([3]).middles])),
    )


def test_what_is_none_is_refused() -> None:
    data = b"".join(of([1, 2]).chunks())
    for wrong in (b"", data[:-1], data + b"x", b"\xff" * 40, data[:8] + b"[" + data[9:]):
        with pytest.raises(TamperedError, match="form"):
            Columns.read(wrong)


def test_rows_name_the_part_and_the_material() -> None:
    columns = of([1, 2])
    assert columns.template_part.tolist() == [0, 1]
    assert columns.pictures.tolist() == [[0, 1], [1, 1]]
    assert columns.middles.tolist() == [
        words_of([made(number).items[0].picture_print().middle])[0].tolist() for number in (1, 2)
    ]
    assert columns.clips.tolist() == [[0, 2], [1, 2]]
    assert columns.digest_owner.tolist() == [1, 2, 1 << 16 | 1, 1 << 16 | 2]
    assert columns.frame_owner[-1] == 1 << 32 | 4
