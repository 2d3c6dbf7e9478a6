from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.sealed.signing import Signer
from facewarden.vault.custody.head import Head
from facewarden.vault.stub import MOST_BYTES, read_stub, stub_line
from tests.vault.custody.logs import SIGNER, VAULT

HEAD = Head(vault=VAULT, count=7, chain="ab" * 32)
LINE = stub_line("FW-2026-000001", "2026-03-01T12:00:00.000Z", HEAD, SIGNER)


def test_a_stub_tells_its_case_and_the_head_of_its_time(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(LINE)
    stub = read_stub(path, SIGNER)
    assert stub is not None
    assert (stub.case, stub.head) == ("FW-2026-000001", HEAD)
    assert read_stub(path, Signer(bytes(32))) is None
    assert len(LINE) < MOST_BYTES


@given(st.integers(0, len(LINE) - 1), st.integers(1, 255))
def test_a_changed_one_is_none(tmp_path_factory: pytest.TempPathFactory, position: int, change: int) -> None:
    line = bytearray(LINE)
    line[position] ^= change
    path = tmp_path_factory.mktemp("stub") / "a.jpg"
    path.write_bytes(line)
    assert read_stub(path, SIGNER) is None


def test_whatever_else_lies_there_is_none(tmp_path: Path) -> None:
    for content in (b"", b"\xff\xd8 a picture", LINE[:-1], LINE + b"\n", LINE + bytes(MOST_BYTES)):
        (tmp_path / "a.jpg").write_bytes(content)
        assert read_stub(tmp_path / "a.jpg", SIGNER) is None
    (tmp_path / "whole").write_bytes(LINE)
    (tmp_path / "link").symlink_to("whole")
    for name in ("link", "none", ".", "a\0b"):
        assert read_stub(tmp_path / name, SIGNER) is None
