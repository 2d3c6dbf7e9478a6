from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from facewarden.media.ahead import Ahead


def counted(taken: list[int], end: int = 1000) -> Iterator[int]:
    for number in range(end):
        taken.append(number)
        yield number


def settled(taken: list[int]) -> int:
    """How many items have been read when the reader has come to a rest."""
    before = -1
    while before != len(taken):
        before = len(taken)
        threading.Event().wait(0.05)
    return before


def test_all_items_in_order_then_the_end() -> None:
    ahead = Ahead(counted([], 50), depth=2)
    assert list(ahead) == list(range(50))
    assert next(ahead, None) is None
    ahead.close()


def test_it_reads_ahead_but_no_further_than_it_may() -> None:
    taken: list[int] = []
    ahead = Ahead(counted(taken), depth=3)
    assert not taken
    assert next(ahead) == 0
    # Three wait, one is in the reader's hand.
    assert settled(taken) == 5
    assert [next(ahead), next(ahead)] == [1, 2]
    assert settled(taken) == 7
    ahead.close()


def test_an_error_comes_after_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("the end of the pipe")

    ahead = Ahead(broken(), depth=2)
    assert next(ahead) == 1
    with pytest.raises(OSError, match="the end of the pipe"):
        next(ahead)
    assert next(ahead, None) is None
    ahead.close()


def test_closing_ends_the_thread_wherever_it_is() -> None:
    before = threading.active_count()
    untouched, full = Ahead(counted([]), depth=1), Ahead(counted([]), depth=1)
    next(full)
    for ahead in (untouched, full):
        ahead.close()
        ahead.close()
        assert next(ahead, None) is None
    assert threading.active_count() == before
