"""`seintje topics`: the topics of a hub on Kafka, and who may do what with them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from hub.cli.options import AsJson, PartiesAt, agreements_at
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from msgspec import Struct

    from hub.settings import Settings
    from hub.streams.kafka.administrator import Administrator
    from hub.streams.kafka.grants import Grant
    from hub.streams.kafka.names import TopicPlan

Partitions: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, max=1000, metavar="N", help="As SEINTJE_KAFKA_PARTITIONS; 24 without it."),
]
Replicas: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=9,
        metavar="N",
        help="As SEINTJE_KAFKA_REPLICAS; without it one a broker, three at most.",
    ),
]

Cluster: TypeAlias = Annotated[str, typer.Option(metavar="NAME", help="Of the Kafka in Strimzi.")]

_FORMATS: Final = ("acls", "strimzi")
_TOPIC_FORMATS: Final = ("topics", "strimzi")
_COPIES: Final = 3  # of who asks no broker how many there are
_ID: Final = "{id}"


def list_topics(
    ctx: typer.Context,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="topics, or strimzi for KafkaTopics.")
    ] = "topics",
    cluster: Cluster = "kafka",
    parties: PartiesAt = None,
    as_json: AsJson = False,
) -> None:
    """Show which topics a hub has, as they must be.

    Asks no broker. SEINTJE_KAFKA_PARTITIONS and SEINTJE_KAFKA_REPLICAS count; 24 and 3 without.
    """
    from hub.streams.kafka.strimzi import kafka_topics

    screen = screen_of(ctx, as_json=as_json)
    _judge_form(form, _TOPIC_FORMATS)
    settings = _settings(screen, asks=False)
    plans, copies = _plans(settings, parties), settings.kafka_replicas or _COPIES
    if form == "strimzi":
        _yaml(kafka_topics(plans, copies, cluster))
        return
    rows = [_topic_row(plan, copies) for plan in plans]
    _show_rows(screen, rows, ("topic", "partitions", "replicas", "settings"))


def create(
    ctx: typer.Context,
    partitions: Partitions = None,
    replicas: Replicas = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be done.")
    ] = False,
    parties: PartiesAt = None,
    as_json: AsJson = False,
) -> None:
    """Make the topics that are missing, and set right their settings.

    As often as you like: what is as it must be stays so. A topic with another number of partitions
    is refused, and then nothing is done.
    """
    from hub.streams.kafka import admin

    screen = screen_of(ctx, as_json=as_json)
    settings = _settings(screen, partitions, replicas)
    administrator, plans, copies = _asked(settings, parties)
    changes = admin.create(administrator, plans, copies, dry_run=dry_run)
    _show(screen, changes, ("topic", "what", "found", "wanted"))
    if dry_run:
        screen.remark(
            nl=f"{len(changes)} te doen; er is niets veranderd",
            en=f"{len(changes)} to do; nothing was changed",
        )
    else:
        screen.remark(nl=f"{len(changes)} gedaan", en=f"{len(changes)} done")


def check(
    ctx: typer.Context,
    partitions: Partitions = None,
    replicas: Replicas = None,
    parties: PartiesAt = None,
    as_json: AsJson = False,
) -> None:
    """Show which topics are not as they must be, and what to do.

    Changes nothing. Exit 1 if there is one.
    """
    from hub.streams.kafka import admin

    screen = screen_of(ctx, as_json=as_json)
    administrator, plans, copies = _asked(_settings(screen, partitions, replicas), parties)
    differences = admin.check(administrator, plans, copies)
    _show(screen, differences, ("topic", "what", "found", "wanted", "do"))
    if differences:
        raise typer.Exit(1)
    screen.remark(
        nl=f"alle {len(plans)} topics zijn zoals ze moeten zijn",
        en=f"all {len(plans)} topics are as they must be",
    )


def acls(
    ctx: typer.Context,
    apply: Annotated[
        bool, typer.Option("--apply", help="Allow all of it on the brokers as well.")
    ] = False,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="acls, or strimzi for KafkaUsers.")
    ] = "acls",
    principal: Annotated[
        str,
        typer.Option(metavar="FORM", help="How Kafka calls a user; {id} is that of the party."),
    ] = f"User:{_ID}",
    cluster: Cluster = "kafka",
    parties: PartiesAt = None,
    as_json: AsJson = False,
) -> None:
    """Show what each party and role may do on the brokers.

    A party writes its own way in and reads its own way out, and nothing else. --apply allows what
    is missing; it takes nothing away.
    """
    from hub.streams.kafka.strimzi import kafka_users

    screen = screen_of(ctx, as_json=as_json)
    _judge(form, principal)
    settings = _settings(screen, asks=apply)
    grants = _grants(settings, parties)
    if apply:
        _administrator(settings).grant(grants, partial(_called, principal))
    if form == "strimzi":
        _yaml(kafka_users(grants, cluster))
        return
    rows = [_row(grant, principal) for grant in grants]
    _show_rows(screen, rows, ("principal", "resource", "name", "pattern", "operations"))
    if apply:
        screen.remark(nl="dit mag nu allemaal", en="all of this is allowed now")


def _judge(form: str, principal: str) -> None:
    _judge_form(form, _FORMATS)
    if _ID not in principal or ":" not in principal:
        told = f"like User:{_ID} or User:CN={_ID}"
        raise typer.BadParameter(told, param_hint="--principal")


def _judge_form(form: str, known: Sequence[str]) -> None:
    if form not in known:
        raise typer.BadParameter(f"one of {', '.join(known)}", param_hint="--format")


def _settings(
    screen: Screen,
    partitions: int | None = None,
    replicas: int | None = None,
    *,
    asks: bool = True,
) -> Settings:
    """`asks`: the brokers, so what is needed for that is looked at first."""
    from hub.compose.starting import settings_for
    from hub.settings import Role, load

    numbers = {"kafka_partitions": partitions, "kafka_replicas": replicas}
    given = {name: None if it is None else str(it) for name, it in numbers.items()}
    return settings_for(Role.TOPICS, screen.environ, given) if asks else load(screen.environ, given)


def _administrator(settings: Settings) -> Administrator:
    from hub.streams.kafka.administrator import Administrator
    from hub.streams.kafka.connection import connection_of

    return Administrator(connection_of(settings))


def _asked(
    settings: Settings, parties: Path | None
) -> tuple[Administrator, Sequence[TopicPlan], int]:
    """Who asks the brokers, the topics there must be on them, and in how many copies."""
    from hub.streams.kafka.admin import replicas_of

    plans = _plans(settings, parties)
    administrator = _administrator(settings)
    return administrator, plans, replicas_of(settings.kafka_replicas, administrator.brokers)


def _plans(settings: Settings, parties: Path | None) -> Sequence[TopicPlan]:
    from hub.streams.kafka.names import Names

    known = agreements_at(settings.agreements, parties)[1]
    return Names(settings.kafka_prefix).plans(known, settings.kafka_partitions)


def _grants(settings: Settings, parties: Path | None) -> Sequence[Grant]:
    from hub.streams.kafka.grants import USERS, grants_of_parties, grants_of_role
    from hub.streams.kafka.names import Names

    names = Names(settings.kafka_prefix)
    known = agreements_at(settings.agreements, parties)[1]
    of_roles = [grant for role in USERS for grant in grants_of_role(names, role)]
    return [*grants_of_parties(names, known), *of_roles]


def _called(principal: str, user: str) -> str:
    return principal.replace(_ID, user)


def _row(grant: Grant, principal: str) -> dict[str, Any]:
    return {
        "principal": _called(principal, grant.user),
        "resource": grant.resource.value,
        "name": grant.name,
        "pattern": "prefixed" if grant.is_prefix else "literal",
        "operations": list(grant.operations),
    }


def _topic_row(plan: TopicPlan, copies: int) -> dict[str, Any]:
    from hub.streams.kafka.admin import settings_of

    return {
        "topic": plan.topic,
        "partitions": plan.partitions,
        "replicas": copies,
        "settings": [f"{name}={value}" for name, value in settings_of(plan, copies).items()],
    }


def _yaml(documents: Sequence[Mapping[str, Any]]) -> None:
    import yaml

    yaml.safe_dump_all(documents, sys.stdout, sort_keys=False)


def _show(screen: Screen, found: Sequence[Struct], columns: Sequence[str]) -> None:
    import msgspec

    _show_rows(screen, [msgspec.to_builtins(it) for it in found], columns)


def _show_rows(screen: Screen, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    if not screen.shows_tables:
        screen.rows(rows)
    elif rows:
        screen.table(columns, [[_cell(row[name]) for name in columns] for row in rows])


def _cell(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
