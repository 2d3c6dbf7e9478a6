from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import MediaError
from facewarden.media import Limits, Opening, open_media, probe
from tests.media.making import (
    CODECS,
    corner_colours,
    grey_index,
    greys,
    quadrants,
    write_clip,
)

UPRIGHT = ["red", "green", "blue", "yellow"]
ONE = 1 << 16


@pytest.mark.parametrize(
    ("suffix", "container", "codecs"),
    [
        ("mp4", "mp4", ["h264", "hevc", "av1", "mpeg4"]),
        ("mov", "mov", ["h264", "hevc", "mjpeg"]),
        ("mkv", "matroska", ["h264", "hevc", "vp9", "av1", "mjpeg"]),
        ("webm", "webm", ["vp9", "av1"]),
        ("avi", "avi", ["h264", "mpeg4", "mjpeg"]),
    ],
)
def test_containers_and_codecs(tmp_path: Path, suffix: str, container: str, codecs: list[str]) -> None:
    for codec in codecs:
        encoder, pixel_format = CODECS[codec]
        color_range = 2 if codec == "mjpeg" else 1
        path = write_clip(
            tmp_path / f"{codec}.{suffix}",
            [quadrants(128, 96)] * 12,
            codec=encoder,
            pixel_format=pixel_format,
            color_range=color_range,
        )
        with open_media(path, frames_per_s=None) as media:
            frames = list(media.frames())
            facts = media.facts
        assert (facts.kind, facts.container, facts.codec) == ("clip", container, codec)
        assert (facts.width, facts.height, facts.rotation_deg) == (128, 96, 0)
        assert facts.frame_rate == pytest.approx(30, rel=0.02)
        assert facts.duration_s == pytest.approx(0.4, abs=0.02)
        assert len(frames) == facts.frame_count == 12
        assert [frame.index for frame in frames] == list(range(12))
        assert [frame.time_s for frame in frames] == pytest.approx([n / 30 for n in range(12)], abs=0.002)
        assert all(corner_colours(frame.image_rgb) == UPRIGHT for frame in frames)
        assert np.abs(frames[5].image_rgb.astype(int) - quadrants(128, 96)).mean() < 8
        assert media.warnings == ()


@pytest.mark.parametrize(
    ("matrix", "rotation_deg", "corners"),
    [
        # Where the display matrix sends the picture's x and y axis, and what is then top left, top right...
        ((1, 0, 0, 1), 0, UPRIGHT),
        ((0, 1, -1, 0), 90, ["blue", "red", "yellow", "green"]),
        ((-1, 0, 0, -1), 180, ["yellow", "blue", "green", "red"]),
        ((0, -1, 1, 0), 270, ["green", "yellow", "red", "blue"]),
        ((-1, 0, 0, 1), 0, ["green", "red", "yellow", "blue"]),
        ((1, 0, 0, -1), 0, ["blue", "yellow", "red", "green"]),
    ],
)
@pytest.mark.parametrize("size", [(128, 96), (66, 50)])
def test_display_matrices_are_applied(
    tmp_path: Path,
    matrix: tuple[int, int, int, int],
    rotation_deg: int,
    corners: list[str],
    size: tuple[int, int],
) -> None:
    a, b, c, d = (ONE * each for each in matrix)
    path = write_clip(
        tmp_path / "turned.mp4", [quadrants(*size)] * 3, matrix=[a, b, 0, c, d, 0, 0, 0, 1 << 30]
    )
    with open_media(path, frames_per_s=None) as media:
        frames = list(media.frames())
        facts = media.facts
    assert corner_colours(frames[1].image_rgb) == corners
    assert facts.rotation_deg == rotation_deg
    assert frames[0].image_rgb.shape == (facts.height, facts.width, 3)
    assert (facts.width, facts.height) == (size if rotation_deg % 180 == 0 else size[::-1])


def test_variable_frame_rate_keeps_real_times(tmp_path: Path) -> None:
    times_ms = [1000, 1040, 1100, 1500, 1510, 1520, 2400, 2433, 3000]
    path = write_clip(tmp_path / "vfr.mkv", greys(9), times_ms=times_ms)
    with open_media(path, frames_per_s=None) as media:
        frames = list(media.frames())
    assert [round(frame.time_s * 1000) for frame in frames] == [each - 1000 for each in times_ms]
    assert [grey_index(frame.image_rgb) for frame in frames] == list(range(9))
    with open_media(path, frames_per_s=4.0) as media:
        thinned = list(media.frames())
    # Ticks at 0, 250, 500... ms: the first frame at or after each, never one frame twice.
    assert [frame.index for frame in thinned] == [0, 3, 6, 8]
    assert [grey_index(frame.image_rgb) for frame in thinned] == [0, 3, 6, 8]


@pytest.mark.parametrize("frames_per_b", [0, 3])
@pytest.mark.parametrize("frames_per_s", [1.0, 6.0, 10.0])
def test_thinning_delivers_enough_and_numbers_stay_true(
    tmp_path: Path, frames_per_b: int, frames_per_s: float
) -> None:
    count = 50
    options = {"preset": "fast", "bf": str(frames_per_b), "crf": "8", "g": "50"}
    path = write_clip(tmp_path / "clip.mp4", greys(count), options=options)
    with open_media(path, frames_per_s=frames_per_s) as media:
        frames = list(media.frames())
        assert media.facts.frame_count == count
    assert len(frames) == pytest.approx(count / 30 * frames_per_s, abs=1.01)
    assert [grey_index(frame.image_rgb) for frame in frames] == [frame.index for frame in frames]
    assert [frame.time_s for frame in frames] == pytest.approx(
        [frame.index / 30 for frame in frames], abs=1e-3
    )


@pytest.mark.parametrize("frames_per_b", [0, 3])
def test_the_opening_of_a_clip_comes_at_a_rate_of_its_own(tmp_path: Path, frames_per_b: int) -> None:
    options = {"preset": "fast", "bf": str(frames_per_b), "crf": "8", "g": "50"}
    path = write_clip(tmp_path / "clip.mp4", greys(50), options=options)
    with open_media(path, frames_per_s=4.0, opening=Opening(1.0, 10.0)) as media:
        frames = list(media.frames())
    opening = [frame.index for frame in frames if frame.time_s < 0.999]
    assert opening == list(range(0, 30, 3))
    assert len(frames) - len(opening) == pytest.approx(20 / 30 * 4, abs=1)
    assert [grey_index(frame.image_rgb) for frame in frames] == [frame.index for frame in frames]


def test_a_rate_of_nothing_is_refused_for_the_opening_too(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frames_per_s"), open_media(tmp_path, opening=Opening(1.0, 0.0)):
        pass


def test_long_runs_of_b_frames_still_deliver_the_wanted_rate(tmp_path: Path) -> None:
    options = {"preset": "fast", "bf": "16", "b_strategy": "0", "b-pyramid": "none", "crf": "8"}
    path = write_clip(tmp_path / "clip.mp4", greys(50) + greys(50), options=options)
    with open_media(path, frames_per_s=6.0) as media:
        times = [frame.time_s for frame in media.frames()]
    # The first long gap is what reveals the runs; after it every wanted frame comes.
    assert sum(gap > 0.3 for gap in np.diff(times)) <= 2
    assert max(np.diff(times)[4:]) < 0.3


@pytest.mark.parametrize(
    ("colorspace", "color_range", "size", "tagged"),
    [
        (1, 1, (1280, 720), True),
        (5, 1, (1280, 720), True),
        (1, 2, (320, 240), True),
        (5, 1, (320, 240), True),
    ],
)
def test_colour_matrix_and_range(
    tmp_path: Path, colorspace: int, color_range: int, size: tuple[int, int], tagged: bool
) -> None:
    picture = np.full((size[1], size[0], 3), (200, 60, 30), np.uint8)
    path = write_clip(tmp_path / "c.mp4", [picture] * 2, colorspace=colorspace, color_range=color_range)
    with open_media(path) as media:
        frame = next(media.frames())
    assert frame.image_rgb[10, 10].tolist() == pytest.approx([200, 60, 30], abs=4)


def test_untagged_clips_are_read_as_their_size_suggests(tmp_path: Path) -> None:
    # FFV1 in AVI carries no colour tags: what comes back shows the matrix that was assumed.
    for size, colorspace in (((1280, 720), 1), ((320, 240), 5)):
        picture = np.full((size[1], size[0], 3), (200, 60, 30), np.uint8)
        path = write_clip(
            tmp_path / "c.avi", [picture] * 2, codec="mpeg4", colorspace=colorspace, options={"qscale": "1"}
        )
        with open_media(path) as media:
            frame = next(media.frames())
        assert frame.image_rgb[10, 10].tolist() == pytest.approx([200, 60, 30], abs=5)


def test_alpha_lies_on_grey(tmp_path: Path) -> None:
    import av

    path = tmp_path / "alpha.mkv"
    rgba = np.zeros((32, 64, 4), np.uint8)
    rgba[:, :32] = (250, 0, 0, 255)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "bgra"
        for _ in range(2):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgba, "rgba")))
        container.mux(stream.encode())
    with open_media(path) as media:
        assert media.facts.has_alpha
        frame = next(media.frames())
    assert frame.image_rgb[5, 5].tolist() == [250, 0, 0]
    assert frame.image_rgb[5, 50].tolist() == [128, 128, 128]


def test_ten_bits(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "ten.mp4", [quadrants(96, 64)] * 3, codec="libx265", pixel_format="yuv420p10le"
    )
    with open_media(path) as media:
        assert media.facts.pixel_format == "yuv420p10le"
        assert corner_colours(next(media.frames()).image_rgb) == UPRIGHT


@pytest.mark.parametrize(("size", "pixel_format"), [((333, 211), "yuv444p"), ((34, 18), "yuv420p")])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int], pixel_format: str) -> None:
    path = write_clip(tmp_path / "odd.mp4", [quadrants(*size)] * 3, pixel_format=pixel_format)
    with open_media(path) as media:
        frame = next(media.frames())
    assert frame.image_rgb.shape == (size[1], size[0], 3)
    assert corner_colours(frame.image_rgb) == UPRIGHT


def test_max_side_scales_and_says_so(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "big.mp4", [quadrants(640, 360)] * 3)
    with open_media(path, max_side=320) as media:
        assert media.scale == pytest.approx(0.5)
        assert (media.facts.width, media.facts.height) == (640, 360)
        frame = next(media.frames())
    assert frame.image_rgb.shape == (180, 320, 3)
    assert corner_colours(frame.image_rgb) == UPRIGHT
    with open_media(path, max_side=1000) as media:
        assert media.scale == 1.0


def test_facts_tags_and_sound(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "clip.mp4",
        [quadrants(64, 64)] * 9,
        tags={"title": "A title", "location": "+52+004/"},
        sound=True,
    )
    facts = probe(path)
    assert facts.has_audio
    assert facts.bit_rate is not None
    assert facts.bit_rate > 0
    assert facts.frame_count == 9
    assert facts.metadata["container.title"] == "A title"
    assert facts.metadata["stream.encoder_settings"].startswith("x264 - core")
    assert "+52+004/" not in str(facts.metadata)


def test_a_cut_off_clip_delivers_what_arrived(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (30, 48, 64, 3), np.uint8)
    whole = write_clip(tmp_path / "whole.mp4", [*noise, *noise], options={"movflags": "faststart", "g": "10"})
    import av

    fragmented = tmp_path / "cut.mkv"
    with av.open(str(whole)) as source, av.open(str(fragmented), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    data = fragmented.read_bytes()
    fragmented.write_bytes(data[: len(data) // 2])
    with open_media(fragmented, frames_per_s=None) as media:
        count = sum(1 for _ in media.frames())
        assert 15 <= count <= 35
        assert "damaged_tail" in media.warnings


def test_a_clip_longer_than_it_claims_is_cut_at_the_limit(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mkv", greys(45))
    data = bytearray(path.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3  # Matroska's duration, a float of milliseconds
    data[at : at + 8] = np.array(100.0, ">f8").tobytes()
    path.write_bytes(data)
    with open_media(path, limits=Limits(max_duration_s=0.5), frames_per_s=None) as media:
        times = [frame.time_s for frame in media.frames()]
    assert max(times) <= 0.5
    assert len(times) == 16
    assert "truncated_at_limit" in media.warnings


def test_a_clip_that_claims_too_long_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mkv", greys(5))
    data = bytearray(path.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = np.array(1e9, ">f8").tobytes()
    path.write_bytes(data)
    with pytest.raises(MediaError) as refused:
        probe(path)
    assert refused.value.reason == "too_long"


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    peaks = []
    for seconds in (2, 12):
        path = write_clip(tmp_path / f"{seconds}.mp4", (quadrants(320, 240) for _ in range(30 * seconds)))
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        with open_media(path, frames_per_s=None) as media:
            assert sum(1 for _ in media.frames()) == 30 * seconds
        peaks.append(max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
    assert peaks[1] <= peaks[0] * 1.1


def test_a_second_call_of_frames_goes_on(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", greys(6))
    with open_media(path, frames_per_s=None) as media:
        first = next(media.frames()).index
        assert [first, *(frame.index for frame in media.frames())] == list(range(6))


def test_a_clip_without_a_claimed_duration_is_read_to_its_end(tmp_path: Path) -> None:
    # As browsers record: Matroska's duration is missing.
    noise = np.random.default_rng(2).integers(0, 255, (45, 48, 64, 3), np.uint8)
    path = write_clip(tmp_path / "clip.webm", noise, codec="libvpx-vp9")
    path.write_bytes(path.read_bytes().replace(b"\x44\x89\x88", b"\xec\x40\x08", 1))
    with open_media(path, frames_per_s=10.0) as media:
        assert media.facts.duration_s == 0.0
        seen = [media.progress for _ in media.frames()]
        assert media.facts.duration_s == pytest.approx(1.5, abs=0.05)
    assert seen == sorted(seen)
    assert 0.2 < seen[len(seen) // 2] < 0.8


def test_a_heif_sequence_is_a_clip(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "burst.mp4", [quadrants(64, 64)] * 6, codec="libx265")
    data = path.read_bytes()
    assert data[4:12] == b"ftypisom"
    path.write_bytes(data[:8] + b"hevc" + data[12:])
    with open_media(path, frames_per_s=None) as media:
        assert (media.facts.kind, media.facts.container, media.facts.codec) == ("clip", "heif", "hevc")
        assert len(list(media.frames())) == 6


def test_xmp_of_a_clip(tmp_path: Path) -> None:
    packet = b"<x:xmpmeta>trainedAlgorithmicMedia</x:xmpmeta>"
    path = write_clip(tmp_path / "clip.mp4", [quadrants(64, 64)] * 3)
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    path.write_bytes(path.read_bytes() + (24 + len(packet)).to_bytes(4, "big") + b"uuid" + uuid + packet)
    assert probe(path).metadata["xmp"] == packet.decode()
