"""The handshake over a real connection, and tokens for receivers that want one: what is asked, and
that neither address leads where a party may not send us."""

from __future__ import annotations

import ssl
import tomllib
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Final

import msgspec
import pytest
import trustme

from hub.delivery.asking import Shown, asked
from hub.delivery.handshake import Consent, NoConsent
from hub.delivery.kept import Access, Kept
from hub.delivery.outcome import Outcome, Reason
from hub.delivery.sealing import Secrets, new_key
from hub.delivery.sender import Sender
from hub.delivery.signatures import Keyring
from hub.delivery.tokens import Token, fetched
from hub.delivery.way import Way
from hub.errors import AddressRefused
from hub.guard import Guard
from hub.outbound import Limits
from tests.delivery.delivering import Leaping
from tests.delivery.subscribing import NOW, SECOND_MS, subscribed
from tests.outbound.receivers import Trap, receiver, trap
from tests.wire.parties import ROOT

ORIGIN: Final = "hub.example"
CORPUS: Final = tomllib.loads((ROOT / "tests" / "outbound" / "corpus.toml").read_text("utf-8"))
CLOSED: Final = [
    f"https://{host}:{{port}}/"
    for kind in ("ourselves", "closed", "misread")
    for host in CORPUS[kind]
] + CORPUS["malformed"]
# A name in its form, that no name can be made of: it shows when somebody is to be called there.
CLOSED.append("https://xn--a.example/")
YES: Final = (
    b"HTTP/1.1 204 No Content\r\nwebhook-allowed-origin: hub.example\r\n"
    b"webhook-allowed-rate: 120\r\n\r\n"
)
REDIRECT: Final = b"HTTP/1.1 307 Go\r\nlocation: https://127.0.0.1:%d/\r\ncontent-length: 0\r\n\r\n"
QUICK: Final = Limits(connect=1.0, whole=2.0)


@pytest.fixture
def way(tls: ssl.SSLContext) -> Way:
    return Way(ORIGIN, Guard((ip_network("127.0.0.0/8"),)), tls, QUICK)


@pytest.fixture
def closed() -> Way:
    """As it is where operators said nothing."""
    return Way(ORIGIN, Guard(), ssl.create_default_context(), QUICK)


@pytest.fixture(name="trap")
def _trap() -> Iterator[Trap]:
    with trap() as found:
        yield found


def json(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


async def test_a_receiver_that_consents_is_asked_with_our_name_and_rate(
    ca: trustme.CA, way: Way
) -> None:
    async with receiver(ca, "127.0.0.1", answer=YES) as found:
        endpoint = f"https://127.0.0.1:{found.port}/hook?x=1"
        assert await asked(way, endpoint, NOW) == Consent(120)
    [request] = found.requests
    assert request.startswith(b"OPTIONS /hook?x=1 HTTP/1.1\r\n")
    assert b"\r\nwebhook-request-origin: hub.example\r\nwebhook-request-rate: 600\r\n" in request


async def test_who_is_not_there_or_merely_succeeds_does_not_consent(
    ca: trustme.CA, way: Way
) -> None:
    async with receiver(ca, "127.0.0.1") as found:
        endpoint = f"https://127.0.0.1:{found.port}/"
        assert await asked(way, endpoint, NOW) is NoConsent.ORIGIN_MISSING
    assert await asked(way, endpoint, NOW) is NoConsent.NO_ANSWER


async def test_a_token_is_fetched_first_and_shown(ca: trustme.CA, way: Way) -> None:
    granted = json(b'{"access_token":"abc","token_type":"bearer","expires_in":"600"}')
    async with (
        receiver(ca, "127.0.0.1", answer=granted) as server,
        receiver(ca, "127.0.0.1", answer=YES) as found,
    ):
        access = Access(f"https://127.0.0.1:{server.port}/token", "se:ntje", "hooks")
        shown = Shown(access, "geh%im")
        assert await asked(way, f"https://127.0.0.1:{found.port}/", NOW, shown) == Consent(120)
        token = await fetched(way, access, "geh%im", NOW)
    assert token == Token("Bearer abc", NOW + 570 * SECOND_MS)
    assert b"\r\nauthorization: Bearer abc\r\n" in found.requests[0]
    # se%3Antje:geh%25im in base64 (RFC 6749, 2.3.1)
    assert b"\r\nauthorization: Basic c2UlM0FudGplOmdlaCUyNWlt\r\n" in server.requests[0]
    assert "geh" not in repr(shown)
    assert "abc" not in repr(token)


@pytest.mark.parametrize(
    "answer",
    [
        json(b"{}"),
        json(b"no"),
        json(b'{"access_token":"abc","token_type":"mac"}'),
        json(b'{"access_token":"a\\r\\nx: b","token_type":"bearer"}'),
        json(b'{"access_token":"","token_type":"bearer"}'),
        json(b'{"error":"invalid_client"}', b"401 No"),
        json(b'{"access_token":"abc","token_type":"bearer"}', b"500 No"),
        b"SSH-2.0-x\r\n\r\n",
        b"",
    ],
)
async def test_without_a_token_the_receiver_is_not_asked(
    ca: trustme.CA, way: Way, answer: bytes
) -> None:
    async with (
        receiver(ca, "127.0.0.1", answer=answer) as server,
        receiver(ca, "127.0.0.1", answer=YES) as found,
    ):
        access = Access(f"https://127.0.0.1:{server.port}/token", "seintje")
        shown = Shown(access, "geheim")
        endpoint = f"https://127.0.0.1:{found.port}/"
        assert await asked(way, endpoint, NOW, shown) is NoConsent.NO_TOKEN
        assert await fetched(way, access, "geheim", NOW) == Outcome(Reason.NO_TOKEN)
    assert found.requests == []


@pytest.mark.parametrize("address", CLOSED)
async def test_no_address_of_the_corpus_is_asked_or_asked_for_a_token(
    address: str, closed: Way, trap: Trap
) -> None:
    address = address.replace("{port}", str(trap.port))
    assert isinstance(await asked(closed, address, NOW), AddressRefused)
    token = await fetched(closed, Access(address, "seintje"), "geheim", NOW)
    assert token == Outcome(Reason.ADDRESS_NOT_ALLOWED)
    assert trap.caught() == 0


def sender(way: Way) -> Sender:
    return Sender("sb-1", way, Leaping(), lambda: Secrets(Keyring(new_key("v1")), "geheim"))


def kept(endpoint: str, access: Access | None = None) -> Kept:
    subscription = msgspec.structs.replace(subscribed(), endpoint=endpoint)
    return Kept(subscription=subscription, made_at=NOW, told_at=NOW, numbered_by="", access=access)


@pytest.mark.parametrize("address", CLOSED)
async def test_no_address_of_the_corpus_gets_a_webhook_or_our_secret(
    address: str, closed: Way, trap: Trap
) -> None:
    address = address.replace("{port}", str(trap.port))
    sends = sender(closed)
    refused = Outcome(Reason.ADDRESS_NOT_ALLOWED)
    assert await sends.send(kept(address), address, "al-1_1", b"{}") == refused
    with_token = kept("https://receiver.example/", Access(address, "seintje"))
    endpoint = with_token.subscription.endpoint
    assert await sends.send(with_token, endpoint, "al-1_1", b"{}") == refused
    await sends.close()
    assert trap.caught() == 0


async def test_a_secret_is_shown_to_no_token_address_but_its_own(way: Way, trap: Trap) -> None:
    """It is written before the order with the new address, and an order may not be written."""
    before = f"https://127.0.0.1:{trap.port}/token"
    replaced = Secrets(Keyring(new_key("v1")), "geheim", "https://new.example/token")
    sends = Sender("sb-1", way, Leaping(), lambda: replaced)
    found = kept("https://receiver.example/", Access(before, "seintje"))
    outcome = await sends.send(found, found.subscription.endpoint, "al-1_1", b"{}")
    await sends.close()
    assert outcome == Outcome(Reason.NO_TOKEN)
    assert trap.caught() == 0


async def test_no_webhook_follows_a_redirection(ca: trustme.CA, way: Way, trap: Trap) -> None:
    async with receiver(ca, "127.0.0.1", answer=REDIRECT % trap.port) as found:
        address = f"https://127.0.0.1:{found.port}/"
        sends = sender(way)
        outcome = await sends.send(kept(address), address, "al-1_1", b"{}")
        await sends.close()
    assert outcome == Outcome(Reason.REDIRECTED, 307)
    assert trap.caught() == 0


async def test_no_redirection_is_followed(ca: trustme.CA, way: Way, trap: Trap) -> None:
    async with receiver(ca, "127.0.0.1", answer=REDIRECT % trap.port) as found:
        address = f"https://127.0.0.1:{found.port}/"
        assert await asked(way, address, NOW) is NoConsent.NOT_SUCCESSFUL
        token = await fetched(way, Access(address, "seintje"), "geheim", NOW)
    assert token == Outcome(Reason.NO_TOKEN)
    assert trap.caught() == 0
