"""What is said of a household, as things of a VERA system: a lease with its dwelling and allotment,
what is due and what was paid, arrangements, repairs and signals (docs/connectors/vera.md).

Money that was taken back is a payment that is gone; what was done about arrears are moments of
contact, each with a code of the corporatie.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hub.simulation.days import DAY, date_text, local_text
from hub.simulation.event import Event
from tests.region import housing
from tests.region.housing import lease_of
from tests.systems.vera import VeraSystem

SIGNED_ON: Final = "ondertekend"
CONTACT: Final = "CONTACTMOMENTDETAILSOORT"
STEPS: Final = {
    "personalContactTried": "PER",
    "debtHelpOffered": "SCH",
    "reminderSent": "HER",
    "sharingAnnounced": "AAN",
    "tenantObjected": "BEZ",
}
_CAUSES: Final = {"resident": "BEW", "wear": "OUD", "third-party": "VAN", "unknown": None}

Thing = dict[str, Any]


class Books:
    """The things of a housing system. `rents`: what each lease asks in its first period, as far as
    anybody ever speaks of it. `today`: the day on which it is written."""

    def __init__(self, system: VeraSystem, rents: Mapping[str, int]) -> None:
        self._system = system
        self._rents = rents
        self.today = ""
        self._write: Mapping[str, Callable[[Event, str], None]] = {
            housing.LEASE: self._lease,
            "lease-ended": self._lease_ended,
            housing.MISSED: self._missed,
            housing.PAID: self._paid,
            "payment-arrangement-agreed": self._agreed,
            "payment-arrangement-broken": self._broken,
            housing.DAMAGE: self._damage,
            housing.REPAIRED: self._repaired,
            housing.NUISANCE: self._nuisance,
        }

    def write(self, event: Event, thing: str) -> None:
        """The thing is now as the event says."""
        self._write[event.type](event, thing)

    def remove(self, event: Event, thing: str) -> None:
        """What the event said is not so: only of payments and of nuisance."""
        if event.type == housing.PAID:
            rest = [it for it in self._known(event) if it["id"] != f"F-{thing}"]
            self._set_off(event, rest)
        else:
            self._system.remove("signaleringen", thing)

    def _lease(self, event: Event, thing: str) -> None:
        system, lease, own = self._system, lease_of(event), event.own
        key = _id(lease)
        gemeente = {"id": "G", "code": event.place["gemeente"]}
        system.put("eenheidadressen", f"A-{key}", gemeente=gemeente)
        object_id, fit = f"O-{key}", f"V-{key}"
        objects = "adresseerbare-objecten-basisregistratie"
        system.put(objects, object_id, bagIdentificatie=_address(event))
        system.put("eenheid-voorwaardes", fit, maximumAantalPersonen=own["maxPersons"])
        unit = {
            "soort": _code("WOO"),
            "adres": {"id": f"A-{key}"},
            "adresseerbaarObjectBasisregistratie": {"id": object_id},
            "voorwaarden": {"id": fit},
        }
        system.put("eenheden", f"E-{key}", **unit)
        system.put(
            "toewijzingen",
            f"T-{key}",
            aanvullendeDoelgroep=_code("STH"),
            huishoudgrootte=own["persons"],
            overeenkomst=self._uri(lease),
        )
        fields = {"extra-attributen": [{"naam": SIGNED_ON, "waarde": _day(event)}]}
        system.put(
            "huurovereenkomsten",
            _id(lease),
            code=lease,
            status=_code("LOP"),
            begindatum=own["startDate"],
            bepaaldeTijd=own["temporary"],
            eenheden=[system.uri("eenheden", f"E-{key}")],
            **fields,
        )
        if "firstRentDue" in own:
            period = own["startDate"][:7]
            self._claim(lease, (period, own["firstRentDue"]), self._rents[lease], "EVN")

    def _lease_ended(self, event: Event, thing: str) -> None:
        self._system.put(
            "huurovereenkomsten",
            _id(lease_of(event)),
            status=_code("OPG"),
            opzegdatum=_day(event),
            einddatum=event.own["endDate"],
        )

    def _claim(self, lease: str, period: tuple[str, str], cents: int, kind: str) -> None:
        """What is due of a period, unless it stands there already."""
        id_ = f"B-{_id(lease)}-{period[0]}"
        if id_ not in self._system.store["boekingen"]:
            self._system.put(
                "boekingen",
                id_,
                soort=_code("VOR"),
                detailSoort=_code(kind),
                status=_code("FIA"),
                vervaldatum=period[1],
                bedrag=cents / 100,
                overeenkomst=self._uri(lease),
            )

    def _missed(self, event: Event, thing: str) -> None:
        """The period stands open; what was done about it stands at the lease."""
        lease, own = lease_of(event), event.own
        self._claim(lease, (own["period"], own["dueDate"]), own["amountDue"], "PRO")
        for step, taken in own["socialCollection"].items():
            if taken:
                self._contact(lease, STEPS[step], self.today)

    def _contact(self, lease: str, code: str, on: str) -> None:
        id_ = f"C-{_id(lease)}-{code}-{on}"
        self._system.put("contactmomenten", id_, detailSoort=_code(code), datum=on)
        known = self._system.store["huurovereenkomsten"][_id(lease)].get("contactmomenten", [])
        uri = self._system.uri("contactmomenten", id_)
        if uri not in known:
            self._system.put("huurovereenkomsten", _id(lease), contactmomenten=[*known, uri])

    def _paid(self, event: Event, thing: str) -> None:
        lease, own = lease_of(event), event.own
        first = date_text(event.at // DAY)
        self._claim(lease, (own["period"], first), own["amount"], "PRO")
        self._system.put(
            "afletteringen",
            f"F-{thing}",
            datum=_day(event),
            bedrag=own["amount"] / 100,
            huurBoeking={"id": _booking(event)},
        )
        self._set_off(event, [*self._known(event), {"id": f"F-{thing}"}])

    def _known(self, event: Event) -> list[Thing]:
        booking = self._system.store["boekingen"][_booking(event)]
        found: list[Thing] = booking.get("afletteringen", [])
        return found

    def _set_off(self, event: Event, now: list[Thing]) -> None:
        self._system.put("boekingen", _booking(event), afletteringen=now)

    def _agreed(self, event: Event, thing: str) -> None:
        self._system.put(
            "betalingsregelingen",
            thing,
            status=_code("ACT"),
            afspraakdatum=_day(event),
            einddatum=event.own["until"],
            overeenkomst=self._uri(lease_of(event)),
        )

    def _broken(self, event: Event, thing: str) -> None:
        """The last that was agreed."""
        uri, every = self._uri(lease_of(event)), self._system.store["betalingsregelingen"]
        mine = [it for it in every.values() if it["overeenkomst"] == uri]
        last = max(mine, key=lambda it: str(it["afspraakdatum"]))
        end = {"status": _code("ANN"), "einddatum": _day(event)}
        self._system.put("betalingsregelingen", last["id"], **end)

    def _damage(self, event: Event, thing: str) -> None:
        lease, cause = lease_of(event), _CAUSES[event.own["cause"]]
        defect = {
            "melddatum": local_text(event.at),
            "oorzaak": None if cause is None else _code(cause),
        }
        self._system.put("defecten", f"D-{thing}", **defect)
        self._system.put(
            "onderhoudsverzoeken",
            thing,
            onderhoudSoort=_code("REP"),
            status=_code("INB"),
            defecten=[{"id": f"D-{thing}"}],
        )
        known = self._system.store["huurovereenkomsten"][_id(lease)].get("onderhoudsverzoeken", [])
        uris = [*known, self._system.uri("onderhoudsverzoeken", thing)]
        self._system.put("huurovereenkomsten", _id(lease), onderhoudsverzoeken=uris)

    def _repaired(self, event: Event, thing: str) -> None:
        request, cause = event.own["concerns"]["id"], _CAUSES[event.own["cause"]]
        found = None if cause is None else _code(cause)
        self._system.put("defecten", f"D-{request}", aangetroffenOorzaak=found)
        order, charge = f"W-{request}", f"K-{request}"
        self._system.put("onderhoudsorders", order, technischGereeddatum=local_text(event.at))
        bedrag = event.own["cost"] / 100
        self._system.put("onderhoudsverzoekverrekeningen", charge, bedrag=bedrag)
        self._system.put(
            "onderhoudsverzoeken",
            request,
            status=_code("TEC"),
            onderhoudsorders=[{"id": order}],
            verrekeningen=[{"id": charge}],
        )

    def _nuisance(self, event: Event, thing: str) -> None:
        self._system.put(
            "signaleringen",
            thing,
            soort=_code("OVE"),
            begindatum=local_text(event.at),
            adres=self._system.uri("eenheidadressen", f"A-{_id(lease_of(event))}"),
        )

    def _uri(self, lease: str) -> str:
        return self._system.uri("huurovereenkomsten", _id(lease))


def _code(text: str) -> Thing:
    return {"code": text, "naam": text}


def _id(lease: str) -> str:
    """As a part of an address."""
    return lease.replace("/", "-")


def _day(event: Event) -> str:
    return date_text(event.at // DAY)


def _booking(event: Event) -> str:
    return f"B-{_id(lease_of(event))}-{event.own['period']}"


def _address(event: Event) -> str:
    return next(it["value"] for it in event.references if it["scheme"] == "address")
