"""What a hub sends to a receiver, made by what sends it: revisions, tests, the handshake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.delivery import event, request
from hub.delivery.request import Request
from hub.delivery.revision import revision_of
from hub.delivery.signatures import Message, PrivateKey, Secret, SigningKey
from hub.domain.time import Instant
from hub.streams.seam import Record
from tests.wire.views import example

AT: Final[Instant] = 1_772_000_000_000
AT_S: Final = AT / 1000
ORIGIN: Final = "hub.example.nl"
PARTY: Final = "gemeente-weert"
ALERT: Final = "al-" + "a2" * 13
SECRET: Final = Secret(b"s" * 32)
PAIR: Final = PrivateKey(b"p" * 32)
ENDPOINT: Final = "https://receiver.example.nl/seintje"


def handshake(origin: str = ORIGIN) -> Request:
    return request.handshake(ENDPOINT, origin, 600)


def sent(
    view: bytes | None = None, *keys: SigningKey, party: str = PARTY, at: Instant = AT
) -> Request:
    """One attempt to send a view; of the usual alert, under the usual secret."""
    revision = revision_of(Record(7, b"", view or viewed(), {}, at))
    body = event.event_of(revision, party)
    return _delivery(Message(revision.webhook_id, at, body), keys)


def viewed(revision: int = 1, alert: str = ALERT, **changes: Any) -> bytes:
    """A view of the usual alert, at a revision."""
    return example(alert_id=alert, revision=revision, **changes)


def sent_test(*keys: SigningKey, at: Instant = AT) -> Request:
    """A test that the party asked for."""
    message = event.event_of_test("sub-1", PARTY, at)
    return _delivery(Message(event.id_of_test("sub-1", at), at, message), keys)


def sent_body(body: bytes, *keys: SigningKey, name: str = "al-1_1", at: Instant = AT) -> Request:
    """Whatever bytes, signed as the hub signs."""
    return _delivery(Message(name, at, body), keys)


def changed(
    sending: Request, body: bytes | None = None, headers: Mapping[str, str | None] = {}
) -> Request:
    """The same with another body, or other headers; None: without it."""
    both = {**sending.headers, **headers}
    kept = {name: it for name, it in both.items() if it is not None}
    return Request(sending.method, sending.url, kept, sending.body if body is None else body)


def _delivery(message: Message, keys: tuple[SigningKey, ...]) -> Request:
    return request.delivery(ENDPOINT, message, keys or (SECRET,), ORIGIN)
