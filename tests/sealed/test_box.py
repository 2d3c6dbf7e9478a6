from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import TamperedError
from facewarden.sealed.box import boxed, unboxed

KEY = bytes(32)


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_a_box_gives_back_its_content(content: bytes, context: bytes) -> None:
    assert unboxed(KEY, boxed(KEY, content, context=context), context=context) == content


@given(st.data())
def test_every_change_and_every_cut_is_found(data: st.DataObject) -> None:
    box = bytearray(boxed(KEY, b"content", context=b"here"))
    box[data.draw(st.integers(0, len(box) - 1))] ^= data.draw(st.integers(1, 255))
    length = data.draw(st.integers(0, len(box)))
    for changed in (bytes(box), bytes(box[:length])):
        with pytest.raises(TamperedError):
            unboxed(KEY, changed, context=b"here")


def test_another_context_does_not_open_it() -> None:
    with pytest.raises(TamperedError, match="belongs elsewhere"):
        unboxed(KEY, boxed(KEY, b"content", context=b"here"), context=b"there")
