"""Tenants of a VERA system, put in as a corporatie would: a lease with its dwelling and allocation,
rent and payments, repairs, signals. All made up."""

from __future__ import annotations

from typing import Any

from tests.systems.vera import Thing, VeraSystem


def code(text: str) -> Thing:
    """An entry of reference data, as the messages have it."""
    return {"code": text, "naam": f"naam van {text}"}


def lease(system: VeraSystem, n: str = "1", **changes: Any) -> Thing:
    """A signed lease of somebody of the target group, with all that leads from it."""
    system.put(
        "eenheidadressen",
        f"A{n}",
        gemeente={"id": "G1", "code": "0988", "naam": "Weert"},
        straatnaam="Voorbeeldstraat",
        huisnummer="1",
    )
    bag = f"09880100{int(n):08d}"
    system.put("adresseerbare-objecten-basisregistratie", f"O{n}", bagIdentificatie=bag)
    unit: Thing = {"soort": code("WOO"), "adres": {"id": f"A{n}"}}
    unit["adresseerbaarObjectBasisregistratie"] = {"id": f"O{n}"}
    unit["overeenkomsten"] = [system.uri("huurovereenkomsten", f"L{n}")]
    system.put("eenheden", f"E{n}", **unit)
    allocate(system, n)
    usual = {
        "code": f"H-{n}",
        "soort": code("HUU"),
        "status": code("LOP"),
        "begindatum": "2024-02-01",
        "bepaaldeTijd": False,
        "startBrutoJaarinkomen": 17000.5,
        "eenheden": [system.uri("eenheden", f"E{n}")],
        "relaties": [system.uri("relaties", f"P{n}")],
    }
    known = {} if f"L{n}" in system.store["huurovereenkomsten"] else usual
    return system.put("huurovereenkomsten", f"L{n}", **(known | changes))


def allocate(system: VeraSystem, n: str = "1", group: str = "STH", **changes: Any) -> Thing:
    """The allocation by which somebody belongs to the target group, or does not."""
    usual = {
        "aanvullendeDoelgroep": code(group),
        "huishoudgrootte": 3,
        "overeenkomst": system.uri("huurovereenkomsten", f"L{n}"),
        "relatie": system.uri("relaties", f"P{n}"),
    }
    return system.put("toewijzingen", f"T{n}", **(usual | changes))


def rent(system: VeraSystem, due: str, n: str = "1", **changes: Any) -> Thing:
    """The monthly rent, nothing of which has been paid."""
    usual = {
        "soort": code("VOR"),
        "detailSoort": code("PRO"),
        "status": code("FIA"),
        "boekdatum": due,
        "vervaldatum": due,
        "bedrag": 612.5,
        "saldo": 612.5,
        "afletterstatus": code("NIE"),
        "overeenkomst": system.uri("huurovereenkomsten", f"L{n}"),
    }
    return system.put("boekingen", f"B{n}-{due}", **(usual | changes))


def pay(system: VeraSystem, due: str, on: str, n: str = "1", euros: float = 612.5) -> None:
    """A payment comes in and is set off against the rent."""
    rent_id, id_ = f"B{n}-{due}", f"{n}-{due}-{on}"
    system.put(
        "boekingen",
        f"R{id_}",
        soort=code("ONT"),
        detailSoort=code("PRO"),
        valutadatum=on,
        bedrag=euros,
        overeenkomst=system.uri("huurovereenkomsten", f"L{n}"),
    )
    against = {"huurBoeking": {"id": rent_id}, "tegenHuurBoeking": {"id": f"R{id_}"}}
    system.put("afletteringen", f"F{id_}", datum=on, bedrag=euros, **against)
    before = system.store["boekingen"][rent_id]
    left = before["saldo"] - euros
    system.put(
        "boekingen",
        rent_id,
        saldo=left,
        afletterstatus=code("DEE" if left else "VOL"),
        afletteringen=[*before.get("afletteringen", []), {"id": f"F{id_}"}],
    )


def damage(system: VeraSystem, request: str, n: str = "1", **defect: Any) -> Thing:
    """A request for a repair, with one defect; what of it is known already stays."""
    usual = {
        "soort": code("GLA"),
        "locatie": code("WOO"),
        "melddatum": "2024-03-01T09:30:00Z",
        "oorzaak": code("BEW"),
    }
    system.put("defecten", f"D{request}", **(usual | defect))
    known = system.store["huurovereenkomsten"][f"L{n}"].get("onderhoudsverzoeken", [])
    uri = system.uri("onderhoudsverzoeken", request)
    system.put("huurovereenkomsten", f"L{n}", onderhoudsverzoeken=list({*known, uri}))
    return system.put(
        "onderhoudsverzoeken",
        request,
        onderhoudSoort=code("REP"),
        status=code("INB"),
        omschrijving="Ruit in de woonkamer is stuk",
        defecten=[{"id": f"D{request}"}],
    )


def signal(system: VeraSystem, id_: str, n: str = "1", **changes: Any) -> Thing:
    """A signal of nuisance at the address of a lease."""
    usual = {
        "soort": code("OVE"),
        "detailSoort": code("GEL"),
        "begindatum": "2024-03-05T20:00:00Z",
        "adres": system.uri("eenheidadressen", f"A{n}"),
        "relatie": {"id": f"P{n}"},
    }
    return system.put("signaleringen", id_, **(usual | changes))
