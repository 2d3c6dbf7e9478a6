from __future__ import annotations

import datetime as dt
import unicodedata
import zoneinfo

from hypothesis import given
from hypothesis import strategies as st

from facewarden.cases.wording import LONGEST, action_words, shown
from tests.cases.making import NOW, setting


@given(st.text(max_size=200))
def test_what_is_shown_neither_breaks_nor_turns_a_line(text: str) -> None:
    result = shown(text)
    assert len(result.splitlines()) <= 1
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Zl", "Zp") for c in result)
    assert not any(
        unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI") for c in result
    )


def test_it_is_cut_where_it_has_no_end() -> None:
    assert shown("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
    assert shown("a\n\n b\tc ") == "a b c"


def test_times_name_their_zone() -> None:
    assert setting().time(NOW) == "2026-11-26T14:00:00Z"
    assert setting(zone=zoneinfo.ZoneInfo("Asia/Seoul")).time(NOW) == "2026-11-26T23:00:00+09:00"
    assert setting(zone=dt.timezone(dt.timedelta(hours=-3))).time(NOW) == "2026-11-26T11:00:00-03:00"


def test_an_action_that_no_catalogue_knows_is_called_as_in_the_log() -> None:
    assert action_words("evidence.read", setting("ko")) == "증거 열람"
    assert action_words("something.new", setting()) == "something.new"
