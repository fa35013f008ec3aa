"""Households as your party sees them: found by a reference of yours, and read by your handle.

What a newer hub adds is left out. Instants are texts (RFC 3339, UTC), as the hub wrote them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from hub.client.answers import Alert
from hub.client.errors import Declined
from hub.client.flows import Flow, asked, decoded
from hub.client.http import Request
from hub.client.policy import Policy
from hub.client.problems import problem_of

T = TypeVar("T")


class FoundHousehold(Struct, frozen=True):
    """Your handle of the household that a reference leads to, and those of others that had it."""

    household: str
    others: tuple[str, ...] = ()


class Standing(Struct, frozen=True):
    """A state that was or is in force, by your own facts; `until` None while it lasts."""

    state: str
    from_: str = field(name="from")
    until: str | None = None


class Entry(Struct, frozen=True, rename="camel"):
    """A fact: your own whole, or what alerts told you of another's (`own` False). `told_only`: it
    stands here as an alert told it; an own one was corrected since, or is not here yet."""

    own: bool
    type: str
    occurred_at: str | None = None
    source: str | None = None
    id: str | None = None
    fields: Mapping[str, Any] = {}
    alerts: tuple[str, ...] = ()
    told_only: bool = False


class Expected(Struct, frozen=True, rename="camel"):
    """What has not come, and by when it was to."""

    type: str
    expected_by: str
    alert_id: str


class Household(Struct, frozen=True, kw_only=True):
    """Everything that your party may see of a household; `household` is your handle."""

    household: str
    gemeente: str
    references: tuple[Mapping[str, str], ...] = ()
    states: tuple[Standing, ...] = ()
    aanspreekpunt: Mapping[str, str] | None = None
    timeline: tuple[Entry, ...] = ()
    expected: tuple[Expected, ...] = ()
    alerts: tuple[Alert, ...] = ()


_found: Final = msgspec.json.Decoder(FoundHousehold).decode
_household: Final = msgspec.json.Decoder(Household).decode
_IN_JSON: Final = {"content-type": "application/json"}


class Households(Struct, frozen=True):
    """Flows of one call."""

    policy: Policy

    def lookup(self, scheme: str, issuer: str, value: str) -> Flow[FoundHousehold]:
        body = msgspec.json.encode({"scheme": scheme, "issuer": issuer, "value": value})
        request = Request("POST", "/v1/households/lookup", body=body, headers=_IN_JSON)
        return (yield from self._ask(request, _found))

    def read(self, handle: str) -> Flow[Household]:
        request = Request("GET", f"/v1/households/{quote(handle, safe='')}")
        return (yield from self._ask(request, _household))

    def _ask(self, request: Request, decode: Callable[[bytes], T]) -> Flow[T]:
        answer = yield from asked(request, self.policy)
        if answer.status != 200:
            raise Declined(problem_of(answer))
        return decoded(answer, decode)
