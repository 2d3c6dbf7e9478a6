from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import TamperedError
from facewarden.sealed.signing import Signer, content_of, reader_of

SIGNER = Signer(bytes(range(32)))
LINE = SIGNER.signed("test.note", {"a": "은지", "b": [1, None]})


def test_what_was_signed_reads_back() -> None:
    reader = reader_of(SIGNER.raw())
    assert reader.opened(LINE, "test.note") == {"a": "은지", "b": [1, None], "kind": "test.note"}
    assert SIGNER.signed("test.note", {"b": [1, None], "a": "은지"}) == LINE
    assert content_of(LINE, "test.note")["b"] == [1, None]


@given(st.integers(0, len(LINE) - 1), st.integers(1, 255))
def test_every_changed_byte_is_found(position: int, change: int) -> None:
    line = bytearray(LINE)
    line[position] ^= change
    with pytest.raises(TamperedError):
        SIGNER.opened(bytes(line), "test.note")


def test_the_bits_of_base64_that_do_not_count_are_none_to_play_with() -> None:
    signature = json.loads(LINE)["signature"]
    last = signature[-3]
    other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = other[other.index(last) ^ 1]
    with pytest.raises(TamperedError):
        SIGNER.opened(LINE.replace(f'{last}=="'.encode(), f'{twin}=="'.encode()), "test.note")


def test_a_record_is_none_of_another_kind_or_key() -> None:
    with pytest.raises(TamperedError, match=r"kind test\.other"):
        SIGNER.opened(LINE, "test.other")
    with pytest.raises(TamperedError, match="another key signed it"):
        Signer(bytes(32)).opened(LINE, "test.note")


@pytest.mark.parametrize(
    "line", [b"", b"{}", b'{"content":{},"signature":""}', b'{"content":1,"signature":2}', b"["]
)
def test_what_is_no_record_is_said_to_be_none(line: bytes) -> None:
    with pytest.raises(TamperedError):
        SIGNER.opened(line, "test.note")


def test_openssl_agrees(tmp_path: Path) -> None:
    content, _, rest = LINE.removeprefix(b'{"content":').rpartition(b',"signature":"')
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "public.pem").write_bytes(SIGNER.pem())
    subprocess.run(
        ["openssl", "base64", "-d", "-A", "-out", tmp_path / "signature"],
        input=rest[:-2],
        check=True,
        timeout=60,
    )
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin"]
    command += ["-in", "content", "-sigfile", "signature"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode == 0
    (tmp_path / "content").write_bytes(content.replace(b"1", b"2"))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode != 0
