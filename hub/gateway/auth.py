"""Who asks: the party of an API key (interfaces, HTTP, Auth)."""

from __future__ import annotations

from functools import partial
from typing import Final

from starlette.requests import Request

from hub.domain.parties import Party
from hub.gateway import api_keys
from hub.gateway.gateway import Gateway
from hub.gateway.problems import Declined, Trouble

_REALM: Final = 'Bearer realm="seintje"'


def party_of(gateway: Gateway, request: Request) -> Party:
    """The party that asks. Declined when it sends no key, or one that is not in force."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Declined(Trouble.UNAUTHENTICATED, headers={"WWW-Authenticate": _REALM})
    name = gateway.reading.ask(partial(api_keys.find_party, secret=secret.strip()))
    party = gateway.parties.by_id.get(name) if name is not None else None
    if party is None:
        told = {"WWW-Authenticate": f'{_REALM}, error="invalid_token"'}
        raise Declined(Trouble.UNAUTHENTICATED, headers=told)
    return party
