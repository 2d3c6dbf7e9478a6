"""Fonts for the PDF, among those of the system: Chinese needs one, and none is small enough to bring along."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import UsageError

_FOLDERS = (
    "~/.local/share/fonts",
    "~/.fonts",
    "~/Library/Fonts",
    "/usr/local/share/fonts",
    "/usr/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
# Files by preference; in a collection the member whose name holds the word is taken, else the first.
_LATIN = (
    ("DejaVuSans.ttf", ""),
    ("NotoSans-Regular.ttf", ""),
    ("LiberationSans-Regular.ttf", ""),
    ("arial.ttf", ""),
)
_CHINESE = (
    ("NotoSansCJK-Regular.ttc", " SC"),
    ("NotoSansCJKsc-Regular.otf", ""),
    ("NotoSansSC-Regular.otf", ""),
    ("NotoSansSC-Regular.ttf", ""),
    ("SourceHanSansSC-Regular.otf", ""),
    ("SourceHanSansCN-Regular.otf", ""),
    ("wqy-microhei.ttc", ""),
    ("wqy-zenhei.ttc", ""),
    ("PingFang.ttc", " SC"),
    ("msyh.ttc", ""),
    ("DroidSansFallbackFull.ttf", ""),
)
_KOREAN = (
    ("NotoSansCJK-Regular.ttc", " KR"),
    ("NotoSansCJKkr-Regular.otf", ""),
    ("NotoSansKR-Regular.otf", ""),
    ("NotoSansKR-Regular.ttf", ""),
    ("SourceHanSansK-Regular.otf", ""),
    ("NanumGothic.ttf", ""),
    ("AppleSDGothicNeo.ttc", ""),
    ("malgun.ttf", ""),
    ("UnDotum.ttf", ""),
)
_WISHES = {
    "en": (_LATIN, _CHINESE, _KOREAN),
    "zh": (_CHINESE, _LATIN, _KOREAN),
    "ko": (_KOREAN, _LATIN, _CHINESE),
}
_NAMES = {"en": "Latin letters (such as DejaVu Sans)", "zh": "Chinese", "ko": "Korean"}


@dataclass(frozen=True, slots=True)
class Font:
    """A font file, and which of a collection's members."""

    path: Path
    member: int = 0


def fonts_for(language: str, chosen: Path | None = None, folders: Sequence[str] = _FOLDERS) -> Iterator[Font]:
    """The font of `language` first, then others for the characters that it lacks; each is looked for when asked for.

    Args:
        chosen: a font file that outranks those of the system.

    Raises:
        UsageError: there is none for the language, or `chosen` is none.
    """
    files = _files(folders)
    seen: set[Font] = set()
    if chosen is not None and not _is_font(chosen):
        raise UsageError(
            f"{chosen} is no font (TrueType, OpenType or a collection of them). Name another file."
        )
    for rank, wishes in enumerate(_WISHES[language]):
        font = Font(chosen) if chosen and rank == 0 else _first(wishes, files)
        if font is None and rank == 0:
            raise UsageError(
                f"No font for {_NAMES[language]} was found. Install one (on Debian: fonts-noto-cjk, "
                "fonts-dejavu-core), name a file with --font, or write HTML instead."
            )
        if font is not None and font not in seen:
            seen.add(font)
            yield font


def _is_font(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf")
    except OSError as error:
        raise UsageError(f"The font {path} cannot be read: {error.strerror or error}.") from error


def _first(wishes: Iterable[tuple[str, str]], files: dict[str, Path]) -> Font | None:
    for name, word in wishes:
        if (path := files.get(name.lower())) is not None:
            return Font(path, _member(path, word) if word else 0)
    return None


def _files(folders: Sequence[str]) -> dict[str, Path]:
    wanted = {name.lower() for wishes in (_LATIN, _CHINESE, _KOREAN) for name, _ in wishes}
    found: dict[str, Path] = {}
    for folder in folders:
        for place, _, names in os.walk(Path(folder).expanduser()):
            for name in names:
                if name.lower() in wanted:
                    found.setdefault(name.lower(), Path(place) / name)
    return found


def _member(path: Path, word: str) -> int:
    from fontTools.ttLib import TTCollection, TTLibError

    try:
        with TTCollection(path, lazy=True) as collection:
            for index, font in enumerate(collection.fonts):
                # "Noto Sans Mono CJK SC" is in the same file.
                name = font["name"].getDebugName(1) or ""
                if name.endswith(word) and "Mono" not in name:
                    return index
    except (OSError, TTLibError):
        return 0
    return 0
