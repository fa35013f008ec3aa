"""Alerts as files: one for each revision, for a spreadsheet in Dutch or as a line of JSON.

The name and the bytes of a file follow from its alert alone. So after a crash the same file is
written over itself, or lies there once more after it was taken away: whoever imports it knows it by
its name, or by the columns Seintje and Versie.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from connectors.corporatie.files_acts import told_name
from connectors.corporatie.files_drop import Drop
from connectors.corporatie.files_words import SEVERITY, STATUS
from connectors.seam import Shelf, Undeliverable
from hub.client import Alert
from hub.domain.time import Instant, local, parse_instant

Format: TypeAlias = Literal["csv", "jsonl"]

_ALERT_ID: Final = re.compile(r"al-[a-z2-7]{26}")
# What a spreadsheet would take for a formula, or for a number that it rounds or trims.
# Also behind a blank, and as the wide characters that some of them read the same.
_FORMULA: Final = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_MANGLED: Final = re.compile(r"0[0-9]+|[0-9]{12,}")

_COLUMNS: Final[Mapping[str, Callable[[Alert], str | None]]] = {
    "Seintje": lambda it: it.alert_id,
    "Versie": lambda it: str(it.revision),
    "Status": lambda it: STATUS.get(it.status, it.status),
    "Ernst": lambda it: SEVERITY.get(it.severity, it.severity),
    "Soort": lambda it: it.rule,
    "Titel": lambda it: it.title,
    "Bericht": lambda it: it.message,
    "Wat te doen": lambda it: it.action,
    "Antwoord voor": lambda it: _wall(it.respond_by),
    "Contract": lambda it: _reference(it, "lease"),
    "Dossier": lambda it: _reference(it, "dossier"),
    "Adres (BAG)": lambda it: _reference(it, "address"),
    "Huishouden": lambda it: it.household,
    "Gemeente": lambda it: it.gemeente,
    "Regio": lambda it: it.region,
    "Ontstaan": lambda it: _wall(it.raised_at),
    "Voorbij": lambda it: _wall(it.resolved_at),
    "Aanspreekpunt": lambda it: ", ".join((it.aanspreekpunt or {}).values()),
    "Vragen aan": lambda it: it.contact,
    # To be filled in and dropped back (files_acts).
    "Actie": lambda it: None,
    "Aanpak": lambda it: None,
    "Opnieuw bekijken": lambda it: None,
    "Afloop": lambda it: None,
}


class AlertFiles(Struct, frozen=True):
    """A folder of alerts, as a sink."""

    drop: Drop
    place: str
    format: Format
    shelf: Shelf
    name: str = "alerts"

    async def deliver(self, alert: Alert, now: Instant) -> None:
        if not _ALERT_ID.fullmatch(alert.alert_id):
            raise Undeliverable("its id is none of an alert; ask whoever runs the hub")
        self._remember(alert)
        raw = as_csv(alert) if self.format == "csv" else as_json(alert)
        name = f"seintje-{alert.alert_id}-{alert.revision:05}.{self.format}"
        await self.drop.write(self.place, name, raw)

    def _remember(self, alert: Alert) -> None:
        """Where an act on it belongs. Nothing, once the household was erased."""
        place = {"gemeente": alert.gemeente, "region": alert.region}
        known = {name: it for name, it in place.items() if it is not None}
        name = told_name(alert.alert_id)
        if alert.status == "erased":
            self.shelf.keep(name, None)
        elif known or self.shelf.value(name) is None:
            self.shelf.keep(name, msgspec.json.encode(known).decode())


def as_csv(alert: Alert) -> bytes:
    """A header and a row, as a Dutch spreadsheet opens them: semicolons, UTF-8 with its mark."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    rows.writerow([cell(of(alert) or "") for of in _COLUMNS.values()])
    return text.getvalue().encode("utf-8-sig")


def as_json(alert: Alert) -> bytes:
    """One line, with the fields as the hub publishes them (docs/alerts.md)."""
    return msgspec.json.encode(alert) + b"\n"


def cell(text: str) -> str:
    """The text as a spreadsheet shows it whole, and never runs it."""
    if _MANGLED.fullmatch(text):
        return f'="{text}"'
    return f"'{text}" if _FORMULA.match(text) else text


def _wall(instant: str | None) -> str:
    return "" if instant is None else f"{local(parse_instant(instant)):%d-%m-%Y %H:%M}"


def _reference(alert: Alert, scheme: str) -> str:
    """The numbers by which the party itself knows the household."""
    found = (it.get("value", "") for it in alert.references if it.get("scheme") == scheme)
    return ", ".join(found)
