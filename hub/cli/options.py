"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

if TYPE_CHECKING:
    from hub.domain.agreement import Agreements
    from hub.domain.parties import Parties
    from hub.domain.time import Instant

PARTIES_FILE: Final = "parties.yaml"

AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="One JSON object a line, on a terminal too.")
]
AgreementAt: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--agreement",
        metavar="A",
        help="Agreement file, or a folder of them; without it the one that comes with Seintje.",
    ),
]
PartiesAt: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--parties",
        metavar="P",
        help="Parties file; without it the one beside the agreement.",
    ),
]
DataAt: TypeAlias = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Data directory; seintje-data without it."),
]
Now: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--now",
        metavar="T",
        help="The instant to look from: 2026-03-01 or 2026-03-01T12:00:00+01:00.",
    ),
]


def instant_of(text: str, name: str = "--now") -> Instant:
    """The instant that an option names; wrong use if it names none."""
    from hub.domain.time import parse_instant

    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}", param_hint=name) from error


def agreements_at(agreement: Path | None, parties: Path | None) -> tuple[Agreements, Parties]:
    """The agreements and parties that a command works with."""
    from hub.agreement_files import load
    from hub.shipped import shipped

    default = shipped("agreements")
    found = [agreement or default]
    if parties is not None:
        if found[0].is_dir():  # its own parties file makes way for the one that was asked for
            found = [file for file in sorted(found[0].glob("*.yaml")) if file.name != PARTIES_FILE]
        found.append(parties)
    return load(found, else_parties=default / PARTIES_FILE)
