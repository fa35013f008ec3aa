"""The help of `seintje dead-letters` in Dutch; see `help_nl`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OF_LETTERS: Final[Mapping[str, str]] = {
    "What could not be processed.": "Wat niet verwerkt kon worden.",
    "List what could not be processed, with the reason.\n\nNever what is in it. What was done "
    "about each stands behind it: redriven or dismissed.": (
        "Toon wat niet verwerkt kon worden, met de reden.\n\nNooit wat erin staat. Achter elk "
        "staat wat eraan gedaan is: teruggezet of afgedaan."
    ),
    "Show one dead letter whole.\n\nWhat was wrong with which field, and its bytes in base64; they "
    "may hold personal data. Exit 1 if it is not there.": (
        "Toon één onverwerkt bericht helemaal.\n\nWat er mis was met welk veld, en de bytes in "
        "base64; er kunnen persoonsgegevens in staan. Eindigt met 1 als het er niet is."
    ),
    "Put dead letters back where they came from.\n\nDo it when what made them fail was mended: "
    "households, about which nothing was told since, are looked at again. A few go first, and it "
    "stops by itself when they fail again; begun again, it goes on where it was. Letters stay in "
    "the list. Exit 1 if one cannot go back or came back, 3 if the hub does not take them.": (
        "Zet onverwerkte berichten terug waar ze vandaan kwamen.\n\nDoe dat als verholpen is "
        "waardoor het misging: naar de huishoudens, waarover sindsdien niets is gemeld, wordt dan "
        "weer gekeken. Eerst gaan er een paar; gaat het weer mis, dan stopt het vanzelf, en "
        "opnieuw begonnen gaat het verder. De berichten blijven in de lijst. Eindigt met 1 als er "
        "een niet terug kan of terugkwam, met 3 als de hub ze niet verwerkt."
    ),
    "Say of dead letters that nothing is to be done.\n\nWhat is in them is not processed. "
    "Households about which nothing was told because of them are looked at again, without these "
    "facts. Letters stay in the list, with the reason. Exit 1 if one of them cannot be "
    "dismissed, or a household fails again.": (
        "Doe onverwerkte berichten af: er hoeft niets mee.\n\nWat erin staat, wordt niet verwerkt. "
        "Naar huishoudens waarover door deze berichten niets is gemeld, wordt weer gekeken, zonder "
        "deze feiten. De berichten blijven in de lijst, met de reden. Eindigt met 1 als een niet "
        "afgedaan kan worden, of een huishouden weer misgaat."
    ),
    "As the list shows them; 12 or 12-40.": "Zoals de lijst ze toont; 12 of 12-40.",
    "Why; may come again.": "De reden; mag vaker.",
    "Where they stood: facts, in/PARTY, …": "Waar ze stonden: facts, in/PARTIJ, …",
    "Whose they are.": "Van wie ze zijn.",
    "Of which fact type.": "Van welk type feit.",
    "Of which gemeente.": "Van welke gemeente.",
    "Kept at or after this instant.": "Bewaard op of na dit moment.",
    "Kept before this instant.": "Bewaard voor dit moment.",
    "12, or 12-40; may come again.": "12, of 12-40; mag vaker.",
    "open, redriven, dismissed; all without.": "open, redriven, dismissed; anders alle.",
    "Only how many, by reason and stream.": "Alleen hoeveel, per reden en stroom.",
    "The event in it as JSON, to mend for --with.": (
        "De gebeurtenis erin als JSON, om te verbeteren voor --with."
    ),
    "All that are open; up to --cap.": "Alles wat openstaat; tot --cap.",
    "Say what would be done, and what cannot be; no more.": (
        "Zeg wat er gedaan zou worden en wat niet kan; meer niet."
    ),
    "At most so many in this run.": "Hooguit zoveel in deze keer.",
    "At most so many a second.": "Hooguit zoveel per seconde.",
    "Stop when so many came back as dead letters.": (
        "Stop als er zoveel als onverwerkt bericht terugkwamen."
    ),
    "One letter: put this fact in its place.": "Eén bericht: zet dit feit ervoor in de plaats.",
    "Also those that were redriven or dismissed before.": (
        "Ook wat eerder is teruggezet of afgedaan."
    ),
    "Wait for what comes of the last of them too.": ("Wacht ook op wat er van de laatste wordt."),
    "For who looks later; nothing personal.": "Voor wie later kijkt; niets persoonlijks.",
    "Tell nothing about their households still.": "Meld over hun huishoudens nog steeds niets.",
}
