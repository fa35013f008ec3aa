"""The help of the commands for API keys in Dutch, by its English text (see `help_nl`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OF_KEYS: Final[Mapping[str, str]] = {
    "API keys of parties; only their digests are kept.": (
        "API-sleutels van partijen; alleen hun hash wordt bewaard."
    ),
    "Make an API key for a party, and show it this once.\n\nOnly its digest is kept. A party has "
    "two keys at most; of a third is said what to do first.": (
        "Maak een API-sleutel voor een partij en toon hem eenmalig.\n\nAlleen de hash wordt "
        "bewaard. Een partij heeft hooguit twee sleutels; bij een derde staat wat er eerst moet "
        "gebeuren."
    ),
    "Make the next API key; the old one ends by itself.\n\nBoth count meanwhile: put "
    "the new key where the old one is, and see with `parties key list` that the old one is no "
    "longer used. To go on with the old one, revoke the new.": (
        "Maak de volgende API-sleutel; de oude vervalt vanzelf."
        "\n\nTot dan gelden ze allebei: zet de nieuwe sleutel waar de oude staat, en kijk met "
        "`parties key list` of de oude niet meer gebruikt wordt. Toch met de oude verder? Trek dan "
        "de nieuwe in."
    ),
    "Make a successor of the key in this file.": "Maak een opvolger van de sleutel in dit bestand.",
    "Show which key a hub has, never the key.\n\nWhere it comes from, and by which key the "
    "database is sealed, of a hub in one process. Exit 1 if that is another.": (
        "Toon welke sleutel een hub heeft, nooit de sleutel zelf.\n\nWaar die vandaan komt, en "
        "waarmee de database verzegeld is, van een hub in één proces. Eindigt met 1 als dat een "
        "andere is."
    ),
    "Replace the key of a hub, and seal everything anew.\n\nOf a hub in one process that is "
    "stopped. The old key stays beside the new one: backups and exports of before need it, so "
    "destroy it when they are gone. Stopped in between, do it again: it goes on. On Kafka: `state "
    "export --rekey`.": (
        "Vervang de sleutel van een hub en verzegel alles opnieuw.\n\nVan een hub in één proces "
        "die stilstaat. De oude sleutel blijft naast de nieuwe staan: oudere back-ups en exports "
        "hebben hem nodig. Vernietig hem als die weg zijn. Onderbroken? Doe het opnieuw, dan gaat "
        "het verder. Op Kafka: `state export --rekey`."
    ),
    "How long the old one still counts.": "Hoe lang de oude nog geldt.",
    "List the API keys by the beginning of their digest.\n\nWith when each was last used, to the "
    "hour; a hub that runs writes that every ten minutes.": (
        "Toon de API-sleutels, elk met het begin van zijn hash.\n\nMet wanneer elk het laatst is "
        "gebruikt, op het uur af; een hub die draait, schrijft dat elke tien minuten op."
    ),
    "Revoke the API keys of a party, from the next request on.\n\nExit 1 if there was none.": (
        "Trek de API-sleutels van een partij in, per direct.\n\nEindigt met 1 als er geen was."
    ),
}
