"""Files that must be refused before anything is decoded, each for its own reason."""

from __future__ import annotations

import os
import socket
import struct
import sys
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.errors import MediaError
from facewarden.media import Limits, open_media, probe
from facewarden.media.refusal import REASONS
from facewarden.messages import catalogue
from tests.media.making import animation_bytes, greys, picture_bytes, quadrants, write_clip

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


def reason_of(path: Path | str, limits: Limits = Limits()) -> str:  # noqa: B008 - frozen
    with pytest.raises(MediaError) as refused, open_media(path, limits=limits) as media:
        list(media.frames())
    assert str(refused.value) == catalogue("en")[f"error.{refused.value.reason}"]
    return refused.value.reason


def png(width: int, height: int, pixels: bytes) -> bytes:
    """Return a PNG whose header may lie about what `pixels` holds."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(pixels, 9))
        + chunk(b"IEND", b"")
    )


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_decompression_bomb(tmp_path: Path) -> None:
    bomb = written(tmp_path / "bomb.png", png(30_000, 30_000, bytes(20_000_000)))
    assert bomb.stat().st_size < 100_000
    assert reason_of(bomb) == "too_many_pixels"


def test_a_header_a_hundred_thousand_pixels_wide(tmp_path: Path) -> None:
    assert reason_of(written(tmp_path / "wide.png", png(100_000, 10, b""))) == "too_many_pixels"
    bmp = bytearray(picture_bytes(quadrants(16, 16), "BMP"))
    bmp[18:26] = struct.pack("<ii", 100_000, 16)
    assert reason_of(written(tmp_path / "wide.bmp", bytes(bmp))) == "too_many_pixels"
    jpeg = bytearray(picture_bytes(quadrants(16, 16), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 60_000, 60_000)
    assert reason_of(written(tmp_path / "wide.jpg", bytes(jpeg))) == "too_many_pixels"


def test_a_clip_too_large(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", [quadrants(128, 96)] * 2)
    assert reason_of(path, Limits(max_clip_pixels=100 * 90)) == "too_many_pixels"
    assert reason_of(path, Limits(max_side=100)) == "too_many_pixels"
    moving = written(tmp_path / "moving.gif", animation_bytes(greys(3), "GIF", [50, 50, 50]))
    assert reason_of(moving, Limits(max_clip_pixels=40 * 40)) == "too_many_pixels"


def test_too_long_too_many_bytes_too_many_streams(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", [quadrants(64, 64)] * 30, sound=True)
    assert reason_of(path, Limits(max_duration_s=0.5)) == "too_long"
    assert reason_of(path, Limits(max_bytes=1000)) == "too_many_bytes"
    assert reason_of(path, Limits(max_streams=1)) == "too_many_streams"


def test_empty_text_and_other_kinds(tmp_path: Path) -> None:
    assert reason_of(written(tmp_path / "zero.mp4", b"")) == "empty"
    assert reason_of(written(tmp_path / "text.mp4", b"Dear reader,\n" * 400)) == "not_media"
    assert reason_of(written(tmp_path / "paper.jpg", b"%PDF-1.7\n" + bytes(500))) == "unsupported"
    assert reason_of(written(tmp_path / "half.mp4", b"\x00\x00\x00\x18ftypmp42")) == "damaged"


def test_sound_alone_is_no_media(tmp_path: Path) -> None:
    import av

    path = tmp_path / "voice.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 16000
        for packet in [*stream.encode(frame), *stream.encode()]:
            container.mux(packet)
    assert reason_of(path) == "not_media"


def test_names_that_lead_nowhere(tmp_path: Path) -> None:
    assert reason_of(tmp_path / "absent.jpg") == "not_found"
    assert reason_of(written(tmp_path / "file", b"x") / "below.jpg") == "not_found"
    assert reason_of("zero\0byte.jpg") == "not_found"
    assert reason_of("x" * 5000) == "not_found"


@posix
def test_what_is_no_regular_file(tmp_path: Path) -> None:
    fifo, endless, door = tmp_path / "fifo", tmp_path / "loop", tmp_path / "socket"
    os.mkfifo(fifo)
    endless.symlink_to(endless)
    assert reason_of(tmp_path) == "not_a_file"
    assert reason_of(fifo) == "not_a_file"
    assert reason_of(endless) == "not_readable"
    assert reason_of("/dev/zero") == "not_a_file"
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(tmp_path)  # a socket's name has 100 characters
        listener.bind(door.name)
        assert reason_of(door) == "not_a_file"


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = written(tmp_path / "secret.png", picture_bytes(quadrants(8, 8), "PNG"))
    path.chmod(0)
    assert reason_of(path) == "not_readable"


def test_a_file_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "secret.png", picture_bytes(quadrants(8, 8), "PNG"))

    def refuse(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr("facewarden.media.source.os.open", refuse)
    assert reason_of(path) == "not_readable"


@posix
def test_links_to_files_are_followed(tmp_path: Path) -> None:
    written(tmp_path / "picture.png", picture_bytes(quadrants(8, 8), "PNG"))
    (tmp_path / "link.png").symlink_to("picture.png")
    assert probe(tmp_path / "link.png").width == 8


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space dependably")
def test_more_memory_than_allowed(tmp_path: Path) -> None:
    Image.new("RGB", (9000, 9000)).save(tmp_path / "large.png", compress_level=1)
    assert reason_of(tmp_path / "large.png", Limits(memory_bytes=256 << 20)) == "out_of_memory"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits processor time dependably")
def test_more_processor_time_than_allowed(tmp_path: Path) -> None:
    import av

    noise = np.random.default_rng(5).integers(0, 255, (4, 720, 1280, 3), np.uint8)
    short = write_clip(tmp_path / "short.mp4", noise, options={"crf": "1", "g": "1"})
    path = tmp_path / "busy.mkv"
    with av.open(str(short)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        packets = [bytes(packet) for packet in source.demux(video=0) if packet.size]
        for number in range(150 * len(packets)):
            packet = av.Packet(packets[number % len(packets)])
            packet.pts = packet.dts = number * 33
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 1000), stream, True
            target.mux(packet)
    assert reason_of(path, Limits(max_start_cpu_s=1, cpu_per_s=0.0)) == "too_slow"


@posix
def test_playlists_inside_files_reach_nothing(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.txt", b"secret")
    for text in (f"ffconcat version 1.0\nfile {secret}\n", f"#EXTM3U\n#EXTINF:1,\n{secret}\n"):
        assert reason_of(written(tmp_path / "list.mp4", text.encode())) == "not_media"


@pytest.mark.parametrize("language", ["en", "zh", "ko"])
def test_every_reason_has_its_sentence(language: str) -> None:
    for reason in REASONS:
        assert catalogue(language)[f"error.{reason}"]
