"""The help of `seintje subscriptions` in Dutch (see `help_nl`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OF_WEBHOOKS: Final[Mapping[str, str]] = {
    "Webhooks of parties.": "Webhooks van partijen.",
    "Its id, as the list shows it.": "Het kenmerk, zoals de lijst het toont.",
    "Only those of this party.": "Alleen die van deze partij.",
    "List the subscriptions of parties, the oldest first.": (
        "Toon de abonnementen van partijen, de oudste eerst."
    ),
    "Show one subscription whole.\n\nExit 1 if there is none of this id.": (
        "Toon één abonnement helemaal.\n\nEindigt met 1 als er geen is met dit kenmerk."
    ),
    "List the last attempts, and what was put aside.\n\nThe newest first. Exit 1 if there is no "
    "subscription of this id.": (
        "Toon de laatste pogingen, en wat opzij is gezet.\n\nDe nieuwste eerst. Eindigt met 1 als "
        "er geen abonnement is met dit kenmerk."
    ),
    "Send nothing for now, and keep everything.\n\nExit 1 if it is not being sent to.": (
        "Stuur voorlopig niets, en bewaar alles.\n\nEindigt met 1 als er niet naar gestuurd wordt."
    ),
    "Go on where it stopped.\n\nExit 1 if it is not paused.": (
        "Ga verder waar het ophield.\n\nEindigt met 1 als het niet gepauzeerd is."
    ),
    "Send once more what its party was told since an instant.\n\nAs far back as it is kept: thirty "
    "days.": (
        "Stuur nog eens wat de partij sinds een moment te horen kreeg.\n\nZo ver terug als het "
        "bewaard is: dertig dagen."
    ),
    "From when on: 2026-03-01 or 2026-03-01T12:00:00+01:00.": (
        "Vanaf wanneer: 2026-03-01 of 2026-03-01T12:00:00+01:00."
    ),
    "Send a test to its receiver.\n\nAbout nobody. `attempts` shows how it ended. Exit 1 if it may "
    "not be sent to.": (
        "Stuur een test naar de ontvanger.\n\nDie gaat over niemand. `attempts` toont hoe het "
        "afliep. Eindigt met 1 als er niet naar gestuurd mag worden."
    ),
    "Remove a subscription: nothing more is sent.\n\nWhat was not sent is not kept for it. Exit 1 "
    "if there is none of this id.": (
        "Verwijder een abonnement: er wordt niets meer verstuurd.\n\nWat nog niet verstuurd was, "
        "wordt er niet voor bewaard. Eindigt met 1 als er geen is met dit kenmerk."
    ),
    "Subscribe for a party, and show the secret this once.\n\nThe file is as the body of POST "
    "/v1/subscriptions, without `since`. The receiver is asked at once whether it wants webhooks. "
    "Exit 1 if it does not.": (
        "Maak een abonnement voor een partij; het geheim komt één keer.\n\nHet bestand is zoals de "
        "inhoud van POST /v1/subscriptions, zonder `since`. De ontvanger wordt meteen gevraagd of "
        "hij webhooks wil. Eindigt met 1 als hij dat niet wil."
    ),
    "Ask the receiver again whether it wants webhooks.\n\nIf it does, one that was unverified or "
    "disabled goes on where it stopped. Exit 1 if not.": (
        "Vraag de ontvanger opnieuw of hij webhooks wil.\n\nZo ja, dan gaat een abonnement zonder "
        "toestemming of dat uitgeschakeld was verder waar het ophield. Eindigt anders met 1."
    ),
    "What the party would send, as JSON; - is stdin.": (
        "Wat de partij zou sturen, als JSON; - is stdin."
    ),
}
