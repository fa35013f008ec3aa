"""What parties do with an alert: acknowledge it, agree an approach, close it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.simulation.chance import Weighted
from hub.simulation.days import DAY, Wall, date_text
from hub.simulation.event import Event
from hub.simulation.household import Household

# What is agreed about an alert; about all others, any of the last.
ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "first rent": ("debt-help", "payment-arrangement", "explanation"),
    "arrears": ("debt-help", "payment-arrangement", "administrative-support"),
    "damage": ("repair", "more-begeleiding", "explanation"),
    "interpreter": ("interpreter",),
    "nuisance": ("mediation", "conversation", "explanation"),
    "room": ("other-dwelling", "conversation"),
}
ANY_ACTION: Final = ("conversation", "joint-home-visit", "more-begeleiding")
OUTCOMES: Final = ("solved", "approach-completed", "no-action-needed", "not-the-case", "taken-over")
# How far people come with an alert.
ANSWERS: Final[Weighted[int]] = ((20, 1), (55, 2), (25, 3))


def answer(home: Household, word: str, opener: Event | None, at: Wall) -> None:
    """Acknowledge the alert that `opener` opens, mostly agree an approach, sometimes close it.

    Some alerts nobody answers.
    """
    chance = home.chance
    if opener is None or chance.happens(0.25):
        return
    alert, steps = home.answered(word, opener), chance.weighed(ANSWERS)
    _say(home, "alert-acknowledged", at, alertId=alert)
    day = at // DAY + chance.between(1, 8)
    if steps > 1:
        review = date_text(day + 7 * chance.between(2, 8))
        agreed, action = home.office(day), chance.pick(ACTIONS.get(word, ANY_ACTION))
        _say(home, "approach-agreed", agreed, alertId=alert, action=action, reviewOn=review)
    if steps > 2:
        closed, outcome = home.office(day + chance.between(7, 40)), chance.pick(OUTCOMES)
        _say(home, "alert-closed", closed, alertId=alert, outcome=outcome)


def _say(home: Household, kind: str, at: Wall, **own: str) -> None:
    """Either side may; references are optional, so some leave them out."""
    chance = home.chance
    if chance.happens(0.3):
        home.corporatie_says(kind, at, **own)
    elif chance.happens(0.3):
        home.begeleider_says(kind, at, **own)
    else:
        named = home.named(at) if chance.happens(0.5) else ()
        home.says(home.gemeente, kind, at, named, **own)
