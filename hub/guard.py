"""Which addresses that a party supplies may be called: those that the whole internet can reach.

Owns the rule, for a URL as it was written and for an address that a name led to. It opens nothing
and asks no name: `hub.guarded` does, and asks here before each connection. The tables are the
special-purpose registries of IANA (RFC 6890) and what clouds answer their own machines on; they
stand here, and not in `ipaddress`, because that one says something else in each release of Python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final, TypeAlias

from msgspec import Struct

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

HTTPS_PORT: Final = 443
FIRST_FREE_PORT: Final = 1024  # below it other services of a machine listen
_LAST_PORT: Final = 65_535
_LONGEST_URL: Final = 2048
_LONGEST_NAME: Final = 253


class Why(StrEnum):
    """Why an address is not called. For the log of operators; towards a party all that a name leads
    to is one and the same: else it could map our network by asking."""

    FORM = "form"
    PORT = "port"
    UNKNOWN = "unknown name"
    ZONE = "zone"
    UNSPECIFIED = "unspecified"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    METADATA = "metadata service"
    PRIVATE = "private"
    SHARED = "shared by a provider"
    MULTICAST = "multicast"
    RESERVED = "reserved"
    EMBEDDED = "embeds another address"


_IN_WORDS: Final[Mapping[Why, str]] = {
    Why.FORM: "write a URL like https://receiver.example/path: https, a host name in full, "
    "no user, no fragment",
    Why.PORT: f"write port {HTTPS_PORT}, or one from {FIRST_FREE_PORT} on",
}
_NOT_CALLED: Final = (
    "it leads to no address that the hub may call; write a host that the whole internet can reach, "
    "or ask the operators of the hub to allow its network"
)


def in_words(why: Why) -> str:
    """What to do, for who wrote the address. It tells nothing of what a name led to."""
    return _IN_WORDS.get(why, _NOT_CALLED)


def _networks(texts: str) -> tuple[Network, ...]:
    return tuple(map(ip_network, texts.split()))


# No receiver lives here, and what does answer must never: no setting opens these.
_NEVER: Final[Mapping[Why, tuple[Network, ...]]] = {
    # Who calls 0.0.0.0 or :: on Linux reaches the machine itself.
    Why.UNSPECIFIED: _networks("0.0.0.0/8 ::/128"),
    Why.LINK_LOCAL: _networks("169.254.0.0/16 fe80::/10"),
    # Most clouds answer on 169.254.169.254. The others: Alibaba, Azure, Oracle, AWS, Google.
    Why.METADATA: _networks(
        "100.100.100.200/32 168.63.129.16/32 192.0.0.192/32 fd00:ec2::/32 fd20:ce::/64"
    ),
    Why.MULTICAST: _networks("224.0.0.0/4 ff00::/8"),
    Why.RESERVED: _networks("255.255.255.255/32"),
    # Mapped, translated, NAT64 for local use, Teredo, 6to4: another way to write an IPv4 address
    # that has a way of its own.
    Why.EMBEDDED: _networks("::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b:1::/48 2001::/32 2002::/16"),
}

# Closed, unless the operators let one of their networks through.
_CLOSED: Final[Mapping[Why, tuple[Network, ...]]] = {
    Why.LOOPBACK: _networks("127.0.0.0/8 ::1/128"),
    Why.PRIVATE: _networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"),
    Why.SHARED: _networks("100.64.0.0/10"),
    # Protocols, documentation, benchmarks, the relays of 6to4, and what is kept for later.
    Why.RESERVED: _networks(
        "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
        "240.0.0.0/4 2001::/23 2001:db8::/32 3fff::/20"
    ),
}

# Where a network has IPv6 only, names of IPv4 hosts lead here (RFC 6147). Only what is public may
# be written in it (RFC 6052), so no setting opens the rest.
_NAT64: Final = IPv6Network("64:ff9b::/96")
# All of IPv6 that has been given out. The rest is refused without being listed: what was once
# site-local, what only looks like an IPv4 address, what is not used yet.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")


class Guard(Struct, frozen=True):
    """The rule of one deployment: `allowed` are the networks that its operators let through."""

    allowed: tuple[Network, ...] = ()

    def why_refused(self, address: Address) -> Why | None:
        """Why this address is not called; None: it may be."""
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            return Why.ZONE
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
            return None if Guard().why_refused(inner) is None else Why.EMBEDDED
        never = _found(address, _NEVER)
        if never is not None or any(address in network for network in self.allowed):
            return never
        closed = _found(address, _CLOSED)
        if closed is None and isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
            return Why.RESERVED
        return closed

    def why_url_refused(self, text: str) -> Why | None:
        """Why a URL is not called as it was written; None: it may be, as far as one can see before
        its name is resolved."""
        match = _URL.fullmatch(text)
        if match is None or len(text) > _LONGEST_URL:
            return Why.FORM
        host, port = match["host"], match["port"]
        if port is not None and not may_be_port(int(port)):
            return Why.PORT
        try:
            address = literal(host.removeprefix("[").removesuffix("]"))
        except ValueError:
            return Why.FORM
        if address is not None:
            return self.why_refused(address)
        return None if _is_name(host) else Why.FORM


def may_be_port(port: int) -> bool:
    return port == HTTPS_PORT or FIRST_FREE_PORT <= port <= _LAST_PORT


def literal(host: str) -> Address | None:
    """The address that a host is written as; None if it is a name.

    ValueError: a number in another way than four decimals, which some resolvers read as an address:
    2130706433, 0x7f.1, 0177.0.0.1, 127.1.
    """
    if ":" in host:
        return IPv6Address(host)
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return IPv4Address(host)
    return None


def _found(address: Address, table: Mapping[Why, tuple[Network, ...]]) -> Why | None:
    for why, networks in table.items():
        if any(address in network for network in networks):
            return why
    return None


def _is_name(host: str) -> bool:
    return len(host) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, host.split(".")))


# What is not in this grammar is refused, so two parsers cannot read it in two ways: a user (`@`), a
# backslash, a percent sign or a zone in the host, anything but ASCII, a fragment.
# ASCII: without it, ignoring case takes the long s of old print for an s.
_FLAGS: Final = re.ASCII | re.IGNORECASE
_URL: Final = re.compile(
    r"https://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:(?P<port>[0-9]{1,5}))?"
    r"""([/?][!"$-\[\]-~]*)?""",
    _FLAGS,
)
_LABEL: Final = re.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", _FLAGS)
_NUMBER: Final = re.compile("[0-9]+|0x[0-9a-f]*", _FLAGS)
