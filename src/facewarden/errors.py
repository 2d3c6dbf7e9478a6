"""The exceptions of the package: one small family, each with a next step for the person who reads it.

Every error that a user can meet derives from `FacewardenError`. `reason` is a stable, machine-readable
code (it appears in reports as ``reason``); the message is a sentence that says what happened and what to do.
"""

from __future__ import annotations


class FacewardenError(Exception):
    """Base of every error that facewarden raises on purpose.

    Attributes:
        reason: stable code such as ``too_large`` or ``not_media``; safe to switch on.
    """

    reason = "error"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class UsageError(FacewardenError):
    """The caller asked for something that cannot be: a bad option, a missing file, an absent extra."""

    reason = "usage"


class StorageError(UsageError):
    """A file or folder of ours cannot be written or read: a full disk, a read-only or a missing folder."""

    reason = "storage"


class SealedError(FacewardenError):
    """What is encrypted stays shut; what kind of error says why."""

    reason = "sealed"


class WrongPassphraseError(SealedError):
    """The passphrase is not the one that the key was wrapped with."""

    reason = "wrong_passphrase"


class LostKeyError(SealedError):
    """There is no key: its file is gone, or its entry in the system's key ring is."""

    reason = "key_lost"


class TamperedError(SealedError):
    """A key, a sealed file or a signed record is not what was written: altered, cut short or damaged."""

    reason = "tampered"


class RateLimitedError(FacewardenError):
    """More was looked up than a store of people allows.

    Attributes:
        retry_s: seconds until the next lookup is allowed.
    """

    reason = "rate_limited"

    def __init__(self, message: str, *, retry_s: float) -> None:
        super().__init__(message)
        self.retry_s = retry_s


class MediaError(FacewardenError):
    """The file could not be read as a picture or a clip.

    Reasons: ``not_found``, ``not_readable``, ``not_a_file``, ``empty``, ``not_media``, ``unsupported``,
    ``damaged``, ``too_many_bytes``, ``too_many_pixels``, ``too_long``, ``too_many_streams``,
    ``out_of_memory``, ``too_slow``, ``decoder_died``. Each has its sentence as ``error.<reason>``.
    """

    reason = "not_media"


class ModelError(FacewardenError):
    """A model file is missing, has the wrong digest, or does not fit its card."""

    reason = "model"


class OutboundError(FacewardenError):
    """Nothing was sent to, or fetched from, another machine.

    Reasons: ``bad_address``, ``not_allowed``, ``not_public``, ``unreachable``, ``redirected``, ``refused``,
    ``too_large``, ``too_slow``.
    """

    reason = "unreachable"
