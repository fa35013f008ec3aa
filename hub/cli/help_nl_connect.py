"""The help of `seintje connect` in Dutch (see `help_nl`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.index import Name
from hub.cli.connect import Do

OF_CONNECT: Final[Mapping[str, str]] = {
    "Connect the system of a party to a hub.\n\nWhat it says is published, and it is told the "
    "alerts of its party.\n\ncheck says what is wrong, and changes nothing; exit 1 if it found "
    "something. once does all that there is to do now. run goes on until Ctrl-C or SIGTERM. "
    "dismiss forgets what somebody dealt with. files suggest-mapping reads the header of an "
    "export. See docs/connectors.": (
        "Koppel het systeem van een partij aan een hub.\n\nWat het zegt wordt gepubliceerd, en "
        "het hoort de seintjes van die partij.\n\ncheck zegt wat er mis is, en verandert niets; "
        "eindigt met 1 als er iets is. once doet alles wat er nu te doen is. run gaat door tot "
        "Ctrl-C of SIGTERM. dismiss vergeet wat iemand heeft afgehandeld. files suggest-mapping "
        "leest de kop van een export. Zie docs/connectors."
    ),
    "For dismiss: where it is, as check shows it. For suggest-mapping: the export.": (
        "Bij dismiss: waar het is, zoals check het toont. Bij suggest-mapping: de export."
    ),
    "For suggest-mapping: which facts it holds.": "Bij suggest-mapping: welke feiten erin staan.",
    f"One of {', '.join(Name)}.": f"Een van {', '.join(Name)}.",
    f"One of {', '.join(Do)}.": f"Een van {', '.join(Do)}.",
    "Its settings; NAME.yaml without it.": "De instellingen; anders NAME.yaml.",
    "With once or run: read everything from its beginning.": (
        "Bij once of run: lees alles vanaf het begin."
    ),
}
