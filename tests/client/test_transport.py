"""What can be wrong below HTTP: whom to trust, and nobody who answers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from hub.client import AsyncClient, Client, Misconfigured, Policy, Unavailable

KEY = "sk_x"
ONCE = Policy(attempts=1, timeout=0.2)


@asynccontextmanager
async def silent(tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port where everybody is let in and nobody gets an answer."""
    over = asyncio.Event()

    async def keep(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async with await asyncio.start_server(keep, "127.0.0.1", 0, ssl=tls) as listening:
        yield listening.sockets[0].getsockname()[1]
        over.set()


async def ask(kind: type[Client] | type[AsyncClient], address: str, policy: Policy) -> None:
    if kind is AsyncClient:
        async with AsyncClient(address, KEY, policy=policy) as client:
            await client.receipt("rc-a")
    else:
        with Client(address, KEY, policy=policy) as ordinary:
            await asyncio.to_thread(ordinary.receipt, "rc-a")


@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_a_certificate_that_is_not_trusted_is_told_and_not_tried_again(
    kind: type[Client] | type[AsyncClient],
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    async with silent(tls) as port:
        with pytest.raises(Misconfigured, match="certificate is not trusted"):
            await ask(kind, f"https://127.0.0.1:{port}", Policy())


@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_who_does_not_answer_is_away(kind: type[Client] | type[AsyncClient]) -> None:
    async with silent() as port:
        with pytest.raises(Unavailable, match="does not answer in time"):
            await ask(kind, f"http://127.0.0.1:{port}", ONCE)
