"""`seintje alerts` and `disclosures`: what a hub told, holds back and showed.

Reads a data directory, also while a hub runs on it, or what is in Kafka.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from hub.cli.explain import reference_of
from hub.cli.options import AsJson, DataAt
from hub.cli.screen import screen_of
from hub.cli.showing import show, show_whole

if TYPE_CHECKING:
    from hub.cli.kept import Kept
    from hub.cli.kept_on_kafka import KeptOnKafka
    from hub.reading.disclosures import Disclosed
    from hub.reading.held import Group

Limit: TypeAlias = Annotated[
    int, typer.Option("--limit", min=1, metavar="N", help="At most so many, newest first.")
]
OfParty: TypeAlias = Annotated[
    str | None, typer.Option("--party", metavar="ID", help="What this party was told.")
]
HeldFrom: TypeAlias = Annotated[
    str | None, typer.Option("--party", metavar="ID", help="What is held back from this party.")
]
AlertId: TypeAlias = Annotated[str, typer.Argument(metavar="ALERT_ID")]

# What a list shows of a view; the rest is for `show`.
_LISTED: Final = (
    "alertId", "revision", "status", "rule", "severity", "raisedAt", "resolvedAt", "respondBy",
    "household",
)  # fmt: skip


def list_alerts(
    ctx: typer.Context,
    party: OfParty = None,
    status: Annotated[
        list[str] | None, typer.Option(metavar="STATUS", help="open, acknowledged, agreed, …")
    ] = None,
    limit: Limit = 50,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """List the alerts that parties were told of.

    Of each the last revision.
    """
    import json

    from hub.cli.kept_on_kafka import looked_into
    from hub.reading.alerts import Wanted, page

    screen = screen_of(ctx, as_json=as_json)
    kept = looked_into(data, screen.environ)
    rows = []
    for name in _parties(kept, party):
        wanted = Wanted(party=name, statuses=frozenset(status or ()), limit=limit)
        for placed in kept.ask(partial(page, wanted=wanted)):
            view = json.loads(placed.view)
            rows.append({"party": name} | {key: view.get(key) for key in _LISTED})
    show(screen, rows, ("party", "alertId", "revision", "status", "rule", "severity", "raisedAt"))


_OF_WHAT_IS_HELD: Final = ("party", "rule", "reason", "count", "since")


def list_held(
    ctx: typer.Context,
    party: HeldFrom = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="At most so many, oldest first.")
    ] = 50,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Count what is held back from parties, by rule and reason.

    What waits longest comes first; as JSON with the ids of the alerts.
    """
    from hub.cli.kept_on_kafka import looked_into
    from hub.reading.held import alert_ids, groups

    screen = screen_of(ctx, as_json=as_json)
    kept = looked_into(data, screen.environ)
    found = kept.ask(partial(groups, parties=_parties(kept, party), limit=limit))
    ids_of = {it: kept.ask(partial(alert_ids, of=it, limit=limit)) for it in found}
    rows = [_group(it) | {"alertIds": ids} for it, ids in ids_of.items()]
    show(screen, rows, _OF_WHAT_IS_HELD)


def show_alert(
    ctx: typer.Context,
    alert_id: AlertId,
    party: OfParty = None,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Show the whole view that each party has of an alert.

    Exit 1 if nobody was told of it.
    """
    import json

    from hub.cli.kept_on_kafka import looked_into
    from hub.reading.alerts import find

    screen = screen_of(ctx, as_json=as_json)
    kept = looked_into(data, screen.environ)
    views = {
        name: view
        for name in _parties(kept, party)
        if (view := kept.ask(partial(find, party=name, alert_id=alert_id))) is not None
    }
    if not views:
        screen.nothing(alert_id, nl="niemand heeft dit seintje", en="nobody has this alert")
    for name, view in views.items():
        show_whole(screen, {"party": name} | json.loads(view))


_OF_A_DISCLOSURE = ("at", "party", "way", "rule", "fields", "purpose", "basis")


def list_disclosures(
    ctx: typer.Context,
    reference: Annotated[
        str,
        typer.Option(
            "--reference", metavar="REF", help="lease:PARTY:VALUE or dossier:PARTY:VALUE."
        ),
    ],
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """List what was disclosed of a household, to whom and why.

    Fields and their basis, no values; also of a household that was erased. The way: a notice was
    written, or the timeline or a page of the console was read. Exit 1 if nothing was.
    """
    from hub.cli.kept_on_kafka import looked_into
    from hub.reading.disclosures import of_household

    screen = screen_of(ctx, as_json=as_json)
    kept = looked_into(data, screen.environ)
    handles = kept.handles_of(reference_of(reference))
    found = [it for name in handles for it in kept.ask(partial(of_household, household=name))]
    if not found:
        screen.nothing(
            reference,
            nl="van een huishouden met deze naam is niets getoond",
            en="nothing was shown of a household with this name",
        )
    # of one household they lie in several partitions on Kafka, each with its own numbers
    rows = [_disclosed(it) for it in sorted(found, key=lambda it: it.disclosure.at)]
    show(screen, rows, _OF_A_DISCLOSURE)


def _parties(kept: Kept | KeptOnKafka, party: str | None) -> list[str]:
    from hub.domain.marked import suggestion

    if party is None:
        return sorted(kept.parties.by_id)
    if party not in kept.parties.by_id:
        told = f"there is no party `{party}`{suggestion(party, kept.parties.by_id)}"
        raise typer.BadParameter(told, param_hint="--party")
    return [party]


def _group(group: Group) -> dict[str, Any]:
    from hub.domain.time import format_instant

    return {
        "party": group.party,
        "rule": group.rule,
        "reason": group.reason,
        "count": group.count,
        "since": format_instant(group.since),
    }


def _disclosed(it: Disclosed) -> dict[str, Any]:
    import msgspec

    told: dict[str, Any] = msgspec.to_builtins(it.disclosure)
    return {"position": it.position} | told
