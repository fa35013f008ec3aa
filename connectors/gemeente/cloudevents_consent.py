"""Whether the receiver wants events, asked before it gets any and again when its answer is old
(HTTP 1.1 Web Hooks for Event Delivery 1.0.2, 4; the NL GOV guideline for webhooks asks for the
same).

Consent stands in headers, so an answer that merely succeeds is none. A receiver may also withhold
it and call back later, at an address with a key in it that only it was told. Kept on the shelf, so
a restart asks nobody. That the receiver is the right one is not proven by it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Final, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from connectors.asking import asked
from connectors.bearer import Bearer
from connectors.gemeente.cloudevents_settings import SEND, Send
from connectors.seam import Shelf
from hub.domain.time import HOUR_MS, Instant
from hub.errors import Misconfigured
from hub.outbound import Answer, Outbound

ORIGIN: Final = "webhook-request-origin"
ALLOWED_RATE: Final = "webhook-allowed-rate"

_ALLOWED_ORIGIN: Final = "webhook-allowed-origin"
_RATE: Final = "webhook-request-rate"
_CALLBACK: Final = "webhook-request-callback"
_ANY: Final = "*"
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_CONSENT: Final = "send.consent"
_ASKED: Final = "send.asked"
_LOOK_AGAIN_S: Final = 30.0  # on the shelf: the receiver is not asked for it
_ASK_AGAIN_MS: Final = HOUR_MS

_NOT_CALLED: Final = (
    "it has not consented yet; open the address that it was told, or see why it cannot reach"
    " `callback`"
)

_Fields: TypeAlias = Mapping[str, str]


class Consent(Struct, frozen=True):
    """That events of this origin are welcome at this address since `at`, `rate` a minute; None is
    as many as there are."""

    address: str
    origin: str
    rate: int | None
    at: Instant

    def is_for(self, send: Send) -> bool:
        return (self.address, self.origin) == (send.address, send.origin)


class Asked(Struct, frozen=True):
    """That a receiver was asked, last at `at`, and may call back with this key."""

    address: str
    origin: str
    key: str
    at: Instant

    def is_for(self, send: Send) -> bool:
        return (self.address, self.origin) == (send.address, send.origin)


_Kept = TypeVar("_Kept", Consent, Asked)


def judged(fields: _Fields, send: Send, now: Instant) -> Consent | str:
    """The consent in the headers of an answer (names in lower case), or why there is none."""
    allowed = fields.get(_ALLOWED_ORIGIN, "").strip()
    if not allowed:
        return "its answer to OPTIONS has no WebHook-Allowed-Origin"
    # A name in the DNS is the same in capitals. No list: the standard knows one name, or all.
    if allowed != _ANY and allowed.lower() != send.origin.lower():
        return "its WebHook-Allowed-Origin is not the name that it was asked about"
    rate = fields.get(ALLOWED_RATE, "").strip()
    if rate == _ANY:
        return Consent(send.address, send.origin, None, now)
    if not _NUMBER.fullmatch(rate) or int(rate) == 0:
        return "its answer to OPTIONS has no WebHook-Allowed-Rate that is a number or `*`"
    return Consent(send.address, send.origin, int(rate), now)


class Handshake:
    """The consent of one receiver: kept, asked for, given later, taken back."""

    def __init__(self, send: Send, out: Outbound, bearer: Bearer, shelf: Shelf) -> None:
        self._send = send
        self._out = out
        self._bearer = bearer
        self._shelf = shelf

    async def rate(self, now: Instant) -> int | None:
        """How many a minute are welcome; None: as many as there are.

        Unavailable: it cannot be asked, or has not answered yet. Misconfigured: it does not
        consent.
        """
        if not self._send.handshake:
            return self._send.rate
        kept = self._kept(_CONSENT, Consent)
        if kept is not None and now < kept.at + self._send.consent_hours * HOUR_MS:
            return kept.rate
        found = await self._ask(now)
        self._keep(found)
        return found.rate

    async def probe(self, now: Instant) -> str | None:
        """Why nothing can be sent and what to do; asks, and keeps nothing. None: it consents."""
        if not self._send.handshake:
            return None
        found = judged((await self._answer({}, now)).headers, self._send, now)
        if isinstance(found, Consent):
            return None
        if self._send.callback is None:
            return no_consent(found)
        kept = self._kept(_CONSENT, Consent)
        return _NOT_CALLED if kept is None else None

    def granted(self, key: str, rate: str | None, now: Instant) -> bool:
        """The receiver calls back; whether it is the one that was asked."""
        waiting = self._kept(_ASKED, Asked)
        if waiting is None or not hmac.compare_digest(waiting.key.encode(), key.encode()):
            return False
        # Without a rate it is the one that was asked for (4.2.2).
        fields = {_ALLOWED_ORIGIN: _ANY, ALLOWED_RATE: rate or str(self._send.rate)}
        found = judged(fields, self._send, now)
        if not isinstance(found, Consent):
            return False
        self._keep(found)
        return True

    def forget(self) -> None:
        """It wants no more: nothing is sent until it has consented anew."""
        self._shelf.keep(_CONSENT, None)

    async def _ask(self, now: Instant) -> Consent:
        callback = self._send.callback
        called = {} if callback is None else {_CALLBACK: self._address_of(callback, now)}
        answer = await self._answer(called, now)
        found = judged(answer.headers, self._send, now)
        if isinstance(found, Consent):
            return found
        if callback is not None:
            raise self._out.away("was asked for consent and may call back", _LOOK_AGAIN_S)
        raise Misconfigured(f"{SEND}.address", no_consent(found))

    def _address_of(self, callback: str, now: Instant) -> str:
        """Where the receiver may call back. Unavailable: it was told so lately."""
        waiting = self._kept(_ASKED, Asked)
        if waiting is not None and now < waiting.at + _ASK_AGAIN_MS:
            raise self._out.away("was asked for consent and has not called back", _LOOK_AGAIN_S)
        # Asked again it gets the same key: somebody may have found the first address in a log.
        key = secrets.token_urlsafe(32) if waiting is None else waiting.key
        waiting = Asked(self._send.address, self._send.origin, key, now)
        self._shelf.keep(_ASKED, msgspec.json.encode(waiting).decode())
        return f"{callback}{'&' if '?' in callback else '?'}key={key}"

    async def _answer(self, also: _Fields, now: Instant) -> Answer:
        fields = {ORIGIN: self._send.origin, _RATE: str(self._send.rate), **also}
        fields["authorization"] = await self._bearer.authorization(now)
        try:
            return await asked(self._out, "OPTIONS", "", headers=fields)
        except Misconfigured:
            if not self._bearer.forget():
                raise
        fields["authorization"] = await self._bearer.authorization(now)
        return await asked(self._out, "OPTIONS", "", headers=fields)

    def _keep(self, consent: Consent) -> None:
        self._shelf.keep(_CONSENT, msgspec.json.encode(consent).decode())
        self._shelf.keep(_ASKED, None)

    def _kept(self, name: str, kind: type[_Kept]) -> _Kept | None:
        text = self._shelf.value(name)
        found = None if text is None else msgspec.json.decode(text, type=kind)
        return found if found is not None and found.is_for(self._send) else None


def no_consent(why: str) -> str:
    """What to do when a receiver does not consent."""
    return f"{why}; have it allow our origin, or write `handshake: false` if you agreed otherwise"
