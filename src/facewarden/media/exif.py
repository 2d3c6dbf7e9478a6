"""EXIF, XMP and text tags of a picture opened by Pillow. Runs in the decoding process."""

from __future__ import annotations

import contextlib

from PIL import ExifTags, Image

from facewarden.media.metadata import Metadata

_CAMERA_IFD = 0x8769
_SKIPPED_TAGS = frozenset({0x8769, 0x8825, 0xA005, 0x927C, 0x02BC, 0x8773, 0x83BB, 0x014A})
_SKIPPED_INFO = frozenset(
    {"exif", "xmp", "icc_profile", "photoshop", "XML:com.adobe.xmp", "Raw profile type exif", "thumbnails"}
)
_TIFF_LAYOUT = range(0x0100, 0x0120)


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1..8; 1 where there is none or it makes no sense."""
    if image.format == "HEIF" or image.format == "AVIF":
        return 1  # both decoders have turned the picture already
    with contextlib.suppress(Exception):
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
        if isinstance(value, int) and 1 <= value <= 8:
            return value
    return 1


def describe(image: Image.Image) -> dict[str, str]:
    """Return the tags of the picture; broken blocks are left out, never an error."""
    metadata = Metadata()
    with contextlib.suppress(Exception):
        xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
        if not xmp and image.format == "TIFF":
            xmp = image.getexif().get(0x02BC)
        if xmp:
            metadata.add("xmp", xmp)
    with contextlib.suppress(Exception):
        exif = image.getexif()
        for ifd in (dict(exif), exif.get_ifd(_CAMERA_IFD)):
            for tag, value in ifd.items():
                layout = image.format == "TIFF" and tag in _TIFF_LAYOUT and isinstance(value, tuple)
                if tag not in _SKIPPED_TAGS and not layout:
                    metadata.add(f"exif.{ExifTags.TAGS.get(tag, f'0x{tag:04x}')}", _plain(value))
    for key, value in image.info.items():
        if isinstance(key, str) and key not in _SKIPPED_INFO and isinstance(value, str | bytes):
            if image.format == "PNG":
                metadata.add(f"text.{key}", value)
            elif key == "comment":
                metadata.add("comment", value)
    return metadata.tags


def _plain(value: object) -> object:
    # "ASCII\0\0\0" and its like in front of user comments say the coding, not the comment.
    if isinstance(value, bytes):
        if value[:8] in (b"ASCII\0\0\0", b"UNICODE\0"):
            return value[8:].replace(b"\0", b"")
        return value if b"\0" not in value.rstrip(b"\0") else f"{len(value)} bytes"
    return value
