from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.sealed.canonical import canonical, parsed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON))
def test_every_object_has_one_form_that_reads_back(content: dict[str, object]) -> None:
    data = canonical(content)
    assert parsed(data) == content
    assert canonical(parsed(data)) == data
    assert b"\n" not in data


def test_letters_stay_letters() -> None:
    assert canonical({"b": "은지", "a": 1}) == '{"a":1,"b":"은지"}'.encode()


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":"\\u0062"}',
        b'{"a":1.0e0}',
        b'{"a":NaN}',
        b'{"a":1}\n',
        b"[1]",
        b"\xff",
        b"",
        b'{"a":' * 100_000,
    ],
)
def test_another_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        parsed(data)


def test_what_is_no_number_is_not_written() -> None:
    with pytest.raises(ValueError):
        canonical({"a": float("nan")})
