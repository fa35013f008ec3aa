"""Receipts: what became of a fact of one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from sqlite3 import Connection
from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from hub.domain.parties import Party
from hub.domain.refusals import Refused, Slug
from hub.domain.time import format_instant
from hub.gateway.gateway import Gateway
from hub.gateway.problems import Answer, Declined, Trouble, language_of
from hub.reading import receipts
from hub.reading.receipts import Found
from hub.wire.problems import EXPLAINED, Language, ProblemDetails, problem

_Find: TypeAlias = Callable[[Connection], Found | None]


class Receipt(Struct, frozen=True, rename="camel"):
    """A receipt as its party reads it; `household` is the party's own handle."""

    receipt_id: str
    source: str
    id: str
    type: str
    status: str
    at: str
    household: str | UnsetType = UNSET
    problem: ProblemDetails | UnsetType = UNSET


async def get_receipt(gateway: Gateway, party: Party, request: Request) -> Response:
    """By its id."""
    receipt_id = request.path_params["receipt_id"]
    find: _Find = partial(receipts.find, party=party.id, receipt_id=receipt_id)
    return _answer(gateway, request, find)


async def get_receipt_of_event(gateway: Gateway, party: Party, request: Request) -> Response:
    """By the source and id of the event."""
    source, id_ = request.path_params["source"], request.path_params["id"]
    find: _Find = partial(receipts.find_by_event, party=party.id, source=source, id_=id_)
    return _answer(gateway, request, find)


def _answer(gateway: Gateway, request: Request, find: _Find) -> Response:
    found = gateway.reading.ask(find)
    if found is None:
        raise Declined(Trouble.NOT_FOUND)
    details = _problem(found.problem, language_of(request)) if found.problem else UNSET
    return Answer(
        Receipt(
            found.receipt_id,
            found.source,
            found.id,
            found.type,
            found.status,
            format_instant(found.at),
            found.household or UNSET,
            details,
        )
    )


def _problem(slug: Slug, language: Language) -> ProblemDetails:
    # What was wrong in particular was told, if at all, when the fact was sent; the slug stays.
    return problem(Refused(slug, f"{EXPLAINED[slug].title}."), language)
