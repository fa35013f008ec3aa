"""Whoever answers in place of the hub: what is too much, too slow or something else is not read."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from hub.client import AsyncClient, Client, Declined, Misconfigured, Policy, Unavailable
from tests.client.site import repaired

Kind: TypeAlias = type[Client] | type[AsyncClient]

KEY: Final = "sk_x"
MOST: Final = 1 << 20
SMALL: Final = Policy(attempts=1, most_bytes=MOST, timeout=20)
HASTY: Final = Policy(attempts=1, most_bytes=1 << 40, timeout=20, longest_answer=0.3)
JSON: Final = "Content-Type: application/json"
PROBLEM: Final = "Content-Type: application/problem+json"

both = pytest.mark.parametrize("kind", [Client, AsyncClient])


class Impostor:
    """Answers each request with the same bytes, and then with `piece` for ever, or with nothing if
    it `hangs`."""

    def __init__(self, answer: bytes, piece: bytes = b"", *, hangs: bool = False) -> None:
        self.port = 0
        self.requests = 0
        self._answer, self._piece, self._hangs = answer, piece, hangs
        self.over = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                writer.write(self._answer)
                while self._piece:
                    writer.write(self._piece)
                    await writer.drain()
                if self._hangs:
                    await self.over.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is done
        finally:
            writer.close()


def head(*headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return head(*headers, f"Content-Length: {len(body)}", status=status) + body


@asynccontextmanager
async def answering(impostor: Impostor) -> AsyncIterator[Impostor]:
    async with await asyncio.start_server(impostor.serve, "127.0.0.1", 0) as listening:
        impostor.port = listening.sockets[0].getsockname()[1]
        yield impostor
        impostor.over.set()


async def ask(kind: Kind, impostor: Impostor, policy: Policy = SMALL) -> None:
    """Ask for a receipt."""
    address = f"http://127.0.0.1:{impostor.port}"
    if kind is AsyncClient:
        async with AsyncClient(address, KEY, policy=policy) as client:
            await client.receipt("rc-a")
    else:
        with Client(address, KEY, policy=policy) as ordinary:
            await asyncio.to_thread(ordinary.receipt, "rc-a")


CHUNKED: Final = head(JSON, "Transfer-Encoding: chunked")
CHUNK: Final = b"%x\r\n%b\r\n" % (1 << 14, b" " * (1 << 14))


@both
@pytest.mark.parametrize(
    ("start", "piece"),
    [
        pytest.param(CHUNKED, CHUNK, id="in chunks"),
        pytest.param(head(JSON, "Connection: close"), b" " * (1 << 14), id="until it closes"),
        pytest.param(
            head("Transfer-Encoding: chunked", status="500 No"), CHUNK, id="an error without end"
        ),
    ],
)
async def test_an_answer_without_end_is_read_up_to_the_bound(
    kind: Kind, start: bytes, piece: bytes
) -> None:
    async with answering(Impostor(start, piece)) as impostor:
        with pytest.raises(Misconfigured, match=f"^address: .* more than {MOST} bytes"):
            await ask(kind, impostor)
    assert impostor.requests == 1


@both
async def test_an_answer_that_says_how_large_it_is_is_not_read_at_all(kind: Kind) -> None:
    for length in (MOST + 1, 10**15, 10**400):
        async with answering(Impostor(head(JSON, f"Content-Length: {length}"))) as impostor:
            with pytest.raises((Misconfigured, Unavailable)):
                await ask(kind, impostor)


@both
async def test_an_answer_as_large_as_may_be_is_read(kind: Kind) -> None:
    found = b'{"receiptId":"rc-a","source":"s","id":"i","type":"t","status":"accepted","at":"x"}'
    async with answering(Impostor(answer(found.rjust(MOST), JSON))) as impostor:
        await ask(kind, impostor)
    async with answering(Impostor(answer(found.rjust(MOST + 1), JSON))) as impostor:
        with pytest.raises(Misconfigured, match="more than"):
            await ask(kind, impostor)


@both
async def test_what_compresses_is_not_unpacked(kind: Kind) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    for coding in ("gzip", "GZIP", "deflate", "br", "gzip, gzip", "x-gzip"):
        body = answer(bomb, JSON, f"Content-Encoding: {coding}")
        async with answering(Impostor(body)) as impostor:
            tracemalloc.start()
            with pytest.raises(Misconfigured, match="asked not to"):
                await ask(kind, impostor)
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert most < 16 << 20


@both
async def test_an_answer_that_comes_too_slowly_is_no_answer(kind: Kind) -> None:
    # It never stops for long enough to be called silent, and is not too large either.
    async with answering(Impostor(CHUNKED, b"1\r\n \r\n")) as impostor:
        with pytest.raises(Unavailable, match="does not answer in time"):
            await ask(kind, impostor, HASTY)


async def test_headers_that_do_not_end_in_time_are_no_answer() -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Ty"
    async with answering(Impostor(start, hangs=True)) as impostor:
        with pytest.raises(Unavailable, match="does not answer in time"):
            await ask(AsyncClient, impostor, HASTY)


@both
@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: ", id="one header"),
        pytest.param(b"", id="no answer of HTTP"),
    ],
)
async def test_headers_without_end_are_no_answer(kind: Kind, start: bytes) -> None:
    piece = b"X-A: aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" if start.endswith(b"\n") else b"a" * 64
    async with answering(Impostor(start, piece)) as impostor:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await ask(kind, impostor)


@both
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(answer(b"{}", "Content-Type: text/html"), id="another type"),
        pytest.param(answer(b"{}"), id="no type"),
        pytest.param(answer(b"<h1>Log in</h1>", JSON), id="no JSON"),
        pytest.param(answer(b'{"receiptId":"\xff"}', JSON), id="no UTF-8"),
        pytest.param(answer(b'{"x":' + b"[" * 500_000, JSON), id="deep"),
        pytest.param(answer(b'{"receiptId":1}', JSON), id="another form"),
        pytest.param(answer(b"", JSON), id="nothing"),
    ],
)
async def test_what_no_hub_says_is_told(kind: Kind, body: bytes) -> None:
    async with answering(Impostor(body)) as impostor:
        with pytest.raises(Misconfigured, match="no Seintje hub"):
            await ask(kind, impostor)


@both
@pytest.mark.parametrize("body", [b"", b"{", b'{"type":"\xff"}', b'{"x":' + b"[" * 500_000])
async def test_a_problem_that_cannot_be_read_is_the_status(kind: Kind, body: bytes) -> None:
    async with answering(Impostor(answer(body, PROBLEM, status="404 x"))) as impostor:
        with pytest.raises(Declined, match="http-404"):
            await ask(kind, impostor)


async def test_what_waits_is_kept_when_the_answer_is_too_much(tmp_path: Path) -> None:
    async with answering(Impostor(CHUNKED, CHUNK)) as impostor:
        address = f"http://127.0.0.1:{impostor.port}"
        async with AsyncClient(address, KEY, tmp_path / "state.db", SMALL) as client:
            with pytest.raises(Misconfigured, match="more than"):
                await client.publish(repaired("a"))
            assert client.pending == 1
