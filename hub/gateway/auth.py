"""Who may do what over HTTP: the one place that decides it (interfaces, HTTP, Auth).

Each call says what it needs (`hub.gateway.app`); here the caller is recognised and asked for that
right. A party sees and speaks only for itself: the calls get the party from here, and look for
nothing but what is that party's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from starlette.requests import Request

from hub.domain.refusals import Violation
from hub.domain.time import Instant
from hub.gateway import api_keys
from hub.gateway.gateway import Gateway
from hub.gateway.identity.caller import Caller, Need, Wrong
from hub.gateway.identity.certificates import HEADER
from hub.gateway.identity.identity import Shown
from hub.gateway.problems import Declined, Trouble
from hub.gateway.tls import PEER

_CALLER: Final = "seintje.caller"
_REALM: Final = 'Bearer realm="seintje"'


async def authorised(gateway: Gateway, request: Request, needs: Need | None) -> Caller:
    """Who calls, if they may. Declined when they are not known, or may not; a call that does not
    say what it needs is nobody's. Unavailable: it cannot be told now."""
    found = await gateway.identity.recognise(
        _shown(request), gateway.parties, partial(_find_key, gateway)
    )
    if isinstance(found, Wrong):
        raise _unknown(found)
    if needs not in found.may:
        told = {"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{needs}"'}
        raise Declined(Trouble.NOT_ALLOWED, headers=told)
    request.scope[_CALLER] = found
    return found


def said_in(request: Request) -> str | None:
    """What could be guessed of what a request shows: a key or a token, and no certificate."""
    said = request.headers.getlist("authorization")
    return " ".join(said) if said else None


def caller_of(request: Request) -> Caller:
    """Who was authorised to make this request."""
    caller: Caller = request.scope[_CALLER]
    return caller


def is_still(gateway: Gateway, caller: Caller) -> bool:
    """Whether what proved the caller is in force still, for whoever answers for a long time."""
    now = gateway.identity.clock.now()
    if caller.party.id not in gateway.parties.by_id or (caller.until or now + 1) <= now:
        return False
    if caller.by != "key":
        return True
    return gateway.reading.ask(
        partial(api_keys.is_in_force, party=caller.party.id, name=caller.name, now=now)
    )


def _find_key(gateway: Gateway, secret: str, now: Instant) -> tuple[str, str] | None:
    return gateway.reading.ask(partial(api_keys.find, secret=secret, now=now))


def _shown(request: Request) -> Shown:
    state: Mapping[str, Any] = request.scope.get("state", {})
    return Shown(
        request.headers.getlist("authorization"),
        request.headers.getlist(HEADER),
        state.get(PEER),
        request.client.host if request.client is not None else None,
    )


def _unknown(wrong: Wrong) -> Declined:
    """That who calls is not known, and why, as RFC 6750 (3) has it."""
    if not wrong.error:
        return Declined(Trouble.UNAUTHENTICATED, headers={"WWW-Authenticate": _REALM})
    told = f'{_REALM}, error="{wrong.error}", error_description="expected {wrong.expected}"'
    violation = Violation(wrong.where, wrong.expected)
    return Declined(Trouble.UNAUTHENTICATED, violation, headers={"WWW-Authenticate": told})
