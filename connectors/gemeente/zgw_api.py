"""One API of ZGW (Zaken, Catalogi or Notificaties), asked in its own words.

It is asked only under the address in the settings. A URL that somebody else wrote (in a
notification, in a resource) is taken apart, and nothing of it is used but the kind of resource and
its UUID; where it leads elsewhere it is not followed at all.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from connectors.asking import decoded, judged
from connectors.gemeente.zgw_token import Client, Signed, Tokens
from connectors.seam import Site
from hub.errors import Misconfigured, SeintjeError, Unavailable
from hub.outbound import Answer, GivenBy, Limits, Outbound, Peer

T = TypeVar("T")

_LIMITS: Final = Limits(whole=30.0, answer_bytes=8 << 20)  # a page holds a hundred zaken
# What the standard asks for where a zaak may have a geometry; the other calls pass it over.
_CRS: Final = {"accept-crs": "EPSG:4326", "content-crs": "EPSG:4326"}
_KINDS: Final = (
    "zaken|statussen|resultaten|rollen|zaaktypen|statustypen|resultaattypen|roltypen"
    "|eigenschappen|abonnement|kanaal"
)
_PATH: Final = re.compile(
    rf"(?:{_KINDS})/(?P<uuid>[0-9A-Fa-f]{{8}}(?:-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}})"
)
_MOST_PAGES: Final = 10_000
# They go into the log: what looks like no code may be a value, of whomever.
_CODE: Final = re.compile(r"[A-Za-z_][A-Za-z_.-]{0,80}( [A-Za-z_-]{1,40})?")
_MOST_CODES: Final = 10


class NotAllowed(Misconfigured):
    """The API knows us, and does not let us do this one thing."""


class Broken(Unavailable):
    """The API fails (500) where it should answer: for a while, or on this one resource for ever."""


class Declined(SeintjeError):
    """The API takes what we sent for wrong (400). `codes` are its own words for what is."""

    def __init__(self, where: str, codes: tuple[str, ...]) -> None:
        super().__init__(f"{where}: {', '.join(codes) or 'no reason given'}")
        self.codes = codes


class _Param(Struct, frozen=True):
    code: str = ""
    name: str = ""


class Fout(Struct, frozen=True, rename="camel"):
    """A problem, as the standard forms it. What it says in detail is not read: it may quote."""

    code: str = ""
    invalid_params: tuple[_Param, ...] = ()


class PageOf(Struct, frozen=True):
    """A page of a list. `next` tells that there is another; its address is not used."""

    results: tuple[msgspec.Raw, ...]
    count: int | None = None
    next: str | None = None


class ApiAt(Struct, frozen=True):
    """Where an API is and who we are to it. `setting` is where that is written; `known_as` are
    other addresses that the same API has in the URLs of resources."""

    setting: str
    address: str
    client: Client
    tls: ssl.SSLContext
    known_as: tuple[str, ...] = ()


class Api:
    """An API of ZGW. Errors of each call: Unavailable (it is away), Misconfigured (it refuses us or
    is no such API), NotAllowed (only this is refused)."""

    def __init__(self, site: Site, at: ApiAt) -> None:
        address = at.address.rstrip("/")
        self._prefixes = tuple(f"{it.rstrip('/')}/" for it in (address, *at.known_as))
        peer = Peer(at.setting, address, GivenBy.OPERATOR)
        self._outbound = Outbound(peer, _LIMITS, site.transport, tls=at.tls)
        self._signed = Signed(self._outbound, Tokens(at.client, site.now))
        self.setting = at.setting
        self.has_weak_secret = at.client.is_weak

    async def close(self) -> None:
        await self._outbound.close()

    def path_of(self, url: str) -> str | None:
        """`zaken/<uuid>` of the URL of a resource here; None of any other URL."""
        prefix = next((it for it in self._prefixes if url.startswith(it)), None)
        found = _PATH.fullmatch(url, len(prefix)) if prefix is not None else None
        return found[0].lower() if found is not None else None

    def url_of(self, path: str) -> str:
        """The URL of a resource, as this API writes it in others."""
        return self._prefixes[0] + path

    async def found(self, path: str, kind: type[T]) -> T | None:
        """A resource; None if the API itself says that there is none. ValueError: it is there, and
        is not of the form that the standard gives it."""
        answer = await self._ask("GET", path)
        if answer.status == 410 or (answer.status == 404 and _fout(answer).code == "not_found"):
            return None
        self._require(answer, 200)
        found: T = self._read(answer.body, kind)
        return found

    async def page(self, path: str, query: Mapping[str, str]) -> PageOf:
        """One page of a list. One behind the last is empty."""
        answer = await self._ask("GET", f"{path}?{urlencode(query)}")
        if answer.status == 404 and query.get("page", "1") != "1":
            return PageOf(())
        self._require(answer, 200)
        if answer.body.lstrip().startswith(b"["):  # lists that the standard does not page
            return PageOf(decoded(self._outbound, answer, tuple[msgspec.Raw, ...]))
        return decoded(self._outbound, answer, PageOf)

    async def all(
        self, path: str, kind: type[T], query: Mapping[str, str] | None = None
    ) -> AsyncIterator[T]:
        """The things of a list, page after page. ValueError as `found`."""
        number = 1
        while number < _MOST_PAGES:
            asked_for = dict(query or {}) | ({"page": str(number)} if number > 1 else {})
            found = await self.page(path, asked_for)
            for raw in found.results:
                yield self._read(bytes(raw), kind)
            if found.next is None:
                return
            number += 1

    async def send(self, method: str, path: str, body: object, kind: type[T]) -> T:
        """Make or change a resource. Declined: it is not taken."""
        answer = await self._ask(method, path, body)
        if answer.status == 400:
            told = _fout(answer)
            codes = (told.code, *(f"{it.name} {it.code}" for it in told.invalid_params))
            known = tuple(it.strip() for it in codes[:_MOST_CODES] if it.strip())
            raise Declined(self.setting, tuple(it if _CODE.fullmatch(it) else "*" for it in known))
        self._require(answer, 200, 201, 204)
        made: T = decoded(self._outbound, answer, kind)
        return made

    def wrong(self, do: str) -> Misconfigured:
        return self._outbound.wrong(do)

    async def _ask(self, method: str, path: str, body: object = None) -> Answer:
        answer = await self._signed.call(method, path, body, _CRS)
        if answer.status == 403 and _fout(answer).code == "permission_denied":
            do = "let the application read and write what docs/connectors/zgw.md lists"
            raise NotAllowed(self.setting, do)
        if answer.status == 500:
            raise Broken(f"{self.setting}: it answers 500")
        return judged(self._outbound, answer)

    def _require(self, answer: Answer, *expected: int) -> None:
        if answer.status not in expected:
            do = f"it answers {answer.status} where that cannot be; check the address of the API"
            raise self._outbound.wrong(do)

    def _read(self, body: bytes, kind: type[T]) -> T:
        try:
            found: T = msgspec.json.decode(body, type=kind)
        except RecursionError:
            raise ValueError("nested too deep") from None
        return found


def _fout(answer: Answer) -> Fout:
    try:
        return msgspec.json.decode(answer.body, type=Fout)
    except (ValueError, RecursionError):
        return Fout()
