"""A Vroegsignaal in the words of DDAS vroegsignalering v0.9, and whom it is about.

The words: https://github.com/VNG-Realisatie/ddas-vroegsignalering,
v0.9/json_schema_Uitwisselmodel.json. Filled in is what is known: DDAS asks for `ID`,
`signaalpartner` and `client`, the law for contact details and the amount. Left out are
`crisissignaal` and `warmeOverdracht`, of which no fact speaks, and `status`, which is the
gemeente's. Of a `client` there is the address and nothing else: a name, a date of birth or a
Burgerservicenummer is never read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from connectors.gemeente.vroegsignalering_steps import Arrears
from connectors.seam import Finding
from hub.errors import Misconfigured
from hub.wire.bsn import holds_bsn

LEASE: Final = "lease"
_SIGNAALPARTNER: Final = "Huur"
_SETTING: Final = "vroegsignalering.signals.addresses"
_MOST_BYTES: Final = 64 << 20
_NO_CSV: Final = "it cannot be read; write a CSV file in UTF-8"

# The sizes are those of the information model (AN200, AN6, AN5, AN4).
_FORMS: Final[Mapping[str, str]] = {
    "Straatnaam": r".{0,200}",
    "Postcode": r"[1-9][0-9]{3}[A-Z]{2}",
    "Huisnummer": r"[1-9][0-9]{0,4}",
    "Huisnummertoevoeging": r".{0,4}",
    "Plaatsnaam": r".{0,200}",
}
_NEEDED: Final = (LEASE, "Postcode", "Huisnummer")

Client = Mapping[str, str]


def vroegsignaal(id_: str, given_on: date, arrears: Arrears, client: Client) -> Mapping[str, Any]:
    """The signal of one alert. `ID` is the alertId, so a repeat is the same signal."""
    return {
        "ID": id_,
        "bedrag": arrears.euros,
        "ontstaansdatum": arrears.since.isoformat(),
        "signaaldatum": given_on.isoformat(),
        "signaalpartner": {"type": _SIGNAALPARTNER},
        "client": dict(client),
    }


class Addresses(Struct, frozen=True):
    """The file with the address of each lease: a `lease` column, and columns named as DDAS names
    the fields of a `client`. Read anew for each signal: it is replaced while we run."""

    file: Path

    def of(self, leases: Collection[str]) -> list[Client]:
        """The different addresses of these leases, as far as the file has one that is whole.

        Misconfigured: it cannot be read, or has other columns than it may.
        """
        found: list[Client] = []
        for _, lease, client in self._lines():
            if lease in leases and not _wrong(client) and client not in found:
                found.append(client)
        return found

    def findings(self) -> list[Finding]:
        """A finding for each line that is wrong."""
        return [
            Finding(
                f"{self.file}:{line}", f"{wrong} is missing or not as it should be", _MEND[wrong]
            )
            for line, _, client in self._lines()
            for wrong in _wrong(client)
        ]

    def _lines(self) -> Iterator[tuple[int, str, Client]]:
        lines = self._text().splitlines()
        reader = csv.reader(lines, delimiter=";" if lines and ";" in lines[0] else ",")
        names = [name.strip() for name in next(_sound(reader), [])]
        self._judge(names)
        for cells in _sound(reader):
            if any(cell.strip() for cell in cells):
                row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
                yield reader.line_num, row.pop(LEASE, ""), _client(row)

    def _judge(self, names: Sequence[str]) -> None:
        # What is not read cannot be passed on: a column too many is refused, not passed over.
        if unknown := [name for name in names if name not in (LEASE, *_FORMS)]:
            told = f"column {names.index(unknown[0]) + 1} may not be in it"
            raise Misconfigured(_SETTING, f"{told}; allowed are {', '.join((LEASE, *_FORMS))}")
        if missing := [name for name in _NEEDED if name not in names]:
            raise Misconfigured(_SETTING, f"the column {missing[0]} is missing")

    def _text(self) -> str:
        try:
            with self.file.open("rb") as stream:
                raw = stream.read(_MOST_BYTES + 1)
            text = raw.decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise Misconfigured(_SETTING, _NO_CSV) from None
        if len(raw) > _MOST_BYTES:  # the number of a house that is cut off is that of another one
            raise Misconfigured(_SETTING, "it is larger than 64 MB; leave out what has ended")
        return text


_MEND: Final[Mapping[str, str]] = {
    "Straatnaam": "write the name of the street, at most 200 characters",
    "Postcode": "write it like 1234AB",
    "Huisnummer": "write the number alone, at most five digits",
    "Huisnummertoevoeging": "write what comes behind the number, at most four characters",
    "Plaatsnaam": "write the name of the place, at most 200 characters",
}


def _sound(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error:  # a cell without an end
        raise Misconfigured(_SETTING, _NO_CSV) from None


def _client(row: Mapping[str, str]) -> Client:
    told = {name: value for name, value in row.items() if value}
    if "Postcode" in told:
        told["Postcode"] = told["Postcode"].replace(" ", "").upper()
    return told


def _wrong(client: Client) -> list[str]:
    """The fields that are missing or of another form."""
    return [
        name
        for name, form in _FORMS.items()
        if (name in client or name in _NEEDED)
        and (not re.fullmatch(form, client.get(name, "")) or holds_bsn(client.get(name, "")))
    ]
