"""What is not called, whatever way it is written; and that the rule is the one of IANA."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import httpcore
import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from hub.errors import AddressRefused
from hub.guard import Address, Guard, Network, Why, in_words
from hub.guarded import GuardedBackend
from hub.outbound import GivenBy, Outbound, Peer
from tests.outbound.receivers import Trap, answering, numbers_only, trap

SETTING = "subscription sub-1"

CORPUS = tomllib.loads((Path(__file__).parent / "corpus.toml").read_text("utf-8"))
HOSTS: list[str] = [*CORPUS["ourselves"], *CORPUS["closed"], *CORPUS["misread"]]
MALFORMED: list[str] = [
    *CORPUS["malformed"],
    "https://" + "a." * 127 + "example",
    "https://" + "a" * 64 + ".example",
    "https://receiver.example/" + "a" * 2048,
]
EDGES: list[Network] = [ip_network(text) for text in CORPUS["edges"]]
EVERYTHING = Guard((ip_network("0.0.0.0/0"), ip_network("::/0")))


@pytest.fixture(name="trap")
def _trap() -> Iterator[Trap]:
    with trap() as found:
        yield found


async def call(address: str, guard: Guard) -> None:
    async with Outbound(Peer(SETTING, address, GivenBy.PARTY), guard=guard) as out:
        await out.call("POST", "", body={})


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
async def test_no_call_is_made_to(host: str, trap: Trap) -> None:
    with pytest.raises(AddressRefused, match=f"{SETTING}: (it leads to no|write a URL like)"):
        await call(f"https://{host}:{trap.port}/hook", Guard())
    assert trap.caught() == 0


def test_only_a_name_that_leads_to_this_machine_is_resolved_at_all() -> None:
    passed = [it for it in HOSTS if Guard().why_url_refused(f"https://{it}") is None]
    assert passed == ["localhost", "LOCALHOST"]


@pytest.mark.parametrize("address", MALFORMED, ids=ascii)
async def test_no_call_is_made_to_what_is_written_as(address: str) -> None:
    with pytest.raises(AddressRefused, match=f"{SETTING}: write "):
        await call(address, Guard())


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
async def test_who_comes_past_the_url_is_stopped_at_the_connection(host: str, trap: Trap) -> None:
    backend = GuardedBackend(SETTING, Guard(), numbers_only)
    with pytest.raises(AddressRefused, match=SETTING):
        await backend.connect_tcp(host.strip("[]"), trap.port, 1.0)
    assert trap.caught() == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0", "localhost"])
async def test_without_the_guard_this_machine_is_reached_by(host: str, trap: Trap) -> None:
    stream = await httpcore.AnyIOBackend().connect_tcp(host, trap.port, 5.0)
    await stream.aclose()
    assert trap.caught() >= 1


@pytest.mark.parametrize("network", EDGES[:-1], ids=str)
async def test_a_name_that_leads_to_a_special_network_is_not_called(
    network: Network, trap: Trap
) -> None:
    inside = str(network.network_address)
    backend = GuardedBackend(SETTING, Guard(), answering([inside]))
    with pytest.raises(AddressRefused):
        await backend.connect_tcp("receiver.example", trap.port, 1.0)


@pytest.mark.parametrize("port", [0, 1, 22, 25, 80, 442, 444, 1023, 65_536])
async def test_no_connection_is_made_to_port(port: int) -> None:
    backend = GuardedBackend(SETTING, Guard((ip_network("127.0.0.0/8"),)), numbers_only)
    with pytest.raises(AddressRefused, match=f"{SETTING}: write port 443, or one from 1024 on"):
        await backend.connect_tcp("127.0.0.1", port, 1.0)


@pytest.mark.parametrize("port", ["", ":443", ":1024", ":8443", ":65535"])
@pytest.mark.parametrize("rest", ["", "/", "/hook", "/a/../b?c=d&e=%20", "?a", "/(a)[b]'$!*,;:@"])
@pytest.mark.parametrize(
    "host",
    ["receiver.example", "Receiver.EXAMPLE", "xn--caf-dma.example", "a", "1a.2b", "3com.example",
     "9.9.9.9", "[2620:fe::fe]", "[64:ff9b::9.9.9.9]", "1.2.3.4.example", "0x7f.example"],
)  # fmt: skip
def test_an_ordinary_address_is_called(host: str, port: str, rest: str) -> None:
    assert Guard().why_url_refused(f"https://{host}{port}{rest}") is None
    assert Guard().why_url_refused(f"HTTPS://{host}{port}{rest}") is None


async def test_nobody_is_told_where_a_name_leads_but_the_operators() -> None:
    inside = [["10.1.2.3"], ["127.0.0.1"], ["fd00::7"], ["169.254.169.254"], ["9.9.9.9", "::1"], []]
    told = set()
    with capture_logs() as logged:
        for addresses in inside:
            backend = GuardedBackend(SETTING, Guard(), answering(addresses))
            with pytest.raises(AddressRefused) as caught:
                await backend.connect_tcp("db.example", 8443, 1.0)
            told.add(str(caught.value))
            assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert told == {
        "subscription sub-1: it leads to no address that the hub may call; write a host that the "
        "whole internet can reach, or ask the operators of the hub to allow its network"
    }
    assert [(it["reason"], it["resolved"]) for it in logged] == [
        ("private", "10.1.2.3"), ("loopback", "127.0.0.1"), ("private", "fd00::7"),
        ("link-local", "169.254.169.254"), ("loopback", "::1"), ("unknown name", None),
    ]  # fmt: skip
    assert {(it["where"], it["host"], it["port"]) for it in logged} == {
        (SETTING, "db.example", 8443)
    }


def test_of_what_was_written_wrong_operators_see_why_and_not_what() -> None:
    with capture_logs() as logged, pytest.raises(AddressRefused) as caught:
        Outbound(Peer(SETTING, "https://user:hunter2@10.1.2.3/", GivenBy.PARTY))
    assert [(it["where"], it["reason"]) for it in logged] == [(SETTING, "form")]
    assert "hunter2" not in f"{caught.value} {logged}"


@pytest.mark.parametrize("why", Why)
def test_what_to_do_tells_apart_only_what_the_party_itself_wrote(why: Why) -> None:
    own = {Why.FORM, Why.PORT}
    assert (in_words(why) != in_words(Why.UNKNOWN)) == (why in own)


# The rule once more, from what `ipaddress` knows, and what it lacks in one release or another.
ALSO_CLOSED: list[Network] = [
    ip_network(text)
    for text in (
        "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001::/23", "2002::/16", "3fff::/20",
    )
]  # fmt: skip
NAT64 = ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    if address in NAT64:
        return is_public(IPv4Address(address.packed[-4:]))
    if isinstance(address, IPv6Address):
        embedded = (address.ipv4_mapped, address.sixtofour, address.teredo)
        if any(embedded) or address.packed[0] >> 5 != 1:
            return False
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_link_local)
        and not (address.is_loopback or address.is_unspecified or address.is_private)
        and not any(address in network for network in ALSO_CLOSED)
    )


def near(network: Network) -> Iterator[Address]:
    kind = type(network.network_address)
    for number in (int(network.network_address), int(network.broadcast_address)):
        for at in (number - 1, number, number + 1):
            if 0 <= at < 1 << network.max_prefixlen:
                yield kind(at)


@pytest.mark.parametrize("network", EDGES, ids=str)
def test_at_the_edge_of_a_network_the_rule_is_that_of_iana(network: Network) -> None:
    for address in near(network):
        assert (Guard().why_refused(address) is None) == is_public(address), address


special = st.sampled_from(EDGES).flatmap(lambda network: st.ip_addresses(network=network))
addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), special)


@settings(deadline=None)
@given(addresses)
def test_for_any_address_the_rule_is_that_of_iana(address: Address) -> None:
    assert (Guard().why_refused(address) is None) == is_public(address)


@settings(deadline=None)
@given(addresses, st.integers(0, 128))
def test_allowing_a_network_opens_it_and_nothing_else(address: Address, length: int) -> None:
    length = min(length, address.max_prefixlen)
    network = ip_network((address, length), strict=False)
    guard = Guard((network,))
    for other in (*near(network), address):
        before, after = Guard().why_refused(other), guard.why_refused(other)
        assert after == (None if after is None else before)
        if other not in network:
            assert after == before


@pytest.mark.parametrize("text", CORPUS["never"])
def test_no_setting_opens(text: str) -> None:
    assert EVERYTHING.why_refused(ip_address(text)) is not None
    assert EVERYTHING.why_refused(ip_address("127.0.0.1")) is None
    assert EVERYTHING.why_refused(ip_address("::1")) is None


@settings(deadline=None)
@given(st.text("a1.-:@[]/\\%?#x0 \tf\u3002", max_size=24))
@example("receiver.example:8443/a?b")
@example("[2620:fe::fe]:8443")
def test_httpx_reads_an_address_as_the_guard_does(rest: str) -> None:
    text = f"https://{rest}"
    if EVERYTHING.why_url_refused(text) is None:
        url = httpx.URL(text)
        host = f"[{url.host}]" if ":" in url.host else url.host
        written = rest.partition("/")[0].partition("?")[0].lower()
        assert written in (host, f"{host}:{url.port or 443}")
        assert (url.scheme, url.userinfo, url.fragment) == ("https", b"", "")
