from __future__ import annotations

import pytest

from facewarden.sealed.keys import MasterKey


def test_keys_for_two_purposes_have_nothing_in_common() -> None:
    key = MasterKey(bytes(32))
    assert key.subkey("one") == MasterKey(bytes(32)).subkey("one")
    assert len({key.subkey("one"), key.subkey("two"), MasterKey(bytes([1]) * 32).subkey("one")}) == 3
    assert len(key.subkey("one")) == 32


def test_a_new_key_is_another_one_each_time() -> None:
    assert MasterKey.new() != MasterKey.new()


def test_a_key_does_not_show_itself() -> None:
    assert repr(MasterKey(b"k" * 32)) == "MasterKey(...)"
    with pytest.raises(TypeError, match="no table"):
        hash(MasterKey(bytes(32)))


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="must have 32 bytes, but has 31"):
        MasterKey(bytes(31))
