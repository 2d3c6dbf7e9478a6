"""Where a line of Chinese may break: between any two characters, but for some before or after punctuation."""

from __future__ import annotations

from itertools import pairwise

ZERO_WIDTH_SPACE = "\u200b"
_NEVER_FIRST = frozenset("，。、；：？！）」』】》〉”’…—·％,.;:?!)]}%")
_NEVER_LAST = frozenset("（「『【《〈“‘([{$￥")


def breakable(text: str) -> str:
    """`text` with a zero-width space wherever Chinese may break and nothing else says so.

    >>> breakable("保管。（x）").replace(ZERO_WIDTH_SPACE, "|")
    '保|管。|（x）'
    """
    parts = [text[:1]]
    for before, after in pairwise(text):
        if _may_break(before, after):
            parts.append(ZERO_WIDTH_SPACE)
        parts.append(after)
    return "".join(parts)


def _may_break(before: str, after: str) -> bool:
    if before in _NEVER_LAST or after in _NEVER_FIRST or before.isspace() or after.isspace():
        return False
    return _chinese(before) or _chinese(after)


def _chinese(character: str) -> bool:
    return (
        "\u3000" <= character <= "\u30ff"
        or "\u4e00" <= character <= "\u9fff"
        or character in "，；：？！（）％"
    )
