"""Problems of HTTP itself, and every problem as a response (RFC 9457).

What is wrong with a fact has its own slugs (`hub.domain.refusals`); here is what can be wrong with
the request around it. `Declined` is how a question that cannot be answered leaves the code that
reads it; it never gets further than the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hub.domain.refusals import Refused, Violation
from hub.gateway.explained import OF_SUBSCRIPTIONS, Explained
from hub.wire.negotiation import liked_best
from hub.wire.problems import MEDIA_TYPE, Language, ProblemDetails, problem

API_VERSION: Final = "1.0.0"
# Of every answer: none of them may be kept by anything between us and the party.
ALWAYS: Final[Mapping[str, str]] = {"API-Version": API_VERSION, "Cache-Control": "no-store"}

_LANGUAGES: Final[Mapping[str, Language]] = {"nl": "nl", "en": "en"}


class Trouble(StrEnum):
    """What can be wrong with a request. Published: added to, never renamed."""

    UNKNOWN_PARAMETER = "unknown-parameter"
    INVALID_PARAMETER = "invalid-parameter"
    INVALID_BODY = "invalid-body"
    INVALID_FIELDS = "invalid-fields"
    UNAUTHENTICATED = "unauthenticated"
    NOT_ALLOWED = "not-allowed"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    KEY_REUSED = "idempotency-key-reused"
    TOO_MANY_SUBSCRIPTIONS = "too-many-subscriptions"
    TOO_MANY_TESTS = "too-many-tests"
    SUBSCRIPTION_UNVERIFIED = "subscription-unverified"
    SUBSCRIPTION_ACTIVE = "subscription-active"
    SUBSCRIPTION_PAUSED = "subscription-paused"
    SUBSCRIPTION_DISABLED = "subscription-disabled"
    ALERT_GONE = "alert-gone"
    TOO_LARGE = "too-large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    TOO_MANY_STREAMS = "too-many-streams"
    TOO_MANY_CALLS = "too-many-calls"
    TOO_MANY_AT_ONCE = "too-many-at-once"
    TOO_MANY_ATTEMPTS = "too-many-attempts"
    TOO_SLOW = "too-slow"
    MALFORMED_REQUEST = "malformed-request"
    HEADERS_TOO_LARGE = "headers-too-large"
    INTERNAL_ERROR = "internal-error"
    UNAVAILABLE = "unavailable"


class Declined(Exception):
    """A request that cannot be answered, and the problem that says so."""

    def __init__(
        self,
        trouble: Trouble,
        *violations: Violation,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.violations = violations
        self.headers = headers or {}


class Answer(Response):
    """JSON, with the headers that every answer has."""

    media_type = "application/json"

    def __init__(
        self, content: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        super().__init__(body, status, {**ALWAYS, **(headers or {})})


class ProblemAnswer(Answer):
    """A problem in JSON."""

    media_type = MEDIA_TYPE


def declined(request: Request, declined: Declined) -> Response:
    """The answer to a request that cannot be answered."""
    details = trouble_of(declined.trouble, language_of(request), declined.violations)
    return ProblemAnswer(details, details.status, declined.headers)


def refused(request: Request, refusal: Refused) -> Response:
    """The answer to one fact that is refused."""
    details = problem(refusal, language_of(request))
    return ProblemAnswer(details, details.status)


def trouble_of(
    trouble: Trouble, language: Language, violations: tuple[Violation, ...] = ()
) -> ProblemDetails:
    """The problem in words."""
    known = EXPLAINED[trouble]
    dutch = language == "nl"
    return ProblemDetails(
        type=f"/problems/{trouble}",
        title=known.title_nl if dutch else known.title,
        status=known.status,
        detail=known.detail_nl if dutch else known.detail,
        violations=violations,
    )


def language_of(request: Request) -> Language:
    """Dutch where the sender likes that best, else English (RFC 9110, 12.5.4)."""
    liked = liked_best(",".join(request.headers.getlist("accept-language")))
    languages = (_LANGUAGES.get(tag.partition("-")[0]) for tag in liked)
    return next((it for it in languages if it is not None), "en")


EXPLAINED: Final[Mapping[Trouble, Explained]] = {
    Trouble.UNKNOWN_PARAMETER: Explained(
        400,
        "Unknown query parameter",
        "The query has a parameter that this call does not know.",
        "Onbekende parameter",
        "De query bevat een parameter die deze aanroep niet kent.",
    ),
    Trouble.INVALID_PARAMETER: Explained(
        400,
        "A parameter cannot be read",
        "A parameter has a value that is not allowed.",
        "Een parameter klopt niet",
        "Een parameter heeft een waarde die niet is toegestaan.",
    ),
    Trouble.INVALID_BODY: Explained(
        400,
        "The body cannot be read",
        "The body is not a JSON object in UTF-8, each key once.",
        "De inhoud is onleesbaar",
        "De inhoud is geen JSON-object in UTF-8 met elke sleutel één keer.",
    ),
    Trouble.INVALID_FIELDS: Explained(
        400,
        "Fields of the body are wrong",
        "At each of them is said what is expected there.",
        "Er kloppen velden niet",
        "Bij elk veld staat wat er verwacht wordt.",
    ),
    Trouble.UNAUTHENTICATED: Explained(
        401,
        "Who are you?",
        "Send an API key or a token as `Authorization: Bearer …`, or show a certificate. "
        "`WWW-Authenticate` says what was wrong.",
        "Wie bent u?",
        "Stuur een API-sleutel of een token mee als `Authorization: Bearer …`, of gebruik een "
        "certificaat. `WWW-Authenticate` zegt wat er mis was.",
    ),
    Trouble.NOT_ALLOWED: Explained(
        403,
        "Not with this token or certificate",
        "It is known, but the operators of the hub let it do other things only. "
        "`WWW-Authenticate` says what this call needs.",
        "Niet met dit token of certificaat",
        "Het is bekend, maar de beheerders van de hub laten er alleen iets anders mee toe. "
        "`WWW-Authenticate` zegt wat deze aanroep nodig heeft.",
    ),
    Trouble.NOT_FOUND: Explained(
        404,
        "Not found",
        "There is nothing here, or not for this party.",
        "Niet gevonden",
        "Hier is niets, of niet voor deze partij.",
    ),
    Trouble.METHOD_NOT_ALLOWED: Explained(
        405,
        "Method not allowed",
        "The header `Allow` says what is.",
        "Methode niet toegestaan",
        "De header `Allow` zegt wat wel mag.",
    ),
    Trouble.ALERT_GONE: Explained(
        410,
        "The alert is no longer there",
        "It was withdrawn or erased, so there is nothing to act on.",
        "Het seintje is er niet meer",
        "Het is ingetrokken of gewist; er valt niets meer mee te doen.",
    ),
    Trouble.TOO_LARGE: Explained(
        413,
        "The body is too large",
        "An event is at most 64 KiB; a batch at most 8 MiB and 1000 events.",
        "De inhoud is te groot",
        "Een bericht is hooguit 64 KiB, een batch hooguit 8 MiB en 1000 berichten.",
    ),
    Trouble.UNSUPPORTED_MEDIA_TYPE: Explained(
        415,
        "Unsupported media type",
        "The body is of another media type than this call reads.",
        "Mediatype niet ondersteund",
        "De inhoud heeft een ander mediatype dan deze aanroep leest.",
    ),
    Trouble.TOO_MANY_STREAMS: Explained(
        429,
        "Too many event streams",
        "This party follows alerts by as many event streams as it may have open. Close one, or try "
        "again after the seconds in `Retry-After`.",
        "Te veel eventstromen",
        "Deze partij volgt seintjes al met zoveel eventstromen als mag. Sluit er een, of probeer "
        "het opnieuw na de seconden in `Retry-After`.",
    ),
    Trouble.TOO_MANY_CALLS: Explained(
        429,
        "Too many calls",
        "This party has used up what it may ask or send within a minute. Try again after the "
        "seconds in `Retry-After`.",
        "Te veel aanroepen",
        "Deze partij heeft verbruikt wat zij in een minuut mag vragen of sturen. Probeer het "
        "opnieuw na de seconden in `Retry-After`.",
    ),
    Trouble.TOO_MANY_AT_ONCE: Explained(
        429,
        "Too many calls at once",
        "So many calls of this party are being answered that there is no room for another. Wait "
        "for one of them, or for the seconds in `Retry-After`.",
        "Te veel aanroepen tegelijk",
        "Er worden zoveel aanroepen van deze partij beantwoord dat er geen meer bij kan. Wacht op "
        "een ervan, of de seconden in `Retry-After`.",
    ),
    Trouble.TOO_MANY_ATTEMPTS: Explained(
        429,
        "Too many attempts",
        "Too often there came something from this address that is not in force. Try again after "
        "the seconds in `Retry-After`.",
        "Te veel pogingen",
        "Vanaf dit adres kwam te vaak iets dat niet geldig is. Probeer het opnieuw na de seconden "
        "in `Retry-After`.",
    ),
    Trouble.TOO_SLOW: Explained(
        408,
        "The request came too slowly",
        "It was not there in time. Send it again, without a pause in it.",
        "Het verzoek kwam te langzaam",
        "Het was er niet op tijd. Stuur het opnieuw, zonder pauze erin.",
    ),
    Trouble.MALFORMED_REQUEST: Explained(
        400,
        "This is no request of HTTP",
        "It cannot be read as HTTP/1.1, or could be read in two ways.",
        "Dit is geen HTTP-verzoek",
        "Het is niet te lezen als HTTP/1.1, of op twee manieren.",
    ),
    Trouble.HEADERS_TOO_LARGE: Explained(
        431,
        "The address or the headers are too large",
        "The address and all headers together are at most 32 KiB and 100 headers.",
        "Het adres of de headers zijn te groot",
        "Het adres en alle headers samen zijn hooguit 32 KiB en 100 headers.",
    ),
    Trouble.INTERNAL_ERROR: Explained(
        500,
        "The hub made a mistake",
        "It has been logged. Trying again does no harm.",
        "De hub maakte een fout",
        "Dit is vastgelegd. Opnieuw proberen kan geen kwaad.",
    ),
    Trouble.UNAVAILABLE: Explained(
        503,
        "Not now",
        "Try again after the seconds in `Retry-After`. What was kept already counts once.",
        "Nu even niet",
        "Probeer het opnieuw na de seconden in `Retry-After`. Wat al bewaard is, telt één keer.",
    ),
    **{Trouble(slug): told for slug, told in OF_SUBSCRIPTIONS.items()},
}
assert EXPLAINED.keys() == set(Trouble)
