"""The one way out: every call that the hub or a connector makes over HTTP goes through here.

It waits no longer than it said, follows no redirect, keeps no cookies, takes no proxy from the
environment, trusts the certificates that this machine trusts, and reads no more of an answer than
fits. What httpx raises becomes an error of `hub.errors` that names the setting where the address
was written. A status is an answer: what it means is the caller's.

Operators may write any address of theirs. One that a party gave is called over https and only where
the whole internet can reach it, or where operators said so (`hub.guard`, `hub.guarded`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from enum import Enum
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

import h11
import httpx
import msgspec
from msgspec import Struct

from hub.errors import Bug, Failure, Misconfigured, NoAnswer, Unavailable, Untrusted
from hub.guard import Guard, Why
from hub.guarded import GuardedBackend, GuardedTransport, refused

Transport: TypeAlias = httpx.AsyncBaseTransport

MAX_ANSWER_BYTES: Final = 1 << 20
CONNECT_S: Final = 5.0
WHOLE_CALL_S: Final = 20.0
LONGEST_WAIT_S: Final = 3600.0

# Of a body that nobody reads so much is taken off the connection, so that it can be used again.
_PASSED_BYTES: Final = 1 << 16
_PASSED_S: Final = 1.0
_NO_CONTENT: Final = 204

# Compressed, a small answer may be an endless one.
_HEADERS: Final = {"user-agent": "seintje", "accept-encoding": "identity"}


class GivenBy(Enum):
    """Who wrote an address: our operators, who are trusted with it, or a party, which is not."""

    OPERATOR = "operator"
    PARTY = "party"


class Peer(Struct, frozen=True):
    """Who is called: where its address was written (`SEINTJE_REGISTRY_URL`), the address that every
    path is put behind, and by whom it was written."""

    setting: str
    address: str
    given_by: GivenBy


class Limits(Struct, frozen=True):
    """How long to wait for a connection and for a whole call, in seconds; how large an answer may
    be."""

    connect: float = CONNECT_S
    whole: float = WHOLE_CALL_S
    answer_bytes: int = MAX_ANSWER_BYTES


CERTIFICATE_SETTING: Final = "SEINTJE_CLIENT_CERTIFICATE"

_USUAL: Final = Limits()
_NOTHING_ALLOWED: Final = Guard()
_TRUSTED_BY: Final[Mapping[GivenBy, str]] = {
    GivenBy.OPERATOR: "let this machine trust who signed it",
    GivenBy.PARTY: "have one for the name of the host, of somebody whom the hub trusts",
}


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
        transport: Transport | None = None,
        guard: Guard = _NOTHING_ALLOWED,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`transport` None: the network, and with a peer that a party gave what `guard` lets
        through of it. `tls` None: who this machine trusts, without a certificate of our own.
        Misconfigured if the address of the peer is none, AddressRefused if it is one that is not
        called."""
        self.peer = peer
        self._limits = limits
        self._url = self._checked_url(guard)
        tls = tls or trusting()
        if transport is None and peer.given_by is GivenBy.PARTY:
            transport = GuardedTransport(GuardedBackend(peer.setting, guard), tls)
        self._client = httpx.AsyncClient(
            base_url=self._url,
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx.Timeout(limits.whole, connect=limits.connect),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            verify=tls,
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
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer of the peer, whatever its status. `path` empty: the address itself, as it was
        written. `body` is sent as JSON; None is none, and what is JSON already is `msgspec.Raw`.
        `content` instead are bytes of another form, which the headers name.

        Unavailable: it cannot be reached, or does not answer in time. Misconfigured: what answers
        there is no such peer. AddressRefused: a party gave it, and it is not called.
        """
        sent = dict(headers or {})
        if body is not None:
            sent.setdefault("content-type", "application/json")
            content = msgspec.json.encode(body)
        async with self._answered(method, path, content, sent) as response:
            raw = await self._bounded(response)
        return Answer(response.status_code, dict(response.headers), raw)

    async def tell(self, method: str, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        """The answer of the peer to these very bytes, at the address itself; without its body,
        which is not looked at, however large it is and in whatever form. Raises what `call` does.
        """
        async with self._answered(method, "", content, headers) as response:
            await _passed(response)
        return Answer(response.status_code, dict(response.headers), b"")

    @asynccontextmanager
    async def _answered(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """An answer whose body has not been read."""
        with self._translated():
            async with asyncio.timeout(self._limits.whole):
                request = self._client.build_request(
                    method, path or self._url, content=content, headers=headers
                )
                self._stays_with_the_peer(request.url)
                response = await self._client.send(request, stream=True)
                try:
                    yield response
                finally:
                    await response.aclose()

    def wrong(self, do: str) -> Misconfigured:
        """That the setting of this peer is wrong, and what to do."""
        return Misconfigured(self.peer.setting, do)

    def away(self, why: str, retry_after: float | None = None) -> Unavailable:
        """That the peer is away, and why."""
        url = self._client.base_url  # only where it is: the rest may hold a password
        told = f"{self.peer.setting}: {url.netloc.decode()} {why}"
        return Unavailable(told, 1.0 if retry_after is None else retry_after)

    def _checked_url(self, guard: Guard) -> httpx.URL:
        if self.peer.given_by is GivenBy.PARTY:
            why = guard.why_url_refused(self.peer.address)
            if why is not None:
                raise refused(self.peer.setting, why)  # unread: it may hold a password
        with self._translated():
            url = httpx.URL(self.peer.address)
            if self.peer.given_by is GivenBy.PARTY and not _host(url):
                raise refused(self.peer.setting, Why.FORM)
            if url.scheme not in ("http", "https") or not _host(url) or (url.port or 0) > 65_535:
                raise httpx.InvalidURL("it has no host, no port or not this scheme")
            return url

    def _stays_with_the_peer(self, url: httpx.URL) -> None:
        # httpx takes a path that is a whole URL for one, and goes there.
        if _place(url) != _place(self._url):
            raise Bug(f"{self.peer.setting}: a path led away from the peer")

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
            raise self._no_answer("does not answer in time", Failure.TIMED_OUT) from error
        except httpx.TransportError as error:
            if _is_because_of(error, ssl.SSLCertVerificationError):
                do = f"its certificate is not trusted; {_TRUSTED_BY[self.peer.given_by]}"
                raise Untrusted(self.peer.setting, do) from error
            told = f"cannot be reached ({type(error).__name__})"
            raise self._no_answer(told, _failure(error)) from error

    def _no_answer(self, why: str, failure: Failure) -> NoAnswer:
        return NoAnswer(str(self.away(why)), failure)


def trusting(certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """TLS with those whom this machine trusts. `certificate` is ours, for peers who want one; its
    key stands in the same file, or in `key`.

    Misconfigured: it cannot be read, or the two do not belong together.
    """
    tls = ssl.create_default_context()
    if certificate is not None:
        try:
            tls.load_cert_chain(certificate, key, password=_no_password)
        except (OSError, ssl.SSLError, ValueError):
            do = "write a certificate in PEM and its key, without a password, that can be read"
            raise Misconfigured(CERTIFICATE_SETTING, do) from None
    return tls


def _no_password() -> str:
    raise ValueError  # without this the library asks whoever sits at the keyboard


async def _passed(response: httpx.Response) -> None:
    """A small body is taken off the connection. What goes wrong with it does not matter: the
    status had come."""
    has_end = response.headers.keys() & {"content-length", "transfer-encoding"}
    if not has_end and response.status_code != _NO_CONTENT:
        return  # it ends with the connection
    with suppress(TimeoutError, httpx.HTTPError):
        await asyncio.wait_for(_drained(response), _PASSED_S)


async def _drained(response: httpx.Response) -> None:
    left = _PASSED_BYTES
    async for chunk in response.aiter_raw():
        left -= len(chunk)
        if left <= 0:
            return


def _failure(error: httpx.TransportError) -> Failure:
    if _is_because_of(error, h11.RemoteProtocolError):
        return Failure.NO_HTTP
    if isinstance(error, httpx.ConnectError):
        # Something listens there, and does not speak TLS.
        is_tls = _is_because_of(error, ssl.SSLError)
        return Failure.NO_HTTP if is_tls else Failure.UNREACHABLE
    return Failure.BROKEN_OFF


def _place(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _host(url: httpx.URL) -> str:
    try:
        return url.host
    except UnicodeError:  # an xn-- that stands for nothing; httpx takes it, and stumbles later
        return ""


def _is_because_of(error: BaseException, kind: type[BaseException]) -> bool:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, kind):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
