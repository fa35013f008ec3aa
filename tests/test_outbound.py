"""The way out: what comes back, and what every failure is called."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import trustme

from hub.errors import Misconfigured, SeintjeError, Unavailable
from hub.outbound import Answer, GivenBy, Limits, Outbound, Peer

SETTING = "SEINTJE_REGISTRY_URL"
USUAL = Limits()
Respond = Callable[[httpx.Request], httpx.Response]


def outbound(respond: Respond, limits: Limits = USUAL) -> Outbound:
    peer = Peer(SETTING, "http://user:secret@registry.example/api", GivenBy.OPERATOR)
    return Outbound(peer, limits, httpx.MockTransport(respond))


def to(address: str, limits: Limits = USUAL) -> Outbound:
    return Outbound(Peer(SETTING, address, GivenBy.OPERATOR), limits)


@asynccontextmanager
async def server(answer: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port where every request gets these bytes; None: it gets nothing, and is kept waiting."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await over.wait()
        else:
            writer.write(answer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        over.set()
        listening.close()
        await listening.wait_closed()


async def test_what_a_peer_would_have_us_remember_is_forgotten() -> None:
    seen: list[str | None] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"Set-Cookie": f"n{len(seen)}={'x' * 1000}"})

    async with outbound(respond) as out:
        for _ in range(3):
            await out.call("GET", "/a")
            await out.tell("GET", {})
    assert seen == [None] * 6


async def test_an_answer_is_given_whatever_its_status() -> None:
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(503, headers={"Retry-After": "7"}, content=b"later")

    async with outbound(respond) as out:
        answer = await out.call("POST", "/subjects/x", body={"schema": "é"}, headers={"x-a": "b"})
    assert (answer.status, answer.body, answer.retry_after) == (503, b"later", 7.0)
    [request] = seen
    assert str(request.url).endswith("@registry.example/api/subjects/x")
    assert request.content == '{"schema":"é"}'.encode()
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["x-a"] == "b"


@pytest.mark.parametrize("told", ["", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "٣"])
def test_when_to_try_again_is_a_number_of_seconds_or_unknown(told: str) -> None:
    assert Answer(503, {"retry-after": told}, b"").retry_after is None
    assert Answer(503, {"retry-after": "9" * 30}, b"").retry_after == 3600


async def test_no_redirect_is_followed() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "registry.example"
        return httpx.Response(302, headers={"location": "http://elsewhere.example/"})

    async with outbound(respond) as out:
        assert (await out.call("GET", "/")).status == 302


async def test_no_proxy_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    good = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    async with server(good) as port, to(f"http://127.0.0.1:{port}") as out:
        assert (await out.call("GET", "/")).body == b"ok"


async def test_who_listens_nowhere_is_away() -> None:
    async with server(None) as port:
        pass
    async with to(f"http://127.0.0.1:{port}") as out:
        with pytest.raises(Unavailable, match=f"{SETTING}: 127.0.0.1:{port} cannot be reached"):
            await out.call("GET", "/")


async def test_who_does_not_answer_is_away() -> None:
    async with server(None) as port, to(f"http://127.0.0.1:{port}", Limits(whole=0.05)) as out:
        with pytest.raises(Unavailable, match="does not answer in time"):
            await out.call("GET", "/")


@pytest.mark.parametrize(
    "raw", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", b"SSH-2\r\n"]
)
async def test_who_breaks_off_or_speaks_otherwise_is_away(raw: bytes) -> None:
    async with server(raw) as port, to(f"http://127.0.0.1:{port}") as out:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await out.call("GET", "/")


async def test_a_certificate_that_nobody_here_trusts_is_told_as_that() -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    async with server(b"", tls) as port, to(f"https://127.0.0.1:{port}") as out:
        with pytest.raises(Misconfigured, match=f"{SETTING}: its certificate is not trusted"):
            await out.call("GET", "/")


async def test_an_answer_without_end_is_not_read() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000

    async with outbound(
        lambda request: httpx.Response(200, content=endless()), Limits(answer_bytes=5000)
    ) as out:
        with pytest.raises(Misconfigured, match="sends more than belongs in an answer"):
            await out.call("GET", "/")


async def test_a_compressed_answer_is_not_blown_up() -> None:
    packed = httpx.Response(200, headers={"content-encoding": "gzip"}, content=gzip.compress(b"x"))
    async with outbound(lambda request: packed) as out:
        with pytest.raises(Misconfigured, match="compresses"):
            await out.call("GET", "/")


@pytest.mark.parametrize(
    "address", ["registry:8081", "ftp://registry", "http://", "http://h:99999"]
)
async def test_an_address_that_is_none_is_told_as_that(address: str) -> None:
    with pytest.raises(Misconfigured, match=f"{SETTING}: write a URL"):
        async with to(address) as out:
            await out.call("GET", "/")


def every_error(root: type[Exception]) -> list[type[Exception]]:
    return [root, *(it for kind in root.__subclasses__() for it in every_error(kind))]


@pytest.mark.parametrize("kind", every_error(httpx.TransportError), ids=lambda kind: kind.__name__)
async def test_every_error_of_httpx_has_its_place_and_tells_no_password(
    kind: type[httpx.TransportError],
) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise kind("secret")

    async with outbound(respond) as out:
        with pytest.raises(SeintjeError) as caught:
            await out.call("GET", "/")
    assert isinstance(caught.value, Unavailable | Misconfigured)
    assert SETTING in str(caught.value)
    assert "secret" not in str(caught.value)
