"""How a gateway knows who calls: out of the settings, for both roles that have one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeAlias

import structlog

from hub.clocks import seconds
from hub.domain.parties import Parties
from hub.domain.time import Instant
from hub.errors import Unavailable
from hub.gateway.identity import identity_file
from hub.gateway.identity.asking import Asking
from hub.gateway.identity.identities import Identities
from hub.gateway.identity.identity import Identity
from hub.gateway.identity.issuer_keys import IssuerKeys
from hub.guard import Guard
from hub.settings import Settings

Write: TypeAlias = Callable[[Mapping[str, Instant]], Awaitable[object]]

_WRITE_SECONDS: Final = 600.0

_log = structlog.get_logger("seintje.identity")


def identity_of(settings: Settings, parties: Parties) -> Identity:
    """Who knows callers. Misconfigured: what is wrong with the file of identities."""
    found = Identities()
    if settings.identities is not None:
        found = identity_file.load(settings.identities, parties.by_id)
    guard = Guard(settings.allowed_networks)
    keys = {it.issuer: IssuerKeys(Asking(it, guard), seconds) for it in found.issuers}
    return Identity(found, keys)


@asynccontextmanager
async def at_work(identity: Identity, write: Write) -> AsyncIterator[None]:
    """Uses of keys are written while the block runs, and at its end; then nothing is asked any
    more."""
    writing = asyncio.create_task(_keep_writing(identity, write))
    try:
        yield
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await _write(identity, write)
        await identity.close()


async def _keep_writing(identity: Identity, write: Write) -> None:
    while True:
        await asyncio.sleep(_WRITE_SECONDS)
        await _write(identity, write)


async def _write(identity: Identity, write: Write) -> None:
    uses = identity.uses.due()
    if not uses:
        return
    try:
        await write(uses)
    except Unavailable as away:
        _log.warning("the use of keys was not written", says=str(away))
    else:
        identity.uses.written(uses)
