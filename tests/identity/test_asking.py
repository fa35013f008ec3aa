"""Key sets asked for from real servers: where they are, and where nobody is ever sent."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import msgspec
import pytest
import trustme
from structlog.testing import capture_logs

from hub.errors import AddressRefused, Misconfigured, Unavailable
from hub.gateway.identity.asking import DISCOVERY, SETTING, Asking
from hub.gateway.identity.key_sets import KeySet
from hub.guard import Guard
from tests.identity.issuing import Site, ec, issuer, key_set, rsa, site
from tests.outbound.receivers import Trap, trap
from tests.outbound.test_guard import HOSTS, MALFORMED

KEYS = key_set(rsa(), ec())
HERE = Guard((ip_network("127.0.0.0/8"),))


@pytest.fixture(name="trap")
def _trap() -> Iterator[Trap]:
    with trap() as found:
        yield found


@pytest.fixture
def tls(monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """Of a server that this machine trusts."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with authority.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        yield context


async def asked(found: Site, guard: Guard = HERE, **own: Any) -> KeySet:
    return await Asking(issuer(found.address, **own), guard)()


def discovery(found: Site, keys_at: str, **own: Any) -> bytes:
    return msgspec.json.encode({"issuer": found.address, "jwks_uri": keys_at, **own})


async def test_a_key_set_is_where_operators_wrote_it() -> None:
    async with site() as found:
        found.pages["/jwks"] = KEYS
        assert len((await asked(found)).keys) == 2
    assert found.asked == ["/jwks"]


async def test_a_key_set_is_where_its_issuer_says(tls: ssl.SSLContext) -> None:
    async with site(tls) as found:
        found.pages[DISCOVERY] = discovery(found, f"{found.address}/here?v=1", more=[1])
        found.pages["/here?v=1"] = KEYS
        assert len((await asked(found, keys=None)).keys) == 2
    assert found.asked == [DISCOVERY, "/here?v=1"]


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
async def test_no_issuer_sends_the_hub_to(host: str, trap: Trap) -> None:
    async with site() as found:
        found.pages[DISCOVERY] = discovery(found, f"https://{host}:{trap.port}/jwks")
        with pytest.raises(AddressRefused, match=f"^{SETTING}: issuer .*, jwks_uri: "):
            await asked(found, Guard(), keys=None)
    assert trap.caught() == 0


@pytest.mark.parametrize("address", MALFORMED, ids=ascii)
async def test_no_issuer_sends_the_hub_to_what_is_written_as(address: str) -> None:
    async with site() as found:
        found.pages[DISCOVERY] = discovery(found, address)
        with pytest.raises(AddressRefused):
            await asked(found, Guard(), keys=None)
    assert found.asked == [DISCOVERY]


async def test_no_redirect_leads_further(trap: Trap) -> None:
    async with site() as found:
        found.pages["/jwks"], found.status = KEYS, 302
        with pytest.raises(Misconfigured, match="says 302"):
            await asked(found)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"issuer": "https://another.example"}, "of another issuer"),
        ({"issuer": None}, "no discovery document"),
        ({"jwks_uri": 7}, "no discovery document"),
    ],
)
async def test_a_discovery_document_is_that_of_its_issuer(own: dict[str, Any], told: str) -> None:
    async with site() as found:
        found.pages[DISCOVERY] = discovery(found, "https://login.example.nl/jwks", **own)
        with pytest.raises(Misconfigured, match=told):
            await asked(found, keys=None)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"keys": []}', b"<html>", b"x" * 300_000])
async def test_a_key_set_that_is_none_is_refused(body: bytes) -> None:
    async with site() as found:
        found.pages["/jwks"] = body
        with pytest.raises(Misconfigured, match=SETTING):
            await asked(found)


async def test_an_issuer_that_is_away_is_told_apart() -> None:
    async with site() as found:
        found.pages["/jwks"], found.status = KEYS, 503
        with pytest.raises(Unavailable, match="answers 503"):
            await asked(found)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await asked(found)


async def test_who_has_no_certificate_that_is_trusted_is_not_asked(tls: ssl.SSLContext) -> None:
    other = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(other)
    async with site(other) as found:
        found.pages["/jwks"] = KEYS
        with pytest.raises(Misconfigured, match="certificate is not trusted"):
            await asked(found)
    assert found.asked == []


async def test_operators_read_in_the_log_where_an_issuer_would_have_led(trap: Trap) -> None:
    async with site() as found:
        found.pages[DISCOVERY] = discovery(found, f"https://localhost:{trap.port}/jwks")
        with capture_logs() as logs, pytest.raises(AddressRefused):
            await asked(found, Guard(), keys=None)
    [line] = logs
    assert (line["reason"], line["host"]) == ("loopback", "localhost")
    assert str(line["where"]).endswith("jwks_uri")
