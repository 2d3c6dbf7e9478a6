from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from facewarden.errors import MediaError
from facewarden.media import Frame, MediaFacts, open_media, probe
from tests.media.making import (
    Pixels,
    animation_bytes,
    corner_colours,
    grey_index,
    greys,
    picture_bytes,
    quadrants,
)

UPRIGHT = ["red", "green", "blue", "yellow"]


def read(path: Path) -> tuple[MediaFacts, Frame, tuple[str, ...]]:
    with open_media(path) as media:
        (frame,) = media.frames()
        assert media.progress == 1.0
        return media.facts, frame, media.warnings


def written(folder: Path, data: bytes, name: str = "picture.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("kind", "container", "codec", "tolerance"),
    [
        ("JPEG", "jpeg", "jpeg", 4),
        ("PNG", "png", "png", 0),
        ("WEBP", "webp", "webp", 6),
        ("AVIF", "avif", "av1", 6),
        ("HEIF", "heif", "hevc", 6),
        ("GIF", "gif", "gif", 2),
        ("BMP", "bmp", "bmp", 0),
        ("TIFF", "tiff", "tiff", 0),
    ],
)
@pytest.mark.parametrize("size", [(96, 64), (101, 67)])
def test_every_format_keeps_its_pixels(
    tmp_path: Path, kind: str, container: str, codec: str, tolerance: int, size: tuple[int, int]
) -> None:
    expected = quadrants(*size)
    facts, frame, warnings = read(written(tmp_path, picture_bytes(expected, kind)))
    assert (facts.kind, facts.container, facts.codec) == ("photo", container, codec)
    assert (facts.width, facts.height, facts.duration_s, facts.frame_count) == (*size, 0.0, None)
    assert frame.image_rgb.shape == expected.shape
    assert frame.image_rgb.flags.c_contiguous
    assert np.abs(frame.image_rgb.astype(int) - expected).mean() <= tolerance
    assert (frame.time_s, frame.index, warnings) == (0.0, 0, ())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_all_exif_orientations_are_undone(tmp_path: Path, kind: str, orientation: int) -> None:
    # Store the upright picture as a camera held that way would: the inverse of what the tag asks for.
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    image = Image.fromarray(quadrants(96, 64))
    if orientation in inverse:
        image = image.transpose(Image.Transpose(inverse[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    facts, frame, _ = read(written(tmp_path, picture_bytes(image, kind, exif=exif.tobytes())))
    assert frame.image_rgb.shape == (64, 96, 3)
    assert corner_colours(frame.image_rgb) == UPRIGHT
    assert (facts.width, facts.height) == (96, 64)
    assert facts.rotation_deg == {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}.get(orientation, 0)


def test_heif_orientation_is_undone_once(tmp_path: Path) -> None:
    image = Image.fromarray(quadrants(96, 64)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    _, frame, _ = read(written(tmp_path, picture_bytes(image, "HEIF", exif=exif.tobytes())))
    assert frame.image_rgb.shape == (64, 96, 3)
    assert corner_colours(frame.image_rgb) == UPRIGHT


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_grey(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (8, 4), (250, 250, 250, 255))
    image.paste((250, 250, 250, 0), (4, 0, 8, 4))
    facts, frame, _ = read(written(tmp_path, picture_bytes(image.convert(mode), "PNG")))
    assert facts.has_alpha
    assert frame.image_rgb[0, 0].tolist() == pytest.approx([250] * 3, abs=3)
    assert frame.image_rgb[0, 7].tolist() == pytest.approx([128] * 3, abs=1)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path, kind: str) -> None:
    ramp = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    _, frame, _ = read(written(tmp_path, picture_bytes(Image.fromarray(ramp), kind)))
    assert np.array_equal(frame.image_rgb[..., 0].ravel(), np.arange(256))


def test_ten_bit_heif(tmp_path: Path) -> None:
    import pillow_heif

    ramp = np.repeat(np.linspace(0, 65535, 64).astype(np.uint16)[None, :, None], 64, 0).repeat(3, 2)
    heif = pillow_heif.from_bytes("RGB;16", (64, 64), ramp.tobytes())
    buffer = io.BytesIO()
    heif.save(buffer, quality=95)
    facts, frame, _ = read(written(tmp_path, buffer.getvalue()))
    assert facts.container == "heif"
    assert np.abs(frame.image_rgb[32].astype(int) - (ramp[32] >> 8)).mean() < 4


@pytest.mark.parametrize(
    ("mode", "kind", "expected"),
    [
        ("L", "JPEG", (90, 90, 90)),
        ("1", "PNG", (255, 255, 255)),
        ("CMYK", "JPEG", (255, 165, 55)),
        ("CMYK", "TIFF", (255, 165, 55)),
        ("P", "PNG", (90, 90, 90)),
        ("F", "TIFF", (90, 90, 90)),
        ("I", "TIFF", (90, 90, 90)),
    ],
)
def test_other_colour_models(tmp_path: Path, mode: str, kind: str, expected: tuple[int, int, int]) -> None:
    image = Image.new("CMYK", (16, 16), (0, 90, 200, 0)) if mode == "CMYK" else Image.new("L", (16, 16), 90)
    image = image.convert(mode, dither=Image.Dither.NONE) if mode != "1" else Image.new("1", (16, 16), 1)
    _, frame, _ = read(written(tmp_path, picture_bytes(image, kind)))
    assert frame.image_rgb[8, 8].tolist() == pytest.approx(list(expected), abs=2)


def test_a_foreign_colour_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    picture = np.full((8, 8, 3), (200, 100, 50), np.uint8)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    plain = picture_bytes(picture, "PNG", icc_profile=srgb.tobytes())
    broken = picture_bytes(picture, "PNG", icc_profile=lab.tobytes())
    for data in (plain, broken):  # sRGB and a profile that does not fit: pixels stay
        assert read(written(tmp_path, data))[1].image_rgb[0, 0].tolist() == [200, 100, 50]
    # sRGB with red and green exchanged: what says "red" is green.
    swapped = bytearray(
        srgb.tobytes().replace(b"rXYZ", b"tmpZ").replace(b"gXYZ", b"rXYZ").replace(b"tmpZ", b"gXYZ")
    )
    described = bytes(swapped).replace(b"s\0R\0G\0B", b"x\0R\0G\0B").replace(b"sRGB built", b"xRGB built")
    frame = read(written(tmp_path, picture_bytes(picture, "PNG", icc_profile=described)))[1]
    assert frame.image_rgb[0, 0].tolist() == pytest.approx([100, 200, 50], abs=2)


@pytest.mark.parametrize(
    ("kind", "codec"), [("GIF", "gif"), ("WEBP", "webp"), ("PNG", "png"), ("AVIF", "av1")]
)
def test_animations_are_clips_with_their_own_times(tmp_path: Path, kind: str, codec: str) -> None:
    pictures, durations_ms = greys(6), [100, 200, 50, 300, 100, 250]
    path = written(tmp_path, animation_bytes(pictures, kind, durations_ms))
    with open_media(path, frames_per_s=None) as media:
        assert (media.facts.kind, media.facts.codec) == ("clip", codec)
        frames = list(media.frames())
        assert media.facts.duration_s == pytest.approx(1.0)
        assert (media.facts.frame_count, media.progress) == (6, 1.0)
    assert [round(frame.time_s, 3) for frame in frames] == [0.0, 0.1, 0.3, 0.35, 0.65, 0.75]
    assert [grey_index(frame.image_rgb) for frame in frames] == list(range(6))
    with open_media(path, frames_per_s=4.0) as media:
        assert [frame.index for frame in media.frames()] == [0, 2, 4, 5]


def test_hasty_animation_frames_last_as_long_as_browsers_show_them(tmp_path: Path) -> None:
    path = written(tmp_path, animation_bytes(greys(4), "GIF", [10, 10, 10, 10]))
    with open_media(path, frames_per_s=None) as media:
        assert [round(frame.time_s, 3) for frame in media.frames()] == [0.0, 0.1, 0.2, 0.3]


def test_only_the_first_page_of_a_tiff(tmp_path: Path) -> None:
    pages: list[Pixels] = greys(3)
    first, *rest = (Image.fromarray(page) for page in pages)
    facts, frame, _ = read(written(tmp_path, picture_bytes(first, "TIFF", save_all=True, append_images=rest)))
    assert facts.kind == "photo"
    assert grey_index(frame.image_rgb) == 0


def test_a_download_that_broke_off_shows_what_arrived(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (256, 256, 3), np.uint8)
    data = picture_bytes(noise, "JPEG")
    _, frame, warnings = read(written(tmp_path, data[: len(data) * 2 // 3]))
    assert warnings == ("damaged_tail",)
    assert frame.image_rgb[:64].std() > 20
    assert frame.image_rgb[-8:].std() < 1


def test_names_are_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path, picture_bytes(quadrants(32, 32), "PNG"), "holiday.mp4")
    assert probe(path).container == "png"


def test_metadata_of_generators_cameras_and_xmp(tmp_path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a portrait\nSteps: 20, Sampler: Euler a")
    text.add_itxt("prompt", '{"3": {"class_type": "KSampler"}}')
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>trainedAlgorithmicMedia</x:xmpmeta>")
    text.add_text("long", "x" * 5000)
    png = probe(written(tmp_path, picture_bytes(quadrants(16, 16), "PNG", pnginfo=text))).metadata
    assert png["text.parameters"] == "a portrait\nSteps: 20, Sampler: Euler a"
    assert "KSampler" in png["text.prompt"]
    assert "trainedAlgorithmicMedia" in png["xmp"]
    assert len(png["text.long"]) == 1000

    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131], exif[0x0132] = (
        "Maker",
        "Model 1",
        "Editor",
        "2024:01:02 03:04:05",
    )
    exif.get_ifd(0x8769)[0x9003] = "2024:01:01 00:00:00"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)
    jpeg = probe(
        written(
            tmp_path, picture_bytes(quadrants(16, 16), "JPEG", exif=exif, xmp=b"<x>edited</x>", comment=b"hi")
        )
    ).metadata
    assert jpeg["exif.Make"] == "Maker"
    assert jpeg["exif.Model"] == "Model 1"
    assert jpeg["exif.Software"] == "Editor"
    assert jpeg["exif.DateTime"] == "2024:01:02 03:04:05"
    assert jpeg["exif.DateTimeOriginal"] == "2024:01:01 00:00:00"
    assert jpeg["xmp"] == "<x>edited</x>"
    assert jpeg["comment"] == "hi"
    assert not any("gps" in key.lower() for key in jpeg)


def test_half_a_header_is_damaged(tmp_path: Path) -> None:
    with (
        pytest.raises(MediaError) as refused,
        open_media(written(tmp_path, b"\xff\xd8\xff\xe0" + b"\0" * 40)),
    ):
        pass
    assert refused.value.reason == "damaged"
