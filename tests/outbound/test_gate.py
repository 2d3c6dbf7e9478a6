"""Who may be connected to."""

from __future__ import annotations

import ipaddress

import pytest

from facewarden.errors import OutboundError, UsageError
from facewarden.outbound.gate import Gate, host_names
from facewarden.outbound.place import place_of


def gate(*addresses: str, hosts: tuple[str, ...] | None = ("example.org",), private: bool = False) -> Gate:
    named = None if hosts is None else host_names(hosts)
    return Gate(named, private=private, resolve=lambda host, port: addresses)


def refusal(gate: Gate, url: str) -> str:
    with pytest.raises(OutboundError) as caught:
        gate.admit(place_of(url))
    return caught.value.reason


def test_a_name_is_resolved_and_its_addresses_are_handed_on() -> None:
    found = gate("93.184.215.14", "2606:4700::1").admit(place_of("https://example.org/"))
    assert found == (ipaddress.ip_address("93.184.215.14"), ipaddress.ip_address("2606:4700::1"))


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1", "fd00:ec2::254"]
)
def test_one_address_inside_is_enough_to_refuse(inside: str) -> None:
    for addresses in ((inside,), ("8.8.8.8", inside), (inside, "8.8.8.8")):
        for hosts in (("example.org",), None):
            assert refusal(gate(*addresses, hosts=hosts), "https://example.org/") == "not_public"
        assert gate(*addresses, private=True).admit(place_of("http://example.org/"))


@pytest.mark.parametrize(
    "url",
    [
        "https://other.org/", "https://example.org.evil.test/", "https://sub.example.org/", "https://8.8.8.8/",
        "http://example.org/", "https://example.org:8443/",
    ],
)  # fmt: skip
def test_what_was_not_named_is_not_connected_to(url: str) -> None:
    assert refusal(gate("8.8.8.8"), url) == "not_allowed"


def test_a_port_can_be_named() -> None:
    named = gate("8.8.8.8", hosts=("Example.org:8443",))
    assert named.admit(place_of("https://example.org:8443/"))
    assert refusal(named, "https://example.org/") == "not_allowed"


def test_a_name_without_an_address() -> None:
    def fails(host: str, port: int) -> tuple[str, ...]:
        raise OSError("no such name")

    assert refusal(Gate(None, resolve=fails), "https://example.org/") == "unreachable"
    assert refusal(gate(), "https://example.org/") == "unreachable"
    assert refusal(gate("nonsense"), "https://example.org/") == "unreachable"


@pytest.mark.parametrize("name", ["", "https://example.org", "*.example.org", "a@b", "exämple.org"])
def test_what_is_no_name_of_a_host(name: str) -> None:
    with pytest.raises(UsageError, match="no name of a host"):
        host_names([name])
