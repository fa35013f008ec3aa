"""The round: sends to each recipient what is due, one after the other.

A mail that is refused or deferred holds up nobody else. A server that is away ends the round; in
the next one others come first, for it may be this one mail that it cannot bear.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from connectors.mail_digest import Told, due_of, wake_at
from connectors.mail_letter import Envelope, mail_of
from connectors.mail_notes import Note, Notes
from connectors.mail_post import SENDING, Bad, Letter, Post, Posts, refused, sent
from connectors.mail_recipient import Recipient, schedule_of
from connectors.mail_schedule import after_quiet
from connectors.seam import Say
from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Unavailable
from hub.mail import Mail, NotTaken, Unsure

# Nothing tells the round that an alert came, so it looks as often as this.
LOOK_MS: Final = 30_000
_SERVER_AWAY_S: Final = 60.0  # at least; whoever runs us waits longer each time
_ASIDE_MS: Final = 2 * MINUTE_MS
_FIRST_WAIT_MS: Final = MINUTE_MS
_LONGEST_WAIT_MS: Final = 60 * MINUTE_MS


class Mails(Protocol):
    """Sends mail (hub.mail.Mailer)."""

    async def send(self, mail: Mail) -> None: ...


class Plan(Struct, frozen=True):
    """Who gets mail, how long news waits for what comes with it, and how long an address that was
    refused is left alone."""

    recipients: Sequence[Recipient]
    envelope: Envelope
    gather_ms: int
    bad_ms: int


class Round:
    """The errand that sends. `posts` and `notes` outlive it; how long a deferred address waits
    does not: after a restart it is tried at once."""

    name = SENDING

    def __init__(self, plan: Plan, notes: Notes, posts: Posts, mails: Mails, say: Say) -> None:
        self._plan = plan
        self._notes = notes
        self._posts = posts
        self._mails = mails
        self._say = say
        self._waits: dict[str, tuple[int, Instant]] = {}  # how often deferred, and until when

    async def run(self, now: Instant) -> Instant | None:
        self._posts.forget_others({it.to for it in self._plan.recipients})
        notes = self._notes.all()
        for number, recipient in enumerate(self._plan.recipients, 1):
            where = where_of(number)
            self._begin(recipient, now)
            if not self._is_held(recipient, now):
                await self._serve(recipient, where, notes, now)
        return min(now + LOOK_MS, *(self._wake_at(it, notes, now) for it in self._plan.recipients))

    def _begin(self, recipient: Recipient, now: Instant) -> None:
        """For a new one from now on: no time that went by before anybody was to be mailed."""
        if self._posts.find(recipient.to) is None:
            self._posts.keep(recipient.to, Post(told=Told(slot=now)))

    def _is_held(self, recipient: Recipient, now: Instant) -> bool:
        bad = self._post(recipient).bad
        bad_until = now if bad is None else bad.until
        _, waits_until = self._waits.get(recipient.to, (0, now))
        quiet_until = after_quiet(schedule_of(recipient), now)
        return max(bad_until, waits_until, quiet_until) > now

    async def _serve(
        self, recipient: Recipient, where: str, notes: Sequence[Note], now: Instant
    ) -> None:
        post = self._post(recipient)
        letter = post.letter or self._written(recipient, notes, now)
        if letter is None:
            return
        # One that was on its way before may have been taken: it stays as it is until that is clear.
        is_new = post.letter is None
        self._posts.keep(recipient.to, replace(self._post(recipient), letter=letter))
        try:
            await self._mails.send(self._mail(recipient, letter))
        except NotTaken as answer:
            self._not_taken(recipient, where, answer, now)
            if is_new and not answer.is_final:
                self._unwritten(recipient)
        except Unsure as away:
            self._defer(recipient, now)
            self._say("a mail may not have arrived", where=where, reason=str(away))
        except Unavailable as away:
            if is_new:
                self._unwritten(recipient)
            self._set_aside(recipient, now)
            raise Unavailable(str(away), _SERVER_AWAY_S) from None
        else:
            self._sent(recipient, where, letter, now)

    def _written(self, recipient: Recipient, notes: Sequence[Note], now: Instant) -> Letter | None:
        """What is due, if there is something to say; if not, that is settled too."""
        post = self._post(recipient)
        due = due_of(notes, recipient, post.told, self._plan.gather_ms, now)
        if due is None:
            return None
        if due.digest is None:
            self._posts.keep(recipient.to, replace(post, told=replace(post.told, slot=due.slot)))
            return None
        return Letter(due.at, now, due.digest, post.told.news, Told(due.news, due.slot))

    def _mail(self, recipient: Recipient, letter: Letter) -> Mail:
        mark = self._posts.mark(recipient.to, letter.name)
        return mail_of(letter, recipient, mark, self._plan.envelope)

    def _sent(self, recipient: Recipient, where: str, letter: Letter, now: Instant) -> None:
        self._waits.pop(recipient.to, None)
        self._posts.keep(recipient.to, sent(self._post(recipient), letter))
        self._posts.report(recipient.to, now)
        self._say("mailed", where=where, records=letter.digest.ready)

    def _not_taken(self, recipient: Recipient, where: str, answer: NotTaken, now: Instant) -> None:
        if answer.is_final:
            bad = Bad(answer.reply, now, now + self._plan.bad_ms)
            self._posts.keep(recipient.to, refused(self._post(recipient), bad))
            self._posts.report(recipient.to, now)
            do = "check the address, and whether the server takes mail from here"
            self._say("a mail is refused", where=where, reason=answer.reply, do=do)
        else:
            self._defer(recipient, now)
            self._say("a mail is deferred", where=where, reason=answer.reply)

    def _unwritten(self, recipient: Recipient) -> None:
        """Nobody has the letter: the next one says what is then, under the same Message-ID."""
        self._posts.keep(recipient.to, replace(self._post(recipient), letter=None))

    def _set_aside(self, recipient: Recipient, now: Instant) -> None:
        times, _ = self._waits.get(recipient.to, (0, now))
        self._waits[recipient.to] = (times, now + _ASIDE_MS)

    def _defer(self, recipient: Recipient, now: Instant) -> None:
        times, _ = self._waits.get(recipient.to, (0, now))
        wait = min(_FIRST_WAIT_MS << min(times, 10), _LONGEST_WAIT_MS)
        self._waits[recipient.to] = (times + 1, now + wait)

    def _post(self, recipient: Recipient) -> Post:
        return self._posts.find(recipient.to) or Post()

    def _wake_at(self, recipient: Recipient, notes: Sequence[Note], now: Instant) -> Instant:
        later = now + LOOK_MS
        if self._is_held(recipient, now):
            return later
        told, gather_ms = self._post(recipient).told, self._plan.gather_ms
        return wake_at(notes, recipient, told, gather_ms, now) or later


def where_of(number: int) -> str:
    """How a recipient is called in logs: an address is personal data."""
    return f"mail.recipients, number {number}"
