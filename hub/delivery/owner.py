"""What the contact of a subscription is told when it does not work, once a kind for each streak.

A mail says which subscription it is and what to do. It holds nothing of a household, and of the
address only the host: the rest may be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from hub.delivery.kept import Kept
from hub.delivery.outcome import Reason
from hub.delivery.subscription import Life, Subscription, Why
from hub.domain.time import Instant, format_instant
from hub.mail import Mail

HOUR_MS: Final = 3_600_000


class Kind(StrEnum):
    """What a mail is about. Stored: add, never rename."""

    FAILING = "failing"
    PAUSED = "paused"
    DISABLED = "disabled"


def owed(kept: Kept, now: Instant) -> Kind | None:
    """What the contact must still be told."""
    kind = _kind(kept.subscription, now)
    return None if kept.contact is None or kind is None or kind in kept.mailed else kind


def forgiven(kept: Kept) -> bool:
    """Whether it works again, so that the next trouble is told anew."""
    return bool(kept.mailed) and kept.subscription.life in (Life.ACTIVE, Life.UNVERIFIED)


def mail_of(kept: Kept, kind: Kind) -> Mail:
    """The mail to the contact; there must be one."""
    assert kept.contact is not None
    subscription = kept.subscription
    last = subscription.attempts[-1] if subscription.attempts else None
    why = "" if last is None else _IN_WORDS[last.reason]
    since = "" if subscription.streak is None else format_instant(subscription.streak.since)
    host = urlsplit(subscription.endpoint).hostname or ""
    facts = {"id": subscription.id, "host": host, "why": why, "since": since}
    stopped = _STOPPED.get(subscription.why, "") if subscription.why is not None else ""
    body = "\n\n".join([_BODY[kind].format(**facts, stopped=stopped), _SIGNED, _ENGLISH[kind]])
    return Mail(kept.contact, _SUBJECT[kind], body.format(**facts))


def _kind(subscription: Subscription, now: Instant) -> Kind | None:
    match subscription.life:
        case Life.FAILING if subscription.streak is not None:
            return Kind.FAILING if now - subscription.streak.since >= HOUR_MS else None
        case Life.PAUSED:
            return None if subscription.why is Why.ASKED else Kind.PAUSED
        case Life.DISABLED:
            return Kind.DISABLED
    return None


_SUBJECT: Final[Mapping[Kind, str]] = {
    Kind.FAILING: "Seintje: uw systeem neemt geen berichten aan",
    Kind.PAUSED: "Seintje: het sturen naar uw systeem is gestopt",
    Kind.DISABLED: "Seintje: uw abonnement is uitgezet",
}
_BODY: Final[Mapping[Kind, str]] = {
    Kind.FAILING: (
        "Sinds {since} lukt het niet om berichten te sturen naar uw systeem op {host}.\n"
        "De laatste poging: {why}.\n\n"
        "Er gaat niets verloren. Wij blijven het proberen, ten minste elk uur. Werkt uw systeem\n"
        "weer, dan komt alles vanzelf, in de goede volgorde. Na 75 uur stoppen wij met proberen."
    ),
    Kind.PAUSED: (
        "Wij sturen geen berichten meer naar uw systeem op {host}: {stopped}.\n"
        "De laatste poging: {why}.\n\n"
        "Wat nog komt, bewaren wij. Herstel uw systeem en hervat daarna het abonnement. Wat uw\n"
        "systeem geweigerd heeft, kunt u opnieuw laten sturen."
    ),
    Kind.DISABLED: (
        "Uw systeem op {host} heeft geantwoord dat het geen berichten meer wil (410).\n"
        "Wij hebben het abonnement daarom uitgezet.\n\n"
        "Was dat niet de bedoeling? Laat het abonnement dan opnieuw controleren; wij gaan verder\n"
        "waar het gebleven was."
    ),
}
_SIGNED: Final = "Dit gaat over abonnement {id}. Deze mail komt van de hub; u kunt niet antwoorden."
_ENGLISH: Final[Mapping[Kind, str]] = {
    Kind.FAILING: "In English: your receiver at {host} fails since {since}. We keep trying.",
    Kind.PAUSED: "In English: we stopped sending to {host}. Repair it, then resume {id}.",
    Kind.DISABLED: "In English: {host} answered 410, so subscription {id} is disabled.",
}
_STOPPED: Final[Mapping[Why, str]] = {
    Why.FAILED_TOO_LONG: "het lukte 75 uur lang niet",
    Why.REFUSED_TOO_OFTEN: "het weigerde twintig berichten achter elkaar",
}
_IN_WORDS: Final[Mapping[Reason, str]] = {
    Reason.DELIVERED: "het bericht kwam aan",
    Reason.GONE: "uw systeem wil geen berichten meer (410)",
    Reason.THROTTLED: "uw systeem vraagt om te wachten (429)",
    Reason.UNAVAILABLE: "uw systeem is tijdelijk niet beschikbaar (503)",
    Reason.SERVER_ERROR: "uw systeem meldt een fout (5xx)",
    Reason.REDIRECTED: "uw systeem verwijst door, en dat volgen wij niet (3xx)",
    Reason.REJECTED: "uw systeem weigert het bericht (4xx)",
    Reason.NO_SUCH_ANSWER: "uw systeem geeft een antwoord dat geen HTTP is",
    Reason.TIMED_OUT: "uw systeem antwoordt niet op tijd",
    Reason.UNREACHABLE: "er is geen verbinding te maken met uw systeem",
    Reason.BROKEN_OFF: "uw systeem verbreekt de verbinding",
    Reason.UNTRUSTED: "het certificaat van uw systeem wordt niet vertrouwd",
    Reason.ADDRESS_NOT_ALLOWED: "het adres van uw systeem mag de hub niet gebruiken",
    Reason.NO_TOKEN: "de dienst die een token moet geven, gaf er geen",
}
assert _IN_WORDS.keys() == set(Reason)
