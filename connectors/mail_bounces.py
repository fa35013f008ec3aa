"""Reads the mailbox to which reports of failed mail go, and notes whom mail does not reach.

The mailbox is a Maildir or a folder of .eml files, which something else fills. What was read is
marked as read there and stays: `new` to `cur`, or `.eml` to `.eml.read`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec.structs import replace

from connectors.mail_dsn import Outcome, Report, report_of
from connectors.mail_post import Bad, Post, Posts, returned
from connectors.mail_recipient import Recipient
from connectors.mail_round import Plan, where_of
from connectors.seam import Say
from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Unavailable

_LOOK_MS: Final = MINUTE_MS
_SOON_MS: Final = 1000
_AGAIN_MS: Final = 60 * MINUTE_MS
_MOST_BYTES: Final = 1 << 18
_MOST_FILES: Final = 100


class Bounces:
    """The errand that reads reports. One about nothing that we sent changes nothing."""

    name = "bounces"

    def __init__(self, folder: Path, plan: Plan, posts: Posts, say: Say) -> None:
        self._folder = folder
        self._recipients = plan.recipients
        self._bad_ms = plan.bad_ms
        self._posts = posts
        self._say = say

    async def run(self, now: Instant) -> Instant | None:
        try:
            files = unread(self._folder)[:_MOST_FILES]
            for file in files:
                self._read(file, now)
        except OSError:
            told = f"mail.bounces: {self._folder} cannot be read, or not be written"
            raise Unavailable(told, _LOOK_MS / 1000) from None
        return now + (_SOON_MS if len(files) == _MOST_FILES else _LOOK_MS)

    def _read(self, file: Path, now: Instant) -> None:
        with file.open("rb") as stream:
            report = report_of(stream.read(_MOST_BYTES))
        if report is not None and not self._take(report, now):
            self._say("a report is about no mail of ours", where="mail.bounces")
        _put_by(file)

    def _take(self, report: Report, now: Instant) -> bool:
        """Note what it says; whether it is about a mail of ours."""
        found = self._find(report)
        if found is None:
            return False
        number, recipient, name = found
        for outcome in report.outcomes:
            told = f"{outcome.action} {outcome.status}"
            self._say("a report on a mail", where=where_of(number), reason=told)
            self._note(recipient, outcome, name, now)
        return True

    def _find(self, report: Report) -> tuple[int, Recipient, str] | None:
        """Which recipient it is about, and the name of that mail."""
        for mark in report.marks:
            name = mark.partition(".")[0]
            for number, recipient in enumerate(self._recipients, 1):
                if mark == self._posts.mark(recipient.to, name):
                    return number, recipient, name
        return None

    def _note(self, recipient: Recipient, outcome: Outcome, name: str, now: Instant) -> None:
        if not outcome.is_failed:
            return  # delayed: the servers on the way go on trying
        post = self._posts.find(recipient.to) or Post()
        if outcome.address.lower() != recipient.to.lower():
            # One member of a list is no reason to leave out all the others.
            post = replace(post, elsewhere=Bad(outcome.status, now, now))
        else:
            bad = Bad(outcome.status, now, now + self._bad_ms) if outcome.is_final else None
            post = returned(post, name, bad, now + _AGAIN_MS)
        self._posts.keep(recipient.to, post)
        self._posts.report(recipient.to, now)


def unread(folder: Path) -> list[Path]:
    """The mails that nobody read yet, the oldest name first. OSError: it cannot be read."""
    new = folder / "new"
    inbox = new if new.is_dir() else folder
    found = [it for it in inbox.iterdir() if it.is_file()]
    return sorted(it for it in found if inbox is new or it.suffix == ".eml")


def _put_by(file: Path) -> None:
    if file.parent.name == "new":
        file.rename(file.parent.parent / "cur" / f"{file.name}:2,S")
    else:
        file.rename(file.with_name(f"{file.name}.read"))
