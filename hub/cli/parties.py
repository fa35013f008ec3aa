"""`seintje parties`: who takes part. Their keys: `hub.cli.api_keys`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast

import typer

from hub.cli.options import AsJson, PartiesAt, agreements_at
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.domain.facts import Role
    from hub.domain.parties import Parties, Party

PartyId: TypeAlias = Annotated[str, typer.Argument(metavar="PARTY", help="Its id.")]
_ROLES = ("gemeente", "begeleider", "corporatie", "huurders")


def list_parties(ctx: typer.Context, parties: PartiesAt = None, as_json: AsJson = False) -> None:
    """List the parties."""
    screen = screen_of(ctx, as_json=as_json)
    known = known_parties(screen, parties)
    rows = [_row(known.by_id[name]) for name in sorted(known.by_id)]
    if not screen.shows_tables:
        screen.rows(rows)
        return
    columns = ("id", "role", "name", "gemeenten", "actsFor", "urn")
    screen.table(columns, [[cell(row[name]) for name in columns] for row in rows])


def show_party(
    ctx: typer.Context, party: PartyId, parties: PartiesAt = None, as_json: AsJson = False
) -> None:
    """Show one party.

    Exit 1 if there is none of this id.
    """
    screen = screen_of(ctx, as_json=as_json)
    found = known_parties(screen, parties).by_id.get(party)
    if found is None:
        screen.nothing(
            party, nl="er is geen partij met deze naam", en="there is no party of this id"
        )
    row = _row(found)
    if screen.shows_tables:
        screen.table(("", ""), [(name, cell(value)) for name, value in row.items()])
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


def known_parties(screen: Screen, parties: Path | None) -> Parties:
    """The parties of the settings, or of a file."""
    from hub.settings import load

    return agreements_at(load(screen.environ).agreements, parties)[1]


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


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {inner}" for name, inner in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)
