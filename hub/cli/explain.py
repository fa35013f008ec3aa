"""`seintje explain` and `seintje why-not`: why there is an alert, and why there is none."""

from __future__ import annotations

from collections.abc import Sequence
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
    from hub.cli.kept import Kept
    from hub.domain.agreement import Agreements, Rule
    from hub.domain.explain import Explanation
    from hub.domain.facts import Reference
    from hub.domain.parties import Parties
    from hub.domain.time import Instant
    from hub.domain.why_not import WhyNot
    from hub.streams.backtest import Backtest, Evaluated

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
    screen, at = screen_of(ctx, as_json=as_json), _asked_for(now)
    if facts:
        run = _read(screen, facts, agreements_at(agreement, parties))
    else:
        kept = _kept(screen, data)
        run, at = kept.about_alert(alert_id), at if at is not None else kept.latest()
    found = explained(run, alert_id, run.last if at is None else at)
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
    screen, at = screen_of(ctx, as_json=as_json), _asked_for(now)
    named = reference_of(reference)
    if facts:
        found = agreements_at(agreement, parties)
        asked = rule_of(rule, found[0])
        run = _read(screen, facts, found)
    else:
        kept = _kept(screen, data)
        asked = rule_of(rule, kept.agreements)
        run, at = kept.about_household(named), at if at is not None else kept.latest()
    at = run.last if at is None else at
    households = [it for it in run.households(at) if named in it.household.references]
    if not households:
        screen.nothing(
            reference,
            nl="dit huishouden is niet bekend op dit moment",
            en="this household is not known at this instant",
        )
    for household in households:
        _show_why_not(screen, why_not_of(run, household, asked, at))


def explained(run: Backtest, alert_id: str, at: Instant) -> Explanation | None:
    """The explanation of an alert among the facts of a backtest, None if there is none."""
    from hub.domain.explain import explain as explain_finding

    agreements, parties = run.agreements, run.parties
    for evaluated in run.households(at):
        for finding in evaluated.findings:
            if finding.alert_id == alert_id and finding.raised_at <= at:
                versions = agreements.of_gemeente(evaluated.household.gemeente)
                sharing = agreements.find(versions, at) or finding.agreement
                return explain_finding(finding, evaluated.household, sharing, parties, at)
    for name, findings in run.regions(at):
        for finding in findings:
            if finding.alert_id == alert_id and finding.raised_at <= at:
                sharing = agreements.find(agreements.of_region(name), at) or finding.agreement
                return explain_finding(finding, None, sharing, parties, at)
    return None


def why_not_of(run: Backtest, evaluated: Evaluated, rule: Rule, at: Instant) -> WhyNot:
    """Why a rule found nothing in a household of a backtest."""
    from hub.domain.why_not import Case
    from hub.domain.why_not import why_not as ask

    versions = run.agreements.of_gemeente(evaluated.household.gemeente)
    case = Case(evaluated.household, versions, run.parties, evaluated.resolved.acts, at)
    return ask(rule, case)


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


def rule_of(name: str, agreements: Agreements) -> Rule:
    """The household rule of this id, of the latest version that has it."""
    from hub.domain.agreement import Rule
    from hub.domain.marked import suggestion

    for agreement in reversed(agreements.all):
        found = agreement.by_id.get(name)
        if isinstance(found, Rule):
            return found
        if found is not None:
            told = f"{name} is about the region, not about a household"
            raise typer.BadParameter(told, param_hint="--rule")
    known = [rule.id for agreement in agreements.all for rule in agreement.rules]
    told = f"there is no rule `{name}`{suggestion(name, dict.fromkeys(known))}"
    raise typer.BadParameter(told, param_hint="--rule")


def _read(screen: Screen, files: Sequence[Path], found: tuple[Agreements, Parties]) -> Backtest:
    from hub.cli.fact_files import put_files
    from hub.streams.backtest import Backtest

    run = Backtest(*found)
    put_files(run, files, screen)
    return run


def _kept(screen: Screen, data: Path | None) -> Kept:
    from hub.cli.kept import kept_in

    return kept_in(data, screen.environ)


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
