"""The connector and the gate of the hub, over facts by chance: what one lets through without the
other is nothing."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from connectors.gemeente.vroegsignalering_steps import Arrears, Why, arrears_of
from hub.client import Alert, Entry, Household
from hub.domain.facts import Fact, SocialCollection
from hub.domain.sharing import own_fields
from hub.domain.time import format_instant
from tests.building import ALL_STEPS, MAAS, NO_STEPS, household, missed, signed
from tests.domain.viewing import seen

RULE = "rent-arrears"
AT = "2026-05-20"
OBJECTED = SocialCollection(True, True, True, True, True)
TOLD_LATE = SocialCollection(True, True, True, False, False)

# One month opens after the other; then either is said again, at any of a few instants.
_SAID = st.tuples(
    st.sampled_from(["2026-03", "2026-04"]),
    st.sampled_from([f"2026-05-{day:02} 10:00" for day in range(1, 6)]),
    st.sampled_from([ALL_STEPS, ALL_STEPS, NO_STEPS, OBJECTED, TOLD_LATE]),
)


@given(st.lists(_SAID, max_size=6), st.sampled_from([ALL_STEPS, NO_STEPS]))
def test_what_our_facts_let_through_the_gate_lets_through(
    later: list[tuple[str, str, SocialCollection]], first: SocialCollection
) -> None:
    facts = [signed("2026-03-02"), missed("2026-03", steps=first), missed("2026-04", steps=first)]
    facts += [missed(month, at, steps=steps) for month, at, steps in later]
    alert = msgspec.convert(seen(MAAS, facts, RULE, AT), Alert)
    is_open = alert.held == ()
    # Without what the hub says, our facts alone:
    found = arrears_of(msgspec.structs.replace(alert, held=()), _page(facts))
    assert not isinstance(found, Arrears) or is_open
    # And the other way round, but for what is stricter here: an objection that was said last, and
    # two facts of one moment, which both decide.
    moments = [(month, at) for month, at, _ in later]
    stricter = {Why.OBJECTED} if len(set(moments)) == len(moments) else {Why.OBJECTED, Why.STEPS}
    assert isinstance(found, Arrears) or not is_open or found in stricter
    assert isinstance(arrears_of(alert, _page(facts)), Arrears) is isinstance(found, Arrears)


def _page(facts: list[Fact]) -> Household:
    """The page as the hub makes it: the corporatie's own facts, whole."""
    entries = (
        Entry(True, it.type, format_instant(it.at), it.source, it.id, own_fields(it))
        for name in ("rent-missed", "rent-paid")
        for it in household(*facts, at=AT).of((name,))
    )
    ordered = sorted(entries, key=lambda it: (it.occurred_at or "", it.source or "", it.id or ""))
    return msgspec.convert(
        msgspec.to_builtins(Household(household="hh", gemeente="0988", timeline=tuple(ordered))),
        Household,
    )
