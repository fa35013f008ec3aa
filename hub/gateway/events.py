"""`POST /v1/events`: one CloudEvent, structured or binary, or a batch of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from msgspec import UNSET, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from hub.domain.parties import Party
from hub.domain.refusals import Refused, Slug
from hub.gateway import query
from hub.gateway.gateway import Gateway
from hub.gateway.limits import EVENTS, work_of
from hub.gateway.problems import Answer, Declined, Trouble, language_of, refused
from hub.gateway.reception import Event, Received
from hub.wire import cloudevents
from hub.wire.cloudevents import MAX_EVENT_BYTES
from hub.wire.problems import ProblemDetails, problem

PARAMETERS: Final = frozenset({"dryRun"})
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
JSON: Final = "application/json"
DATA: Final = frozenset(
    {JSON, "application/avro", "avro/binary", "application/vnd.apache.avro+binary"}
)

Events: TypeAlias = Sequence[Event]


class EventAnswer(Struct, frozen=True, rename="camel"):
    """What became of the event at a position of the call."""

    position: int
    status: str
    receipt_id: str | UnsetType = UNSET
    problem: ProblemDetails | UnsetType = UNSET


class Receipts(Struct, frozen=True, rename="camel"):
    """The answers of a call; of a single event also by itself."""

    receipts: Sequence[EventAnswer]
    receipt_id: str | UnsetType = UNSET
    status: str | UnsetType = UNSET


async def post_events(gateway: Gateway, party: Party, request: Request) -> Response:
    """202: kept, durably. 200: a dry run. Else the problem of the event, or of the call."""
    is_dry = query.flag(request, "dryRun")
    query.check_encoding(request)
    is_batch = query.media_type(request) == BATCH
    events = await (_batch(request) if is_batch else _single(request))
    if isinstance(events, Refused):
        return refused(request, events)
    work_of(request).spend(EVENTS, len(events))
    if is_dry:
        received = gateway.reception.rehearse(events, party)
    else:
        received = await gateway.reception.receive(events, party)
    only = received[0] if not is_batch else None
    if only is not None and only.refused is not None:
        return refused(request, only.refused)
    answers = [_told(request, place, it) for place, it in enumerate(received)]
    if only is None:
        return Answer(Receipts(answers), _status_of(received, is_dry=is_dry))
    one = Receipts(answers, answers[0].receipt_id, answers[0].status)
    return Answer(one, _status_of(received, is_dry=is_dry))


def _status_of(received: Sequence[Received], *, is_dry: bool) -> int:
    if received and all(it.refused is not None for it in received):
        return 400
    return 200 if is_dry else 202


def _told(request: Request, position: int, received: Received) -> EventAnswer:
    if received.refused is not None:
        details = problem(received.refused, language_of(request))
        return EventAnswer(position, received.status, problem=details)
    return EventAnswer(position, received.status, received.receipt_id or UNSET)


async def _single(request: Request) -> Events | Refused:
    media = query.media_type(request)
    is_binary = any(name.startswith("ce-") for name in request.headers)
    if media != STRUCTURED and media not in (DATA if is_binary else {JSON}):
        raise Declined(Trouble.UNSUPPORTED_MEDIA_TYPE, headers={"Accept": _accepted()})
    body = await query.body(request, MAX_EVENT_BYTES)
    if body is None:
        return Refused(Slug.TOO_LARGE, f"An event is at most {MAX_EVENT_BYTES} bytes.")
    if media != STRUCTURED and is_binary:
        attributes = cloudevents.http_attributes(dict(request.headers))
        return [cloudevents.decode_binary(attributes, body)]
    return [cloudevents.decode(body)]


async def _batch(request: Request) -> Events | Refused:
    body = await query.body(request, MAX_BATCH_BYTES)
    if body is None:
        raise Declined(Trouble.TOO_LARGE)
    judged = cloudevents.decode_batch(body)
    if isinstance(judged, Refused):
        return judged
    return [it.answer for it in judged]


def _accepted() -> str:
    return f"{STRUCTURED}, {BATCH}, {JSON}, application/avro"
