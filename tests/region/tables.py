"""What is said, as rows of the tables that a housing system can export, and the mapping file of
each table (docs/csv.md). Pure: which file a row goes into and when is for others.

A table is a type of facts. Its rows hold all that the type says, times to the second, as a Dutch
spreadsheet writes them. A file of a table is all of it: a row that is gone is a thing that was
removed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from hub.simulation.days import DAY, date_text
from hub.simulation.event import Event

KEY: Final = "Kenmerk"
_WHEN: Final = "Tijdstip"
_MONEY: Final = frozenset(
    {"amount", "amountDue", "cost", "estimate", "handoverCosts", "totalArrears"}
)
_DAY: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_MONTH: Final = re.compile(r"(\d{4})-(\d\d)")

_LEASE: Final = {"Contract": "references[0].value"}
_HOME: Final = {"Vhe": "references[1].value"}
_UNIT: Final = {"Regio": "region", "Eenheid": "unitId"}
COLLECTION: Final = {
    "Gebeld": "socialCollection.personalContactTried",
    "Hulp": "socialCollection.debtHelpOffered",
    "Brief": "socialCollection.reminderSent",
    "Aangekondigd": "socialCollection.sharingAnnounced",
    "Bezwaar": "socialCollection.tenantObjected",
}
# Column → field, besides the key, the moment and the gemeente that every table has.
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "lease-signed": {
        **_LEASE,
        **_HOME,
        "Ingang": "startDate",
        "Doelgroep": "targetGroup",
        "EersteHuur": "firstRentDue",
        "MaxPersonen": "maxPersons",
        "Personen": "persons",
        "Tijdelijk": "temporary",
    },
    "lease-ended": {
        **_LEASE,
        "Einde": "endDate",
        "Reden": "reason",
        "Mutatiekosten": "handoverCosts",
    },
    "rent-missed": {
        **_LEASE,
        "Maand": "period",
        "Vervaldatum": "dueDate",
        "Bedrag": "amountDue",
        "Totaal": "totalArrears",
        **COLLECTION,
    },
    "rent-paid": {**_LEASE, "Maand": "period", "Bedrag": "amount"},
    "payment-arrangement-agreed": {**_LEASE, "Tot": "until"},
    "payment-arrangement-broken": _LEASE,
    "damage-reported": {
        **_LEASE,
        "Soort": "category",
        "Oorzaak": "cause",
        "Raming": "estimate",
    },
    "damage-repaired": {**_LEASE, "Kosten": "cost", "Oorzaak": "cause"},
    "nuisance-reported": {**_LEASE, "Soort": "category"},
    "housing-information-provided": {**_LEASE, "Taal": "language", "Vorm": "form"},
    "interpreter-requested": {**_LEASE, "Reden": "reason"},
    "home-visit-made": {**_LEASE, "Zorgen": "concern"},
    "introduction-held": {**_LEASE, "Vorm": "form"},
    "temporary-housing-arranged": {**_LEASE, "Tot": "until"},
    "signal-raised": {**_LEASE, "Soort": "category"},
    "dwelling-released": {**_UNIT, "MaxPersonen": "maxPersons"},
    "dwelling-allocated": {**_UNIT, "Doelgroep": "targetGroup", "Personen": "persons"},
}


def mapping_of(kind: str, party: str) -> bytes:
    """The mapping file of a table of a party."""
    columns = {_WHEN: "occurredAt", "Gemeente": "gemeente", **COLUMNS[kind]}
    constants: dict[str, Any] = {}
    if "Contract" in columns:
        constants |= {"references[0].scheme": "lease", "references[0].issuer": party}
    if "Vhe" in columns:
        constants |= {"references[1].scheme": "address", "references[1].issuer": "bag"}
    return msgspec.yaml.encode(
        {
            "type": kind,
            "id": KEY,
            "columns": columns,
            "constants": constants,
            "dates": ["%d-%m-%Y %H:%M:%S", "%d-%m-%Y"],
            "separator": ";",
        }
    )


def is_a_row(event: Event) -> bool:
    """Whether there is a table for it, and it speaks of a lease of its own."""
    issuers = {it["issuer"] for it in event.references if it["scheme"] == "lease"}
    return event.type in COLUMNS and issuers <= {event.voice.party} and _is_of_a_corporatie(event)


def _is_of_a_corporatie(event: Event) -> bool:
    return event.voice.party.startswith("corporatie")


def row_of(event: Event) -> dict[str, str]:
    """The row of a thing as it is now, by column."""
    data = {**event.place, "references": event.references, **event.own}
    row = {KEY: event.id, _WHEN: _moment(event.at)}
    for column, path in {"Gemeente": "gemeente", **COLUMNS[event.type]}.items():
        row[column] = _cell(path, _value(data, path))
    return row


def written(rows: Sequence[Mapping[str, str]], kind: str) -> bytes:
    """A file with these rows; a column that a row does not have is empty."""
    header = [KEY, _WHEN, "Gemeente", *COLUMNS[kind]]
    lines = [header, *([row.get(column, "") for column in header] for row in rows)]
    return "".join(";".join(line) + "\r\n" for line in lines).encode()


def _moment(at: int) -> str:
    day, seconds = divmod(at, DAY)
    text = _dutch(date_text(day))
    if not seconds:
        return text
    minutes, second = divmod(seconds, 60)
    return f"{text} {minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"


def _value(data: Any, path: str) -> Any:
    """The value at a path like `references[0].value`; None if there is none."""
    for step in re.findall(r"[A-Za-z]+|\d", path):
        found = data[int(step)] if step.isdigit() else data.get(step)
        if found is None:
            return None
        data = found
    return data


def _cell(path: str, value: Any) -> str:
    name = path.rpartition(".")[2]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if name in _MONEY:
        return f"{value // 100},{value % 100:02d}"
    return _dutch(str(value)) if name.endswith(("Date", "Due", "until", "period")) else str(value)


def _dutch(text: str) -> str:
    """A day or a month as it is written here; anything else as it is."""
    if found := _DAY.fullmatch(text):
        return f"{found[3]}-{found[2]}-{found[1]}"
    if found := _MONTH.fullmatch(text):
        return f"{found[2]}-{found[1]}"
    return text
