"""The one way out: every call that the hub or a connector makes over HTTP goes through here.

It waits no longer than it said, follows no redirect, takes no proxy from the environment, trusts
the certificates that this machine trusts, and reads no more of an answer than fits. What httpx
raises becomes an error of `hub.errors` that names the setting where the address was written. A
status is an answer: what it means is the caller's.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

import httpx
import msgspec
from msgspec import Struct

from hub.errors import Misconfigured, Unavailable

MAX_ANSWER_BYTES: Final = 1 << 20
CONNECT_S: Final = 5.0
WHOLE_CALL_S: Final = 20.0
LONGEST_WAIT_S: Final = 3600.0

# Compressed, a small answer may be an endless one.
_HEADERS: Final = {"user-agent": "seintje", "accept-encoding": "identity"}


class Peer(Struct, frozen=True):
    """Who is called: where its address was written (`SEINTJE_REGISTRY_URL`), and the address that
    every path is put behind."""

    setting: str
    address: str


class Limits(Struct, frozen=True):
    """How long to wait for a connection and for a whole call, in seconds; how large an answer may
    be."""

    connect: float = CONNECT_S
    whole: float = WHOLE_CALL_S
    answer_bytes: int = MAX_ANSWER_BYTES


_USUAL: Final = Limits()


class Answer(Struct, frozen=True):
    """What came back. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """In how many seconds to try again, if it says so."""
        told = self.headers.get("retry-after", "")
        return min(float(told), LONGEST_WAIT_S) if told.isascii() and told.isdecimal() else None


class Outbound:
    """Calls to one peer over kept connections; close it when done."""

    def __init__(
        self,
        peer: Peer,
        limits: Limits = _USUAL,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`transport` None: the network. Misconfigured if the address of the peer is none."""
        self.peer = peer
        self._limits = limits
        self._client = httpx.AsyncClient(
            base_url=self._url(),
            headers=_HEADERS,
            timeout=httpx.Timeout(limits.whole, connect=limits.connect),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            verify=ssl.create_default_context(),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer of the peer, whatever its status. `body` is sent as JSON; None is none.

        Unavailable: it cannot be reached, or does not answer in time. Misconfigured: what answers
        there is no such peer.
        """
        sent = dict(headers or {})
        if body is not None:
            sent.setdefault("content-type", "application/json")
        content = None if body is None else msgspec.json.encode(body)
        with self._translated():
            async with asyncio.timeout(self._limits.whole):
                request = self._client.build_request(method, path, content=content, headers=sent)
                response = await self._client.send(request, stream=True)
                try:
                    raw = await self._bounded(response)
                finally:
                    await response.aclose()
        return Answer(response.status_code, dict(response.headers), raw)

    def wrong(self, do: str) -> Misconfigured:
        """That the setting of this peer is wrong, and what to do."""
        return Misconfigured(self.peer.setting, do)

    def away(self, why: str, retry_after: float | None = None) -> Unavailable:
        """That the peer is away, and why."""
        url = self._client.base_url  # only where it is: the rest may hold a password
        told = f"{self.peer.setting}: {url.netloc.decode()} {why}"
        return Unavailable(told, 1.0 if retry_after is None else retry_after)

    def _url(self) -> httpx.URL:
        with self._translated():
            url = httpx.URL(self.peer.address)
            if url.scheme not in ("http", "https") or not url.host or (url.port or 0) > 65_535:
                raise httpx.InvalidURL("it has no host, no port or not this scheme")
            return url

    async def _bounded(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise self.wrong("what answers there compresses, though it was asked not to")
        found = bytearray()
        async for chunk in response.aiter_bytes():
            found += chunk
            if len(found) > self._limits.answer_bytes:
                raise self.wrong("what answers there sends more than belongs in an answer")
        return bytes(found)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            raise self.wrong("write a URL, like https://host:8443/path") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise self.away("does not answer in time") from error
        except httpx.TransportError as error:
            if _is_about_trust(error):
                told = "its certificate is not trusted; let this machine trust who signed it"
                raise self.wrong(told) from error
            raise self.away(f"cannot be reached ({type(error).__name__})") from error


def _is_about_trust(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
