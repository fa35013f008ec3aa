"""From events to the list of alerts that `backtest` prints, from scratch every time.

The interfaces document, What `backtest` prints for an alert; the agreement document, Time (at T
exist exactly the facts with `occurredAt` up to T) and Legal gate.
"""

from collections.abc import Callable

from tests.reference.catalogue import ACTS
from tests.reference.clock import instant, printed
from tests.reference.corrections import Corrections
from tests.reference.facts import Fact, Json, Parties, Party, Scope, read_facts
from tests.reference.findings import Finding, Subject
from tests.reference.households import Household, households_of
from tests.reference.region import TAAKSTELLING_PRESSURE, region_findings
from tests.reference.rules import findings_of

AGREEMENT = "duurzame-start"


def evaluate(
    events: list[Json], now: str | int, parties: Json, *, version: str = "1"
) -> list[Json]:
    """Evaluate CloudEvents at T and give the alerts as printed, sorted as printed.

    `now` is RFC 3339 text or milliseconds since 1970; `parties` is the content of parties.json;
    `version` is that of the default agreement.
    """
    at = instant(now) if isinstance(now, str) else now
    people = Parties(parties)
    scopes: dict[Scope, list[Fact]] = {}
    for fact in read_facts(events, people):
        if fact.at <= at:
            scopes.setdefault(fact.scope, []).append(fact)
    alerts: list[Json] = []
    for (kind, place), facts in scopes.items():
        evaluated = _gemeente_alerts if kind == "gemeente" else _region_alerts
        alerts += evaluated(facts, place, at, people)
    for alert in alerts:
        alert["agreement"] = {"id": AGREEMENT, "version": version}
    return sorted(alerts, key=lambda a: (a["raisedAt"], a["rule"], a["alertId"]))


def _gemeente_alerts(facts: list[Fact], gemeente: str, now: int, parties: Parties) -> list[Json]:
    corrections = Corrections(facts)
    in_force = corrections.in_force()
    gemeente_side = parties.gemeente_side(gemeente)
    acts = _acts_by_alert(in_force)
    alerts: list[Json] = []
    for household in households_of(in_force, gemeente, parties):
        lease = household.tenancy.signed if household.tenancy else None
        side_of = _side_of(gemeente_side, household)
        subject = Subject(now, lease, acts, side_of, corrections.root_of)
        for finding in findings_of(household, subject):
            refs = [
                {"scheme": scheme, "issuer": issuer, "value": value}
                for scheme, issuer, value in household.references
            ]
            place = {"gemeente": gemeente, "references": refs}
            held_for = _held_for(finding, household, gemeente_side)
            alerts.append(_alert(finding, place, held_for, now))
    return alerts


def _region_alerts(facts: list[Fact], region: str, now: int, parties: Parties) -> list[Json]:
    corrections = Corrections(facts)
    in_force = corrections.in_force()
    acts = _acts_by_alert(in_force)
    subject = Subject(now, None, acts, lambda party: "region", corrections.root_of)
    alerts: list[Json] = []
    for finding in region_findings(in_force, subject):
        place: Json = {"region": region}
        if finding.rule is TAAKSTELLING_PRESSURE:
            place["gemeente"] = finding.evidence[0].data["gemeente"]
        alerts.append(_alert(finding, place, [], now))
    return alerts


def _acts_by_alert(facts: list[Fact]) -> dict[str, list[Fact]]:
    acts: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.type in ACTS:
            acts.setdefault(fact.data["alertId"], []).append(fact)
    return acts


def _side_of(gemeente_side: set[str], household: Household) -> Callable[[Party], str | None]:
    """How a party has to do with a household; huurders are told of no alert of one."""

    def side_of(party: Party) -> str | None:
        if party.id in gemeente_side:
            return "gemeente"
        tenancy = household.tenancy
        return "corporatie" if tenancy is not None and party.id == tenancy.lease[1] else None

    return side_of


def _held_for(finding: Finding, household: Household, gemeente_side: set[str]) -> list[str]:
    """Legal gate: whom of the gemeente's side the finding may not reach."""
    missed = [fact for fact in finding.evidence if fact.type == "rent-missed"]
    is_open = all(_may_be_shared(_newest(household, fact)) for fact in missed)
    return [] if is_open or "gemeente" not in finding.tells else sorted(gemeente_side)


def _newest(household: Household, missed: Fact) -> Fact:
    same = [
        fact
        for fact in household.facts
        if fact.type == "rent-missed" and fact.data["period"] == missed.data["period"]
    ]
    return max(same, key=lambda f: f.key)


def _may_be_shared(missed: Fact) -> bool:
    shown = missed.data.get("socialCollection") or {}
    needed = ["personalContactTried", "debtHelpOffered", "reminderSent", "sharingAnnounced"]
    done = all(shown.get(step) is True for step in needed)
    return done and shown.get("tenantObjected") is False


def _alert(finding: Finding, place: Json, held_for: list[str], now: int) -> Json:
    is_over = finding.end <= now
    return {
        "alertId": finding.alert_id,
        "rule": finding.rule.id,
        "status": finding.status,
        "raisedAt": printed(finding.raised),
        "resolvedAt": printed(finding.end) if is_over else None,
        "resolution": finding.resolution if is_over else None,
        "severity": finding.rule.severity,
        **place,
        "evidence": [
            {"source": f.source, "id": f.id, "type": f.type, "occurredAt": printed(f.at)}
            for f in finding.evidence
        ],
        "absent": [{"type": a.type, "expectedBy": printed(a.expected_by)} for a in finding.absent],
        "heldFor": held_for,
        "agreement": {},
    }
