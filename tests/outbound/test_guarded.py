"""Calls over TLS to receivers that a party named: where they go, and where they no longer go."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from ipaddress import ip_network

import httpcore
import httpx
import pytest
import trustme

from hub.errors import AddressRefused, Bug, Misconfigured, Unavailable
from hub.guard import Guard
from hub.guarded import GuardedBackend, GuardedTransport, Names, Resolve
from hub.outbound import GivenBy, Limits, Outbound, Peer
from tests.outbound.receivers import Trap, answering, receiver, trap

SETTING = "subscription sub-1"
NAME = "receiver.example"
OURS = Guard((ip_network("127.0.0.0/8"),))
USUAL = Limits()


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def _trusted(ca: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine trusts the authority of the tests."""
    with ca.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        yield


@pytest.fixture(name="trap")
def _trap() -> Iterator[Trap]:
    with trap() as found:
        yield found


def to(
    port: int, resolve: Resolve, guard: Guard = OURS, limits: Limits = USUAL, path: str = "/hook"
) -> Outbound:
    backend = GuardedBackend(SETTING, guard, resolve)
    transport = GuardedTransport(backend, ssl.create_default_context())
    peer = Peer(SETTING, f"https://{NAME}:{port}{path}", GivenBy.PARTY)
    return Outbound(peer, limits, transport, guard)


class Dialled(httpcore.AsyncNetworkBackend):
    """A network where nobody listens; it tells who was called."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    async def connect_tcp(
        self, host: str, port: int, *_: object, **__: object
    ) -> httpcore.AsyncNetworkStream:
        self.hosts.append(host)
        raise httpcore.ConnectError


async def test_an_allowed_receiver_is_called_by_the_number_that_was_judged_and_proved_by_its_name(
    ca: trustme.CA,
) -> None:
    async with receiver(ca, NAME) as found, to(found.port, answering(["127.0.0.1"])) as out:
        assert (await out.call("POST", "", body={"a": 1})).status == 204
    assert found.names == [NAME]
    [request] = found.requests
    assert request.startswith(b"POST /hook HTTP/1.1\r\n")
    assert f"\r\nHost: {NAME}:{found.port}\r\n".encode() in request


async def test_without_anything_given_the_network_is_guarded(ca: trustme.CA) -> None:
    async with receiver(ca, "127.0.0.1") as found:
        peer = Peer(SETTING, f"https://127.0.0.1:{found.port}", GivenBy.PARTY)
        async with Outbound(peer, guard=OURS) as out:
            assert (await out.call("POST", "")).status == 204
        with pytest.raises(AddressRefused):
            Outbound(peer)
        peer = Peer(SETTING, f"https://localhost:{found.port}", GivenBy.PARTY)
        async with Outbound(peer) as out:
            with pytest.raises(AddressRefused):
                await out.call("POST", "")
    assert found.connections == 1


async def test_operators_may_write_any_address_of_theirs(ca: trustme.CA) -> None:
    async with receiver(ca, "localhost") as found:
        peer = Peer("SEINTJE_REGISTRY_URL", f"https://localhost:{found.port}", GivenBy.OPERATOR)
        async with Outbound(peer) as out:
            assert (await out.call("GET", "/config")).status == 204


async def test_who_has_a_certificate_for_another_name_is_not_spoken_to(ca: trustme.CA) -> None:
    async with (
        receiver(ca, "another.example", "127.0.0.1") as found,
        to(found.port, answering(["127.0.0.1"])) as out,
    ):
        with pytest.raises(Misconfigured, match="its certificate is not trusted"):
            await out.call("POST", "")
    assert found.requests == []


async def test_who_is_trusted_is_what_the_transport_was_told() -> None:
    other = trustme.CA()
    tls = ssl.create_default_context()
    other.configure_trust(tls)
    backend = GuardedBackend(SETTING, OURS, answering(["127.0.0.1"]))
    async with receiver(other, NAME) as found:
        peer = Peer(SETTING, f"https://{NAME}:{found.port}/", GivenBy.PARTY)
        async with Outbound(peer, transport=GuardedTransport(backend, tls)) as out:
            assert (await out.call("POST", "")).status == 204
        async with to(found.port, answering(["127.0.0.1"])) as out:
            with pytest.raises(Misconfigured, match="its certificate is not trusted"):
                await out.call("POST", "")


async def test_a_name_that_changes_after_the_look_does_not_change_where_the_call_goes(
    ca: trustme.CA, trap: Trap
) -> None:
    only = Guard((ip_network("127.0.0.2/32"),))
    changing = answering(["127.0.0.2"], ["127.0.0.1"])
    async with receiver(ca, NAME, host="127.0.0.2") as found:
        async with to(found.port, changing, only) as out:
            assert (await out.call("POST", "")).status == 204
            # the same connection: nobody is asked again
            assert (await out.call("POST", "")).status == 204
        assert found.connections == 1
    async with to(trap.port, changing, only) as out:
        with pytest.raises(AddressRefused):
            await out.call("POST", "")
    assert trap.caught() == 0


async def test_a_new_connection_is_a_new_look(ca: trustme.CA) -> None:
    only = Guard((ip_network("127.0.0.2/32"),))
    changing = answering(["127.0.0.2"], ["127.0.0.1"])
    closing = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
    async with (
        receiver(ca, NAME, answer=closing, host="127.0.0.2") as found,
        to(found.port, changing, only) as out,
    ):
        assert (await out.call("POST", "")).status == 204
        with pytest.raises(AddressRefused):
            await out.call("POST", "")
    assert found.connections == 1


async def test_what_is_dialled_is_a_number_and_never_the_name() -> None:
    network = Dialled()
    changing = answering(["9.9.9.9"], ["127.0.0.1"])
    backend = GuardedBackend(SETTING, Guard(), changing, network)
    with pytest.raises(httpcore.ConnectError):
        await backend.connect_tcp(NAME, 443, 1.0)
    assert network.hosts == ["9.9.9.9"]
    with pytest.raises(AddressRefused):
        await backend.connect_tcp(NAME, 443, 1.0)
    assert network.hosts == ["9.9.9.9"]


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param(["9.9.9.9", "127.0.0.1"], id="the good one first"),
        pytest.param(["127.0.0.1", "9.9.9.9"], id="the bad one first"),
        pytest.param(["9.9.9.9", "2620:fe::fe", "::1"], id="of the other kind"),
        pytest.param([*(f"9.9.9.{last}" for last in range(200)), "10.0.0.1"], id="far down"),
        pytest.param(["9.9.9.9", "fe80::1%eth0"], id="with a zone"),
    ],
)
async def test_one_address_inside_refuses_the_whole_name(addresses: Sequence[str]) -> None:
    network = Dialled()
    backend = GuardedBackend(SETTING, Guard(), answering(addresses), network)
    with pytest.raises(AddressRefused):
        await backend.connect_tcp(NAME, 443, 1.0)
    assert network.hosts == []


async def test_two_addresses_of_each_kind_get_their_turn() -> None:
    network = Dialled()
    known = ["2620:fe::1", "2620:fe::2", "2620:fe::3", "9.9.9.1", "9.9.9.1", "9.9.9.2", "9.9.9.3"]
    backend = GuardedBackend(SETTING, Guard(), answering(known), network)
    with pytest.raises(httpcore.ConnectError):
        await backend.connect_tcp(NAME, 443, None)
    assert network.hosts == ["2620:fe::1", "2620:fe::2", "9.9.9.1", "9.9.9.2"]


async def test_where_one_address_does_not_answer_the_next_one_does(ca: trustme.CA) -> None:
    async with (
        receiver(ca, NAME) as found,
        to(found.port, answering(["127.0.0.3", "127.0.0.1"])) as out,
    ):
        assert (await out.call("POST", "")).status == 204


async def test_no_redirect_leads_further(ca: trustme.CA, trap: Trap) -> None:
    away = (
        f"HTTP/1.1 307 Go\r\nlocation: https://127.0.0.1:{trap.port}/\r\ncontent-length: 0\r\n\r\n"
    )
    async with (
        receiver(ca, NAME, answer=away.encode()) as found,
        to(found.port, answering(["127.0.0.1"])) as out,
    ):
        assert (await out.call("POST", "")).status == 307
    assert trap.caught() == 0


async def test_no_proxy_of_the_environment_sees_the_call(
    ca: trustme.CA, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
    async with receiver(ca, "127.0.0.1") as found:
        peer = Peer(SETTING, f"https://127.0.0.1:{found.port}", GivenBy.PARTY)
        async with Outbound(peer, guard=OURS) as out:
            assert (await out.call("POST", "")).status == 204
    assert trap.caught() == 0


@pytest.mark.parametrize("path", ["https://{}/", "http://{}/", "https://u:p@{}/a", "HTTPS://{}"])
async def test_a_path_does_not_lead_away(path: str, trap: Trap) -> None:
    async with to(8443, answering(["9.9.9.9"])) as out:
        with pytest.raises(Bug, match=f"{SETTING}: a path led away"):
            await out.call("GET", path.format(f"127.0.0.1:{trap.port}"))
    assert trap.caught() == 0


async def test_nothing_but_https_goes_over_the_guarded_transport(trap: Trap) -> None:
    backend = GuardedBackend(SETTING, OURS, answering(["127.0.0.1"]))
    transport = GuardedTransport(backend, ssl.create_default_context())
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
        with pytest.raises(AddressRefused):
            await client.get(f"http://{NAME}:{trap.port}/")
    assert trap.caught() == 0


@pytest.mark.parametrize("path", ["", "/", "/hook", "/hook/", "/hook?token=a", "/a/?b=%2F#"[:-1]])
@pytest.mark.parametrize("given_by", GivenBy)
async def test_the_address_itself_is_called_as_it_was_written(path: str, given_by: GivenBy) -> None:
    seen: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(204)

    peer = Peer(SETTING, f"https://{NAME}{path}", given_by)
    async with Outbound(peer, transport=httpx.MockTransport(respond)) as out:
        await out.call("POST", "")
    assert seen == [f"https://{NAME}{path}"]


async def test_a_resolver_that_says_nothing_is_not_waited_for() -> None:
    silent = asyncio.Event()

    async def resolve(host: str, port: int) -> Sequence[str]:
        await silent.wait()
        return []

    async with to(8443, resolve, limits=Limits(connect=0.02)) as out:
        with pytest.raises(Unavailable, match="does not answer in time"):
            await out.call("POST", "")


async def test_a_slow_name_server_holds_up_its_own_party_only() -> None:
    over = threading.Event()

    def slow(*_: object) -> list[tuple[object, ...]]:
        over.wait()
        return []

    slow_one, other = Names(slow), Names()
    waiting = [asyncio.create_task(slow_one(NAME, 8443)) for _ in range(100)]
    try:
        assert set(await other("127.0.0.1", 8443)) == {"127.0.0.1"}
    finally:
        over.set()
        await asyncio.gather(*waiting)
        slow_one.close()
        other.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(
            socket.gaierror(socket.EAI_AGAIN, "a"), Unavailable, id="the resolver is away"
        ),
        pytest.param(socket.gaierror(socket.EAI_FAIL, "a"), Unavailable, id="the resolver fails"),
        pytest.param(socket.gaierror(socket.EAI_NONAME, "a"), AddressRefused, id="no such name"),
        pytest.param(UnicodeError("label too long"), AddressRefused, id="no name at all"),
    ],
)
async def test_a_name_that_is_not_resolved_is(error: Exception, kind: type[Exception]) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise error

    async with to(8443, resolve) as out:
        with pytest.raises(kind, match=SETTING):
            await out.call("POST", "")


def test_a_host_that_stands_for_nothing_is_told_as_that() -> None:
    with pytest.raises(Misconfigured, match=f"{SETTING}: write a URL"):
        Outbound(Peer(SETTING, "https://xn--a:8443/", GivenBy.PARTY))
