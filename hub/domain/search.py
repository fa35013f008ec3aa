"""Searching a household: every finding of every rule, deadlines that are still to come included.

The rules are asked strongest first, for an approach on an alert also resolves what its rule
inhibits. What is remembered of an earlier look is asked again only where it might have changed.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from typing import TypeAlias

from hub.domain.acts import (
    End,
    Resolution,
    Status,
    acts_on,
    acts_until,
    ends_by_acts,
    first_of,
)
from hub.domain.agreement import EVERYWHERE, Agreement, Rule, strongest_first
from hub.domain.evidence import evidence_of
from hub.domain.facts import Fact
from hub.domain.findings import Finding, alert_id
from hub.domain.intervals import Interval, intersected
from hub.domain.leaves import Scope, intervals_of
from hub.domain.needs import is_possible
from hub.domain.parties import Parties
from hub.domain.remembering import NOTHING, Found, Remembered
from hub.domain.telling import told_parties
from hub.domain.time import NEVER, Instant, add
from hub.domain.timeline import Household, Timeline

# where an approach on a stronger alert also resolves weaker ones, by rule
Approached: TypeAlias = dict[str, tuple[Instant, ...]]


def search(
    household: Household,
    agreements: Iterable[Agreement],
    parties: Parties,
    acts: Mapping[str, Sequence[Fact]],
    remembered: Remembered | None = None,
) -> list[Finding]:
    """All findings of a household, past and to come, in the order of the rules.

    `household` holds the facts that exist at the instant in question, `acts` those of its gemeente
    by alert id. A finding belongs to the version that was in force when its opener occurred.
    `remembered` is what was found in the same household before, and is brought up to date.
    """
    if remembered is not None:
        remembered.begin(household, acts)
    versions = list(agreements)
    entangled = frozenset().union(*(agreement.entangled for agreement in versions))
    approached: Approached = {}
    looks: list[Search] = []
    for agreement in versions:
        timeline = Timeline(household, agreement.states, agreement.calendar, parties.roles)
        looks.append(Search(timeline, agreement, parties, acts, approached))
        if remembered is not None:
            looks[-1].recall(remembered)
    turns = [(look, rule) for look in looks for rule in look.to_ask(entangled)]
    if acts and len(versions) > 1:
        # an approach also resolves what it inhibits under another version
        rank = _rank(rule for _, rule in turns)
        turns.sort(key=lambda turn: rank[turn[1].id])
    for look, rule in turns:
        look.find(rule)
    return [finding for look in looks for finding in look.all()]


def _rank(rules: Iterable[Rule]) -> dict[str, int]:
    return {rule.id: place for place, rule in enumerate(strongest_first(rules))}


class Search:
    """The findings of one household under one version of the agreement."""

    def __init__(
        self,
        timeline: Timeline,
        agreement: Agreement,
        parties: Parties,
        acts: Mapping[str, Sequence[Fact]],
        approached: Approached | None = None,
    ) -> None:
        self.timeline = timeline
        self.agreement = agreement
        self.parties = parties
        self.acts = acts
        lease = timeline.anchors.lease
        self.lease_root = timeline.household.root_of(lease) if lease is not None else None
        self.approached = {} if approached is None else approached
        self._found: dict[str, Found] = {}
        self._stale: Collection[str] = ()
        self._asked: list[str] = []  # the alerts of which the rule in turn read the acts
        self._occurring = frozenset(timeline.household.by_type)
        self._scopes: dict[tuple[str, ...], list[Scope]] = {}

    def recall(self, remembered: Remembered) -> None:
        """Ask only the rules that might find something else than is remembered."""
        self._found, self._stale = remembered.under(self.agreement)

    def to_ask(self, entangled: Container[str]) -> Sequence[Rule]:
        """The rules that might find something else than is remembered; all if nothing is."""
        rules = self.agreement.strongest_first
        if not self._found:
            return rules
        return [rule for rule in rules if rule.id in self._stale or rule.id in entangled]

    def all(self) -> list[Finding]:
        """What every rule found; all that are to be asked have been."""
        found = self._found
        return [it for rule in self.agreement.strongest_first for it in found[rule.id].findings]

    def find(self, rule: Rule) -> None:
        """Look for the findings of one rule, if it would not find the same again; rules that
        inhibit it have had their turn."""
        approached = self.approached.get(rule.id, ())
        known = self._found.get(rule.id)
        if known is None or rule.id in self._stale or known.approached != approached:
            known = self._found[rule.id] = self._look(rule, approached, known)
        if rule.inhibits:
            self._pass_on(rule, known.findings)

    def _look(self, rule: Rule, approached: tuple[Instant, ...], known: Found | None) -> Found:
        self._asked = []
        found = self.of_rule(rule)
        if not found and not self._asked and not approached:
            return NOTHING
        if known is not None:
            found = _same_as_before(found, known.findings)
        return Found(found, self._asked, approached)

    def of_rule(self, rule: Rule) -> Sequence[Finding]:
        """The findings of one rule, looked for anew."""
        found: list[Finding] = []
        if not is_possible(self.agreement.needs_of[rule.id], self._occurring):
            return found
        for scope in self.scopes(rule):
            found += self._in_scope(rule, scope)
        # an interval without length is none, but an act never makes a finding empty
        return _one_each(f for f in found if f.raised_at < f.resolved_at or _is_by_act(f))

    def _pass_on(self, rule: Rule, found: Iterable[Finding]) -> None:
        """An approach on an alert also resolves those that its rule inhibits."""
        for finding in found:
            if _is_approached(finding):
                for weaker in rule.inhibits:
                    before = self.approached.get(weaker, ())
                    self.approached[weaker] = (*before, finding.resolved_at)

    def scopes(self, rule: Rule) -> list[Scope]:
        """Where all states of the rule's `during` are in force."""
        scopes = self._scopes.get(rule.during)
        if scopes is None:
            scopes = self._scopes[rule.during] = self._scopes_of(rule.during)
        return scopes

    def _scopes_of(self, during: tuple[str, ...]) -> list[Scope]:
        if during == (EVERYWHERE,):
            return [Scope()]
        held: list[Interval] | None = None
        for name in during:
            state = self.timeline.state(name)
            held = state if held is None else intersected(held, state)
        return [Scope(i.start, i.end, i.opener) for i in held or ()]

    def _in_scope(self, rule: Rule, scope: Scope) -> list[Finding]:
        while True:
            found = []
            for interval in intervals_of(rule.when, self.timeline, scope):
                finding = self._finding(rule, interval, scope)
                if finding is not None:
                    found.append(finding)
            fresh = [f.resolved_at for f in found if _is_cut(f) and f.resolved_at not in scope.cuts]
            if not rule.counts or not fresh:
                return found
            # a cut frees a count or a run for the facts after it: look again with what is known
            cuts = tuple(sorted((*scope.cuts, min(fresh))))
            scope = Scope(scope.start, scope.end, scope.opener, cuts)

    def _finding(self, rule: Rule, interval: Interval, scope: Scope) -> Finding | None:
        start, opener = interval.start, interval.opener
        if start < scope.start:
            start = scope.start
            if not interval.alone:
                opener = self.timeline.anchors.lease or scope.opener
        if start >= scope.end or opener is None or not self.agreement.is_in_force(opener.at):
            return None
        household = self.timeline.household
        name = alert_id(rule.id, self.lease_root, household.root_of(opener))
        tells = told_parties(rule, household, self.parties, opener.party)
        acts = acts_on(self._acts_of(name), tells, start)
        natural = (End(interval.end, Resolution.CONDITION), End(scope.end, Resolution.SCOPE_ENDED))
        by_acts = ends_by_acts(acts, tells, approach_resolves=rule.until.approach)
        end = first_of((*natural, *self._cuts(rule, start, opener), *by_acts))
        return Finding(
            name,
            rule,
            self.agreement,
            opener,
            start,
            end if end.at < NEVER else None,
            Status.OPEN,  # whatever acts made of it: as_of says so
            evidence_of(rule, self.timeline, (opener, *interval.partners), start),
            tuple(sorted(interval.absent)),
            tells,
            acts_until(acts, tells, end),
            household.gemeente,
        )

    def _acts_of(self, name: str) -> Sequence[Fact]:
        self._asked.append(name)
        return self.acts.get(name, ())

    def _cuts(self, rule: Rule, start: Instant, opener: Fact) -> list[End]:
        """Ends by the rule's own `until`, and by an approach on an alert that inhibits it."""
        ends = [
            End(at, Resolution.APPROACH) for at in self.approached.get(rule.id, ()) if at >= start
        ]
        if rule.until.after is not None:
            expires = add(start, rule.until.after, self.timeline.calendar)
            ends.append(End(expires, Resolution.EXPIRED))
        for pattern in rule.until.facts:
            came = self.timeline.first_closing(pattern, opener, start)
            if came is not None:
                ends.append(End(came.at, Resolution.CONDITION))
        return ends


def _same_as_before(found: Sequence[Finding], before: Sequence[Finding]) -> Sequence[Finding]:
    """What was found, with the very findings of before where they say the same, so that what was
    made of them is known to be good."""
    known = {finding.alert_id: finding for finding in before}
    same = (known.get(finding.alert_id, finding) for finding in found)
    return [a if _said(a) == _said(b) else b for a, b in zip(same, found, strict=True)]


def _said(finding: Finding) -> tuple[object, ...]:
    """All of a finding but its rule and agreement, whose values are large."""
    return (
        finding.alert_id,
        finding.opener,
        finding.raised_at,
        finding.end,
        finding.evidence,
        finding.absent,
        finding.tells,
        finding.acts,
    )


def _is_cut(finding: Finding) -> bool:
    # a cut by an `until` fact is told from the end of the condition by a length that is left: for
    # a count there is no other end, and a run that ended by itself starts anew all the same
    end = finding.end
    return end is not None and end.why is not Resolution.SCOPE_ENDED


def _is_by_act(finding: Finding) -> bool:
    return finding.end is not None and finding.end.why in (Resolution.APPROACH, Resolution.CLOSED)


def _is_approached(finding: Finding) -> bool:
    """Whether an approach on this very alert resolved it, not one on a stronger."""
    return any(
        act.fact.type == "approach-agreed" and finding.end == End(act.at, Resolution.APPROACH)
        for act in finding.acts
    )


def _one_each(findings: Iterable[Finding]) -> list[Finding]:
    """What begins at one instant by one fact is one finding, however many facts a rule looks at:
    the one that lasts longest, at a tie the first."""
    found: dict[tuple[str, Instant], Finding] = {}
    for finding in findings:
        known = found.setdefault((finding.alert_id, finding.raised_at), finding)
        if finding.resolved_at > known.resolved_at:
            found[finding.alert_id, finding.raised_at] = finding
    return list(found.values())
