"""The help of the commands for backups in Dutch, by its English text (see `help_nl`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OF_BACKUP: Final[Mapping[str, str]] = {
    "Copies of a hub, made while it runs.": "Back-ups van een hub, terwijl hij draait.",
    "Make a backup of a hub, also while it runs.\n\nOne sealed file, whole or not there. The key "
    "is not in it: keep that apart. On Kafka, stop all workers and gateways first.": (
        "Maak een back-up van een hub, ook terwijl hij draait.\n\nEén verzegeld bestand, helemaal "
        "of niet. De sleutel zit er niet in: bewaar die apart. Op Kafka moeten eerst alle workers "
        "en gateways stoppen."
    ),
    "A directory, or a new file; without it where SEINTJE_BACKUPS says.": (
        "Een map, of een nieuw bestand; anders waar SEINTJE_BACKUPS het zegt."
    ),
    "Keep the last N in that directory; without it as SEINTJE_BACKUPS_KEPT says.": (
        "Bewaar de laatste N in die map; anders zoveel als SEINTJE_BACKUPS_KEPT zegt."
    ),
    "Find out whether a backup can be restored, by doing so.\n\nReads it and its journal to the "
    "end, and makes a hub of it in a temporary directory (TMPDIR), which is then removed. Exit 1 "
    "if it is not good.": (
        "Ga na of een back-up terug te zetten is, door het te doen.\n\nLeest hem en zijn journaal "
        "tot het eind en maakt er een hub van in een tijdelijke map (TMPDIR), die daarna weg is. "
        "Eindigt met 1 als hij niet goed is."
    ),
    "The backup; without it the newest there is.": "De back-up; anders de nieuwste die er is.",
    "The backup.": "De back-up.",
    "Where its journal lies; without it beside the backup, or where SEINTJE_BACKUPS says.": (
        "Waar het journaal ligt; anders naast de back-up, of waar SEINTJE_BACKUPS het zegt."
    ),
    "Make a hub out of a backup and its journal.\n\nIn an empty directory. Everything is read to "
    "its end first; what is damaged changes nothing. Only the key may lie in the directory "
    "already. Never start the hub that was lost again.": (
        "Maak een hub uit een back-up en zijn journaal.\n\nIn een lege map. Alles wordt eerst tot "
        "het eind gelezen; wat beschadigd is, verandert niets. Alleen de sleutel mag al in de map "
        "liggen. Start de verloren hub nooit meer."
    ),
    "Parties may know more than these files: there is no journal, it is damaged, or they are older "
    "than the loss.": (
        "Partijen weten misschien meer dan deze bestanden: er is geen journaal, het is beschadigd, "
        "of ze zijn ouder dan het verlies."
    ),
    "List the backups in a directory, the newest first.\n\nExit 1 if there is none.": (
        "Toon de back-ups in een map, de nieuwste eerst.\n\nEindigt met 1 als er geen is."
    ),
    "Without it where SEINTJE_BACKUPS says.": "Anders waar SEINTJE_BACKUPS het zegt.",
}
