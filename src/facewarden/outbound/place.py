"""An address on the web, taken apart strictly: what two programs could read in two ways is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from facewarden.errors import OutboundError

PORTS = {"https": 443, "http": 80}
_LONGEST = 4096
_PRINTABLE = re.compile(r"[!-~]+")
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes.

    Attributes:
        scheme: ``https`` or ``http``.
        host: lower case, ASCII; an IPv6 address without brackets.
        port: 1 to 65535.
        target: path and query, as the request line has them.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def place_of(url: str) -> Place:
    """Take `url` apart.

    Raises:
        OutboundError: it is none, or one that is not for us: another scheme, a user name, characters outside ASCII.
    """
    if len(url) > _LONGEST or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise _bad("it must have 1 to 4096 characters of ASCII, without spaces and backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _bad(str(error)) from error
    if parts.scheme not in PORTS:
        raise _bad("it must begin with https://")
    if "@" in parts.netloc:
        raise _bad("it must not hold a user name")
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host) or ".." in host:
        raise _bad("it must name a host in ASCII (xn--...)")
    if port == 0:
        raise _bad("port 0 is none")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port or PORTS[parts.scheme], target)


def followed(place: Place, location: str) -> Place:
    """Where a redirect leads: to the same host, port and scheme, or nowhere. Raises OutboundError."""
    there = place_of(urljoin(str(place), location))
    if (there.scheme, there.host, there.port) != (place.scheme, place.host, place.port):
        raise OutboundError(
            f"{place.host} redirects to another place, which is not followed.", reason="redirected"
        )
    return there


def _bad(why: str) -> OutboundError:
    return OutboundError(f"This is no address on the web that can be used: {why}.", reason="bad_address")
