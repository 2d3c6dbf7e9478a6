"""Which files are looked at."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from facewarden.errors import UsageError
from facewarden.vault import vault
from facewarden.watch.candidates import looked_at
from tests.vault.making import KEY, make

JPEG = b"\xff\xd8\xff" + bytes(10_000)


@pytest.mark.parametrize(
    ("name", "content", "counts"),
    [
        ("a.jpg", JPEG, True),
        ("a.txt", JPEG, True),
        (".hidden", JPEG, True),
        ("a.jpg", b"no picture at all", True),  # it promises one, so it is not passed over
        ("a.mp4", b'{"content":"no stub"}', True),
        ("._a.jpg", b"no picture at all", False),
        ("a.txt", b"no picture at all", False),
        ("a.jpg", b"", False),
    ],
)
def test_by_content_or_by_a_name_that_promises(
    tmp_path: Path, name: str, content: bytes, counts: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    looked = looked_at(tmp_path / name)
    assert looked.counts is counts
    if counts:
        assert looked.sha256 == hashlib.sha256(content).hexdigest()


def test_a_stub_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    with vault.opened(make(tmp_path / "vault"), KEY) as opened:
        opened.quarantine(tmp_path / "a.jpg", actor="ann", reason="forged")
    assert not looked_at(tmp_path / "a.jpg").counts


def test_only_regular_files(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "a.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    for name in ("link.jpg", "pipe.jpg", "folder.jpg", "none.jpg", "a.jpg/b.jpg"):
        with pytest.raises(FileNotFoundError):
            looked_at(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    (tmp_path / "a.jpg").chmod(0)
    with pytest.raises(UsageError, match="cannot be read"):
        looked_at(tmp_path / "a.jpg")
