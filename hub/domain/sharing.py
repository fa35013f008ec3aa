"""Views: what one party gets of an alert (agreement document, Sharing).

A view is built from nothing: every field is put in because the agreement lists it for the role, or
because it is the party's own. Nobody filters afterwards. The function also says which fields were
shared on which basis, for the disclosure log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from hub.domain.agreement import Agreement, Part, Text
from hub.domain.facts import CATALOGUE, AanspreekpuntAssigned, Fact, fields_of
from hub.domain.findings import Finding
from hub.domain.parties import Parties, Party
from hub.domain.time import Instant, add, format_instant
from hub.domain.timeline import Household

AANSPREEKPUNT = ("aanspreekpunt-assigned", "aanspreekpunt-withdrawn")  # what a view shows of it
_AANSPREEKPUNT = AANSPREEKPUNT[0]


class Words(Struct, frozen=True, rename="camel"):
    """What a case worker reads, in one language."""

    title: str
    message: str
    action: str | None


class Other(Struct, frozen=True, rename="camel"):
    """Another party that is told: its role, its part, and whether it has answered. No data."""

    role: str
    part: Part
    acknowledged: bool


class View(Struct, frozen=True, rename="camel", kw_only=True):
    """The whole of what one party knows of one alert, at one revision."""

    alert_id: str
    revision: int = 0
    status: str
    rule: str
    severity: str
    title: str
    message: str
    action: str | None
    translations: Mapping[str, Words]
    phase: str
    raised_at: str
    resolved_at: str | None
    resolution: str | None
    gemeente: str | None
    region: str | None = None
    household: str | None
    references: tuple[Mapping[str, str], ...]
    part: Part
    responsibility: str | None
    respond_by: str | None = None
    others: tuple[Other, ...]
    held: tuple[Mapping[str, str], ...] = ()
    aanspreekpunt: Mapping[str, str] | None
    evidence: tuple[Mapping[str, Any], ...]
    absent: tuple[Mapping[str, str], ...]
    memo: str
    agreement: Mapping[str, str]
    listed: bool = True
    announced: bool = True
    notice: str = "new"
    contact: str | None = None


class Disclosed(Struct, frozen=True):
    """A field that a view shows, and why it may."""

    field: str
    purpose: str
    basis: str


class Shown(Struct, frozen=True):
    """A view with what it discloses."""

    view: View
    disclosed: tuple[Disclosed, ...]


class Sight(Struct, frozen=True):
    """Everything a view is made from. `household` is None for a region; `handle` is the party's
    own pseudonym for it; `held` are the other recipients for which the gate holds the finding."""

    finding: Finding
    household: Household | None
    handle: str | None
    sharing: Agreement
    parties: Parties
    held: tuple[str, ...] = ()


def view_for(party: Party, sight: Sight) -> Shown:
    """What `party` sees of the finding."""
    finding = sight.finding
    evidence, disclosed = _evidence(party, sight)
    contact, of_contact = _aanspreekpunt(party, sight)
    end = finding.end
    words = {lang: _words(text, party, finding.tells) for lang, text in finding.rule.text.items()}
    dutch = words.pop("nl", Words("", "", None))
    view = View(
        alert_id=finding.alert_id,
        status=finding.status.value,
        rule=finding.rule.id,
        severity=finding.rule.severity,
        title=dutch.title,
        message=dutch.message,
        action=dutch.action,
        translations=words,
        phase=finding.rule.phase,
        raised_at=format_instant(finding.raised_at),
        resolved_at=None if end is None else format_instant(end.at),
        resolution=None if end is None else end.why.value,
        gemeente=finding.gemeente or None,
        region=finding.region or None,
        household=sight.handle,
        references=_own_references(party, sight.household),
        part=finding.tells[party.id],
        responsibility=_responsibility(party, sight),
        others=_others(party, sight),
        held=_held(party, sight),
        aanspreekpunt=contact,
        evidence=evidence,
        absent=_absent(party, sight),
        memo=finding.rule.memo,
        agreement={"id": finding.agreement.id, "version": finding.agreement.version},
        listed=not _has_left(party, finding),
    )
    return Shown(view, (*disclosed, *of_contact))


def respond_by(finding: Finding, party: Party, told_at: Instant) -> Instant | None:
    """By when a party that acts has to acknowledge, counted from its first notice."""
    span = finding.agreement.respond_within(finding.rule)
    if finding.tells.get(party.id) != "acts" or span is None:
        return None
    return add(told_at, span, finding.agreement.calendar)


def _words(text: Text, party: Party, tells: Mapping[str, Part]) -> Words:
    acts = tells[party.id] == "acts"
    action = text.action_for(party.role) if acts else None
    return Words(text.title, text.message_for(party.role), action or None)


def _own_references(party: Party, household: Household | None) -> tuple[Mapping[str, str], ...]:
    """The party's own names for the household. A begeleider's are the gemeente's too."""
    if household is None:
        return ()
    issuers = issuers_of(party)
    return tuple(
        {"scheme": ref.scheme, "issuer": ref.issuer, "value": ref.value}
        for ref in household.references
        if ref.issuer in issuers
    )


def issuers_of(party: Party) -> frozenset[str]:
    """Whose references are the party's own."""
    return frozenset({party.id, *party.acts_for})


def _responsibility(party: Party, sight: Sight) -> str | None:
    rule = sight.finding.rule
    for row in sight.sharing.responsibilities:
        if row.task == rule.task and row.phase == rule.phase:
            # a begeleider acts for the gemeente
            own = row.roles.get(party.role)
            return own or (row.roles.get("gemeente") if party.role == "begeleider" else None)
    return None


def _others(party: Party, sight: Sight) -> tuple[Other, ...]:
    """The other told parties that know of it; a held one is nobody's business but the sender's."""
    finding = sight.finding
    answered = {act.fact.party for act in finding.acts}
    return tuple(
        Other(sight.parties.by_id[name].role, part, name in answered)
        for name, part in sorted(finding.tells.items())
        if name != party.id and name not in sight.held
    )


def _held(party: Party, sight: Sight) -> tuple[Mapping[str, str], ...]:
    """For the corporatie: which roles do not get it yet, and why."""
    if party.role != "corporatie":
        return ()
    roles = sorted({sight.parties.by_id[name].role for name in sight.held})
    return tuple({"role": role, "reason": "social-collection-incomplete"} for role in roles)


def _absent(party: Party, sight: Sight) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {"type": name, "expectedBy": format_instant(by)}
        for name, by in sight.finding.absent
        if _may_know_of(party, name, sight.sharing)
    )


def _may_know_of(party: Party, fact_type: str, sharing: Agreement) -> bool:
    """Whether the type is one that the party itself publishes, or is listed for its role."""
    return party.role in CATALOGUE[fact_type].roles or party.role in sharing.sharing.get(
        fact_type, {}
    )


def _evidence(
    party: Party, sight: Sight
) -> tuple[tuple[Mapping[str, Any], ...], tuple[Disclosed, ...]]:
    shown: list[Mapping[str, Any]] = []
    disclosed: dict[str, Disclosed] = {}
    for fact in sight.finding.evidence:
        if fact.party == party.id:
            shown.append(_own_fact(fact))
            continue
        shared = sight.sharing.sharing.get(fact.type, {}).get(party.role)
        if shared is None:
            continue
        shown.append({"type": fact.type} | {name: _value(fact, name) for name in shared.fields})
        for name in shared.fields:
            field = f"{fact.type}.{name}"
            disclosed[field] = Disclosed(field, shared.purpose, shared.basis)
    return tuple(shown), tuple(disclosed.values())


def _own_fact(fact: Fact) -> Mapping[str, Any]:
    """A fact that the party published itself: what it said, as it said it."""
    return {
        "type": fact.type,
        "source": fact.source,
        "id": fact.id,
        "occurredAt": format_instant(fact.at),
    } | own_fields(fact)


def own_fields(fact: Fact) -> dict[str, Any]:
    """The fields that the publisher of a fact filled in."""
    fields: Mapping[str, Callable[[Any], Any]] = fields_of(fact.type)
    told = {name: _plain(read(fact.own)) for name, read in fields.items() if "." not in name}
    return {name: value for name, value in told.items() if value is not None}


def _value(fact: Fact, name: str) -> Any:
    if name == "occurredAt":
        return format_instant(fact.at)
    return _plain(fields_of(fact.type)[name](fact.own))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Struct):
        names = value.__struct_encode_fields__
        return dict(zip(names, msgspec.structs.astuple(value), strict=True))
    return value


def _aanspreekpunt(
    party: Party, sight: Sight
) -> tuple[Mapping[str, str] | None, tuple[Disclosed, ...]]:
    """The latest aanspreekpunt in force, as far as the role may know it."""
    if sight.household is None:
        return None, ()
    assigned = sight.household.by_type.get(_AANSPREEKPUNT)
    withdrawn = sight.household.by_type.get(AANSPREEKPUNT[1])
    if not assigned or (withdrawn and withdrawn[-1].at > assigned[-1].at):
        return None, ()
    own = assigned[-1].own
    assert isinstance(own, AanspreekpuntAssigned)
    shared = sight.sharing.sharing.get(_AANSPREEKPUNT, {}).get(party.role)
    names = [f for f in fields_of(_AANSPREEKPUNT) if shared is not None and f in shared.fields]
    if assigned[-1].party == party.id:
        names = list(fields_of(_AANSPREEKPUNT))
    told = {name: str(_value(assigned[-1], name)) for name in names}
    if shared is None or assigned[-1].party == party.id:
        return told or None, ()
    return told or None, tuple(
        Disclosed(f"{_AANSPREEKPUNT}.{name}", shared.purpose, shared.basis) for name in names
    )


def _has_left(party: Party, finding: Finding) -> bool:
    """A party that is only informed and closed the alert has it off its list."""
    return finding.tells[party.id] == "informed" and any(
        act.fact.party == party.id and act.fact.type == "alert-closed" for act in finding.acts
    )
