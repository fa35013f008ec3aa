"""The parties of the scenarios, and events that they send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from hub.domain.facts import CATALOGUE, Fact
from hub.domain.parties import Parties, Party
from hub.domain.refusals import Refused
from hub.domain.time import parse_instant
from hub.streams.intake import Admission, judge
from hub.wire import cloudevents

ROOT: Final = Path(__file__).resolve().parents[2]
SCENARIOS: Final = ROOT / "tests" / "scenarios"
NOW: Final = parse_instant("2026-03-02T12:00:00+01:00")

BOTH: Final = frozenset({"0988", "0957"})
MAAS: Final = Party("corporatie-maas", "corporatie", "urn:nld:kvknr:90000001", BOTH)
PEEL: Final = Party(
    "corporatie-peel",
    "corporatie",
    "urn:nld:kvknr:90000002",
    BOTH,
    patterns={"lease": "[0-9]{9}"},
)
WEERT: Final = Party(
    "gemeente-weert", "gemeente", "urn:nld:oin:00000099000000988000", frozenset({"0988"})
)
ROERMOND: Final = Party(
    "gemeente-roermond", "gemeente", "urn:nld:oin:00000099000000957000", frozenset({"0957"})
)
ONDERDAK: Final = Party(
    "begeleider-onderdak",
    "begeleider",
    "urn:nld:kvknr:90000003",
    BOTH,
    acts_for=frozenset({"gemeente-weert", "gemeente-roermond"}),
)
HUURDERS: Final = Party("huurders-maas", "huurders", "urn:nld:kvknr:90000004", BOTH)
PARTIES: Final = Parties(
    (MAAS, PEEL, WEERT, ROERMOND, ONDERDAK, HUURDERS), successors={"0946": "0957"}
)
ADMISSION: Final = Admission(PARTIES)
SENDER_OF: Final = {
    name: MAAS if "corporatie" in row.roles else WEERT for name, row in CATALOGUE.items()
}

LEASE: Final = {"scheme": "lease", "issuer": "corporatie-maas", "value": "L-1"}
DOSSIER: Final = {"scheme": "dossier", "issuer": "gemeente-weert", "value": "D-1"}
ADDRESS: Final = {"scheme": "address", "issuer": "bag", "value": "0988200000000001"}
SIGNED: Final = {
    "occurredAt": "2026-02-16",
    "gemeente": "0988",
    "references": [LEASE, ADDRESS],
    "startDate": "2026-03-02",
    "targetGroup": "vergunninghouder",
    "temporary": False,
}
INTAKE: Final = {
    "occurredAt": "2026-02-16",
    "gemeente": "0988",
    "references": [DOSSIER],
    "familyReunificationExpected": True,
}


def event(fact_type: str, data: Any, **attributes: Any) -> bytes:
    """An event of the party that usually sends this type; `attributes` change or add to it."""
    sender = SENDER_OF.get(fact_type, MAAS)
    usual = {
        "specversion": "1.0",
        "id": "e-1",
        "source": f"{sender.urn}:systeem:primair",
        "type": f"nl.seintje.{fact_type}.v1",
        "data": data,
    }
    return msgspec.json.encode(usual | attributes)


def judged(
    raw: bytes, sender: Party | None = None, admission: Admission = ADMISSION
) -> Fact | Refused:
    """What intake makes of a structured event at `NOW`."""
    envelope = cloudevents.decode(raw)
    return envelope if isinstance(envelope, Refused) else judge(envelope, admission, sender, NOW)


def scenario(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
