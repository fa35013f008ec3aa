"""A problem in words, and those that only subscriptions have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Explained(NamedTuple):
    """Its status; what it is and what to do, in English and in Dutch."""

    status: int
    title: str
    detail: str
    title_nl: str
    detail_nl: str


# By slug.
OF_SUBSCRIPTIONS: Final[Mapping[str, Explained]] = {
    "idempotency-key-reused": Explained(
        409,
        "This Idempotency-Key was used for something else",
        "Send another key with another request. The same request keeps its own.",
        "Deze Idempotency-Key is al voor iets anders gebruikt",
        "Stuur bij een ander verzoek een andere sleutel. Hetzelfde verzoek houdt de zijne.",
    ),
    "too-many-subscriptions": Explained(
        409,
        "Too many subscriptions",
        "This party has as many subscriptions as it may have. Change one, or remove one first.",
        "Te veel abonnementen",
        "Deze partij heeft zoveel abonnementen als mag. Wijzig er een, of verwijder er eerst een.",
    ),
    "too-many-tests": Explained(
        409,
        "Enough tests are waiting",
        "The tests that you asked for have not been sent yet. Look at the attempts in a moment.",
        "Er wachten al genoeg tests",
        "De tests waar u om vroeg, zijn nog niet verstuurd. Kijk straks bij de pogingen.",
    ),
    "subscription-unverified": Explained(
        409,
        "The receiver has not consented",
        "Nothing is sent before it does. Mend the receiver, then `POST …/verification`.",
        "De ontvanger heeft niet toegestemd",
        "Tot dan wordt niets verstuurd. Herstel de ontvanger en doe dan `POST …/verification`.",
    ),
    "subscription-active": Explained(
        409,
        "The subscription is not paused",
        "There is nothing to resume: what is new is sent, or tried again by itself. "
        "`POST …/pause` stops that.",
        "Het abonnement is niet gepauzeerd",
        "Er valt niets te hervatten: wat nieuw is, wordt verstuurd of vanzelf opnieuw geprobeerd. "
        "`POST …/pause` stopt dat.",
    ),
    "subscription-paused": Explained(
        409,
        "The subscription is paused already",
        "Everything is kept. `POST …/resume` goes on where it stopped.",
        "Het abonnement is al gepauzeerd",
        "Alles wordt bewaard. `POST …/resume` gaat verder waar het ophield.",
    ),
    "subscription-disabled": Explained(
        409,
        "The subscription is disabled",
        "Its receiver answered 410. When it wants webhooks again, `POST …/verification`: it goes "
        "on where it stopped.",
        "Het abonnement is uitgeschakeld",
        "De ontvanger antwoordde met 410. Wil hij weer webhooks, doe dan `POST …/verification`: "
        "het gaat verder waar het ophield.",
    ),
}
