"""What is shredded cannot be opened by anybody, also from what a disk may keep of it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from facewarden.errors import StorageError, TamperedError
from facewarden.sealed.shredding import seal_whole, shred
from facewarden.sealed.stream import unsealed

KEY, CONTEXT = bytes(32), b"test"


def content(data: bytes) -> bytes:
    return b"".join(unsealed(io.BytesIO(data), KEY, context=CONTEXT))


def test_the_rest_of_the_file_is_noise(tmp_path: Path) -> None:
    path, kept = tmp_path / "sealed", tmp_path / "what the disk keeps"
    seal_whole(path, [b"a ", b"secret"], KEY, context=CONTEXT)
    assert content(path.read_bytes()) == b"a secret"
    os.link(path, kept)
    before = kept.read_bytes()
    shred(path)
    assert not path.exists()
    assert kept.read_bytes()[41:] == before[41:]
    assert kept.read_bytes()[:41] != before[:41]
    with pytest.raises(TamperedError):
        content(kept.read_bytes())
    shred(path)


def test_what_is_replaced_is_spoilt(tmp_path: Path) -> None:
    path, kept = tmp_path / "sealed", tmp_path / "old"
    seal_whole(path, [b"old"], KEY, context=CONTEXT)
    os.link(path, kept)
    seal_whole(path, [b"new"], KEY, context=CONTEXT)
    assert content(path.read_bytes()) == b"new"
    with pytest.raises(TamperedError):
        content(kept.read_bytes())
    assert sorted(each.name for each in tmp_path.iterdir()) == ["old", "sealed"]


def test_a_write_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "sealed"
    seal_whole(path, [b"old"], KEY, context=CONTEXT)

    def broken() -> object:
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="Make room"):
        seal_whole(path, broken(), KEY, context=CONTEXT)  # type: ignore[arg-type]
    assert content(path.read_bytes()) == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["sealed"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"something that matters, and is longer than a header of 41 bytes")
    before = victim.read_bytes()
    (tmp_path / "link").symlink_to(victim)
    with pytest.raises(StorageError):
        shred(tmp_path / "link")
    assert victim.read_bytes() == before
