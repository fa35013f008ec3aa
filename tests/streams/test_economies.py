"""A hub that remembers what it found tells what one tells that looks at everything anew."""

from collections.abc import Container, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.facts import Fact
from hub.domain.parties import Feed
from hub.domain.time import DAY_MS, Span, format_instant
from hub.streams.household_views import HOUSEHOLD_VIEWS
from tests.convergence.regions import facts_of_region
from tests.streams.world import GEMEENTE, PARTIES, World, with_party

STREAMS = ("disclosures", "ops", *(f"out/{party}" for party in PARTIES.by_id))
FEED = Feed(("intake-completed", "begeleiding-contact"), Span(7, "d"))


def _told(
    facts: Sequence[Fact], batch: int, backlogs: Container[int], *, forgetful: bool
) -> dict[str, object]:
    """Everything that is emitted while the facts come in, each batch when its last has occurred;
    those of `backlogs` with more on its way."""
    world = World(with_party(GEMEENTE, feeds=(FEED,)), forgetful=forgetful)
    latest = 0
    for start in range(0, len(facts), batch):
        piece = facts[start : start + batch]
        latest = max(latest, *(fact.at for fact in piece))
        world.pass_time(format_instant(latest))
        world.send_facts(latest, piece, batch, more=start // batch in backlogs)
    world.pass_time(format_instant(latest + 120 * DAY_MS))
    world.close()
    told: dict[str, object] = {stream: world.emitted(stream) for stream in STREAMS}
    told["households"] = [(it.key, it.value) for it in world.records(HOUSEHOLD_VIEWS)]
    return told | {"receipts": _unplaced(world.emitted("receipts"))}


def _unplaced(receipts: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    """What has no household in the end, and why. What has one may be told so more than once."""
    last = {it["receiptId"]: it["status"] for it in receipts if it["status"] != "duplicate"}
    return {name: status for name, status in last.items() if status != "accepted"}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 40),
    batch=st.sampled_from([1, 5, 40]),
    order=st.randoms(),
    backlogs=st.frozensets(st.integers(0, 40)),
)
def test_what_is_remembered_changes_nothing_that_is_told(
    seed: int, batch: int, order: Random, backlogs: frozenset[int]
) -> None:
    facts = facts_of_region(3, seed)
    arrival = [fact.at + order.randrange(9) * DAY_MS for fact in facts]
    arriving = [facts[place] for place in sorted(range(len(facts)), key=arrival.__getitem__)]
    remembering = _told(arriving, batch, backlogs, forgetful=False)
    assert remembering == _told(arriving, batch, backlogs, forgetful=True)
