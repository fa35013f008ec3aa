"""What is told to a receiver without reading its answer, and why no answer came: by its name."""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme

from hub.errors import Failure, Misconfigured, NoAnswer, Untrusted
from hub.guard import Guard
from hub.outbound import GivenBy, Limits, Outbound, Peer, trusting
from tests.outbound.receivers import receiver

OURS = Guard((ip_network("127.0.0.0/8"),))
USUAL = Limits()
QUICK = Limits(connect=0.2, whole=0.4)

BODY = b"hello"


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def _trusted(ca: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ca.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        yield


def tls_of(ca: trustme.CA) -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(tls)
    return tls


@asynccontextmanager
async def told_by(
    tls: ssl.SSLContext | None,
    answer: bytes | None,
    limits: Limits = USUAL,
    *,
    reset: bool = False,
) -> AsyncIterator[Outbound]:
    """A way to a port that answers these bytes to each request; None: nothing, while it waits."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(len(BODY) if b"content-length: 5" in head.lower() else 0)
                if answer is None:
                    await over.wait()
                    break
                writer.write(answer)
                await writer.drain()
                if reset or b"content-length" not in answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if reset:
                linger = struct.pack("ii", 1, 0)
                sock = writer.get_extra_info("socket")
                sock.setsockopt(1, 13, linger)  # SOL_SOCKET, SO_LINGER: it ends in a reset
                writer.transport.abort()
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    peer = Peer("a subscription", f"https://127.0.0.1:{port}/hook", GivenBy.PARTY)
    try:
        async with Outbound(peer, limits, guard=OURS) as out:
            yield out
    finally:
        over.set()
        listening.close()
        await listening.wait_closed()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 200_000,
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnone",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    ],
    ids=["none", "small", "large", "cut off", "compressed", "broken", "without a length"],
)
async def test_whatever_stands_in_the_answer_its_status_counts(
    ca: trustme.CA, answer: bytes
) -> None:
    async with told_by(tls_of(ca), answer) as out:
        for _ in range(2):
            heard = await out.tell("POST", {"content-type": "text/plain"}, BODY)
            assert (heard.status, heard.body) == (200, b"")


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"", Failure.BROKEN_OFF),
        (b"HTTP/1.1 200", Failure.BROKEN_OFF),
        (b"SSH-2.0-x\r\n\r\n", Failure.NO_HTTP),
        (b"\x00" * 300_000, Failure.NO_HTTP),
        (None, Failure.TIMED_OUT),
    ],
    ids=["closed", "cut off", "garbage", "endless garbage", "silence"],
)
async def test_why_no_answer_came_is_told_apart(
    ca: trustme.CA, answer: bytes | None, failure: Failure
) -> None:
    async with told_by(tls_of(ca), answer, QUICK) as out:
        with pytest.raises(NoAnswer) as caught:
            await out.tell("POST", {}, BODY)
    assert caught.value.failure is failure


async def test_a_reset_is_told_as_broken_off(ca: trustme.CA) -> None:
    async with told_by(tls_of(ca), b"", reset=True) as out:
        with pytest.raises(NoAnswer) as caught:
            await out.tell("POST", {}, BODY)
    assert caught.value.failure is Failure.BROKEN_OFF


async def test_who_listens_nowhere_is_unreachable_and_who_speaks_no_tls_answers_nothing(
    ca: trustme.CA,
) -> None:
    async with told_by(tls_of(ca), b"") as out:
        address = out.peer
    async with Outbound(address, guard=OURS) as out:
        with pytest.raises(NoAnswer) as caught:
            await out.tell("POST", {})
    assert caught.value.failure is Failure.UNREACHABLE
    async with told_by(None, b"HTTP/1.1 400 no\r\n\r\n", QUICK) as out:
        with pytest.raises(NoAnswer) as caught:
            await out.tell("POST", {})
    assert caught.value.failure in (Failure.NO_HTTP, Failure.TIMED_OUT)


async def test_whose_certificate_is_not_trusted_is_told_apart() -> None:
    async with receiver(trustme.CA(), "127.0.0.1") as found:
        peer = Peer("a subscription", f"https://127.0.0.1:{found.port}", GivenBy.PARTY)
        async with Outbound(peer, guard=OURS) as out:
            with pytest.raises(Untrusted):
                await out.tell("POST", {})


async def test_a_receiver_that_wants_a_certificate_gets_ours(
    ca: trustme.CA, tmp_path: Path
) -> None:
    tls = tls_of(ca)
    tls.verify_mode = ssl.CERT_REQUIRED
    ca.configure_trust(tls)
    mine = ca.issue_cert("hub.example")
    certificate = tmp_path / "hub.pem"
    mine.private_key_and_cert_chain_pem.write_to_path(certificate)
    async with told_by(tls, b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n") as out:
        with pytest.raises(NoAnswer):  # without one
            await out.tell("POST", {})
        async with Outbound(out.peer, guard=OURS, tls=trusting(certificate)) as shown:
            assert (await shown.tell("POST", {})).status == 204


def test_a_certificate_that_cannot_be_used_is_told_with_its_setting(
    ca: trustme.CA, tmp_path: Path
) -> None:
    broken = tmp_path / "hub.pem"
    broken.write_text("none")
    for certificate in (broken, tmp_path / "nowhere.pem"):
        with pytest.raises(Misconfigured, match="SEINTJE_CLIENT_CERTIFICATE: write"):
            trusting(certificate)
