"""Why a rule has found nothing in a household: the first condition that is not met, with its
instant (agreement document, Explain).

Asked in the order in which a finding comes about: an agreement in force, the states of `during`,
the condition from left to right, the version of its opener, and what cut the finding short. If the
rule did find something, that is the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.acts import LIVING
from hub.domain.agreement import EVERYWHERE, Agreement, Rule
from hub.domain.explain import Seen, seen
from hub.domain.facts import Fact
from hub.domain.findings import Finding, known_at
from hub.domain.in_the_way import Place, find_unmet, not_in_force
from hub.domain.intervals import Interval
from hub.domain.leaves import Scope, intervals_of
from hub.domain.parties import Parties
from hub.domain.search import Search, search
from hub.domain.time import Instant, format_instant
from hub.domain.timeline import Household, Timeline
from hub.domain.unmet import Reason, Unmet
from hub.domain.wording import in_words


class Case(Struct, frozen=True):
    """A household, who agreed what about it, the acts of its gemeente, and the instant."""

    household: Household
    versions: Sequence[Agreement]
    parties: Parties
    acts: Mapping[str, Sequence[Fact]]
    at: Instant


class Found(Struct, frozen=True, rename="camel"):
    """What the rule did find."""

    alert_id: str
    status: str
    raised_at: str
    resolved_at: str | None
    resolution: str | None


class Obstacle(Struct, frozen=True, rename="camel"):
    """A condition that is not met, fit to print."""

    reason: str
    condition: str
    at: str | None
    facts: tuple[Seen, ...]
    changes_at: str | None
    have: int | None
    need: int | None
    then: Obstacle | None


class WhyNot(Struct, frozen=True, rename="camel"):
    """The answer: `found` if it did fire (latest first), `unmet` unless it is open now, and when
    it will be raised if nothing else comes."""

    rule: str
    titles: Mapping[str, str]
    condition: str
    found: tuple[Found, ...]
    unmet: Obstacle | None
    raises_at: str | None


def why_not(rule: Rule, case: Case) -> WhyNot:
    """Why `rule` (of the version in force) has no open alert about the household."""
    findings = [
        finding
        for finding in search(case.household, case.versions, case.parties, case.acts)
        if finding.rule.id == rule.id
    ]
    known = known_at(findings, case.at)[::-1]
    coming = min((f.raised_at for f in findings if f.raised_at > case.at), default=None)
    unmet = None
    if not any(finding.status in LIVING for finding in known):
        unmet = _first_unmet(rule, case, known)
    return WhyNot(
        rule.id,
        {language: text.title for language, text in rule.text.items()},
        in_words(rule.when),
        tuple(map(_found, known)),
        None if unmet is None else _printed(unmet),
        None if coming is None else format_instant(coming),
    )


def _first_unmet(rule: Rule, case: Case, known: Sequence[Finding]) -> Unmet:
    version = next((v for v in case.versions if v.is_in_force(case.at)), None)
    if version is None:
        return Unmet(Reason.NO_AGREEMENT, "")
    roles = {name: party.role for name, party in case.parties.by_id.items()}
    timeline = Timeline(case.household, version.states, version.calendar, roles)
    return (
        _outside(rule, Place(timeline, Scope(), case.at))
        or _in_scope(rule, version, timeline, case)
        or _cut(rule, known)
    )


def _outside(rule: Rule, place: Place) -> Unmet | None:
    """The first state of `during` that is not in force."""
    for name in rule.during:
        if name == EVERYWHERE:
            continue
        if not any(held.holds_at(place.at) for held in place.timeline.state(name)):
            return replace(not_in_force(name, name, place), reason=Reason.NOT_DURING)
    return None


def _in_scope(rule: Rule, version: Agreement, timeline: Timeline, case: Case) -> Unmet | None:
    look = Search(timeline, version, case.parties, case.acts)
    scope = next(s for s in look.scopes(rule) if s.start <= case.at < s.end)
    found = find_unmet(rule.when, Place(timeline, scope, case.at))
    if found is not None:
        return found
    held = [i for i in intervals_of(rule.when, timeline, scope) if i.holds_at(case.at)]
    return _not_begun(rule, version, held)


def _not_begun(rule: Rule, version: Agreement, held: Iterable[Interval]) -> Unmet | None:
    """The condition holds, but no fact began it, or one from outside the version."""
    said = in_words(rule.when)
    for interval in held:
        if interval.opener is None:
            return Unmet(Reason.NO_BEGINNING, said)
        if not version.is_in_force(interval.opener.at):
            opener = interval.opener
            return Unmet(Reason.OTHER_VERSION, said, opener.at, (opener,))
    return None


def _cut(rule: Rule, known: Sequence[Finding]) -> Unmet:
    """It still holds, but what was found has been ended, or was as soon as it began."""
    ended = known[0].end.at if known and known[0].end is not None else None
    return Unmet(Reason.CUT, in_words(rule.when), ended)


def _found(finding: Finding) -> Found:
    end = finding.end
    return Found(
        finding.alert_id,
        finding.status.value,
        format_instant(finding.raised_at),
        None if end is None else format_instant(end.at),
        None if end is None else end.why.value,
    )


def _printed(unmet: Unmet) -> Obstacle:
    return Obstacle(
        unmet.reason.value,
        unmet.condition,
        None if unmet.at is None else format_instant(unmet.at),
        seen(unmet.facts),
        None if unmet.changes_at is None else format_instant(unmet.changes_at),
        unmet.have,
        unmet.need,
        None if unmet.then is None else _printed(unmet.then),
    )
