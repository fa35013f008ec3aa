"""What people call things: fact types, states, roles, statuses and the rest, in Dutch and English.

Machine names stay English and never change; these may. A name that is not here, because an
agreement made it up, reads as itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from hub.domain.agreement import Language
from hub.domain.time import Instant, local

_MONTHS: Final[Mapping[Language, tuple[str, ...]]] = {
    "nl": (
        "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
        "oktober", "november", "december",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}  # fmt: skip


class Name(NamedTuple):
    """What something is called, by language."""

    nl: str
    en: str


def name_of(word: str, language: Language) -> str:
    """What people call a machine name; the name itself if it is nobody's of ours."""
    found = NAMES.get(word)
    if found is None:
        return word
    return found.nl if language == "nl" else found.en


def moment_of(at: Instant, language: Language) -> str:
    """Date and time on the wall clock of Europe/Amsterdam; midnight needs no time."""
    wall = local(at)
    day = f"{wall.day} {_MONTHS[language][wall.month - 1]} {wall.year}"
    if (wall.hour, wall.minute) == (0, 0):
        return day
    return f"{day} {wall:%H:%M}"


FACT_NAMES: Final[Mapping[str, Name]] = {
    "lease-signed": Name("huurcontract getekend", "lease signed"),
    "lease-ended": Name("huur beëindigd", "lease ended"),
    "rent-missed": Name("huur niet betaald", "rent missed"),
    "rent-paid": Name("huur betaald", "rent paid"),
    "payment-arrangement-agreed": Name("betalingsregeling afgesproken", "payment plan agreed"),
    "payment-arrangement-broken": Name("betalingsregeling niet nagekomen", "payment plan broken"),
    "damage-reported": Name("schade gemeld", "damage reported"),
    "damage-repaired": Name("schade hersteld", "damage repaired"),
    "nuisance-reported": Name("overlast gemeld", "nuisance reported"),
    "housing-information-provided": Name("wooninformatie gegeven", "housing information given"),
    "interpreter-requested": Name("tolk aangevraagd", "interpreter requested"),
    "interpreter-provided": Name("tolk ingezet", "interpreter provided"),
    "home-visit-made": Name("huisbezoek afgelegd", "home visit made"),
    "intake-completed": Name("intake afgerond", "intake completed"),
    "aanspreekpunt-assigned": Name("aanspreekpunt aangewezen", "aanspreekpunt assigned"),
    "aanspreekpunt-withdrawn": Name("aanspreekpunt vervallen", "aanspreekpunt withdrawn"),
    "begeleiding-started": Name("begeleiding begonnen", "begeleiding started"),
    "begeleiding-contact": Name("contact met de begeleiding", "contact with begeleiding"),
    "begeleiding-ended": Name("begeleiding gestopt", "begeleiding ended"),
    "phase-started": Name("fase begonnen", "fase started"),
    "phase-completed": Name("fase afgerond", "fase completed"),
    "inburgering-started": Name("inburgering begonnen", "inburgering started"),
    "inburgering-completed": Name("inburgering afgerond", "inburgering completed"),
    "first-rent-arranged": Name("eerste huur geregeld", "first rent arranged"),
    "administrative-support-started": Name(
        "administratieve ondersteuning begonnen", "administrative support started"
    ),
    "administrative-support-ended": Name(
        "administratieve ondersteuning gestopt", "administrative support ended"
    ),
    "family-reunification-expected": Name("gezinshereniging verwacht", "family expected"),
    "family-reunification-completed": Name("gezinshereniging voltooid", "family reunited"),
    "temporary-housing-arranged": Name(
        "tijdelijke huisvesting geregeld", "temporary housing arranged"
    ),
    "introduction-held": Name("kennismaking gehouden", "introduction held"),
    "work-placement-started": Name("werkervaringsplek begonnen", "work placement started"),
    "signal-raised": Name("signaal afgegeven", "signal raised"),
    "reference-linked": Name("kenmerken gekoppeld", "references linked"),
    "reference-unlinked": Name("kenmerken ontkoppeld", "references unlinked"),
    "fact-retracted": Name("feit herroepen", "fact retracted"),
    "alert-acknowledged": Name("ontvangst bevestigd", "acknowledged"),
    "approach-agreed": Name("aanpak afgesproken", "approach agreed"),
    "alert-closed": Name("gesloten", "closed"),
    "household-erased": Name("huishouden gewist", "household erased"),
    "feed-complete": Name("aanlevering volledig", "feed complete"),
    "dwelling-released": Name("woning vrijgekomen", "dwelling released"),
    "dwelling-allocated": Name("woning toegewezen", "dwelling allocated"),
    "taakstelling-set": Name("taakstelling vastgesteld", "taakstelling set"),
    "consultation-held": Name("bestuurlijk overleg gehouden", "bestuurlijk overleg held"),
}

NAMES: Final[Mapping[str, Name]] = {
    **FACT_NAMES,
    # states
    "tenancy": Name("huurperiode", "tenancy"),
    "monitoring": Name("eerste jaar", "first year"),
    "begeleiding": Name("begeleiding", "begeleiding"),
    "aanspreekpunt": Name("aanspreekpunt", "aanspreekpunt"),
    "administrative-support": Name("administratieve ondersteuning", "administrative support"),
    "payment-arrangement": Name("betalingsregeling", "payment plan"),
    "pre-vestiging": Name("fase pré-vestiging", "fase pré-vestiging"),
    "coaching-vestiging": Name("fase coaching vestiging", "fase coaching vestiging"),
    "coaching-integratie": Name("fase coaching integratie", "fase coaching integratie"),
    # roles
    "gemeente": Name("gemeente", "gemeente"),
    "begeleider": Name("begeleider", "begeleider"),
    "corporatie": Name("corporatie", "corporatie"),
    "huurders": Name("huurders", "huurders"),
    # what parties do
    "acts": Name("komt in actie", "acts"),
    "informed": Name("weet ervan", "is informed"),
    "full": Name("volledig verantwoordelijk", "fully responsible"),
    "shared": Name("mede verantwoordelijk", "shares the responsibility"),
    # severity
    "critical": Name("kritiek", "critical"),
    "high": Name("hoog", "high"),
    "medium": Name("middel", "medium"),
    "low": Name("laag", "low"),
    # status
    "open": Name("open", "open"),
    "acknowledged": Name("bevestigd", "acknowledged"),
    "agreed": Name("aanpak afgesproken", "approach agreed"),
    "resolved": Name("opgelost", "resolved"),
    "closed": Name("gesloten", "closed"),
    "withdrawn": Name("ingetrokken", "withdrawn"),
    "erased": Name("gewist", "erased"),
    # why it ended
    "condition": Name("de reden is weg", "the reason is gone"),
    "approach": Name("er is een aanpak afgesproken", "an approach was agreed"),
    "expired": Name("de termijn is om", "its time is up"),
    "scope-ended": Name("de regel geldt niet meer", "the rule applies no longer"),
}
