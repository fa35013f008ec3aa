"""Receivers on loopback that know who came, and resolvers that answer what a test says."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager

import trustme

from hub.guarded import Resolve

DONE = b"HTTP/1.1 204 No Content\r\n\r\n"


class Trap:
    """A port of this machine that nobody may ever come to."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self._sockets = sockets
        self.port: int = sockets[0].getsockname()[1]

    def caught(self) -> int:
        """How many came since it was asked last. The kernel has them in a queue as soon as they
        are connected, so this is exact without waiting."""
        return sum(_accepted(listening) for listening in self._sockets)


def _accepted(listening: socket.socket) -> int:
    count = 0
    while True:
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


@contextmanager
def trap() -> Iterator[Trap]:
    with ExitStack() as stack:
        four = stack.enter_context(socket.socket(socket.AF_INET))
        four.bind(("127.0.0.1", 0))
        sockets = [four]
        if has_ipv6():
            six = stack.enter_context(socket.socket(socket.AF_INET6))
            six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            six.bind(("::1", four.getsockname()[1]))
            sockets.append(six)
        for listening in sockets:
            listening.setblocking(False)
            listening.listen(128)
        yield Trap(sockets)


class Receiver:
    """A port over TLS where each request gets the same answer. `requests` are what came, `names`
    the hosts that were asked for in TLS."""

    def __init__(self, answer: bytes) -> None:
        self.port = 0
        self.requests: list[bytes] = []
        self.connections = 0
        self.names: list[str | None] = []
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(self._answer)
                if b"connection: close" in self._answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is done
        finally:
            writer.close()

    def heard(self, _tls: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        self.names.append(name)


@asynccontextmanager
async def receiver(
    ca: trustme.CA, *names: str, answer: bytes = DONE, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Receiver]:
    """A receiver with a certificate for these names."""
    found = Receiver(answer)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(*names).configure_cert(tls)
    tls.sni_callback = found.heard
    listening = await asyncio.start_server(found.serve, host, port, ssl=tls)
    found.port = listening.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        listening.close()


def answering(*rounds: Sequence[str]) -> Resolve:
    """A resolver that says one thing after the other, and the last one for ever."""
    left = list(rounds)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def numbers_only(host: str, port: int) -> Sequence[str]:
    """What the C library itself takes for an address; it asks nobody."""
    loop = asyncio.get_running_loop()
    numeric = socket.AI_NUMERICHOST
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=numeric)
    return [str(where[0]) for *_, where in found]


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as tried:
            tried.bind(("::1", 0))
    except OSError:
        return False
    return True
