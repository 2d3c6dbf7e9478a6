"""What a file may cost: the bounds that are checked before and while it is decoded."""

from __future__ import annotations

from dataclasses import asdict, dataclass

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file. The defaults let every phone photo and an 8K clip of four hours through.

    Attributes:
        max_bytes: length of the file.
        max_photo_pixels: width times height of a photo.
        max_clip_pixels: width times height of a clip or an animated picture.
        max_side: longer side in pixels, photo or clip.
        max_duration_s: seconds. A clip that *claims* more is refused; one that claims less but goes on is cut
            there, with the warning ``truncated_at_limit``.
        max_streams: streams (picture, sound, subtitles...) in the container.
        memory_bytes: address space of the decoding process, where the system can limit it.
        max_wait_s: wall-clock seconds without a sign of life from the decoding process.
        max_start_cpu_s: processor seconds for opening the file and for a photo; a clip gets `cpu_per_s`
            more for each second of it that is reached.
        cpu_per_s: processor seconds granted for each second of a clip.
    """

    max_bytes: int = 2 * GIB
    max_photo_pixels: int = 100_000_000
    max_clip_pixels: int = 8192 * 4352
    max_side: int = 32_768
    max_duration_s: float = 4 * 3600.0
    max_streams: int = 64
    memory_bytes: int = 3 * GIB // 2
    max_wait_s: float = 30.0
    max_start_cpu_s: int = 60
    cpu_per_s: float = 20.0

    def as_order(self) -> dict[str, float]:
        """Return the limits as plain numbers, as the decoding process gets them."""
        return asdict(self)
