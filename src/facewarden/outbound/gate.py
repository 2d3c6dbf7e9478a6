"""Who may be connected to. A name is resolved here, once, and only the addresses that were looked at are used."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from facewarden.errors import OutboundError, UsageError
from facewarden.outbound.addresses import Address, is_public
from facewarden.outbound.place import PORTS, Place

Resolver = Callable[[str, int], Iterable[str]]
"""From host and port to addresses in digits. Raises OSError."""


def system_resolver(host: str, port: int) -> Iterable[str]:
    """What the system knows of `host`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets through what was allowed.

    Attributes:
        hosts: ``host`` (usual ports only) or ``host:port``, lower case; None for any, where the address itself comes
            from whoever started the program.
        private: also addresses of the own network, and http.
        resolve: names to addresses.
    """

    hosts: frozenset[str] | None
    private: bool = False
    resolve: Resolver = system_resolver

    def admit(self, place: Place) -> tuple[Address, ...]:
        """The addresses to connect to, at least one.

        Raises:
            OutboundError: the place is not allowed (``not_allowed``), one of its addresses is not public
                (``not_public``), or it has none (``unreachable``).
        """
        self.named(place)
        try:
            found = tuple(ipaddress.ip_address(text) for text in self.resolve(place.host, place.port))
        except (OSError, UnicodeError, ValueError) as error:
            raise OutboundError(f"{place.host} was not found: {error}.", reason="unreachable") from error
        if not found:
            raise OutboundError(f"{place.host} was not found.", reason="unreachable")
        # One address inside is enough to refuse: who answers with both hopes for the other one.
        if not self.private and not all(is_public(address) for address in found):
            raise OutboundError(
                f"{place.host} is not connected to: it leads into a network that is not public.",
                reason="not_public",
            )
        return found

    def named(self, place: Place) -> None:
        """Raises OutboundError (``not_allowed``) unless the place was allowed by its name; nothing is looked up."""
        if place.scheme != "https" and not self.private:
            raise OutboundError(
                f"{place.host} is not connected to: only https is allowed.", reason="not_allowed"
            )
        if self.hosts is None or f"{place.host}:{place.port}" in self.hosts:
            return
        if place.port != PORTS[place.scheme] or place.host not in self.hosts:
            raise OutboundError(
                f"{place.authority} is not connected to: it was not allowed. Allow it by its name if you trust it.",
                reason="not_allowed",
            )


def host_names(names: Iterable[str]) -> frozenset[str]:
    """Names of hosts as the gate knows them. Raises UsageError for what is none."""
    found = set()
    for name in names:
        host = name.strip().lower()
        if not host or not host.isascii() or any(c in host for c in "/@*?# \\"):
            raise UsageError(
                f"{name!r} is no name of a host. Write it as in cdn.example.org or cdn.example.org:8443."
            )
        found.add(host)
    return frozenset(found)
