"""Why an alert exists, and what comes next (agreement document, Explain).

A pure look at one finding: rule and version, the paragraph it rests on, evidence and what did not
come, who is responsible, who is told and who acts, the next deadline, and the next instant at which
time alone changes something. `why_not` is the other half; `sentences` says both in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from hub.domain.acts import LIVING
from hub.domain.agreement import Agreement, Part
from hub.domain.facts import Fact
from hub.domain.findings import Finding, as_of, next_change
from hub.domain.gate import held_for
from hub.domain.parties import Parties
from hub.domain.time import NEVER, Instant, add, format_instant
from hub.domain.timeline import Household


class Seen(Struct, frozen=True, rename="camel"):
    """A fact that an explanation rests on; its fields are told to nobody here."""

    type: str
    occurred_at: str
    source: str
    id: str


class Expected(Struct, frozen=True, rename="camel"):
    """A fact that did not come in time."""

    type: str
    expected_by: str


class Recipient(Struct, frozen=True, rename="camel"):
    """A party that is told: whether it acts, has answered, by when it has to, and whether the legal
    gate keeps it from knowing."""

    party: str
    role: str
    part: Part
    answered: bool
    respond_by: str | None
    held: bool


class Done(Struct, frozen=True, rename="camel"):
    """What a party did with the alert, from the instant it counts."""

    type: str
    party: str
    at: str


class Coming(Struct, frozen=True, rename="camel"):
    """An instant to come, and what happens then."""

    at: str
    what: str
    parties: tuple[str, ...] = ()


class Explanation(Struct, frozen=True, rename="camel", kw_only=True):
    """Everything there is to say about one alert at one instant, but for the data of its facts."""

    as_of: str
    alert_id: str
    rule: str
    titles: Mapping[str, str]
    severity: str
    memo: str
    agreement: Mapping[str, str]
    gemeente: str | None
    region: str | None
    status: str
    raised_at: str
    resolved_at: str | None
    resolution: str | None
    evidence: tuple[Seen, ...]
    absent: tuple[Expected, ...]
    phase: str
    task: str
    responsible: Mapping[str, str]
    told: tuple[Recipient, ...]
    acts: tuple[Done, ...]
    next_deadline: Coming | None
    next_change: Coming | None


def explain(
    finding: Finding,
    household: Household | None,
    sharing: Agreement,
    parties: Parties,
    now: Instant,
) -> Explanation:
    """The explanation of a finding that was raised at or before `now`.

    `finding` may know ends that are still to come; `sharing` is the version in force at `now`. A
    deadline is counted from when the alert was raised, as if it was told at once.
    """
    known = as_of(finding, now)
    told = _recipients(known, household, sharing, parties)
    end = known.end
    return Explanation(
        as_of=format_instant(now),
        alert_id=known.alert_id,
        rule=known.rule.id,
        titles={language: text.title for language, text in known.rule.text.items()},
        severity=known.rule.severity,
        memo=known.rule.memo,
        agreement={"id": known.agreement.id, "version": known.agreement.version},
        gemeente=known.gemeente or None,
        region=known.region or None,
        status=known.status.value,
        raised_at=format_instant(known.raised_at),
        resolved_at=None if end is None else format_instant(end.at),
        resolution=None if end is None else end.why.value,
        evidence=seen(known.evidence),
        absent=tuple(Expected(name, format_instant(by)) for name, by in known.absent),
        phase=known.rule.phase,
        task=known.rule.task,
        responsible=_responsible(known, sharing),
        told=told,
        acts=tuple(
            Done(act.fact.type, act.fact.party, format_instant(act.at)) for act in known.acts
        ),
        next_deadline=_deadline(known, told, now),
        next_change=_change(finding, now),
    )


def seen(facts: Sequence[Fact]) -> tuple[Seen, ...]:
    """Facts as an explanation names them."""
    return tuple(Seen(fact.type, format_instant(fact.at), fact.source, fact.id) for fact in facts)


def _recipients(
    finding: Finding, household: Household | None, sharing: Agreement, parties: Parties
) -> tuple[Recipient, ...]:
    held = () if household is None else held_for(finding, household, sharing, parties)
    answered = {act.fact.party for act in finding.acts}
    span = finding.agreement.respond_within(finding.rule)
    by = None
    if span is not None:
        by = format_instant(add(finding.raised_at, span, finding.agreement.calendar))
    return tuple(
        Recipient(
            name,
            parties.by_id[name].role,
            part,
            name in answered,
            by if part == "acts" else None,
            name in held,
        )
        for name, part in sorted(finding.tells.items())
    )


def _responsible(finding: Finding, sharing: Agreement) -> Mapping[str, str]:
    rule = finding.rule
    for line in sharing.responsibilities:
        if (line.phase, line.task) == (rule.phase, rule.task):
            return dict(line.roles)
    return {}


def _deadline(finding: Finding, told: Sequence[Recipient], now: Instant) -> Coming | None:
    """The next deadline of those that still have to answer."""
    if finding.status not in LIVING:
        return None
    at = format_instant(now)
    silent = [
        party
        for party in told
        if party.respond_by is not None
        and party.respond_by > at  # as texts of one form they sort as instants do
        and not party.answered
        and not party.held
    ]
    if not silent:
        return None
    by = min(party.respond_by for party in silent if party.respond_by is not None)
    return Coming(by, "respond", tuple(p.party for p in silent if p.respond_by == by))


def _change(finding: Finding, now: Instant) -> Coming | None:
    at = next_change([finding], now)
    if at == NEVER or finding.end is None:
        return None
    return Coming(format_instant(at), finding.end.why.value)
