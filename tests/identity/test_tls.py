"""The gateway over TLS, by its real server: certificates of systems, directly and by a proxy."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from hub.errors import Misconfigured
from hub.gateway import tls
from hub.gateway.app import app
from hub.gateway.identity.caller import Need
from hub.gateway.identity.identities import Certified, Identities, Trait
from hub.gateway.identity.identity import Identity
from hub.gateway.server import Server, open_socket
from hub.settings import Listen, Settings
from tests.gateway.contract import Contract
from tests.gateway.desk import MAAS, WEERT, Desk, slug
from tests.identity.certifying import WEERT_OIN, Authority, Files, Made, files_in, forwarded
from tests.streams.world import signed

CA = Authority()
WEERTS = CA.certify(oin=WEERT_OIN)
MAASS = CA.certify(names=["koppeling.maas.example.nl"])
PROXY = CA.certify(names=["ingress.example.nl"])
KNOWN = (
    Certified(WEERT, Trait("oin", WEERT_OIN), "oin"),
    Certified(MAAS, Trait("name", "koppeling.maas.example.nl"), "name", frozenset({Need.PUBLISH})),
)


class Served:
    """A gateway over TLS, and clients with certificates."""

    def __init__(self, port: int, files: Files, folder: Path) -> None:
        self.port = port
        self.files = files
        self._folder = folder

    @asynccontextmanager
    async def client(self, made: Made | None = None) -> AsyncIterator[httpx.AsyncClient]:
        context = self.files.client(made, self._folder)
        hooks = {"response": [Contract().check]}
        base = f"https://127.0.0.1:{self.port}"
        async with httpx.AsyncClient(base_url=base, verify=context, event_hooks=hooks) as client:
            yield client

    async def get(self, made: Made | None = None, **request: Any) -> httpx.Response:
        async with self.client(made) as client:
            return await client.get("/v1/alerts", **request)


@asynccontextmanager
async def serving(
    desk: Desk, folder: Path, *proxies: Trait, authorities: tuple[Authority, ...] = (CA,)
) -> AsyncIterator[Served]:
    files = files_in(folder, *authorities)
    identity = Identity(Identities(certificates=KNOWN, proxies=proxies))
    gateway = replace(desk.hub.gateway(), identity=identity)
    settings = Settings(
        tls_certificate=files.certificate, tls_key=files.key, tls_client_ca=files.client_ca
    )
    listening = open_socket(Listen("127.0.0.1", 0))
    server = Server(app(gateway), listening, tls=tls.context_of(settings))
    working = asyncio.create_task(server.serve(desk.hub.stopping))
    try:
        yield Served(listening.getsockname()[1], files, folder)
    finally:
        desk.hub.stopping.set()
        await working


async def test_a_party_is_known_by_its_certificate(desk: Desk, tmp_path: Path) -> None:
    await desk.send(signed())
    await desk.wait_until("2024-06-01T00:00:00Z")
    async with serving(desk, tmp_path) as served:
        answer = await served.get(WEERTS)
        assert answer.status_code == 200
        assert answer.json()["alerts"] == await desk.alerts(WEERT)
        assert answer.json()["alerts"]


async def test_a_certificate_may_do_what_the_file_lets_it(desk: Desk, tmp_path: Path) -> None:
    async with serving(desk, tmp_path) as served, served.client(MAASS) as client:
        answer = await client.get("/v1/alerts")
        assert (answer.status_code, slug(answer)) == (403, "not-allowed")
        told = 'Bearer realm="seintje", error="insufficient_scope", scope="read"'
        assert answer.headers["www-authenticate"] == told
        headers = {"Content-Type": "application/cloudevents+json"}
        assert (await client.post("/v1/events", json=signed(), headers=headers)).status_code == 202


async def test_without_a_certificate_a_key_will_do(desk: Desk, tmp_path: Path) -> None:
    as_weert = {"Authorization": f"Bearer {desk.keys[WEERT]}"}
    as_maas = {"Authorization": f"Bearer {desk.keys[MAAS]}"}
    async with serving(desk, tmp_path) as served:
        assert (await served.get()).headers["www-authenticate"] == 'Bearer realm="seintje"'
        assert (await served.get(headers=as_weert)).status_code == 200
        assert (await served.get(WEERTS, headers=as_weert)).status_code == 200
        both = await served.get(WEERTS, headers=as_maas)
        assert (both.status_code, slug(both)) == (401, "unauthenticated")
        assert 'error="invalid_request"' in both.headers["www-authenticate"]
        # A good certificate does not make up for a wrong key.
        wrong = await served.get(WEERTS, headers={"Authorization": "Bearer sk_wrong"})
        assert wrong.status_code == 401
        # A certificate that says nothing here takes nothing away.
        nobodys = CA.certify(common="nobody")
        assert (await served.get(nobodys, headers=as_maas)).status_code == 200
        assert (await served.get(nobodys)).status_code == 401


async def test_who_is_signed_by_somebody_else_is_not_spoken_to(desk: Desk, tmp_path: Path) -> None:
    async with serving(desk, tmp_path) as served:
        forged = Authority().certify(oin=WEERT_OIN)
        with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
            await served.get(forged)
        ended = CA.certify(oin=WEERT_OIN, ends=datetime.now(UTC) - timedelta(hours=1))
        with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
            await served.get(ended)
        assert (await served.get(WEERTS)).status_code == 200  # others are


async def test_a_certificate_is_not_taken_on_the_word_of_anybody(
    desk: Desk, tmp_path: Path
) -> None:
    async with serving(desk, tmp_path, Trait("name", "ingress.example.nl")) as served:
        for made in (None, MAASS, CA.certify(names=["ingress.example.com"])):
            answer = await served.get(made, headers=forwarded(WEERTS))
            assert answer.status_code in (401, 403)
        answer = await served.get(WEERTS, headers=forwarded(MAASS))
        assert answer.status_code == 200  # it is the one of the connection


async def test_a_proxy_is_taken_at_its_word(desk: Desk, tmp_path: Path) -> None:
    async with serving(desk, tmp_path, Trait("name", "ingress.example.nl")) as served:
        assert (await served.get(PROXY)).status_code == 401  # it is no party itself
        assert (await served.get(PROXY, headers=forwarded(WEERTS))).status_code == 200
        assert (await served.get(PROXY, headers=forwarded(MAASS))).status_code == 403
        twice = [*forwarded(WEERTS).items()] * 2
        unknown = [*forwarded(CA.certify(common="nobody")).items()]
        for headers, error, where in (
            (twice, "invalid_request", "header.Client-Cert"),
            ([("Client-Cert", "x")], "invalid_request", "header.Client-Cert"),
            (unknown, "invalid_token", "certificate"),
        ):
            answer = await served.get(PROXY, headers=headers)
            assert (answer.status_code, slug(answer)) == (401, "unauthenticated")
            assert f'error="{error}"' in answer.headers["www-authenticate"]
            assert [it["path"] for it in answer.json()["violations"]] == [where]


async def test_of_a_certificate_that_a_proxy_saw_the_time_is_ours_to_judge(
    desk: Desk, tmp_path: Path
) -> None:
    ended = CA.certify(oin=WEERT_OIN, ends=datetime.now(UTC) - timedelta(hours=1))
    async with serving(desk, tmp_path, Trait("name", "ingress.example.nl")) as served:
        answer = await served.get(PROXY, headers=forwarded(ended))
        assert answer.status_code == 401
        assert "a certificate that is valid now" in answer.headers["www-authenticate"]


async def test_a_proxy_may_be_known_by_its_network(desk: Desk, tmp_path: Path) -> None:
    here = Trait("network", ip_network("127.0.0.0/8"))
    async with serving(desk, tmp_path, here) as served:
        assert (await served.get(headers=forwarded(WEERTS))).status_code == 200
        # Its own certificate is the proxy's affair.
        assert (await served.get(WEERTS)).status_code == 401
        as_maas = {"Authorization": f"Bearer {desk.keys[MAAS]}"}
        assert (await served.get(headers=as_maas)).status_code == 200
        both = await served.get(headers=as_maas | forwarded(WEERTS))
        assert both.status_code == 401


async def test_each_request_of_a_connection_is_that_of_its_certificate(
    desk: Desk, tmp_path: Path
) -> None:
    async with (
        serving(desk, tmp_path) as served,
        served.client(WEERTS) as one,
        served.client(MAASS) as other,
    ):
        for _ in range(3):
            first, second = await asyncio.gather(one.get("/v1/alerts"), other.get("/v1/alerts"))
            assert (first.status_code, second.status_code) == (200, 403)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_older_tls_is_not_spoken(version: ssl.TLSVersion, desk: Desk, tmp_path: Path) -> None:
    async with serving(desk, tmp_path) as served:
        context = served.files.client()
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            context.minimum_version = context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", served.port, ssl=context)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_certificate_counts_over(
    version: ssl.TLSVersion, desk: Desk, tmp_path: Path
) -> None:
    async with serving(desk, tmp_path) as served:
        context = served.files.client(WEERTS, tmp_path)
        context.minimum_version = context.maximum_version = version
        base = f"https://127.0.0.1:{served.port}"
        async with httpx.AsyncClient(base_url=base, verify=context) as client:
            assert (await client.get("/v1/alerts")).status_code == 200


async def test_plain_http_gets_nothing_from_a_gateway_over_tls(desk: Desk, tmp_path: Path) -> None:
    async with serving(desk, tmp_path) as served, httpx.AsyncClient() as client:
        with pytest.raises(httpx.TransportError):
            await client.get(f"http://127.0.0.1:{served.port}/v1/alerts")


def settings_of(files: Files, **own: Any) -> Settings:
    usual: dict[str, Any] = {"tls_certificate": files.certificate, "tls_key": files.key}
    return Settings(**(usual | own))


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"tls_certificate": "gone"}, "SEINTJE_TLS_CERTIFICATE: .*gone cannot be read"),
        ({"tls_key": "gone"}, "SEINTJE_TLS_KEY: .*gone cannot be read"),
        ({"tls_key": "other.key"}, "SEINTJE_TLS_CERTIFICATE: .* do not make a pair"),
        ({"tls_key": None}, "SEINTJE_TLS_CERTIFICATE: .* do not make a pair"),
        ({"tls_key": "locked.key"}, "SEINTJE_TLS_CERTIFICATE: .* do not make a pair"),
        ({"tls_certificate": "clients.pem"}, "SEINTJE_TLS_CERTIFICATE: .* do not make a pair"),
        ({"tls_client_ca": "tls.key"}, "SEINTJE_TLS_CLIENT_CA: .* has no certificates"),
        ({"tls_client_ca": "gone"}, "SEINTJE_TLS_CLIENT_CA: .*gone cannot be read"),
        ({"tls_certificate": None}, "SEINTJE_TLS_KEY: it counts with TLS only"),
    ],
)
def test_files_that_do_not_fit_are_told(
    own: dict[str, str | None], told: str, tmp_path: Path
) -> None:
    files = files_in(tmp_path, CA)
    (tmp_path / "other.key").write_bytes(WEERTS.key_pem)
    (tmp_path / "locked.key").write_bytes(WEERTS.locked_pem)
    given = {name: None if it is None else tmp_path / it for name, it in own.items()}
    with pytest.raises(Misconfigured, match=told):
        tls.context_of(settings_of(files, **given))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_each_connection_proves_anew(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """Even for a client that would rather go on with what it proved before."""
    files = files_in(tmp_path, CA)
    ours = tls.context_of(settings_of(files, tls_client_ca=files.client_ca))
    assert ours is not None
    assert ours.minimum_version == ssl.TLSVersion.TLSv1_2
    theirs = files.client(WEERTS, tmp_path)
    theirs.minimum_version = theirs.maximum_version = version
    assert [resumed(ours, theirs) for _ in range(2)] == [False, False]
    ours.options &= ~ssl.OP_NO_TICKET
    ours.num_tickets = 2
    assert resumed(ours, theirs)  # so that the test can fail


def resumed(ours: ssl.SSLContext, theirs: ssl.SSLContext) -> bool:
    """Whether the second of two connections goes on with the session of the first."""
    session: ssl.SSLSession | None = None
    for _ in range(2):
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = ours.wrap_bio(to_server, to_client, server_side=True)
        client = theirs.wrap_bio(to_client, to_server, server_hostname="127.0.0.1", session=session)
        for _ in range(4):
            for side in (client, server):
                with suppress(ssl.SSLWantReadError):
                    side.do_handshake()
        server.write(b"a")
        assert client.read(1) == b"a"  # with it come the tickets
        assert server.getpeercert(binary_form=True) == WEERTS.der
        session = client.session
    return bool(server.session_reused)


def test_without_a_certificate_there_is_no_tls() -> None:
    assert tls.context_of(Settings()) is None
