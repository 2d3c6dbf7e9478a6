"""Which container the first bytes of a file announce. Names of files are never believed."""

from __future__ import annotations

PICTURES = frozenset({"jpeg", "png", "webp", "gif", "bmp", "tiff", "heif", "avif"})
CLIPS = frozenset({"mp4", "mov", "matroska", "webm", "avi", "heif-sequence"})

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"II+\x00", "tiff"),
    (0, b"MM\x00+", "tiff"),
)
_OTHERS: tuple[tuple[int, bytes], ...] = (
    (0, b"%PDF"), (0, b"8BPS"), (0, b"\xff\x0a"), (0, b"\x00\x00\x00\x0cJXL "), (0, b"\x00\x00\x00\x0cjP  "),
    (0, b"FLV\x01"), (0, b"OggS"), (0, b"0&\xb2u\x8ef\xcf\x11"), (0, b"\x00\x00\x01\xba"),
    (0, b"\x00\x00\x01\xb3"), (0, b".RMF"), (0, b"ID3"), (0, b"fLaC"), (0, b"\x00\x00\x01\x00"), (0, b"<svg"),
)  # fmt: skip
_SEQUENCE_BRANDS = (b"msf1", b"hevc", b"hevx")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"miaf")
_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def container_of(head: bytes) -> str | None:
    """Return the container, ``other`` for known kinds that we do not read, or None for anything else.

    Args:
        head: the first bytes of the file, ideally 4096.
    """
    for offset, magic, name in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return name
    if head[:2] == b"BM" and len(head) >= 18 and head[14:18] in _BMP_HEADERS:
        return "bmp"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"AVI ": "avi"}.get(head[8:12], "other")
    if head[:4] == b"\x1aE\xdf\xa3":
        return "webm" if b"webm" in head[:64] else "matroska"
    if head[4:8] == b"ftyp":
        return _iso_container(head)
    if head[4:8] in _ATOMS:
        return "mov"
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "other"
    return "other" if any(head[at : at + len(magic)] == magic for at, magic in _OTHERS) else None


_BMP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 16, 40, 52, 56, 64, 108, 124))


def _iso_container(head: bytes) -> str:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    major, brands = head[8:12], {head[at : at + 4] for at in range(8, max(12, length), 4)}
    if major in (b"avif", b"avis"):
        return "avif"
    if major in _SEQUENCE_BRANDS:
        return "heif-sequence"
    if major in _HEIF_BRANDS:
        return "avif" if brands & {b"avif", b"avis"} else "heif"
    return "mov" if major == b"qt  " else "mp4"
