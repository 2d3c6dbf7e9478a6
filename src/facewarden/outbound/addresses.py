"""Which addresses lie in the public network. All others are somebody's inside."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NEVER: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = (
    ipaddress.ip_network("168.63.129.16/32"),  # the host of a virtual machine at Azure; it looks public
    ipaddress.ip_network("192.0.0.0/24"),  # for protocols; one cloud keeps its metadata there
    ipaddress.ip_network("192.88.99.0/24"),  # relays of 6to4, given up
    ipaddress.ip_network("::/96"),  # IPv4 in an old spelling, unspecified, loopback
    ipaddress.ip_network("64:ff9b:1::/48"),  # translation within a network
    ipaddress.ip_network("fec0::/10"),  # site-local, given up
    ipaddress.ip_network("5f00::/16"),  # segment routing
    ipaddress.ip_network("3fff::/20"),  # documentation
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether `address`, and each IPv4 address within it, is one of the public network and of one host."""
    return all(_is_public(each) for each in (address, *_within(address)))


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None or address in _NAT64:
            return True  # what lies within decides
    barred = any(address.version == network.version and address in network for network in _NEVER)
    return address.is_global and not address.is_multicast and not address.is_reserved and not barred


def _within(address: Address) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            yield address.ipv4_mapped
        if address.sixtofour is not None:
            yield address.sixtofour
        if address.teredo is not None:
            yield from address.teredo
        if address in _NAT64:
            yield ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
