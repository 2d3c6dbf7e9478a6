"""In a process of its own: the addresses of pictures and clips that a feed names."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from facewarden.media.refusal import Refusal

JOB = "facewarden.watch.feed_job:addresses"


def addresses(file: BinaryIO, args: dict[str, Any]) -> list[str]:
    """At most ``args["most"]`` addresses in the feed's order: a JSON list of them, or enclosures of RSS or Atom."""
    content = file.read()
    found = _of_json(content) if content.lstrip()[:1] in (b"[", b"{") else list(_of_feed(content))
    return list(dict.fromkeys(found))[: int(args["most"])]


def _of_json(content: bytes) -> list[str]:
    try:
        listed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refusal("damaged") from error
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise Refusal("unsupported")
    return listed


def _of_feed(content: bytes) -> Iterator[str]:
    import feedparser

    # A stream: a text might be taken for an address, and fetched.
    feed = feedparser.parse(io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version"):
        raise Refusal("unsupported")
    for entry in feed.entries:
        for kind, field in (("enclosures", "href"), ("media_content", "url"), ("media_thumbnail", "url")):
            for one in entry.get(kind, ()):
                if isinstance(address := one.get(field), str) and address:
                    yield address
