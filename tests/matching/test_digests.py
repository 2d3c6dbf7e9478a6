"""Exact hashes, as every other program computes them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from facewarden.errors import MediaError
from facewarden.matching.digests import digests_of
from facewarden.media import Limits


def test_the_digests_are_those_of_the_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000
    (tmp_path / "a").write_bytes(data)
    found = digests_of(tmp_path / "a")
    assert found.md5 == hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert found.sha256 == hashlib.sha256(data).hexdigest()


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"12345")
    reasons = {"none": "not_found", ".": "not_a_file", "long": "too_many_bytes"}
    for name, reason in reasons.items():
        path = tmp_path / name
        with pytest.raises(MediaError) as caught:
            digests_of(path, Limits(max_bytes=4))
        assert caught.value.reason == reason
