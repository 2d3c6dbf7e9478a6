"""One entry of a hash list, and the bounds that every list from outside must keep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from facewarden.errors import UsageError

MOST_BYTES = 256 << 20
MOST_SIGNALS = 2_000_000
MOST_NOTE = 200


class Kind(StrEnum):
    """What kind of hash a signal is."""

    PDQ = "pdq"
    VIDEO_MD5 = "video_md5"
    PHOTO_MD5 = "photo_md5"
    SHA256 = "sha256"


_LENGTHS = {Kind.PDQ: 64, Kind.VIDEO_MD5: 32, Kind.PHOTO_MD5: 32, Kind.SHA256: 64}
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Signal:
    """A hash that is exchanged.

    Attributes:
        kind: of the hash.
        value: lower-case hex digits.
        quality: of PDQ, 0 to 100; 100 where a list does not say.
        note: a free word, such as the case's number; never a name. At most 200 printable characters.
    """

    kind: Kind
    value: str
    quality: int = 100
    note: str = ""


def signal(kind: str, value: str, *, where: str, quality: str | int = 100, note: str = "") -> Signal:
    """A signal from the words of a list. Raises UsageError that says what is wrong `where`."""
    try:
        known = Kind(kind)
    except ValueError as error:
        raise UsageError(
            f"{where}: {_shown(kind)} is no kind of hash; there are {', '.join(Kind)}."
        ) from error
    lower = value.lower()
    if len(lower) != _LENGTHS[known] or not _HEX.fullmatch(lower):
        raise UsageError(
            f"{where}: {known} needs {_LENGTHS[known]} hex digits, but the list has {_shown(value)} "
            f"({len(value)} characters)."
        )
    # Python's int() takes more than digits: spaces, underscores, those of other scripts.
    text = str(quality)
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100):
        raise UsageError(f"{where}: the quality must be 0 to 100, but is {_shown(text)}.")
    if len(note) > MOST_NOTE or not note.isprintable():
        raise UsageError(f"{where}: the note must have at most {MOST_NOTE} printable characters.")
    return Signal(known, lower, int(text), note)


def checked_size(data: bytes, what: str) -> bytes:
    """The data itself. Raises UsageError where it is more than a list may be."""
    if len(data) > MOST_BYTES:
        raise UsageError(f"This {what} has more than the {MOST_BYTES >> 20} MiB of a list. Split it.")
    return data


def text_of(data: bytes, what: str) -> str:
    """The data as text. Raises UsageError where it is none, or too much."""
    try:
        text = checked_size(data, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"This {what} is no UTF-8 text (byte {error.start}); export it again.") from error
    if "\0" in text:
        raise UsageError(f"This {what} holds NUL characters; it is damaged or of another kind.")
    return text


def refuse_more(count: int, what: str) -> None:
    """Raise UsageError where a list goes on beyond `MOST_SIGNALS`."""
    if count > MOST_SIGNALS:
        raise UsageError(f"This {what} has more than {MOST_SIGNALS} entries. Split it.")


def _shown(text: str) -> str:
    """A little of what was found, safe for a terminal."""
    return ascii(text[:24]) + ("..." if len(text) > 24 else "")
