"""What a party sees of an alert, as it reads it in JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.domain.facts import Fact
from hub.domain.findings import Finding
from hub.domain.gate import held_for
from hub.domain.sharing import Shown, Sight, view_for
from hub.domain.timeline import Household
from tests.building import LATER, agreement, alert, household, parties


def shown_to(party: str, facts: list[Fact], rule: str, at: str = LATER) -> Shown:
    """The view of the one finding of a rule, with what it discloses."""
    finding = alert(facts, rule, at=at)
    return shown(party, finding, None if finding.region else household(*facts, at=at))


def shown(party: str, finding: Finding, home: Household | None) -> Shown:
    held = () if home is None else held_for(finding, home, agreement(), parties())
    handle = None if home is None else f"handle of {party}"
    sight = Sight(finding, home, handle, agreement(), parties(), held)
    return view_for(parties().by_id[party], sight)


def seen(party: str, facts: list[Fact], rule: str, at: str = LATER) -> dict[str, Any]:
    """The view as JSON says it."""
    found: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(shown_to(party, facts, rule, at).view)
    )
    return found
