"""Households that pages are looked at with: one that is urgent, and others."""

from __future__ import annotations

from typing import Final

from tests.console.front import Front, Visitor
from tests.gateway.desk import MAAS, ONDERDAK
from tests.streams.world import Event, event, signed

# Somebody may call themselves so; a page shows it as it was written.
HOSTILE: Final = "<script>alert('1')</script>\"><img src=x onerror=alert(1)> & {{7*7}}"


def aanspreekpunt(name: str = "A. de Vries") -> Event:
    return event(
        "aanspreekpunt-assigned",
        "aanspreekpunt",
        "2024-01-05",
        name=name,
        organisation="Gemeente Weert",
        phone="+31495000000",
        email="a.devries@example.nl",
    )


def worried() -> list[Event]:
    """Household 1: both sides saw something within days, so both are to talk at once."""
    return [
        signed(),
        aanspreekpunt(),
        event("nuisance-reported", "noise", "2024-02-26T10:00:00Z", category="noise"),
        event(
            "signal-raised", "signal", "2024-02-27T10:00:00Z", party=ONDERDAK, category="no-contact"
        ),
    ]


def leased(number: int, start: str) -> Event:
    """The lease of another household."""
    letters = f"l-{chr(97 + number // 26)}{chr(97 + number % 26)}"
    lease = {"scheme": "lease", "issuer": MAAS, "value": letters}
    address = {"scheme": "address", "issuer": "bag", "value": f"09882000000{number:05}"}
    sent = dict(signed(start, letters))
    return sent | {"data": sent["data"] | {"references": [lease, address]}}


async def urgent_alert(visitor: Visitor) -> str:
    """Where the first alert of the overview is."""
    return (await visitor.get("/")).links_to("/alerts/")[0]


async def with_both(front: Front) -> None:
    await front.send(*worried(), leased(2, "2024-02-20"))
