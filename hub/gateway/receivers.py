"""Receivers of parties: which may be called, how they are asked for consent, and what parties are
told of the answer, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, get_args

from msgspec import Struct

from hub.delivery.choices import May
from hub.delivery.handshake import Judgement, NoConsent
from hub.delivery.kept import Access
from hub.domain.acts import Status
from hub.domain.agreement import Severity
from hub.domain.parties import Party
from hub.errors import AddressRefused
from hub.guard import Guard
from hub.wire.problems import Language

# Why there was no answer at all: the address is not one that is called. Published like the others.
ADDRESS_REFUSED: Final = "address-refused"


class Ask(Protocol):
    """Asks a receiver whether it wants webhooks."""

    async def __call__(
        self, endpoint: str, access: Access | None, secret: str | None
    ) -> Judgement | AddressRefused:
        """What it says, or that it was not asked. `secret` goes with `access`. Takes no longer than
        some seconds."""
        ...


class Receivers(Struct, frozen=True):
    """`guard` judges addresses as they are written; `rules` are those that any agreement has."""

    guard: Guard
    ask: Ask
    rules: frozenset[str]

    def may(self, party: Party) -> May:
        """What a party may choose from."""
        return May(
            self.guard,
            {
                "gemeenten": party.gemeenten,
                "rules": self.rules,
                "severities": get_args(Severity),
                "statuses": tuple(Status),
            },
        )


def in_words(reason: str, language: Language) -> str:
    """What was wrong, and what to do."""
    english, dutch = WORDS[reason]
    return dutch if language == "nl" else english


WORDS: Final[Mapping[str, tuple[str, str]]] = {
    NoConsent.NO_TOKEN: (
        "No token was had from `tokenUrl`, so the receiver was not asked. Look at the address, the "
        "id and the secret.",
        "Er kwam geen token van `tokenUrl`, dus de ontvanger is niet gevraagd. Kijk naar het "
        "adres, de id en het geheim.",
    ),
    NoConsent.NO_ANSWER: (
        "The receiver could not be reached, has no certificate that is trusted, or did not answer "
        "in time. Have it run, and ask again.",
        "De ontvanger was niet bereikbaar, heeft geen vertrouwd certificaat of antwoordde niet op "
        "tijd. Zorg dat hij draait en vraag het opnieuw.",
    ),
    NoConsent.NOT_SUCCESSFUL: (
        "The receiver answered OPTIONS with another status than 200 to 299. Look whether the path "
        "is right and the method is let through.",
        "De ontvanger beantwoordde OPTIONS met een andere status dan 200 tot en met 299. Kijk of "
        "het pad klopt en of de methode wordt doorgelaten.",
    ),
    NoConsent.ORIGIN_MISSING: (
        "The answer has no header WebHook-Allowed-Origin. Send back the origin that was asked "
        "about.",
        "In het antwoord ontbreekt de header WebHook-Allowed-Origin. Stuur daarin terug wat er in "
        "de vraag stond.",
    ),
    NoConsent.OTHER_ORIGIN: (
        "WebHook-Allowed-Origin names another origin than was asked about. A list is not read.",
        "WebHook-Allowed-Origin noemt een andere naam dan in de vraag stond. Een lijst wordt niet "
        "gelezen.",
    ),
    NoConsent.RATE_MISSING: (
        "The answer has no header WebHook-Allowed-Rate. Say how many a minute you can take, or *.",
        "In het antwoord ontbreekt de header WebHook-Allowed-Rate. Noem hoeveel u er per minuut "
        "aankunt, of *.",
    ),
    NoConsent.BAD_RATE: (
        "WebHook-Allowed-Rate is neither a whole number above zero nor *.",
        "WebHook-Allowed-Rate is geen heel getal boven nul en geen *.",
    ),
    ADDRESS_REFUSED: (
        "The name leads to no address that the hub may call. Use a host that the whole internet "
        "can reach, or ask who runs the hub to allow its network.",
        "De naam leidt niet naar een adres dat de hub mag aanroepen. Gebruik een adres dat vanaf "
        "het hele internet bereikbaar is, of vraag de beheerder van de hub het netwerk toe te "
        "staan.",
    ),
}
assert WORDS.keys() == {*NoConsent, ADDRESS_REFUSED}
