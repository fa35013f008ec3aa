"""The Dutch help of the console, by its English text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OF_CONSOLE: Final[Mapping[str, str]] = {
    "The pages for people.": "De pagina's voor mensen.",
    "Make a link to sign in to the console.\n\nOf a hub in one process, also while it runs. It "
    "works once, and for a quarter of an hour. Whoever has it sees what that party may know. The "
    "address in it is SEINTJE_CONSOLE_URL, or where a hub listens that was told nothing else.": (
        "Maak een link om in te loggen op de console.\n\nVan een hub in één proces, ook terwijl "
        "die draait. Hij werkt één keer, een kwartier lang. Wie hem heeft, ziet wat die partij mag "
        "weten. Het adres erin is SEINTJE_CONSOLE_URL, of waar een hub luistert die niets anders "
        "is gezegd."
    ),
    "For whom one looks; without it, who opens the link chooses.": (
        "Voor wie men kijkt; zonder kiest wie de link opent."
    ),
}
