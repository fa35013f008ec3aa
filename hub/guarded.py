"""The transport to addresses that a party supplies: it asks `hub.guard` before each connection.

It resolves a name itself, judges every address that comes of it, and connects to one of those, by
number: whatever the name leads to a moment later no longer matters. TLS still proves the host by
its name. One address that may not be called refuses the whole name: a name that leads both inside
and outside is a mistake or a trick, and choosing for its owner would make either work half.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final, TypeAlias

import httpcore
import httpx
import structlog

from hub.errors import AddressRefused, Bug
from hub.guard import Address, Guard, Why, in_words, literal, may_be_port
from hub.unwaited import Unwaited

_log = structlog.get_logger("seintje.outbound")

# The addresses of a host as texts, for a TCP connection to a port. Raises socket.gaierror.
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
_LookUp: TypeAlias = Callable[[str, int, int, int], Sequence[tuple[Any, ...]]]
_SocketOption: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)

# Two of each kind: with one of them broken on our side the other still gets its turn.
_TRIED_OF_EACH: Final = 2
_CONNECTIONS: Final = 10
_LOOK_UPS: Final = 2
_KEPT_S: Final = 5.0
# The name is not there, or has no address. All else that a resolver says may be over in a moment.
_NO_SUCH_NAME: Final = frozenset(
    code for name in ("EAI_NONAME", "EAI_NODATA") if (code := getattr(socket, name, None))
)


class Names:
    """What this machine takes names for. It asks in threads of its own: a party whose name server
    does not answer must not hold up who asks for another name. Close it when done."""

    def __init__(self, look_up: _LookUp = socket.getaddrinfo) -> None:
        self._look_up = look_up
        self._threads = Unwaited(_LOOK_UPS, "names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        kind = socket.SOCK_STREAM
        found = await loop.run_in_executor(self._threads, self._look_up, host, port, 0, kind)
        return [str(where[0]) for *_, where in found]

    def close(self) -> None:
        self._threads.shutdown()


def refused(setting: str, why: Why, **found: object) -> AddressRefused:
    """The same error whatever a name led to; what was `found` stands in our own log."""
    _log.warning(
        "an address that a party gave is not called", where=setting, reason=why.value, **found
    )
    return AddressRefused(setting, in_words(why))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connections to what may be called. `setting`: where the address was written."""

    def __init__(
        self,
        setting: str,
        guard: Guard,
        resolve: Resolve | None = None,
        dial: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """`resolve` None: this machine. `dial` None: the network."""
        self._setting = setting
        self._guard = guard
        self._names = Names()
        self._resolve = resolve or self._names
        self._dial = dial or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to an address that was judged. AddressRefused: there is none."""
        if not may_be_port(port):
            raise self.refused(Why.PORT, host, port)
        addresses = _tried(await self._judged(host, port, timeout))
        share = None if timeout is None else timeout / len(addresses)
        failed: Exception | None = None
        for address in addresses:
            try:
                return await self._dial.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or Bug("a name without addresses is refused before")

    async def _judged(self, host: str, port: int, timeout: float | None) -> list[Address]:
        """The addresses of a host, each once; every one of them may be called."""
        addresses = await self._addresses(host, port, timeout)
        if not addresses:
            raise self.refused(Why.UNKNOWN, host, port)
        for address in addresses:
            why = self._guard.why_refused(address)
            if why is not None:
                raise self.refused(why, host, port, address)
        return addresses

    async def _addresses(self, host: str, port: int, timeout: float | None) -> list[Address]:
        try:
            written = literal(host)
        except ValueError as error:
            raise self.refused(Why.FORM, host, port) from error
        if written is not None:
            return [written]
        try:
            async with asyncio.timeout(timeout):
                texts = await self._resolve(host, port)
            return [ip_address(text) for text in dict.fromkeys(texts)]
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except socket.gaierror as error:
            if error.errno not in _NO_SUCH_NAME:
                raise httpcore.ConnectError from error
            return []
        except ValueError:  # no address, or a name that none can be asked for
            return []

    def refused(
        self, why: Why, host: str, port: int, address: Address | None = None
    ) -> AddressRefused:
        resolved = None if address is None else str(address)
        return refused(self._setting, why, host=host, port=port, resolved=resolved)

    def close(self) -> None:
        self._names.close()


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx over guarded connections, and over nothing but TLS."""

    def __init__(self, backend: GuardedBackend, tls: ssl.SSLContext) -> None:
        # Not super().__init__(): it makes a pool without a guard. Should httpx give its pool
        # another name one day, calls fail instead of going out unguarded.
        self._backend = backend
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_KEPT_S,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """AddressRefused: nothing was connected, nothing sent."""
        url = request.url
        if url.scheme != "https":
            raise self._backend.refused(Why.FORM, url.raw_host.decode(), url.port or 0)
        return await super().handle_async_request(request)

    async def aclose(self) -> None:
        await super().aclose()
        self._backend.close()

    async def __aexit__(self, *raised: Any) -> None:
        await super().__aexit__(*raised)
        self._backend.close()


def _tried(addresses: Sequence[Address]) -> list[Address]:
    """Some of each kind, in their order."""
    fours = [it for it in addresses if isinstance(it, IPv4Address)][:_TRIED_OF_EACH]
    sixes = [it for it in addresses if isinstance(it, IPv6Address)][:_TRIED_OF_EACH]
    return [it for it in addresses if it in fours or it in sixes]
