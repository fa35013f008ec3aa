"""`seintje parties key`: the API keys of parties: made, replaced, listed, revoked.

Works on the data directory of a hub, also while that runs, or on Kafka where that is set.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from hub.cli.options import AsJson, DataAt, PartiesAt
from hub.cli.parties import PartyId, cell, known_parties
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from sqlite3 import Connection

    from hub.domain.time import Instant
    from hub.gateway.api_keys import StoredKey

OptionalParty: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="PARTY", help="Its id; without it, of every party.")
]
_COLUMNS: Final = ("name", "party", "createdAt", "lastUsed", "revokedAt")


def create_key(
    ctx: typer.Context,
    party: PartyId,
    data: DataAt = None,
    parties: PartiesAt = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key for a party, and show it this once.

    Only its digest is kept. A party has two keys at most; of a third is said what to do first.
    """
    from hub.clocks import SystemClock
    from hub.gateway import api_keys

    screen = screen_of(ctx, as_json=as_json)
    _check_party(screen, party, parties)
    with _keys(screen, data) as connection:
        key = api_keys.grant(connection, party, SystemClock().now())
    if not screen.shows_tables:
        screen.rows([{"party": party, "key": key.secret}])
        return
    screen.lines([key.secret, _keep_it(screen)])


def rotate_key(
    ctx: typer.Context,
    party: PartyId,
    days: Annotated[
        int, typer.Option(min=0, max=90, metavar="DAYS", help="How long the old one still counts.")
    ] = 7,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Make the next API key; the old one ends by itself.

    Both count meanwhile: put the new key where the old one is, and see with `parties key list` that
    the old one is no longer used. To go on with the old one, revoke the new.
    """
    from hub.clocks import SystemClock
    from hub.domain.time import DAY_MS, format_instant
    from hub.gateway import api_keys

    screen = screen_of(ctx, as_json=as_json)
    now = SystemClock().now()
    until = now + days * DAY_MS
    with _keys(screen, data) as connection:
        key = api_keys.rotate(connection, party, now, until)
    told = format_instant(until)
    if not screen.shows_tables:
        screen.rows([{"party": party, "key": key.secret, "oldUntil": told}])
        return
    ends = screen.words(
        nl=f"De oude sleutel geldt nog tot {told}.", en=f"The old key counts until {told}."
    )
    screen.lines([key.secret, _keep_it(screen), ends])


def list_keys(
    ctx: typer.Context, party: OptionalParty = None, data: DataAt = None, as_json: AsJson = False
) -> None:
    """List the API keys by the beginning of their digest.

    With when each was last used, to the hour; a hub that runs writes that every ten minutes.
    """
    from hub.clocks import SystemClock
    from hub.gateway import api_keys

    screen = screen_of(ctx, as_json=as_json)
    now = SystemClock().now()
    with _keys(screen, data) as connection:
        rows = [_row(key, now) for key in api_keys.stored(connection, party)]
    if not screen.shows_tables:
        screen.rows(rows)
        return
    screen.table(_COLUMNS, [[cell(row[name]) for name in _COLUMNS] for row in rows])


def revoke_key(
    ctx: typer.Context,
    party: PartyId,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The beginning of its digest; without it, all keys."),
    ] = None,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Revoke the API keys of a party, from the next request on.

    Exit 1 if there was none.
    """
    from hub.clocks import SystemClock
    from hub.gateway import api_keys

    screen = screen_of(ctx, as_json=as_json)
    with _keys(screen, data) as connection:
        revoked = api_keys.revoke(connection, party, name, SystemClock().now())
    if not screen.shows_tables:
        screen.rows([{"party": party, "revoked": revoked}])
    screen.remark(nl=f"{revoked} sleutels ingetrokken", en=f"{revoked} keys revoked")
    if not revoked:
        raise typer.Exit(1)


def _check_party(screen: Screen, party: str, parties: Path | None) -> None:
    from hub.errors import Misconfigured

    known = known_parties(screen, parties).by_id
    if party not in known:
        raise Misconfigured(party, f"there is no such party; it is one of {', '.join(known)}")


def _keep_it(screen: Screen) -> str:
    return screen.words(
        nl="Bewaar deze sleutel nu: hij is hierna niet meer te zien.",
        en="Keep this key now: it cannot be seen again.",
    )


def _keys(screen: Screen, data: Path | None) -> AbstractContextManager[Connection]:
    """The API keys, to ask and to change: in Kafka where that is set, or in a data directory."""
    from hub.gateway import api_keys, api_keys_on_kafka
    from hub.settings import load
    from hub.streams.kafka.brokers import brokers_of

    settings = load(screen.environ, {"data": None if data is None else str(data)})
    if settings.kafka_brokers is not None and data is None:
        return api_keys_on_kafka.editing(brokers_of(settings))
    return api_keys.editing(settings.data)


def _row(key: StoredKey, now: Instant) -> dict[str, Any]:
    from hub.domain.time import format_instant

    used = None if key.used_at is None else format_instant(key.used_at)
    revoked = None if key.revoked_at is None else format_instant(key.revoked_at)
    return {
        "name": key.name,
        "party": key.party,
        "createdAt": format_instant(key.created_at),
        "lastUsed": used,
        "revokedAt": revoked,
        "inForce": key.is_in_force(now),
    }
