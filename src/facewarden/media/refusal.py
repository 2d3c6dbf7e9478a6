"""Refusals: why a file was not read, as a code in the decoding process and as a sentence in ours."""

from __future__ import annotations

from facewarden.errors import MediaError

REASONS = frozenset(
    {
        "not_found", "not_readable", "not_a_file", "empty", "not_media", "unsupported", "damaged",
        "too_many_bytes", "too_many_pixels", "too_long", "too_many_streams", "out_of_memory", "too_slow",
        "decoder_died",
    }
)  # fmt: skip


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """Raised where only the reason matters; crosses the process border as its code.

    Attributes:
        reason: one of `REASONS`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def media_error(refusal: Refusal) -> MediaError:
    """Return the error a user sees: the reason, and its sentence in English."""
    from facewarden.messages import say  # not in the decoding process, which says only the code

    return MediaError(say(f"error.{refusal.reason}"), reason=refusal.reason)
