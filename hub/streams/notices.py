"""Notices: from what is found to what each party is told (agreement document, Alerts).

Used for households and regions alike. For each told party of each finding it makes the view that
the party should have now, asks `why_tell`, and emits a revision with its disclosure in the same
transaction, or keeps why it is held back. Nothing is told here that is not a whole view.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from hub.domain.acts import LIVING, Status
from hub.domain.agreement import Agreement
from hub.domain.alerts import Circumstances, Tell, Told, is_held, why_tell
from hub.domain.duties import Duty, due, next_due
from hub.domain.findings import Finding
from hub.domain.gate import held_for
from hub.domain.parties import Parties, Party
from hub.domain.sharing import AANSPREEKPUNT, Shown, Sight, View, respond_by, view_for
from hub.domain.time import NEVER, Instant, format_instant
from hub.domain.timeline import Household
from hub.streams.cluster import AlertRecord, ShownBefore
from hub.streams.gauge import Gauge, hour_of
from hub.streams.held import hold, release
from hub.streams.revisions import Disclosing, Reduced, disclosure, last_revision, revision
from hub.streams.seam import Emit

OPS: Final = "ops"

# since when a party has a rule's alert open; what ended before that is not held back by it
OpenFor: TypeAlias = dict[tuple[str, str], Instant]

_json: Final = msgspec.json.Encoder().encode


class Subject(Struct, frozen=True):
    """What findings are about: a household, or a region where `household` is None. `key` is the
    household's own key, from which every party's handle is made."""

    household: Household | None
    key: bytes
    sharing: Agreement
    lagging: Callable[[Finding], bool] = lambda _finding: False
    paused_until: Callable[[str], Instant | None] = lambda _party: None
    shown: ShownBefore = {}


class Notices:
    """Tells parties, and collects what is to be emitted. `floor`: revisions up to this number may
    be known to parties and not to us (a hub that was restored without its journal, ADR 0031)."""

    def __init__(
        self,
        parties: Parties,
        handle: Callable[[str, bytes], str],
        gauge: Gauge,
        floor: int = 0,
    ) -> None:
        self._parties = parties
        self.handle = handle
        self._gauge = gauge
        self._floor = floor
        self.emits: list[Emit] = []

    def tell(
        self,
        subject: Subject,
        findings: Sequence[Finding],
        records: dict[str, AlertRecord],
        now: Instant,
    ) -> tuple[set[str], Instant]:
        """Tell of all current findings of one subject.

        Returns the ids of the alerts whose record changed, and when something will be due.
        """
        changed: set[str] = set()
        wake_at = NEVER
        open_for: OpenFor = {}
        for finding in _strongest_first(findings):
            record = records.get(finding.alert_id)
            if record is None:
                record = AlertRecord(finding.rule.id, subject.key, finding.rule.severity, {})
            before = _json(record)
            wake_at = min(wake_at, self._tell_finding(finding, subject, record, open_for, now))
            if record.told and _json(record) != before:
                records[finding.alert_id] = record
                changed.add(finding.alert_id)
        return changed, wake_at

    def _tell_finding(
        self,
        finding: Finding,
        subject: Subject,
        record: AlertRecord,
        open_for: OpenFor,
        now: Instant,
    ) -> Instant:
        """Tell each party of one finding; when something will be due."""
        held = self._held(finding, subject)
        wake_at = NEVER
        for name in sorted(finding.tells):
            turn = _Turn(finding, subject, self._parties.by_id[name], record, held)
            if self._tell_party(turn, open_for, now) and finding.status in LIVING:
                open_for.setdefault((finding.rule.id, name), finding.raised_at)
            wake_at = min(wake_at, self._next_of(turn, now))
        self._tell_former(finding, record)
        return wake_at

    def withdraw(self, alert_id: str, record: AlertRecord, status: Status, now: Instant) -> bool:
        """One last revision without data to everybody who was told, and nothing is held any more;
        whether there was anything to say."""
        before = len(self.emits)
        for name, told in sorted(record.told.items()):
            self.emits += release(told, name, alert_id)
            if told.knows:
                self._emit_reduced(alert_id, record, name, told, status)
        return len(self.emits) > before

    def _held(self, finding: Finding, subject: Subject) -> tuple[str, ...]:
        if subject.household is None:
            return ()
        return held_for(finding, subject.household, subject.sharing, self._parties)

    def _tell_party(self, turn: _Turn, open_for: OpenFor, now: Instant) -> bool:
        """Tell one party if there is something to tell; whether it knows of the alert now."""
        party, finding = turn.party, turn.finding
        told = turn.record.told.get(party.id) or Told()
        digest, shown = self._digest_of(turn)
        around = self._around(turn, open_for, now)
        ended_at = None if finding.end is None else finding.end.at
        why = why_tell(finding.status, ended_at, digest, told, around)
        if why in (Tell.FIRST, Tell.CHANGED):
            self._emit_view(turn, told, shown or self._view(turn), digest, now)
        elif why is Tell.GATE_CLOSED:
            turn.record.told[party.id] = told
            self._emit_reduced(finding.alert_id, turn.record, party.id, told, Status.WITHDRAWN)
            why = Tell.HELD_BY_GATE
        if is_held(why, finding.status, ended_at, digest, told):
            self._hold(turn, told, why, now)
        else:
            self.emits += release(told, party.id, finding.alert_id)
        self._remind(turn, told, now)
        return told.knows

    def _around(self, turn: _Turn, open_for: OpenFor, now: Instant) -> Circumstances:
        finding, party = turn.finding, turn.party
        paused_until = turn.subject.paused_until(party.id)
        return Circumstances(
            shadow=finding.rule.shadow,
            gate_closed=party.id in turn.held,
            feed_behind=turn.subject.lagging(finding),
            inhibited=any(
                finding.resolved_at > open_for.get((rule, party.id), NEVER)
                for rule in _inhibitors(finding)
            ),
            paused=paused_until is not None
            and now < paused_until
            and finding.rule.severity != "critical",
            storm=self._gauge.is_full(party, now),
        )

    def _digest_of(self, turn: _Turn) -> tuple[bytes, Shown | None]:
        """The digest of the view as it would be now; the view too, where it had to be made."""
        finding, household = turn.finding, turn.subject.household
        made_from: tuple[object, ...] = (
            finding.status,
            finding.end,
            len(finding.acts),
            turn.held,
            () if household is None else household.references,
            () if household is None else household.of(AANSPREEKPUNT),
        )
        key = (finding.alert_id, turn.party.id)
        before = turn.subject.shown.get(key)
        # the finding itself and the agreement by identity: comparing their values costs more
        is_same = (
            before is not None
            and before[0][0] is finding.origin
            and before[0][1] is turn.subject.sharing
            and before[0][2:] == made_from
        )
        if before is not None and is_same:
            return before[1], None
        shown = self._view(turn)
        digest = _digest(shown.view)
        turn.subject.shown[key] = ((finding.origin, turn.subject.sharing, *made_from), digest)
        return digest, shown

    def _view(self, turn: _Turn) -> Shown:
        subject = turn.subject
        handle = None
        if subject.household is not None:
            handle = self.handle(turn.party.id, subject.key)
        sight = Sight(
            turn.finding, subject.household, handle, subject.sharing, self._parties, turn.held
        )
        return view_for(turn.party, sight)

    def _emit_view(
        self, turn: _Turn, told: Told, shown: Shown, digest: bytes, now: Instant
    ) -> None:
        finding, party = turn.finding, turn.party
        is_first = not told.is_told
        if is_first:
            told.told_at = now
            told.announced = party.live_from is None or finding.raised_at >= party.live_from
        if told.respond_by is None and told.announced and finding.status in LIVING:
            # also when it was told as ended first, and turned out to last: the duty begins now
            told.told_at, told.respond_by = now, respond_by(finding, party, now)
        if not told.knows:
            self._gauge.count(party, now)
        told.revision = self._next_revision(told)
        told.digest, told.status = digest, finding.status.value
        turn.record.told[party.id] = told
        self._emit(turn, told, shown, "new" if is_first else "changed", now)

    def _remind(self, turn: _Turn, told: Told, now: Instant) -> None:
        answered = any(act.fact.party == turn.party.id for act in turn.finding.acts)
        ended = turn.finding.status not in LIVING
        duty = due(told, now, answered=answered, ended=ended)
        if duty is Duty.NOTHING:
            return
        told.revision = self._next_revision(told)
        if duty is Duty.REMIND:
            told.reminded_at = now
        else:
            told.escalated_at = now
        turn.record.told[turn.party.id] = told
        self._emit(turn, told, self._view(turn), duty.value, now)

    def _emit(self, turn: _Turn, told: Told, shown: Shown, notice: str, now: Instant) -> None:
        """The view at its revision, and the record that it was shown, in one transaction."""
        party, subject, finding = turn.party, turn.subject, turn.finding
        self.emits.append(revision(party, shown.view, told, notice))
        if subject.household is not None:
            about = Disclosing(party.id, self.handle("", subject.key), subject.sharing, now)
            self.emits.append(disclosure(about, finding, shown.disclosed, told.revision))

    def _hold(self, turn: _Turn, told: Told, why: Tell, now: Instant) -> None:
        """Keep why a notice waits, and show it to operators."""
        turn.record.told[turn.party.id] = told
        if why is Tell.STORM and told.held_by != why.value:
            self.ops("notices-held", turn.party.id, now)
        self.emits += hold(told, turn.party.id, turn.finding, why, now)

    def _tell_former(self, finding: Finding, record: AlertRecord) -> None:
        """Parties that were told and are not any more hear how it ends, without data."""
        for name, told in sorted(record.told.items()):
            if name in finding.tells:
                continue
            self.emits += release(told, name, finding.alert_id)
            if told.knows and told.status != finding.status.value:
                self._emit_reduced(finding.alert_id, record, name, told, finding.status)

    def _emit_reduced(
        self, alert_id: str, record: AlertRecord, name: str, told: Told, status: Status
    ) -> None:
        told.revision = self._next_revision(told)
        told.status, told.digest = status.value, b""
        told.respond_by = None
        handle = self.handle(name, record.household) if record.household else None
        last = Reduced(
            alert_id, told.revision, status.value, record.rule, record.severity, handle, "ended"
        )
        self.emits.append(last_revision(name, last))

    def _next_revision(self, told: Told) -> int:
        return max(told.revision, self._floor) + 1

    def _next_of(self, turn: _Turn, now: Instant) -> Instant:
        told = turn.record.told.get(turn.party.id)
        if told is None:
            return NEVER
        answered = any(act.fact.party == turn.party.id for act in turn.finding.acts)
        at = next_due(told, answered=answered, ended=turn.finding.status not in LIVING)
        if told.held_by == Tell.STORM.value:
            at = min(at, (hour_of(now) + 1) * 3_600_000)
        elif told.held_by == Tell.PAUSED.value:
            at = min(at, turn.subject.paused_until(turn.party.id) or NEVER)
        return at

    def ops(self, kind: str, party: str, now: Instant) -> None:
        """Something that operators must know; no household in it."""
        told = {"kind": kind, "party": party, "at": format_instant(now)}
        self.emits.append(Emit(OPS, party.encode(), _json(told)))


class _Turn(Struct, frozen=True):
    """One party's turn in the telling of one finding."""

    finding: Finding
    subject: Subject
    party: Party
    record: AlertRecord
    held: tuple[str, ...]


def _strongest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding after those that may inhibit it."""
    return sorted(
        findings, key=lambda f: (f.agreement.rank_of.get(f.rule.id, 0), f.raised_at, f.alert_id)
    )


def _inhibitors(finding: Finding) -> tuple[str, ...]:
    return finding.agreement.inhibitors_of.get(finding.rule.id, ())


def _digest(view: View) -> bytes:
    return hashlib.blake2b(_json(view), digest_size=8).digest()
