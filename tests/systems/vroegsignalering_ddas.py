"""What DDAS vroegsignalering v0.9 says of a Vroegsignaal, as a JSON schema.

Written after https://github.com/VNG-Realisatie/ddas-vroegsignalering (cc332ef),
v0.9/json_schema_Uitwisselmodel.json and docs/definities: the repository names no licence, so this
is the part that is needed, by hand. Names, required fields, forms and value lists are those of the
schema; the longest texts are those of the information model (AN200, AN6, AN5, AN4).
"""

from __future__ import annotations

from typing import Any, Final

SIGNAALSTATUS: Final = (
    "Nog niet opgepakt",
    "Niet opgepakt: onterecht signaal",
    "Inwoner is overleden",
    "Persoon is geen inwoner (meer) in de gemeente",
    "Niet opgepakt: herhaalde melding",
    "Niet opgepakt: andere reden",
)

SIGNAALPARTNER: Final = (
    "Energie",
    "Huur",
    "Hypotheek",
    "CAK Zorgverzekeringen",
    "Zorg",
    "Water",
    "DUO",
    "Belastingdienst",
    "CAK Eigen bijdrage",
    "Overige",
    "Dienst Toeslagen",
)

_DATUM: Final = {"type": "string", "format": "date"}


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}


VROEGSIGNAAL: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "ID": {"type": "string"},
        "crisissignaal": {"type": "boolean"},
        "warmeOverdracht": {"type": "boolean"},
        "bedrag": {"type": "integer"},
        "ontstaansdatum": _DATUM,
        "signaaldatum": _DATUM,
        "status": {"type": "string", "enum": list(SIGNAALSTATUS)},
        "signaalpartner": {
            "type": "object",
            "properties": {"type": {"type": "string", "enum": list(SIGNAALPARTNER)}},
        },
        "client": {
            "type": "object",
            "properties": {
                "Burgerservicenummer": _text(9),
                "Voorletters": _text(20),
                "Voorvoegsel": _text(200),
                "Achternaam": _text(200),
                "Geboortedatum": _DATUM,
                "Straatnaam": _text(200),
                "Postcode": _text(6),
                "Huisnummer": _text(5),
                "Huisnummertoevoeging": _text(4),
                "Plaatsnaam": _text(200),
            },
        },
    },
    "required": ["client", "signaalpartner", "ID"],
    "additionalProperties": False,
}
