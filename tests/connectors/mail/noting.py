"""Notes, recipients and alerts for tests, with what a test cares about."""

from __future__ import annotations

from typing import Any, Final

from connectors.mail_notes import Note
from connectors.mail_recipient import Recipient
from hub.client import Alert
from hub.client.answers import Other
from hub.domain.time import HOUR_MS, MINUTE_MS, Instant, format_instant, parse_instant

NOW: Final = parse_instant("2026-03-02T09:00:00+01:00")  # a Monday
TO: Final = "wijkteam@gemeente.example"


def note(name: str, news: int = 1, **changes: Any) -> Note:
    usual: dict[str, Any] = {
        "alert_id": f"al-{name}",
        "revision": 1,
        "severity": "high",
        "at": NOW,
        "waits": True,
        "acts": True,
        "respond_by": NOW + 24 * HOUR_MS,
        "gemeente": "0988",
        "roles": ("corporatie",),
    }
    return Note(news=news, **(usual | changes))


def recipient(to: str = TO, **changes: Any) -> Recipient:
    return Recipient(to=to, **changes)


def alert(name: str = "a", revision: int = 1, **changes: Any) -> Alert:
    """An alert as the hub tells it, with what it would tell of a household."""
    usual: dict[str, Any] = {
        "status": "open",
        "rule": "rent-arrears",
        "severity": "high",
        "household": "hh-geheim",
        "notice": "new",
        "title": "Huur blijft uit",
        "gemeente": "0988",
        "references": ({"scheme": "lease", "issuer": "corporatie-maas", "value": "H-123456"},),
        "part": "acts",
        "respond_by": format_instant(NOW + 24 * HOUR_MS),
        "others": (Other("corporatie", "acts", False),),
    }
    return Alert(alert_id=f"al-{name}", revision=revision, **(usual | changes))


def minutes(count: float) -> Instant:
    return int(count * MINUTE_MS)
