"""Who gets mail, about which alerts, and when: as the settings say it."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, field

from connectors.mail_schedule import Quiet, Schedule
from connectors.settings import Part

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MAILBOX: Final = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$"

Language: TypeAlias = Literal["nl", "en"]
Mailbox: TypeAlias = Annotated[
    str,
    Meta(
        pattern=_MAILBOX,
        max_length=200,
        description="a mail address, like wijkteam@gemeente.example",
    ),
]
Severity: TypeAlias = Literal["critical", "high", "medium", "low"]
Role: TypeAlias = Literal["gemeente", "corporatie", "begeleider", "huurders"]
Gemeente: TypeAlias = Annotated[
    str, Meta(pattern="^[0-9]{4}$", description='four digits in quotes, like "0988"')
]


class QuietHours(Part, frozen=True, kw_only=True):
    """In which nothing is sent; what came then follows at their end."""

    begin: str = field(name="from")
    until: str


class Recipient(Part, frozen=True, kw_only=True):
    """A mailbox or a person.

    `send`: a digest at the times of `at`, or as soon as something new comes. `critical_at_once`
    sends what is critical at once besides a daily digest, on any day. `days` is when digests and
    mails at once go. Empty `severities`, `gemeenten` and `roles` (who else is told): all of them.
    `only_to_act`: not what the party is only informed of. `repeat`: a daily digest also says what
    still waits for an answer when nothing is new.
    """

    to: Mailbox
    language: Language = "nl"
    send: Literal["daily", "at-once"] = "daily"
    at: Annotated[tuple[str, ...], Meta(min_length=1, max_length=12)] = ("08:00",)
    days: Literal["working", "every"] = "working"
    critical_at_once: bool = False
    quiet: QuietHours | None = None
    severities: tuple[Severity, ...] = ()
    gemeenten: tuple[Gemeente, ...] = ()
    roles: tuple[Role, ...] = ()
    only_to_act: bool = False
    repeat: bool = True

    def __post_init__(self) -> None:
        schedule_of(self)  # a time that is none is told at start

    @property
    def is_daily(self) -> bool:
        return self.send == "daily"


def schedule_of(recipient: Recipient) -> Schedule:
    """ValueError with what to write: a time is none, or the quiet hours never end."""
    quiet = None
    if recipient.quiet is not None:
        quiet = Quiet(_time(recipient.quiet.begin), _time(recipient.quiet.until))
        if quiet.begin == quiet.until:
            raise ValueError("quiet hours that end when they begin; write two times")
    times = tuple(sorted({_time(text) for text in recipient.at}))
    return Schedule(times, recipient.days == "working", quiet)


def _time(text: str) -> time:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError('write a time of the day in quotes, like "08:30"')
    return time(int(found[1]), int(found[2]))
