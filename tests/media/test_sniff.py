from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.media.sniff import CLIPS, PICTURES, container_of


def iso(major: bytes, *others: bytes) -> bytes:
    body = b"ftyp" + major + b"\0\0\0\0" + b"".join(others)
    return (4 + len(body)).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (iso(b"isom", b"avc1"), "mp4"),
        (iso(b"qt  "), "mov"),
        (iso(b"heic", b"mif1"), "heif"),
        (iso(b"mif1", b"heic"), "heif"),
        (iso(b"mif1", b"avif"), "avif"),
        (iso(b"avif"), "avif"),
        (iso(b"avis"), "avif"),
        (iso(b"msf1", b"hevc"), "heif-sequence"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "other"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", "matroska"),
        (b"%PDF-1.4", "other"),
        (b"BM is how this sentence starts", None),
        (b"", None),
    ],
)
def test_first_bytes_tell_the_container(head: bytes, container: str | None) -> None:
    assert container_of(head) == container


@given(st.binary(max_size=600))
def test_any_bytes_have_an_answer(head: bytes) -> None:
    assert container_of(head) in PICTURES | CLIPS | {"other", None}
