"""What every page works with, as it is handed in by the composition root.

The console asks and acts through these functions only, each for one party; there is none that asks
across parties. `clock` is that of the facts and may be virtual; people and their sessions live by
`wall`, which never is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from hub.console.links import Links
from hub.console.openid import OpenId
from hub.console.pages import Pages
from hub.console.place import Place
from hub.console.sessions import Sessions
from hub.domain.parties import Parties, Party
from hub.settings import Language
from hub.streams.seam import Clock


class Deed(Struct, frozen=True):
    """What somebody did about an alert: the type of the fact that it becomes, and what else that
    says. `once` is the same when a form is sent twice."""

    fact_type: str
    alert_id: str
    said: dict[str, str]
    once: str


class Outcome(StrEnum):
    """What became of a deed."""

    KEPT = "kept"
    GONE = "gone"  # the alert was withdrawn or erased
    REFUSED = "refused"
    UNKNOWN = "unknown"  # no alert of this party


Act: TypeAlias = Callable[[Party, Deed], Awaitable[Outcome]]


class Shelf(Struct, frozen=True):
    """What there is to read of one party. Views are JSON, as the party gets them everywhere.

    `alert` is one by its id, `household` one by its handle: both are to be shown, and it is written
    down that they are. So it is by `shown` for views that were chosen from `living`, the alerts on
    its list that still ask for something, most severe first. `known` is a household of which only
    what the party did itself is looked at, and nothing shown.
    """

    living: Callable[[str], Sequence[bytes]]
    shown: Callable[[str, Sequence[bytes]], Awaitable[None]]
    alert: Callable[[str, str], Awaitable[bytes | None]]
    household: Callable[[str, str], Awaitable[bytes | None]]
    known: Callable[[str, str], bytes | None]


class Console(Struct, frozen=True, eq=False):
    """The parts of the hub that a page may reach. Without `links` and without `openid` nobody can
    sign in. `answered` counts what was answered on which path, and in how many seconds."""

    parties: Parties
    clock: Clock
    wall: Clock
    language: Language
    place: Place
    sessions: Sessions
    pages: Pages
    shelf: Shelf
    act: Act
    links: Links | None
    openid: OpenId | None
    answered: Callable[[str, int, float], None]
