"""Dutch words for codes, as case workers read and write them in files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STATUS: Final[Mapping[str, str]] = {
    "open": "open",
    "acknowledged": "gezien",
    "agreed": "aanpak afgesproken",
    "resolved": "opgelost",
    "closed": "gesloten",
    "withdrawn": "ingetrokken",
    "erased": "gewist",
}
SEVERITY: Final[Mapping[str, str]] = {
    "critical": "dringend",
    "high": "hoog",
    "medium": "gewoon",
    "low": "laag",
}
APPROACHES: Final[Mapping[str, str]] = {
    "gesprek": "conversation",
    "samen op huisbezoek": "joint-home-visit",
    "huisbezoek": "joint-home-visit",
    "meer begeleiding": "more-begeleiding",
    "hulp bij schulden": "debt-help",
    "betalingsregeling": "payment-arrangement",
    "hulp bij de administratie": "administrative-support",
    "herstel": "repair",
    "bemiddeling": "mediation",
    "uitleg": "explanation",
    "tolk": "interpreter",
    "andere woning": "other-dwelling",
    "onbekend": "unknown",
    "iets anders": "other",
    "anders": "other",
}
OUTCOMES: Final[Mapping[str, str]] = {
    "opgelost": "solved",
    "aanpak afgerond": "approach-completed",
    "geen actie nodig": "no-action-needed",
    "was niet aan de hand": "not-the-case",
    "klopt niet": "not-the-case",
    "door een ander overgenomen": "taken-over",
    "overgenomen": "taken-over",
    "woont er niet meer": "no-longer-in-dwelling",
    "onbekend": "unknown",
    "iets anders": "other",
    "anders": "other",
}
