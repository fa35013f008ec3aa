"""What was erased or corrected stays gone, in whatever order the facts come.

Each case was cut down from a simulated region in which the hub told of alerts that are not there,
or kept what it had to forget. All orders are played, one fact at a time and with a crash after
each, also as a backlog in which only the last is followed by a look.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest

from hub.domain.time import parse_instant
from tests.convergence.regions import backtest, differences, kept_of_erased
from tests.streams.world import (
    ADDRESS,
    BEGELEIDER,
    CORPORATIE,
    DOSSIER,
    GEMEENTE,
    LEASE,
    SOURCES,
    World,
    event,
    facts_of,
    signed,
)

NOW = "2024-04-01T00:00:00Z"
CASELOAD = {"scheme": "dossier", "issuer": BEGELEIDER, "value": "C-1"}

Event = Mapping[str, Any]


def erased(*references: Mapping[str, str], at: str = "2024-03-01") -> Event:
    return event("household-erased", "erased", at, *references, basis="other")


def contact(id_: str, at: str, *references: Mapping[str, str], **own: Any) -> Event:
    return event("begeleiding-contact", id_, at, *references, party=BEGELEIDER, **own)


def linked(*references: Mapping[str, str], id_: str = "link", at: str = "2024-01-29") -> Event:
    return event("reference-linked", id_, at, *references, party=GEMEENTE)


def signed_on(day: str) -> Event:
    again = signed(id_=f"lease of {day}")
    return {**again, "data": {**again["data"], "occurredAt": day}}


def damage(id_: str, at: str, **own: Any) -> Event:
    return event("damage-reported", id_, at, category="other", cause="resident", **own)


def correcting(party: str, id_: str) -> Mapping[str, str]:
    return {"source": SOURCES[party], "id": id_}


CASES = {
    "a fact of later does not wipe out the mark of what is gone": [
        signed(),
        erased(DOSSIER, LEASE),
        damage("later", "2024-03-11"),
        signed(id_="corrected", replaces=correcting(CORPORATIE, "lease")),
    ],
    "an erasure by dossier reaches the lease that is linked later": [
        erased(DOSSIER),
        contact("contact", "2024-02-02", DOSSIER),
        linked(LEASE, DOSSIER),
        signed(),
    ],
    "an erasure by dossier and address reaches the lease that is signed there": [
        erased(DOSSIER, ADDRESS),
        contact("contact", "2024-02-02", DOSSIER),
        signed(),
    ],
    "a second dossier shares the lot of the lease that it is linked to": [
        signed(),
        erased(DOSSIER, LEASE),
        contact("contact", "2024-02-02", CASELOAD),
        linked(LEASE, CASELOAD),
    ],
    "a dossier that goes on does not bring back what was before": [
        erased(DOSSIER),
        contact("before", "2024-02-02", DOSSIER),
        contact("also before", "2024-02-03", DOSSIER),
        contact("after", "2024-03-11", DOSSIER),
    ],
    "a link that is taken back, by a fact that names both": [
        erased(DOSSIER),
        contact("contact", "2024-02-02", DOSSIER),
        signed(),
        event(
            "fact-retracted",
            "taken back",
            "2024-02-05",
            LEASE,
            DOSSIER,
            party=GEMEENTE,
            retracts=correcting(GEMEENTE, "link"),
            reason="other",
        ),
    ],
    "what an erased fact corrected does not count again": [
        signed(),
        erased(LEASE, at="2024-02-10"),
        damage("wrong", "2024-02-20"),
        damage("right", "2024-02-05", replaces=correcting(CORPORATIE, "wrong")),
        signed_on("2024-02-11"),
    ],
    "nor what that had corrected before": [
        signed(replaces=correcting(CORPORATIE, "second")),
        erased(LEASE, at="2024-02-10"),
        {**signed_on("2024-02-11"), "id": "first"},
        signed(id_="second", replaces=correcting(CORPORATIE, "first")),
    ],
}


@pytest.mark.parametrize("events", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("more", [False, True], ids=["each looked at", "a backlog"])
def test_what_is_gone_stays_gone_in_any_order(events: list[Event], batch: int, more: bool) -> None:
    facts = facts_of(events)
    now = parse_instant(NOW)
    _, alerts = backtest(tuple(facts), now)
    for arriving in permutations(facts):
        world = World()
        for start in range(0, len(facts), batch):
            is_last = start + batch >= len(facts)
            world.send_facts(now, arriving[start : start + batch], more=more and not is_last)
            world.reopen()
        world.close()
        order = [fact.id for fact in arriving]
        assert not differences(world, alerts), order
        assert not kept_of_erased(world, facts, now), order
