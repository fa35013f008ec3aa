"""What a scenario leaves out of its facts: who says it, of which household, with which fields.

Makes CloudEvents of them, so that a scenario goes through the same intake as everything else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from hub.domain.facts import CATALOGUE, Role
from hub.domain.parties import Parties, Party
from hub.domain.scenario_file import ShortFact
from hub.domain.time import Instant, format_instant, local

Event: TypeAlias = dict[str, Any]
FindAlert: TypeAlias = Callable[[str, ShortFact], str | None]

_RENT_CENTS: Final = 60_000
_COLLECTED: Final = {
    "personalContactTried": True,
    "debtHelpOffered": True,
    "reminderSent": True,
    "sharingAnnounced": True,
    "tenantObjected": False,
}
_USUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "lease-signed": {
        "targetGroup": "vergunninghouder",
        "temporary": False,
        "persons": 1,
        "maxPersons": 4,
    },
    "lease-ended": {"reason": "unknown"},
    "rent-missed": {"amountDue": _RENT_CENTS, "socialCollection": _COLLECTED},
    "rent-paid": {"amount": _RENT_CENTS},
    "damage-reported": {"category": "unknown", "cause": "unknown"},
    "damage-repaired": {"cost": 0, "cause": "unknown"},
    "nuisance-reported": {"category": "unknown"},
    "housing-information-provided": {"language": "und", "form": "unknown"},
    "interpreter-requested": {"reason": "unknown"},
    "home-visit-made": {"concern": False},
    "intake-completed": {"familyReunificationExpected": False},
    "aanspreekpunt-assigned": {
        "name": "A. de Vries",
        "organisation": "Gemeente",
        "phone": "+31495000000",
        "email": "aanspreekpunt@example.nl",
    },
    "begeleiding-started": {"organisation": "Begeleiding"},
    "begeleiding-ended": {"reason": "unknown"},
    "administrative-support-ended": {"reason": "unknown"},
    "introduction-held": {"form": "unknown"},
    "signal-raised": {"category": "unknown"},
    "fact-retracted": {"reason": "unknown"},
    "approach-agreed": {"action": "unknown"},
    "alert-closed": {"outcome": "unknown"},
    "household-erased": {"basis": "unknown"},
    "dwelling-allocated": {"targetGroup": "vergunninghouder"},
}
_NAMING_A_FACT: Final = ("replaces", "concerns", "retracts")
# Who says it where anybody may and the scenario does not tell.
_USUALLY: Final[tuple[Role, ...]] = ("corporatie", "gemeente", "begeleider", "huurders")


class Events:
    """Facts in short → CloudEvents, for one gemeente and region."""

    def __init__(self, gemeente: str, region: str, parties: Parties) -> None:
        self.gemeente = gemeente
        self.region = region
        self.parties = parties
        self._named: dict[str, Mapping[str, str]] = {}
        self._count = 0

    def event(self, fact: ShortFact, alert_id: FindAlert) -> Event | str:
        """The event, or why there is none. `alert_id` finds the alert of a rule that an act
        names."""
        party = self._party(fact)
        if party is None:
            return f"nobody here is `{fact.by}`; write the id or role of a party of {self.gemeente}"
        fields = dict(fact.fields)
        self._count += 1
        identity = {
            "source": f"{party.urn}:systeem:scenario",
            "id": str(fields.pop("as", f"{fact.household}-{self._count}")),
        }
        self._named[identity["id"]] = identity
        for key in _NAMING_A_FACT:
            name = fields.get(key)
            if isinstance(name, str):
                fields[key] = self._named.get(name)
        if "alert" in fields:
            rule = str(fields.pop("alert"))
            fields["alertId"] = alert_id(rule, fact)
            if fields["alertId"] is None:
                return f"there is no alert of `{rule}` yet to act on"
        return self._envelope(fact, identity, self._data(fact, party) | fields)

    def _envelope(self, fact: ShortFact, identity: Mapping[str, str], data: Event) -> Event:
        return {
            "specversion": "1.0",
            **identity,
            "type": f"nl.seintje.{fact.type}.v1",
            "time": format_instant(fact.at),
            "datacontenttype": "application/json",
            "data": data,
        }

    def _data(self, fact: ShortFact, party: Party) -> Event:
        kind = CATALOGUE[fact.type].kind
        data: Event = {"occurredAt": format_instant(fact.at)}
        if kind == "region":
            data |= {"region": self.region}
        if kind != "region" or fact.type != "consultation-held":
            data |= {"gemeente": self.gemeente}
        if kind not in ("region", "feed", "act"):
            data |= {"references": self._references(fact, party)}
        data |= _USUAL.get(fact.type, {})
        data |= {"parties": [party.id]} if fact.type == "consultation-held" else {}
        return data | _dated(fact.type, fact.at, fact.fields)

    def _references(self, fact: ShortFact, party: Party) -> list[dict[str, str]]:
        landlord = self._first("corporatie")
        owner = party if party.role == "corporatie" else landlord
        lease = {
            "scheme": "lease",
            "issuer": owner.id if owner is not None else "",
            "value": f"L-{fact.household}",
        }
        address = {"scheme": "address", "issuer": "bag", "value": self._address(fact.household)}
        dossier = {"scheme": "dossier", "issuer": party.id, "value": f"D-{fact.household}"}
        if fact.type == "lease-signed":
            return [lease, address]
        if party.role == "huurders":
            return [address]
        return [lease] if party.role == "corporatie" else [dossier, lease]

    def _address(self, household: str) -> str:
        number = int.from_bytes(household.encode()[-3:])
        return f"{self.gemeente}20{number:010d}"

    def _party(self, fact: ShortFact) -> Party | None:
        if fact.by in self.parties.by_id:
            return self.parties.by_id[fact.by]
        if fact.by:
            return self._first(fact.by)
        may = CATALOGUE[fact.type].roles
        return next((p for role in _USUALLY if role in may and (p := self._first(role))), None)

    def _first(self, role: str) -> Party | None:
        here = self.parties.within([self.gemeente])
        return next((party for party in here if party.role == role), None)


def as_line(event: Event) -> bytes:
    """The event as a line of JSON."""
    return json.dumps(event, separators=(",", ":")).encode()


def _dated(fact_type: str, at: Instant, fields: Mapping[str, object]) -> Event:
    """Fields that usually follow from the day on which it happened."""
    day = local(at).date()
    match fact_type:
        case "lease-signed":
            return {"startDate": day.isoformat()}
        case "lease-ended":
            return {"endDate": day.isoformat()}
        case "rent-missed":
            due = fields.get("amountDue", _RENT_CENTS)
            period = f"{day:%Y-%m}"
            return {"period": period, "dueDate": day.isoformat(), "totalArrears": due}
        case "rent-paid" | "first-rent-arranged":
            return {"period": f"{day:%Y-%m}"}
        case "approach-agreed":
            return {"reviewOn": day.isoformat()}
    return {}
