"""The two requests that a receiver gets: the question whether it wants webhooks, and a webhook.

Both say which system asks (`WebHook-Request-Origin`), as the web hooks of CloudEvents want it
(HTTP 1.1 Web Hooks for Event Delivery 1.0.2, 2.1 and 4.1; the NL GOV profile follows it). They are
described here and sent elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hub.delivery.event import CONTENT_TYPE
from hub.delivery.signatures import Message, SigningKey, signed
from hub.telemetry.spans import carried

ORIGIN: Final = "webhook-request-origin"
RATE: Final = "webhook-request-rate"


class Request(Struct, frozen=True):
    """A request to be sent as it is. Names of headers in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    def __repr__(self) -> str:
        # An address may hold a token, and the body is about people.
        return f"Request({self.method!r}, …)"


def handshake(endpoint: str, origin: str, rate: int) -> Request:
    """The question whether webhooks of `origin` are welcome at `endpoint`, `rate` a minute.

    No `WebHook-Request-Callback`: whoever may call it back could consent for another.
    """
    return Request("OPTIONS", endpoint, {ORIGIN: origin, RATE: str(rate)})


def delivery(endpoint: str, message: Message, keys: Iterable[SigningKey], origin: str) -> Request:
    """One attempt to deliver an event, signed by each of the keys. It carries the span of the
    attempt as its `traceparent`, if it is traced."""
    headers = {"content-type": CONTENT_TYPE, ORIGIN: origin} | signed(message, keys) | carried()
    return Request("POST", endpoint, headers, message.body)


def with_token(request: Request, authorization: str) -> Request:
    """The same request of somebody whom the receiver knows."""
    return replace(request, headers={**request.headers, "authorization": authorization})
