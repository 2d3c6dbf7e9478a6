"""Addresses that a person names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.cases.addresses import LONGEST, MOST, checked_url, checked_urls, defanged
from facewarden.errors import UsageError


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com:8080/a?b=c#d",
        "HTTPS://EXAMPLE.COM/",
        "https://例え.jp/שלום",
        "http://[2001:db8::1]/x",
        "http://192.0.2.1/",
        "https://t.me/c/1|2",
    ],
)
def test_addresses_of_the_web_pass_unchanged(url: str) -> None:
    assert checked_url(f"  {url}\n") == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "1 to"),
        ("https://e.com/" + "a" * LONGEST, "1 to"),
        ("javascript:alert(1)", "begins with http"),
        ("data:text/html,x", "begins with http"),
        ("file:///etc/passwd", "begins with http"),
        ("example.com/a", "begins with http"),
        ("https://", "no host"),
        ("https:///a", "no host"),
        ("https://[::1/a", "no address"),
        ("https://e.com:99999999/", "no address"),
        ("https://user:pw@e.com/", "name or password"),
        ("https://e.com/a b", "cannot be seen"),
        ("https://e.com/\u202egpj", "cannot be seen"),
        ("https://e.com/\x1b[31m", "cannot be seen"),
        ("https://e.com/\u200b", "cannot be seen"),
        ("https://e.com/a\nhttps://f.com", "cannot be seen"),
    ],
)
def test_anything_else_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        checked_url(url)


@given(st.text(max_size=80))
def test_nothing_that_passes_can_break_a_line_or_turn_it(text: str) -> None:
    try:
        url = checked_url("https://e.com/" + text)
    except UsageError:
        return
    assert url.isprintable()
    assert " " not in url


def test_each_address_once_and_not_without_end() -> None:
    assert checked_urls(["https://b.c", "https://a.b", "https://b.c"]) == ("https://b.c", "https://a.b")
    with pytest.raises(UsageError, match=str(MOST)):
        checked_urls([f"https://e.com/{index}" for index in range(MOST + 1)])


def test_a_defanged_address_is_no_link_and_can_be_read_back() -> None:
    for url in ("https://a.example.com/b.html?c=d.e", "HTTP://x.y"):
        text = defanged(url)
        assert "http" not in text
        assert text.replace("hxxp", "http").replace("[.]", ".") == url.replace("HTTP", "http")
