"""Open alerts of one household are one conversation to people (agreement document, Grouping).

The most urgent comes first: what waits for an answer of ours before what does not, then by
severity, then by when the answer is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from hub.console.alert import Alert


class Conversation(Struct, frozen=True):
    """A household, or a region, with its open alerts; the most urgent first."""

    household: str | None
    region: str | None
    gemeente: str | None
    references: tuple[Mapping[str, str], ...]
    alerts: tuple[Alert, ...]

    @property
    def first(self) -> Alert:
        return self.alerts[0]

    @property
    def waits(self) -> bool:
        return any(alert.waits for alert in self.alerts)


def conversations(alerts: Iterable[Alert]) -> tuple[Conversation, ...]:
    """Alerts by household, the most urgent household first."""
    together: dict[tuple[str | None, str | None], list[Alert]] = {}
    for alert in alerts:
        together.setdefault((alert.household, alert.region), []).append(alert)
    found = [_conversation(sorted(them, key=_urgency)) for them in together.values()]
    return tuple(sorted(found, key=lambda it: _urgency(it.first)))


def _conversation(alerts: list[Alert]) -> Conversation:
    first = alerts[0]
    return Conversation(
        first.household, first.region, first.gemeente, first.references, tuple(alerts)
    )


def _urgency(alert: Alert) -> tuple[bool, int, bool, str, str]:
    """Texts of instants have one form, so they sort as instants do."""
    by = alert.respond_by
    return (not alert.waits, alert.rank, by is None, by or alert.raised_at, alert.alert_id)
