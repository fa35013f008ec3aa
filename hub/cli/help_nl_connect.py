"""The help of `seintje connect` in Dutch (see `help_nl`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.index import Name

OF_CONNECT: Final[Mapping[str, str]] = {
    "Connect the system of a party to a hub.\n\nWhat it says is published, and it is told the "
    "alerts of its party.\n\ncheck says what is wrong, and changes nothing; exit 1 if it found "
    "something. once does all that there is to do now. run goes on until Ctrl-C or SIGTERM. See "
    "docs/connectors.": (
        "Koppel het systeem van een partij aan een hub.\n\nWat het zegt wordt gepubliceerd, en "
        "het hoort de seintjes van die partij.\n\ncheck zegt wat er mis is, en verandert niets; "
        "eindigt met 1 als er iets is. once doet alles wat er nu te doen is. run gaat door tot "
        "Ctrl-C of SIGTERM. Zie docs/connectors."
    ),
    f"One of {', '.join(Name)}.": f"Een van {', '.join(Name)}.",
    "What it is to do.": "Wat die moet doen.",
    "Its settings; NAME.yaml without it.": "De instellingen; anders NAME.yaml.",
    "With once or run: read everything from its beginning.": (
        "Bij once of run: lees alles vanaf het begin."
    ),
}
