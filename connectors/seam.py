"""The seam between the system of a party and the hub: what a connector reads there, and what it
does there with an alert.

A connector says what a thing of the other side says *now*; what of that is new, changed or gone is
worked out once, for all of them (`connectors/said.py`), and so are ids, retries, what is kept, and
metrics. Nothing here does IO.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

from msgspec import Struct
from starlette.routing import BaseRoute

from hub.client import Alert, Household
from hub.domain.time import Instant
from hub.errors import SeintjeError, Unavailable
from hub.outbound import Transport

INBOX: Final = "inbox"
"""The name of the source that hands out the inbox: it is read as soon as something came."""


class Draft(Struct, frozen=True):
    """One fact that a record says: its short type (`rent-missed`) and its data, as JSON.

    `part` tells it from others of that type that the same record says. `own` is the source and id
    under which the other side itself publishes it: it goes on under that name, as it is, and is
    never corrected or retracted from here. `concerns` is the type and part of another draft of the
    record: what this one closes, whatever id that has.
    """

    type: str
    data: Mapping[str, Any]
    part: str = ""
    own: tuple[str, str] | None = None
    concerns: tuple[str, str] | None = None


class Record(Struct, frozen=True):
    """A thing of the other side by its key there, which stays, with every fact that it says now.

    One that says something else than before is corrected (`replaces`); what it does not say any
    more is retracted. `where` leads whoever must mend something to it: a file and line, or the
    address of a resource, without anything about a household.
    """

    key: str
    drafts: tuple[Draft, ...]
    where: str


class Unmapped(Struct, frozen=True):
    """A thing of the other side that could not be read: kept whole, for people. `why` says what is
    wrong and how to mend it, and quotes nothing of it."""

    where: str
    why: str
    raw: bytes


Entry: TypeAlias = Record | Unmapped


class Page(Struct, frozen=True):
    """What was read in one go, and where to read on: `cursor` is kept in the same transaction as
    the entries. `is_last`: there is nothing more now."""

    entries: tuple[Entry, ...]
    cursor: str
    is_last: bool


class Source(Protocol):
    """Where facts come from. May read the same thing any number of times."""

    @property
    def name(self) -> str:
        """Names its cursor and its records among the sources of the connector; never changes."""
        ...

    async def read(self, cursor: str | None, now: Instant) -> Page:
        """What comes after the cursor; None is the very beginning. What was handed out is kept when
        its cursor comes back, and not before: until then nothing is moved away or marked as read
        over there. `check` reads from the beginning, and changes nothing.

        Unavailable: the other side is away, the same will be asked again. Misconfigured: a setting
        is wrong, and what to do. One thing that cannot be read is an Unmapped and stops nothing.
        """
        ...


class Undeliverable(SeintjeError):
    """The other side will never take this alert: it is kept as a dead letter, and the next one is
    delivered. Its text says why and what to do, and quotes nothing of the alert."""


class NotYet(Unavailable):
    """Nothing is wrong, it is only not time for it yet: the other side allows so many a minute. The
    same again after `retry_after`, without a word in the log."""


class Sink(Protocol):
    """Where alerts of the party go to. Gets them in order, each until it is delivered; after a
    crash once more, so the other side must be able to tell a repeat: by alertId and revision."""

    @property
    def name(self) -> str: ...

    async def deliver(self, alert: Alert, now: Instant) -> None:
        """Unavailable: it will be tried again, and what follows waits. Undeliverable: see there."""
        ...


class Errand(Protocol):
    """What is done when its time comes, like a digest in the morning."""

    @property
    def name(self) -> str: ...

    async def run(self, now: Instant) -> Instant | None:
        """Do what is due; when to be called again at the latest. Unavailable: later."""
        ...


class Finding(Struct, frozen=True):
    """Something that `check` found: where, what is wrong, and how to mend it."""

    where: str
    wrong: str
    mend: str


class Connector(Struct, frozen=True, kw_only=True):
    """A system of a party. `doors` are what the other side calls, `check` asks it whether the
    settings work without changing anything there, `close` lets go of it."""

    sources: tuple[Source, ...] = ()
    sinks: tuple[Sink, ...] = ()
    errands: tuple[Errand, ...] = ()
    doors: tuple[BaseRoute, ...] = ()
    check: Callable[[], Awaitable[Sequence[Finding]]] | None = None
    close: Callable[[], Awaitable[None]] | None = None


class Shelf(Protocol):
    """Small things that a connector must know after a restart, by name; durable on return."""

    def value(self, name: str) -> str | None: ...

    def keep(self, name: str, value: str | None) -> None:
        """None forgets it."""
        ...

    def names(self, prefix: str) -> Sequence[str]: ...


class Inbox(Protocol):
    """What the other side brought through a door. It may be answered once this has it: it is on
    disk. A source hands it out."""

    def put(self, name: str, body: bytes) -> bool:
        """Keep it, once for each name; whether it is new."""
        ...

    def waiting(self) -> int:
        """How much was not read yet."""
        ...

    def after(self, cursor: str | None, limit: int) -> Sequence[tuple[str, str, bytes]]:
        """(cursor, name, body) of what came after a cursor, in order. What came before it is kept
        by then, and let go."""
        ...


class Say(Protocol):
    """A line in the log: what happened, and of the rest only `where`, `do`, `reason`, `records`."""

    def __call__(self, event: str, **told: object) -> None: ...


class Graves(Protocol):
    """For a sink or errand that cannot do one thing, and goes on: dead letters by its own name."""

    def bury(self, source: str, letter: Unmapped, now: Instant) -> None:
        """Keep it; the same one once."""
        ...

    def unbury(self, source: str, where: str) -> None:
        """It is in order now."""
        ...


class Site(Struct, frozen=True, kw_only=True):
    """What a connector is built on: who it speaks for, and what it keeps. `household` reads one of
    the party by its handle (the hub logs that); None if there is none any more. `transport` None:
    the network. `only_looks`: nothing may be changed over there (`check`)."""

    party: str
    source: str
    shelf: Shelf
    inbox: Inbox
    graves: Graves
    household: Callable[[str], Awaitable[Household | None]]
    say: Say
    now: Callable[[], Instant]
    transport: Transport | None = None
    only_looks: bool = False
