"""Acts on alerts: acknowledge, agree an approach, close. They become facts like any other.

The fact is said by the party itself, through the system `seintje-api` of the hub, now. With an
`Idempotency-Key` its id follows from that key, so that a call that is sent again is a duplicate,
and the same key for another act a conflicting one; without, each call is an act of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from hub.domain.acts import Status
from hub.domain.parties import Party
from hub.domain.refusals import Refused, Slug, Violation
from hub.domain.time import format_instant
from hub.gateway import query
from hub.gateway.alerts import view_of
from hub.gateway.gateway import Gateway
from hub.gateway.problems import Answer, Declined, Trouble, refused
from hub.reading import receipts
from hub.streams.receipts import ReceiptStatus
from hub.wire import cloudevents

SYSTEM: Final = "systeem:seintje-api"
LONGEST_KEY: Final = 255
# What the body of each act says; alert, place and instant are added to it.
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "alert-acknowledged": frozenset(),
    "approach-agreed": frozenset({"action", "reviewOn"}),
    "alert-closed": frozenset({"outcome"}),
}

_MOST_BYTES: Final = 16 * 1024
_LETTERS: Final = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")

Endpoint: TypeAlias = Callable[[Gateway, Party, Request], Awaitable[Response]]


class Act(Struct, frozen=True, rename="camel"):
    """The answer: the receipt of the fact that the act became."""

    receipt_id: str
    status: str


class Deed(Struct, frozen=True):
    """What a party does with an alert: the type of the fact that it becomes, and what that says.
    With a `key` it is one act however often it is sent."""

    fact_type: str
    alert_id: str
    said: Mapping[str, Any]
    key: str | None = None


class _Place(Struct):
    """Where an alert belongs. Of what is gone no view tells it."""

    status: str
    gemeente: str | None = None
    region: str | None = None


_place: Final = msgspec.json.Decoder(_Place).decode
_GONE: Final = frozenset({Status.WITHDRAWN, Status.ERASED})


class Acts:
    """Puts acts on alerts into the log. One at a time, so that the same call sent twice at once
    finds itself."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    def endpoint(self, fact_type: str) -> Endpoint:
        """The call that makes facts of this type."""
        fields = FIELDS[fact_type]

        async def post(gateway: Gateway, party: Party, request: Request) -> Response:
            alert_id = request.path_params["alert_id"]
            _place_of(gateway, party, alert_id)  # before the body: what is not there has no fields
            said = await _said(request, fields)
            if isinstance(said, Refused):
                return refused(request, said)
            deed = Deed(fact_type, alert_id, said, _key_of(request))
            kept = await self.perform(gateway, party, deed)
            return refused(request, kept) if isinstance(kept, Refused) else _accepted(kept)

        return post

    async def perform(self, gateway: Gateway, party: Party, deed: Deed) -> Act | Refused:
        """Keep a deed of a party. Declined: there is no such alert for it, or not any more."""
        place = _place_of(gateway, party, deed.alert_id)
        # An alert of a region stays with its region, also one that names a gemeente.
        where = {"region": place.region} if place.region else {"gemeente": place.gemeente}
        said = {**deed.said, "alertId": deed.alert_id, **where}
        async with self._one_at_a_time:
            return await _keep(gateway, party, deed, said)


def _place_of(gateway: Gateway, party: Party, alert_id: str) -> _Place:
    place = _place(view_of(gateway, party, alert_id))
    if place.status in _GONE or not (place.region or place.gemeente):
        raise Declined(Trouble.ALERT_GONE)
    return place


async def _said(request: Request, fields: frozenset[str]) -> dict[str, Any] | Refused:
    """What the body says of the act."""
    tree = await query.json_object(request, _MOST_BYTES)
    if tree.keys() - fields:
        expected = ", ".join(sorted(fields)) or "no fields"
        told = Violation("data", f"nothing but {expected}")
        return Refused(Slug.SCHEMA_VIOLATION, "The act has other fields.", (told,))
    return tree


async def _keep(
    gateway: Gateway, party: Party, deed: Deed, said: Mapping[str, Any]
) -> Act | Refused:
    source = f"{party.urn}:{SYSTEM}"
    key, content = _id_of(deed, said)
    before = gateway.reading.ask(partial(receipts.ids_beginning, source=source, beginning=key))
    if key + content in before:
        return Act(before[key + content], ReceiptStatus.DUPLICATE)
    if before:
        told = "This Idempotency-Key was used for another act."
        return Refused(Slug.CONFLICTING_DUPLICATE, told)
    event = {
        "specversion": "1.0",
        "id": key + content,
        "source": source,
        "type": f"nl.seintje.{deed.fact_type}.v1",
        "data": {**said, "occurredAt": format_instant(gateway.clock.now())},
    }
    decoded = cloudevents.decode(msgspec.json.encode(event))
    [received] = await gateway.reception.receive([decoded], party)
    if received.refused is not None:
        return received.refused
    assert received.receipt_id is not None
    return Act(received.receipt_id, received.status)


def _accepted(act: Act) -> Response:
    return Answer(act, 202, {"Location": f"/v1/receipts/{act.receipt_id}"})


def _key_of(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise Declined(Trouble.INVALID_PARAMETER, Violation("Idempotency-Key", "1 to 255 signs"))
    return key


def _id_of(deed: Deed, said: Mapping[str, Any]) -> tuple[str, str]:
    """The two halves of the id: one follows from the idempotency key, one from the act."""
    if deed.key is None:
        return f"act-{_letters(secrets.token_bytes(16))}-", "once"
    content = msgspec.json.encode([deed.fact_type, said], order="deterministic")
    return f"act-{_letters(_hash(deed.key.encode()))}-", _letters(_hash(content))


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:16]


def _letters(raw: bytes) -> str:
    """Letters only: digits in an id may look like a BSN."""
    return raw.hex().encode().translate(_LETTERS).decode()
