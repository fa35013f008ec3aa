"""Households as the hub shows them to a corporatie, and their alerts, with little to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import structs

from hub.client import Alert, Entry, Household
from hub.domain.time import format_instant, parse_instant

HANDLE: Final = "hh-" + "a2" * 13
ALERT: Final = "al-" + "a2" * 13
OTHER: Final = "al-" + "b3" * 13
RULE: Final = "huur-open"
LEASE: Final = "H-1001"

TAKEN: Final[Mapping[str, bool]] = {
    "personalContactTried": True,
    "debtHelpOffered": True,
    "reminderSent": True,
    "sharingAnnounced": True,
    "tenantObjected": False,
}
OBJECTED: Final = {**TAKEN, "tenantObjected": True}
NOT_YET: Final = dict.fromkeys(TAKEN, False)


def missed(
    on: str = "2024-02-02",
    period: str = "2024-02",
    steps: Mapping[str, Any] = TAKEN,
    total: int = 65_000,
    **changes: Any,
) -> Entry:
    """A `rent-missed` of the corporatie."""
    fields = {
        "period": period,
        "dueDate": f"{period}-01",
        "amountDue": 65_000,
        "totalArrears": total,
        "socialCollection": dict(steps),
    }
    return _own(on, "rent-missed", fields | changes)


def paid(on: str, amount: int, period: str = "2024-02") -> Entry:
    return _own(on, "rent-paid", {"period": period, "amount": amount})


def _own(on: str, name: str, fields: Mapping[str, Any]) -> Entry:
    at = format_instant(parse_instant(on))
    return Entry(
        own=True, type=name, occurred_at=at, source="urn", id=f"{name}-{on}", fields=fields
    )


def alert(id_: str = ALERT, periods: Iterable[str] = ("2024-02",), **changes: Any) -> Alert:
    """An alert that rests on the missed rent of these periods; its evidence is the fact with which
    each opened, of before any step was taken."""
    evidence = [missed(f"{it}-02", it, NOT_YET) for it in periods]
    usual = Alert(
        alert_id=id_,
        revision=1,
        status="open",
        rule=RULE,
        severity="high",
        household=HANDLE,
        gemeente="0988",
        raised_at="2024-02-01T23:00:00.000Z",
        evidence=tuple({"type": it.type, **it.fields} for it in evidence),
    )
    return structs.replace(usual, **changes)


def household(*timeline: Entry, alerts: Iterable[Alert] = (), **changes: Any) -> Household:
    """In order of time, as the hub tells it."""
    usual = Household(
        household=HANDLE,
        gemeente="0988",
        references=({"scheme": "lease", "issuer": "corporatie-maas", "value": LEASE},),
        timeline=tuple(sorted(timeline, key=lambda it: it.occurred_at or "")),
        alerts=tuple(alerts),
    )
    return structs.replace(usual, **changes)
