"""Which addresses may be called: public ones, and those a setting names. Names are resolved first, then judged."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from tasks.channels import NotDelivered

Address = IPv4Address | IPv6Address
# IPv6 addresses that mean an IPv4 address in their last four bytes, beside those ipaddress knows of: RFC 4291, 6052.
_WITH_IPV4 = (IPv6Network("::/96"), IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_NEVER = (IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"))  # local translation, site-local


@dataclass(frozen=True)
class Allowed:
    """Hosts and networks that may be called although they are not public: a city's own gateways."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, text: str) -> Allowed:
        """``10.20.0.0/16, gateway.example``: an address, a network or a name, parted by commas."""
        hosts: set[str] = set()
        networks: list[IPv4Network | IPv6Network] = []
        for item in filter(None, (part.strip() for part in text.split(","))):
            try:
                networks.append(ip_network(item))
            except ValueError:
                hosts.add(item.lower())
        return cls(frozenset(hosts), tuple(networks))

    def resolve(self, host: str, port: int) -> list[str]:
        """The addresses of a host. NotDelivered when one of them may not be called; socket.gaierror."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as error:
            raise NotDelivered(f"{host[:100]!r} 不是主机名 (not a host name)", permanent=True) from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if host.lower() not in self.hosts:
            for address in addresses:
                self._check(host, ip_address(address))
        return addresses

    def _check(self, host: str, address: Address) -> None:
        if not (is_public(address) or any(address in network for network in self.networks)):
            raise NotDelivered(f"{host} 是内部地址 {address},不允许访问 (not a public address)", permanent=True)


def is_public(address: Address) -> bool:
    """Whether it is an address of the open internet, also when it is wrapped in another."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if any(address in network for network in _NEVER):
        return False
    inner = [IPv4Address(address.packed[-4:])] if any(address in network for network in _WITH_IPV4) else []
    inner += [each for each in (address.sixtofour, *(address.teredo or ())) if each is not None]
    outer = bool(address.ipv4_mapped) or address.is_global
    return outer and not address.is_multicast and all(map(is_public, inner))
