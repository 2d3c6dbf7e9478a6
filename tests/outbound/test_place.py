"""Addresses on the web: one reading only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import OutboundError
from facewarden.outbound.place import Place, followed, place_of


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://Example.org", Place("https", "example.org", 443, "/")),
        ("https://example.org:8443/a/b?c=d#e", Place("https", "example.org", 8443, "/a/b?c=d")),
        ("http://[2001:db8::1]/x", Place("http", "2001:db8::1", 80, "/x")),
        ("https://127.1/", Place("https", "127.1", 443, "/")),
    ],
)
def test_taken_apart(url: str, place: Place) -> None:
    assert place_of(url) == place
    assert place_of(str(place)) == place


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "//example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://a/", "https://",
        "https://a@example.org/", "https://example.org@evil.test/", "https://example.org\\@evil.test/",
        "https://exam ple.org/", "https://example.org/\r\nHost: evil", "https://exämple.org/",
        "https://example.org:0/", "https://example.org:99999/", "https://example.org:x/", "https://[::1", "https://a..b/",
        "https://.example.org/", "https://example.org./", "https://-a/", "https://[fe80::1%25eth0]/",
        "https://" + "a" * 5000,
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(OutboundError) as caught:
        place_of(url)
    assert caught.value.reason == "bad_address"


@given(st.text())
def test_whatever_is_given_gives_a_place_or_an_error_of_ours(text: str) -> None:
    try:
        place = place_of(text)
    except OutboundError:
        return
    assert place_of(str(place)) == place


def test_redirects_stay_with_the_host() -> None:
    here = place_of("https://example.org/a/b")
    assert followed(here, "c?d") == place_of("https://example.org/a/c?d")
    assert followed(here, "https://example.org/e") == place_of("https://example.org/e")
    for location in ("https://evil.test/", "http://example.org/", "//evil.test/", "https://example.org:444/"):
        with pytest.raises(OutboundError) as caught:
            followed(here, location)
        assert caught.value.reason == "redirected"
