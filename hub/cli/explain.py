"""`seintje explain` and `seintje why-not`: why there is an alert, and why there is none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hub.cli.options import (
    AgreementAt,
    AsJson,
    DataAt,
    Now,
    PartiesAt,
    agreements_at,
    instant_of,
)
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.domain.explain import Explanation
    from hub.domain.facts import Reference
    from hub.domain.time import Instant
    from hub.domain.why_not import WhyNot

Facts: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--facts",
        metavar="FILE",
        help="Look in this file of facts (may come again); without it in a data directory.",
    ),
]


def explain(
    ctx: typer.Context,
    alert_id: Annotated[str, typer.Argument(metavar="ALERT_ID", help="al-…, as alerts show it.")],
    facts: Facts = None,
    data: DataAt = None,
    now: Now = None,
    agreement: AgreementAt = None,
    parties: PartiesAt = None,
    as_json: AsJson = False,
) -> None:
    """Say why there is an alert, and what comes next.

    Rule, evidence, what did not come, who acts and by when. Without --now that is at the last fact
    of a file, or when a hub last worked. Exit 1 if there is no such alert.
    """
    from hub.cli.sources import source_of

    screen = screen_of(ctx, as_json=as_json)
    agreed = agreements_at(agreement, parties) if facts else None
    found = source_of(screen, facts, data, agreed).explanation(alert_id, _asked_for(now))
    if found is None:
        screen.nothing(
            alert_id,
            nl="zo'n seintje is er niet op dit moment",
            en="there is no such alert at this instant",
        )
    _show_explanation(screen, found)


def why_not(
    ctx: typer.Context,
    reference: Annotated[
        str,
        typer.Option(
            "--reference",
            metavar="REF",
            help="lease:PARTY:VALUE, dossier:PARTY:VALUE or address:bag:VALUE.",
        ),
    ],
    rule: Annotated[str, typer.Option("--rule", metavar="ID", help="A rule of the agreement.")],
    facts: Facts = None,
    data: DataAt = None,
    now: Now = None,
    agreement: AgreementAt = None,
    parties: PartiesAt = None,
    as_json: AsJson = False,
) -> None:
    """Say which condition of a rule is not met, and since when.

    The first in the way of an alert about a household. Exit 1 if the household is not known.
    """
    from hub.cli.sources import source_of

    screen, named = screen_of(ctx, as_json=as_json), reference_of(reference)
    agreed = agreements_at(agreement, parties) if facts else None
    source = source_of(screen, facts, data, agreed)
    answers = source.why_not(named, rule, _asked_for(now))
    if not answers:
        screen.nothing(
            reference,
            nl="dit huishouden is niet bekend op dit moment",
            en="this household is not known at this instant",
        )
    for answer in answers:
        _show_why_not(screen, answer)


def reference_of(text: str) -> Reference:
    """`lease:PARTY:VALUE`; the value may hold colons."""
    from hub.domain.facts import Reference

    scheme, _, rest = text.partition(":")
    issuer, found, value = rest.partition(":")
    if scheme == "lease" and found and value:
        return Reference("lease", issuer, value)
    if scheme == "dossier" and found and value:
        return Reference("dossier", issuer, value)
    if scheme == "address" and found and value:
        return Reference("address", issuer, value)
    told = "write it as lease:PARTY:VALUE, dossier:PARTY:VALUE or address:bag:VALUE"
    raise typer.BadParameter(told, param_hint="--reference")


def _asked_for(now: str | None) -> Instant | None:
    return None if now is None else instant_of(now)


def _show_explanation(screen: Screen, found: Explanation) -> None:
    from hub.domain.sentences import explanation_in

    if screen.shows_tables:
        screen.lines(explanation_in(screen.language, found))
    else:
        screen.rows([found])


def _show_why_not(screen: Screen, found: WhyNot) -> None:
    from hub.domain.sentences import why_not_in

    if screen.shows_tables:
        screen.lines(why_not_in(screen.language, found))
    else:
        screen.rows([found])
