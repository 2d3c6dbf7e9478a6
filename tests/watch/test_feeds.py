"""Feeds from a real server on this machine."""

from __future__ import annotations

import hashlib
import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from facewarden.errors import OutboundError, UsageError
from facewarden.outbound.gate import Gate, host_names
from facewarden.watch.feeds import Feeds
from facewarden.watch.session import FETCHED
from tests.outbound.servers import answer, serving
from tests.watch.desk import Desk, digests
from tests.watch.standing import picture

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Chat</title>
<item><title>one</title><enclosure url="{base}/a.jpg" type="image/jpeg" length="9"/></item>
<item><title>two</title><media:content url="{base}/b.jpg"/><enclosure url="{base}/a.jpg" type="image/jpeg" length="9"/>
<link>https://example.org/page</link></item>
<item><enclosure url="http://169.254.169.254/latest/meta-data" type="image/jpeg" length="9"/></item>
<item><enclosure url="file:///etc/passwd" type="image/jpeg" length="9"/></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Chat</title><entry><title>one</title>
<link rel="enclosure" href="{base}/a.jpg"/><link rel="alternate" href="{base}/page"/></entry></feed>"""
ENTITIES = "".join(f'<!ENTITY {name} "{f"&{chr(ord(name) - 1)};" * 10}">' for name in "bcdefghij")
BOMB = f"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]><rss version="2.0"><channel><item>
<enclosure url="&j;"/></item></channel></rss>"""
FILES = {"/a.jpg": picture("likely", "a"), "/b.jpg": picture("weak", "b")}


class Site:
    """A site with feeds and pictures, which remembers what it was asked for."""

    def __init__(self) -> None:
        self.base = ""
        self.asked: list[str] = []

    def __call__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.asked.append(handler.path)
        feeds = {
            "/rss": RSS.format(base=self.base),
            "/atom": ATOM.format(base=self.base),
            "/json": json.dumps([f"{self.base}/b.jpg", "https://evil.test/c.jpg", "nonsense"]),
            "/bomb": BOMB,
            "/object": "{}",
            "/deep": "[" * 100_000,
            "/page": "<html><body>hello</body></html>",
            "/long": "[" + " " * (5 << 20) + "]",
        }
        content = FILES.get(handler.path) or feeds.get(handler.path, "").encode()
        answer(handler, content, status=200 if content else 404)


def gate(*hosts: str) -> Gate:
    return Gate(host_names(hosts), private=True)


def listed(path: str) -> list[tuple[str, str]]:
    site = Site()
    with serving(site) as port:
        site.base = f"http://127.0.0.1:{port}"
        return list(Feeds([site.base + path], gate(f"127.0.0.1:{port}")).addresses())


@pytest.mark.parametrize(
    ("path", "names"), [("/rss", ["a.jpg", "b.jpg"]), ("/atom", ["a.jpg"]), ("/json", ["b.jpg"])]
)
def test_what_a_feed_names_of_allowed_hosts(path: str, names: list[str]) -> None:
    found = listed(path)
    assert [url.rpartition("/")[2] for url, _ in found] == names
    assert {source for _, source in found} == {"feed/127.0.0.1/127.0.0.1"}


@pytest.mark.parametrize("path", ["/bomb", "/object", "/deep", "/page", "/long", "/none"])
def test_a_feed_that_is_none_or_an_attack_gives_nothing(path: str) -> None:
    assert listed(path) == []


def test_hosts_must_be_named() -> None:
    for url in ("https://example.org/feed", "http://127.0.0.1/feed", "ftp://127.0.0.1/feed"):
        with pytest.raises(OutboundError):
            Feeds([url], Gate(host_names(["127.0.0.1"])))
    (feed,) = [Feeds(["https://127.0.0.1/feed"], Gate(host_names(["127.0.0.1"])))]
    assert list(feed.addresses()) == []  # named, but not public


def test_what_a_feed_names_is_judged_once_kept_as_evidence_and_deleted(desk: Desk) -> None:
    site = Site()
    with serving(site) as port:
        site.base = f"http://127.0.0.1:{port}"
        orders = {"folders": (), "feeds": (f"{site.base}/rss",), "gate": gate(f"127.0.0.1:{port}")}
        ran = desk.once(**orders)
        assert (ran.whole, ran.tallies.judged, ran.tallies.isolated) == (True, 2, 1)
        desk.once(**orders)
    assert sorted(site.asked) == ["/a.jpg", "/b.jpg", "/rss", "/rss"]
    assert digests(desk.journal()) == {hashlib.sha256(content).hexdigest(): 1 for content in FILES.values()}
    assert list(desk.held()) == [hashlib.sha256(FILES["/a.jpg"]).hexdigest()]
    assert desk.list("held")[0]["name"] == f"{site.base}/b.jpg"
    assert list((desk.state / FETCHED).iterdir()) == []


def test_what_is_gone_is_given_up_after_some_tries(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facewarden.watch.handling._FIRST_PAUSE_S", 0.0)
    site = Site()
    with serving(site) as port:
        site.base = f"http://127.0.0.1:{port}"
        monkeypatch.setitem(FILES, "/a.jpg", b"")
        ran = desk.once(folders=(), feeds=(f"{site.base}/rss",), gate=gate(f"127.0.0.1:{port}"))
    assert (ran.whole, ran.tallies.aside, ran.tallies.judged) == (True, 1, 1)
    assert [line["reason"] for line in desk.list("aside")] == ["refused"]


def test_a_feed_is_off_unless_hosts_are_named(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--allow-host"):
        desk.once(folders=(), feeds=("https://example.org/feed",))
