"""Pictures and animated pictures, decoded with Pillow. Runs in the decoding process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image, ImageFile

from facewarden.media.canvas import Canvas
from facewarden.media.exif import describe, orientation_of
from facewarden.media.pace import pace_of
from facewarden.media.refusal import Refusal
from facewarden.media.wire import Kind, Outlet

FORMATS = {
    "jpeg": ("JPEG",), "png": ("PNG",), "webp": ("WEBP",), "gif": ("GIF",), "bmp": ("BMP",),
    "tiff": ("TIFF",), "heif": ("HEIF",), "avif": ("AVIF",),
}  # fmt: skip
CODECS = {"heif": "hevc", "avif": "av1"}
PIXEL_FORMATS = {
    "1": "monob", "L": "gray", "LA": "ya8", "P": "pal8", "PA": "pal8", "RGB": "rgb24", "RGBA": "rgba",
    "CMYK": "cmyk", "YCbCr": "yuv444p", "I;16": "gray16le", "I;16B": "gray16be",
    "I": "gray32", "F": "grayf32",
}  # fmt: skip
ROTATIONS = {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}
SHORTEST_STEP_S = 0.011
COMMON_STEP_S = 0.1
HALF_READ = ("jpeg", "webp", "png", "tiff", "bmp")


def decode(file: BinaryIO, order: dict[str, Any], outlet: Outlet) -> None:
    """Send facts, then one frame (photo) or the frames of an animation."""
    try:
        _decode(file, order, outlet)
    except (Refusal, MemoryError, BrokenPipeError):
        raise
    except Exception as error:  # a hostile file can make Pillow raise anything
        raise Refusal("damaged") from error


def _decode(file: BinaryIO, order: dict[str, Any], outlet: Outlet) -> None:
    container, limits = order["container"], order["limits"]
    Image.MAX_IMAGE_PIXELS = None  # our own limits say why and hold for every format
    if container == "heif":
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 2
        pillow_heif.register_heif_opener(thumbnails=False)
    image = Image.open(file, formats=FORMATS[container])
    width, height = image.size
    _check_size(width, height, limits, clip=False)
    moving = container in ("gif", "png", "webp", "avif") and bool(getattr(image, "is_animated", False))
    if moving:
        _check_size(width, height, limits, clip=True)
    orientation = 1 if moving else orientation_of(image)
    # Pillow turns TIFF by itself when it loads it, and its size says so beforehand.
    turn = 1 if container == "tiff" else orientation
    if turn >= 5:
        width, height = height, width
    facts = {
        "kind": "clip" if moving else "photo",
        "container": container,
        "codec": CODECS.get(container, container),
        "width": width,
        "height": height,
        "frame_count": getattr(image, "n_frames", None) if moving and container != "gif" else None,
        "pixel_format": _pixel_format(image),
        "rotation_deg": ROTATIONS.get(orientation, 0),
        "has_alpha": image.has_transparency_data,
        "metadata": describe(image),
    }
    if facts["frame_count"] is not None and facts["frame_count"] < 1:
        raise Refusal("damaged")
    outlet.json(Kind.FACTS, facts | {"scale": 1.0})
    if order["facts_only"]:
        return
    if moving:
        outlet.json(Kind.END, _send_animation(image, file, order, outlet))
    else:
        warnings = _load(image, container)
        Canvas(image, orientation=turn).send(outlet, index=0, time_s=0.0, fraction=1.0)
        outlet.json(Kind.END, {"warnings": warnings, "duration_s": 0.0, "frame_count": 1}, fraction=1.0)


def _check_size(width: int, height: int, limits: dict[str, Any], *, clip: bool) -> None:
    if width < 1 or height < 1:
        raise Refusal("damaged")
    most = limits["max_clip_pixels" if clip else "max_photo_pixels"]
    if width * height > most or max(width, height) > limits["max_side"]:
        raise Refusal("too_many_pixels")


def _load(image: Image.Image, container: str) -> list[str]:
    try:
        image.load()
    except (OSError, SyntaxError, ValueError):
        # A download that broke off still shows what arrived.
        if container not in HALF_READ:
            raise
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        image.load()
        return ["damaged_tail"]
    return []


def _pixel_format(image: Image.Image) -> str:
    if image.format in ("JPEG", "MPO") and image.mode == "RGB":
        from PIL import JpegImagePlugin

        sampling = JpegImagePlugin.get_sampling(image)
        return {0: "yuvj444p", 1: "yuvj422p", 2: "yuvj420p"}.get(sampling, "rgb24")
    return PIXEL_FORMATS.get(image.mode, image.mode.lower())


def _send_animation(
    image: Image.Image, file: BinaryIO, order: dict[str, Any], outlet: Outlet
) -> dict[str, Any]:
    limit_s = order["limits"]["max_duration_s"]
    size_bytes, count = order["size_bytes"], getattr(image, "n_frames", 0) if image.format != "GIF" else 0
    pace, warnings, time_s, seen = pace_of(order), [], 0.0, 0
    steps = _steps(image)
    while True:
        try:
            index, step_s = next(steps)
        except StopIteration:
            break
        except Exception:
            if pace.delivered == 0:
                raise
            warnings.append("damaged_tail")
            break
        if time_s > limit_s:
            warnings.append("truncated_at_limit")
            break
        fraction = (index + 1) / count if count else min(1.0, file.tell() / size_bytes)
        if pace.wants(time_s):
            Canvas(image, orientation=1).send(outlet, index=index, time_s=time_s, fraction=fraction)
        elif index % 64 == 0:
            outlet.beat(min(1.0, fraction))
        time_s += step_s
        seen = index + 1
    return {"warnings": warnings, "duration_s": time_s, "frame_count": seen}


def _steps(image: Image.Image) -> Iterator[tuple[int, float]]:
    """Move `image` through its frames; yields (index, seconds that it is shown)."""
    index = 0
    while True:
        try:
            image.seek(index)
        except EOFError:
            return
        image.load()
        step_s = float(image.info.get("duration") or 0.0) / 1000.0
        # Browsers show frames of 10 ms and less for 100 ms, and files are made to look right there.
        yield index, step_s if step_s >= SHORTEST_STEP_S else COMMON_STEP_S
        index += 1
