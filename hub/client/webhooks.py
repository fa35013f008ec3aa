"""Webhooks as a receiver gets them: whether it consents, who sent it, and what it says.

No IO, no clock and no framework: method, headers and the bytes of the body come in, values come
out. `hub.client.receiver` remembers beside this what was dealt with. docs/webhooks.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Raw, Struct

from hub.client.answers import Alert
from hub.client.http import UNREADABLE, Answer
from hub.client.signatures import TOLERANCE_SECONDS, Headers, Unproven, proven, read_key
from hub.errors import Misconfigured

MOST_BYTES: Final = 4 << 20  # of a body; a hub sends far less
ALLOW: Final = {"allow": "POST, OPTIONS"}

_ALERT: Final = "nl.seintje.alert-view.v1"
_TEST: Final = "nl.seintje.webhook-test.v1"
_ASKS: Final = "webhook-request-origin"
_EVERYBODY: Final = "*"


class Unread(StrEnum):
    """Why something is not read that the hub may well have sent."""

    TOO_LARGE = "the body is larger than any webhook"
    NO_EVENT = "the body is no event that this client can read"


_STATUSES: Final = {Unread.TOO_LARGE: 413, Unread.NO_EVENT: 400}
assert _STATUSES.keys() == set(Unread)


class Message(Struct, frozen=True):
    """A webhook that the hub sent. `alert` is None for a test that your party asked for, and for
    what a newer hub may send: see `type`. `told_at` is when your party was told (RFC 3339)."""

    id: str
    source: str
    type: str
    told_at: str
    alert: Alert | None = None

    @property
    def is_test(self) -> bool:
        return self.type == _TEST

    def __repr__(self) -> str:
        return f"Message({self.id!r}, {self.type!r})"  # an alert is about people


class _Event(Struct):
    specversion: str
    id: str
    source: str
    type: str
    time: str
    data: Raw


_event: Final = msgspec.json.Decoder(_Event).decode
_alert: Final = msgspec.json.Decoder(Alert).decode


class Webhooks:
    """What a receiver wants, and from whom: the keys by which it knows the hub (several while one
    is being replaced), the names of the hubs that may ask, and how many a minute it can take.

    Misconfigured: one of them can be none. For several threads and tasks.
    """

    def __init__(
        self,
        keys: Iterable[str],
        origins: Iterable[str],
        rate: int | None = None,
        tolerance: float = TOLERANCE_SECONDS,
    ) -> None:
        """`origins` as the hub says of itself in `WebHook-Request-Origin`, `*` for any; `rate` None
        for as many as there are; `tolerance` in seconds, between its clock and this one."""
        self._keys = [read_key(it) for it in _several("keys", keys)]
        self._origins = {it.lower() for it in _several("origins", origins)}
        if not self._keys:
            raise Misconfigured("keys", "give the key that was shown for the subscription")
        if not self._origins:
            raise Misconfigured("origins", "name the hub that may send, like hub.example.nl")
        if rate is not None and rate < 1:
            raise Misconfigured("rate", "how many a minute: a whole number above zero, or None")
        self._rate = _EVERYBODY if rate is None else str(rate)
        self._tolerance = tolerance

    def consent(self, headers: Headers) -> Answer:
        """The answer to `OPTIONS`, by which a hub learns whether its webhooks are welcome.

        Who is not named gets no reason: it is none of its business who is.
        """
        asking = [value.strip() for name, value in headers.items() if name.lower() == _ASKS]
        if not asking:
            return answer_of(200, ALLOW)  # of somebody else, who asks which methods there are
        if len(asking) > 1 or not ({asking[0].lower(), _EVERYBODY} & self._origins):
            return answer_of(403)
        allowed = {"webhook-allowed-origin": asking[0], "webhook-allowed-rate": self._rate}
        return answer_of(200, ALLOW | allowed)

    def read(self, headers: Headers, body: bytes, now: float) -> Message | Unproven | Unread:
        """What a `POST` says, if a key fits; why not otherwise. `body` are the bytes as they came,
        `now` is in seconds since 1970.

        Nothing of a body is looked at before its signature was found to fit.
        """
        if len(body) > MOST_BYTES:
            return Unread.TOO_LARGE
        found = proven(headers, body, self._keys, now, self._tolerance)
        if isinstance(found, Unproven):
            return found
        try:
            event = _event(body)
            alert = _alert(event.data) if event.type == _ALERT else None
        except UNREADABLE:
            return Unread.NO_EVENT
        if event.specversion != "1.0":
            return Unread.NO_EVENT
        return Message(found, event.source, event.type, event.time, alert)


def answer_of(status: int, headers: Mapping[str, str] = {}, told: str = "") -> Answer:
    """An answer of a receiver, whole: nothing has to be added to it."""
    body = f"{told}\n".encode() if told else b""
    usual = {"content-type": "text/plain; charset=utf-8"} if told else {}
    return Answer(status, {**usual, "content-length": str(len(body)), **headers}, body)


def refusal(why: Unproven | Unread) -> Answer:
    """The answer to what is not read."""
    if isinstance(why, Unread):
        return answer_of(_STATUSES[why], told=why)
    # With a 401 HTTP wants to hear how to do better (RFC 9110, 15.5.2).
    return answer_of(401, {"www-authenticate": "Standard-Webhooks"}, why)


def _several(setting: str, given: Iterable[str]) -> list[str]:
    if isinstance(given, str):  # which is several texts of one letter
        raise Misconfigured(setting, "give a list")
    return list(given)
