from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from facewarden.cases.views.breaking import ZERO_WIDTH_SPACE, breakable


def broken(text: str) -> str:
    return breakable(text).replace(ZERO_WIDTH_SPACE, "|")


def test_chinese_breaks_anywhere_but_at_punctuation() -> None:
    assert broken("文件，大小") == "文|件，|大|小"
    assert broken("（证据）。") == "（证|据）。"
    assert broken("用 SHA-256 摘要") == "用 SHA-256 摘|要"
    assert broken("用SHA") == "用|SHA"


def test_other_languages_break_at_their_blanks() -> None:
    for text in ("", "a", "a b-c", "삭제 요청서", "https://e.com/a?b=c"):
        assert breakable(text) == text


@given(st.text(max_size=40))
def test_nothing_is_lost(text: str) -> None:
    assert breakable(text).replace(ZERO_WIDTH_SPACE, "") == text.replace(ZERO_WIDTH_SPACE, "")
