"""Family reunification: more people than the dwelling holds, or a house for the time being."""

from __future__ import annotations

from hub.simulation.days import date_text
from hub.simulation.household import Household
from hub.simulation.stories.answers import answer


def reunite(home: Household) -> None:
    """A family that is expected, mostly comes, and finds room or not."""
    chance = home.chance
    if not home.traits.growing:
        return
    day = home.start + chance.between(20, 120)
    persons, comes = chance.between(1, 4), day + chance.between(60, 200)
    on = {"expectedOn": date_text(comes)} if chance.happens(0.7) else {}
    at = home.moment(day)
    expected = home.gemeente_says("family-reunification-expected", at, persons=persons, **on)
    if chance.happens(0.4):
        answer(home, "room", expected, home.office(day + 3))
    if chance.happens(0.35):
        until = {"until": date_text(comes + 90)} if chance.happens(0.5) else {}
        arranged = home.office(day + chance.between(14, 80))
        home.corporatie_says("temporary-housing-arranged", arranged, **until)
    if chance.happens(0.75):
        came = max(1, persons - chance.pick((0, 0, 0, 1)))
        home.gemeente_says("family-reunification-completed", home.moment(comes), persons=came)
