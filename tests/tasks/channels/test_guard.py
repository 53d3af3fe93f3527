"""Which addresses may be called, in all the ways in which an address can be written."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from tasks.channels import NotDelivered
from tasks.channels.guard import Allowed, is_public

INSIDE = [
    "127.0.0.1", "127.1.2.3", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public_however_it_is_wrapped(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "localhost", "::1", "0"]
)
def test_every_way_of_writing_this_machine_is_refused_for_good(host: str) -> None:
    with pytest.raises(NotDelivered) as refused:
        Allowed().resolve(host, 80)
    assert refused.value.permanent


@pytest.mark.parametrize("host", ["x" * 64 + ".invalid", "a..invalid"])
def test_what_is_no_host_name_is_refused_for_good(host: str) -> None:
    with pytest.raises(NotDelivered) as refused:
        Allowed().resolve(host, 80)
    assert refused.value.permanent


def test_a_setting_allows_hosts_addresses_and_networks() -> None:
    allowed = Allowed.of("127.0.0.0/8, 10.2.3.4 ,Gateway.Example,,fd00::/8")
    assert allowed.hosts == {"gateway.example"}
    assert allowed.resolve("127.5.5.5", 80) == ["127.5.5.5"]
    assert Allowed.of("localhost").resolve("LOCALHOST", 80)
    with pytest.raises(NotDelivered):
        allowed.resolve("10.2.3.5", 80)


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NotDelivered, match=r"10\.0\.0\.1"):
        Allowed().resolve("mixed.example", 80)
