"""One household as a party may see it, read back for a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from hub.console.alert import Alert
from hub.domain.facts import CATALOGUE


class Standing(Struct, frozen=True):
    """A state that was or is in force, as our own facts say."""

    state: str
    from_: str = field(name="from")
    until: str | None = None


class Entry(Struct, frozen=True, rename="camel"):
    """A fact: our own, or what alerts told us of another's. `occurred_at` None: that is not
    shared."""

    own: bool
    type: str
    fields: Mapping[str, Any]
    occurred_at: str | None = None
    alerts: tuple[str, ...] = ()

    @property
    def is_act(self) -> bool:
        return self.type in CATALOGUE and CATALOGUE[self.type].kind == "act"


class Expected(Struct, frozen=True, rename="camel"):
    """What should have come, and has not."""

    type: str
    expected_by: str


class Household(Struct, frozen=True, rename="camel", kw_only=True):
    """What a page needs of a household."""

    household: str
    gemeente: str
    references: tuple[Mapping[str, str], ...] = ()
    states: tuple[Standing, ...] = ()
    aanspreekpunt: Mapping[str, str] | None = None
    timeline: tuple[Entry, ...] = ()
    expected: tuple[Expected, ...] = ()
    alerts: tuple[Alert, ...] = ()

    @property
    def answered(self) -> frozenset[str]:
        """The alerts about which our own organisation did something."""
        return frozenset(str(it.fields.get("alertId")) for it in self.timeline if it.is_act)

    def acts_on(self, alert_id: str) -> list[Entry]:
        """What our own organisation did about an alert, in order."""
        return [it for it in self.timeline if it.is_act and it.fields.get("alertId") == alert_id]


read: Final = msgspec.json.Decoder(Household).decode
