"""Addresses on the web that a person names: checked before they stand in a letter, never opened."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import SplitResult, urlsplit

from facewarden.errors import UsageError

LONGEST = 2048
MOST = 200
_SCHEMES = ("http", "https")
_HOST = re.compile(r"[^\s/\\@:?#\[\]<>\"'`{}|^]+|[0-9a-f:.]+")


def checked_url(text: str) -> str:
    """`text` without blanks around it, when it is an address of the web.

    Raises:
        UsageError: it has another scheme, no host, a user or a password, a character that cannot be seen or that turns
            the direction of writing, or is too long.
    """
    url = text.strip()
    if not url or len(url) > LONGEST:
        raise UsageError(f"An address has 1 to {LONGEST:,} characters. Give the one of the page where it is.")
    if any(not _harmless(character) for character in url):
        raise UsageError(
            "The address holds a blank or a character that cannot be seen. Copy it once more from the browser."
        )
    parts = _split(url)
    if parts.scheme.lower() not in _SCHEMES:
        raise UsageError(f"An address begins with http:// or https://, but got {_shortened(url)}.")
    if "@" in parts.netloc:
        raise UsageError("The address holds a name or password before the host. Give it without them.")
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise UsageError(f"There is no host in {_shortened(url)}. Give the whole address.")
    return url


def checked_urls(texts: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Each address once, in the order given. Raises UsageError as `checked_url`, or for too many."""
    urls = tuple(dict.fromkeys(checked_url(text) for text in texts))
    if len(urls) > MOST:
        raise UsageError(f"A notice names {MOST} addresses at most. Make a second one for the others.")
    return urls


def defanged(url: str) -> str:
    """The address so that no program makes a link of it.

    >>> defanged("https://a.example.com/b.html?c=d.e")
    'hxxps://a[.]example[.]com/b[.]html?c=d[.]e'
    """
    scheme, separator, rest = url.partition("://")
    return f"{scheme.lower().replace('tt', 'xx')}{separator}{rest.replace('.', '[.]')}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"{_shortened(url)} is no address of the web. Give the whole address.") from error
    return parts


def _harmless(character: str) -> bool:
    # Format characters (Cf) hold the bidi controls and what takes no room at all; Z* are blanks.
    return unicodedata.category(character)[0] not in "CZ"


def _shortened(url: str) -> str:
    return url if len(url) <= 80 else url[:79] + "…"
