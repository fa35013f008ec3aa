"""`seintje parties`: who takes part, and the API keys they have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast

import typer

from hub.cli.options import AsJson, DataAt, PartiesAt, agreements_at
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from sqlite3 import Connection

    from hub.domain.facts import Role
    from hub.domain.parties import Parties, Party
    from hub.gateway.api_keys import StoredKey

PartyId: TypeAlias = Annotated[str, typer.Argument(metavar="PARTY", help="Its id.")]
OptionalParty: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="PARTY", help="Its id; without it, of every party.")
]
_ROLES = ("gemeente", "begeleider", "corporatie", "huurders")


def list_parties(ctx: typer.Context, parties: PartiesAt = None, as_json: AsJson = False) -> None:
    """List the parties."""
    screen = screen_of(ctx, as_json=as_json)
    known = _known(screen, parties)
    rows = [_row(known.by_id[name]) for name in sorted(known.by_id)]
    if not screen.shows_tables:
        screen.rows(rows)
        return
    columns = ("id", "role", "name", "gemeenten", "actsFor", "urn")
    screen.table(columns, [[_cell(row[name]) for name in columns] for row in rows])


def show_party(
    ctx: typer.Context, party: PartyId, parties: PartiesAt = None, as_json: AsJson = False
) -> None:
    """Show one party.

    Exit 1 if there is none of this id.
    """
    screen = screen_of(ctx, as_json=as_json)
    found = _known(screen, parties).by_id.get(party)
    if found is None:
        screen.nothing(
            party, nl="er is geen partij met deze naam", en="there is no party of this id"
        )
    row = _row(found)
    if screen.shows_tables:
        screen.table(("", ""), [(name, _cell(value)) for name, value in row.items()])
    else:
        screen.rows([row])


def add(
    ctx: typer.Context,
    party: PartyId,
    parties: Annotated[
        Path, typer.Option("--parties", metavar="P", help="The parties file to write it in.")
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is called.")],
    role: Annotated[str, typer.Option(metavar="ROLE", help=", ".join(_ROLES) + ".")],
    gemeente: Annotated[
        list[str], typer.Option("--gemeente", metavar="CODE", help="CBS code; may come again.")
    ],
    contact: Annotated[str, typer.Option(metavar="MAIL", help="Who hears when it stays silent.")],
    oin: Annotated[str | None, typer.Option(metavar="OIN", help="Of a government.")] = None,
    kvk: Annotated[str | None, typer.Option(metavar="KVK", help="Of anybody else.")] = None,
    acts_for: Annotated[
        list[str] | None, typer.Option(metavar="PARTY", help="Of a begeleider; may come again.")
    ] = None,
    lease: Annotated[
        str | None, typer.Option(metavar="REGEX", help="What its lease numbers look like.")
    ] = None,
    dossier: Annotated[
        str | None, typer.Option(metavar="REGEX", help="What its dossier numbers look like.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a party into a parties file.

    The file is checked with the party in it before anything is written.
    """
    from hub.agreement_edits import NewParty, add_party

    screen = screen_of(ctx, as_json=as_json)
    if role not in _ROLES:
        raise typer.BadParameter(f"one of {', '.join(_ROLES)}", param_hint="--role")
    patterns = {"lease": lease, "dossier": dossier}
    new = NewParty(
        id=party,
        name=name,
        role=cast("Role", role),
        gemeenten=gemeente,
        contact=contact,
        oin=oin,
        kvk=kvk,
        acts_for=acts_for or (),
        patterns={scheme: regex for scheme, regex in patterns.items() if regex is not None},
    )
    added = add_party(parties, new)
    if not screen.shows_tables:
        screen.rows([_row(added)])
    screen.remark(
        nl=f"{party} staat in {parties}; start de hub opnieuw om de partij mee te laten doen.",
        en=f"{party} is in {parties}; start the hub anew for it to take part.",
    )


def create_key(
    ctx: typer.Context,
    party: PartyId,
    data: DataAt = None,
    parties: PartiesAt = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key for a party, and show it this once.

    Only its digest is kept.
    """
    from hub.clocks import SystemClock
    from hub.errors import Misconfigured
    from hub.gateway import api_keys

    screen = screen_of(ctx, as_json=as_json)
    known = _known(screen, parties)
    if party not in known.by_id:
        raise Misconfigured(party, f"there is no such party; it is one of {', '.join(known.by_id)}")
    with _keys(screen, data) as connection:
        key = api_keys.create(connection, party, SystemClock().now())
    if not screen.shows_tables:
        screen.rows([{"party": party, "key": key.secret}])
        return
    told = screen.words(
        nl="Bewaar deze sleutel nu: hij is hierna niet meer te zien.",
        en="Keep this key now: it cannot be seen again.",
    )
    screen.lines([key.secret, told])


def list_keys(
    ctx: typer.Context, party: OptionalParty = None, data: DataAt = None, as_json: AsJson = False
) -> None:
    """List the API keys by the beginning of their digest."""
    from hub.gateway import api_keys

    screen = screen_of(ctx, as_json=as_json)
    with _keys(screen, data) as connection:
        rows = [_key_row(key) for key in api_keys.stored(connection, party)]
    if not screen.shows_tables:
        screen.rows(rows)
        return
    columns = ("name", "party", "createdAt", "revokedAt")
    screen.table(columns, [[_cell(row[name]) for name in columns] for row in rows])


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


def _known(screen: Screen, parties: Path | None) -> Parties:
    """The parties of the settings, or of a file."""
    from hub.settings import load

    return agreements_at(load(screen.environ).agreements, parties)[1]


def _keys(screen: Screen, data: Path | None) -> AbstractContextManager[Connection]:
    """The API keys, to ask and to change: in Kafka where that is set, or in a data directory."""
    from hub.gateway import api_keys, api_keys_on_kafka
    from hub.settings import load
    from hub.streams.kafka.brokers import brokers_of

    settings = load(screen.environ, {"data": None if data is None else str(data)})
    if settings.kafka_brokers is not None and data is None:
        return api_keys_on_kafka.editing(brokers_of(settings))
    return api_keys.editing(settings.data)


def _row(party: Party) -> dict[str, Any]:
    return {
        "id": party.id,
        "role": party.role,
        "name": party.name,
        "urn": party.urn,
        "gemeenten": sorted(party.gemeenten),
        "actsFor": sorted(party.acts_for),
        "patterns": dict(party.patterns),
        "contact": party.contact,
    }


def _key_row(key: StoredKey) -> dict[str, Any]:
    from hub.domain.time import format_instant

    revoked = None if key.revoked_at is None else format_instant(key.revoked_at)
    return {
        "name": key.name,
        "party": key.party,
        "createdAt": format_instant(key.created_at),
        "revokedAt": revoked,
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {inner}" for name, inner in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)
