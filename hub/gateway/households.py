"""Households of one's own party: found by a reference of its own, and read by its handle.

A reference stands in the body of a request and never in an address. Another party's reference or
handle is answered like one that nobody ever used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from hub.domain.facts import Reference
from hub.domain.parties import Party
from hub.domain.refusals import Refused, Slug, Violation
from hub.gateway import query
from hub.gateway.gateway import Gateway
from hub.gateway.problems import Answer, Declined, Trouble, refused
from hub.streams.revisions import Way

_MOST_BYTES: Final = 4096
_SCHEMES: Final = ("lease", "dossier", "address")
_LONGEST: Final[Mapping[str, int]] = {"issuer": 64, "value": 128}


class Found(Struct, frozen=True, rename="camel"):
    """The party's handle for the household of a reference, and for others that had it."""

    household: str
    others: Sequence[str]


async def post_lookup(gateway: Gateway, party: Party, request: Request) -> Response:
    """Which household one's reference leads to."""
    said = await query.json_object(request, _MOST_BYTES)
    wrong = _violations(said)
    if wrong:
        told = "The reference has other fields."
        return refused(request, Refused(Slug.SCHEMA_VIOLATION, told, wrong))
    reference = Reference(said["scheme"], said["issuer"], said["value"])
    look = partial(gateway.households.lookup, party=party, reference=reference)
    found: Sequence[str] = gateway.reading.ask(look)
    if not found:
        raise Declined(Trouble.NOT_FOUND)
    return Answer(Found(found[0], found[1:]))


async def get_household(gateway: Gateway, party: Party, request: Request) -> Response:
    """A household as the party may see it, logged before it is answered; 404 for whoever has
    nothing to do with it."""
    handle = request.path_params["handle"]
    view = await gateway.readings.household(party.id, handle, Way.TIMELINE)
    if view is None:
        raise Declined(Trouble.NOT_FOUND)
    return Answer(view)


def _violations(said: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Everything that is wrong with a reference."""
    found = []
    if said.get("scheme") not in _SCHEMES:
        found.append(Violation("body.scheme", ", ".join(_SCHEMES)))
    for name, most in _LONGEST.items():
        value = said.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            found.append(Violation(f"body.{name}", f"a text of 1 to {most} signs"))
    if said.keys() - {"scheme", *_LONGEST}:
        found.append(Violation("body", "nothing but scheme, issuer, value"))
    return tuple(found)
