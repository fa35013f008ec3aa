"""What there is to say to a recipient, and when it is due: counts, and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from connectors.mail_notes import Note
from connectors.mail_recipient import Recipient, schedule_of
from connectors.mail_schedule import after_quiet, free_at, last_at, next_at
from hub.domain.time import BEGINNING, Instant

_CRITICAL = "critical"


class Digest(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How many alerts stand ready: what is new and what waits for an answer, each once. `answer_by`
    is when the first of those answers is due that are not late."""

    ready: int
    new: int = 0
    critical: int = 0
    waiting: int = 0
    late: int = 0
    answer_by: Instant | None = None


class Told(Struct, frozen=True):
    """What a recipient was told: news up to the number `news`, and its times up to `slot`. Nothing
    at once `before` an instant: a mail came back."""

    news: int = 0
    slot: Instant = BEGINNING
    before: Instant = BEGINNING


class Due(Struct, frozen=True):
    """A mail: `at` is when it was due, `slot` what it settles of the times of the recipient.
    `digest` None: there is nothing to say, and no mail."""

    at: Instant
    slot: Instant
    news: int
    digest: Digest | None


def digest_of(notes: Iterable[Note], recipient: Recipient, told: int, now: Instant) -> Digest:
    """The counts for a recipient that was told the news up to the number `told`."""
    ready = [it for it in notes if _concerns(it, recipient) and (it.waits or it.news > told)]
    waiting = [it for it in ready if it.waits]
    due = [it.respond_by for it in waiting if it.respond_by is not None]
    return Digest(
        ready=len(ready),
        new=sum(it.news > told for it in ready),
        critical=sum(it.severity == _CRITICAL for it in ready),
        waiting=len(waiting),
        late=sum(by <= now for by in due),
        answer_by=min((by for by in due if by > now), default=None),
    )


def due_of(
    notes: Sequence[Note], recipient: Recipient, told: Told, gather_ms: int, now: Instant
) -> Due | None:
    """What is due now. Whatever times went by unused, it is one mail; none in quiet hours."""
    schedule = schedule_of(recipient)
    if after_quiet(schedule, now) > now:
        return None
    slot = last_at(schedule, told.slot, now) if recipient.is_daily else None
    urgent = urgent_at(notes, recipient, told, gather_ms)
    if slot is None and (urgent is None or urgent > now):
        return None
    found = digest_of(notes, recipient, told.news, now)
    says = found.new > 0 or (recipient.repeat and slot is not None and found.waiting > 0)
    news = max((it.news for it in notes), default=told.news)
    at = slot if slot is not None else urgent
    assert at is not None
    return Due(at, slot or told.slot, max(news, told.news), found if says else None)


def urgent_at(
    notes: Sequence[Note], recipient: Recipient, told: Told, gather_ms: int
) -> Instant | None:
    """When what goes at once is due: some minutes after the first of it, for what comes with it."""
    news = [it for it in notes if it.news > told.news and _concerns(it, recipient)]
    critical = [it for it in news if it.severity == _CRITICAL]
    schedule, found = schedule_of(recipient), []
    if news and not recipient.is_daily:
        found.append(free_at(schedule, max(news[0].at + gather_ms, told.before)))
    if critical and recipient.critical_at_once:
        found.append(after_quiet(schedule, max(critical[0].at + gather_ms, told.before)))
    return min(found, default=None)


def wake_at(
    notes: Sequence[Note], recipient: Recipient, told: Told, gather_ms: int, now: Instant
) -> Instant | None:
    """When something will be due, as far as is known now."""
    urgent = urgent_at(notes, recipient, told, gather_ms)
    found = [] if urgent is None else [max(urgent, now)]
    if recipient.is_daily:
        found.append(next_at(schedule_of(recipient), now))
    return min(found, default=None)


def _concerns(note: Note, recipient: Recipient) -> bool:
    return (
        (not recipient.only_to_act or note.acts)
        and (not recipient.severities or note.severity in recipient.severities)
        and (not recipient.gemeenten or note.gemeente in recipient.gemeenten)
        and (not recipient.roles or any(role in note.roles for role in recipient.roles))
    )
