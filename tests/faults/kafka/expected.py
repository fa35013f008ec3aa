"""What should come of what parties sent: an undisturbed hub in memory, and backtest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final, NamedTuple

import msgspec

from hub.domain.facts import Fact
from hub.domain.refusals import Refused, Slug
from hub.domain.time import MINUTE_MS, Instant
from hub.keys import Keys, fresh_salt
from hub.streams.admitting import Admitting
from hub.streams.backtest import Alert, Backtest
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import Entry
from hub.streams.intake import Admission
from hub.streams.kafka.names import IN
from hub.streams.receipts import RECEIPTS
from hub.streams.seam import State
from hub.wire import cloudevents
from tests.faults.kafka.history import Answer, Expected, FactName, Letter
from tests.streams.world import AGREEMENTS, PARTIES, World

SEALED_BY: Final = b"0" * 32  # the key that tests.streams.world has

_ELSEWHERE: Final = "corporatie-maas"  # on whose topic lines come that name no party
_TOLERANCE_MS: Final = 5 * MINUTE_MS


class Arrived(NamedTuple):
    """A record of an in topic that was acknowledged."""

    party: str
    position: int
    line: bytes


def party_of(line: bytes) -> str:
    """The party that says it, by its source; whoever sends it is no matter of this."""
    try:
        party = PARTIES.find_by_source(json.loads(line)["source"])
    except (ValueError, KeyError, TypeError):
        return _ELSEWHERE
    return _ELSEWHERE if party is None else party.id


def facts_in(states: Iterable[State], keys: Keys) -> list[Fact]:
    """Every fact in the states of shards."""
    deployment, found = Deployment(AGREEMENTS, PARTIES, keys, fresh_salt), list[Fact]()
    for state in states:
        step = Correlate(deployment)
        step.open(state)
        found += step.facts(state)
    return found


def findings(facts: Iterable[Fact], now: Instant) -> list[bytes]:
    """The lines that `backtest --now` prints of these facts."""
    test = Backtest(AGREEMENTS, PARTIES)
    for fact in facts:
        test.put_fact(fact)
    return [msgspec.json.encode(alert) for alert in test.alerts(now)]


def name_of(fact: Fact) -> FactName:
    return FactName(fact.gemeente or fact.region, fact.source, fact.id)


def expected_of(arrived: Iterable[Arrived], now: Instant) -> Expected:
    """What an undisturbed hub in memory makes of records of in topics, and backtest finds."""
    admission = Admission(PARTIES, AGREEMENTS.covers, _TOLERANCE_MS)
    admitting, letters = Admitting(admission, Keys(SEALED_BY)), set[Letter]()
    entries: list[Entry] = []
    test = Backtest(AGREEMENTS, PARTIES)
    for party, position, line in arrived:
        event = cloudevents.decode(line)
        admitted = (
            event
            if isinstance(event, Refused)
            else admitting.admit(event, PARTIES.by_id[party], now)
        )
        if isinstance(admitted, Refused):
            letters.add(Letter(IN + party, position, admitted.slug.value))
            continue
        entries += admitted.entries
        test.put(line)
    alerts = {it.alert_id: it for it in test.alerts(now)}
    return _expected(entries, now, alerts, letters)


def _expected(
    entries: Sequence[Entry],
    now: Instant,
    alerts: Mapping[str, Alert],
    letters: set[Letter],
) -> Expected:
    at_once, answers = _kept(entries, now, len(entries))
    one_by_one, _ = _kept(entries, now, 1)
    return Expected(
        kept=at_once & one_by_one,
        may_be_kept=at_once | one_by_one,
        findings=[msgspec.json.encode(alert) for alert in alerts.values()],
        alerts=alerts,
        receipts=answers | _conflicting(entries),
        answerable=frozenset(it.receipt_id for it in entries),
        letters=letters,
    )


def _kept(
    entries: Sequence[Entry], now: Instant, batch: int
) -> tuple[frozenset[FactName], dict[str, Set[Answer]]]:
    """What a hub in memory keeps that takes so many at once, and what its receipts may say last."""
    world = World()
    try:
        world.send_entries(now, [it.emit for it in entries], max(batch, 1))
        facts = facts_in(world.shard_states(), world.keys)
        answers = {it["receiptId"]: _either(Answer.of(it)) for it in world.emitted(RECEIPTS)}
        return frozenset(map(name_of, facts)), answers
    finally:
        world.close()


def _either(answer: Answer) -> Set[Answer]:
    """What a receipt may say last. A household that is erased may have been told before, or not."""
    is_forgotten = answer.problem == Slug.HOUSEHOLD_FORGOTTEN.value
    return {answer, Answer(False, None)} if is_forgotten else {answer}


def _conflicting(entries: Iterable[Entry]) -> dict[str, Set[Answer]]:
    """The receipts of what came twice with other content: one id, so the last answer stands, and
    which is the last depends on when somebody looked."""
    digests: dict[str, set[bytes]] = {}
    for it in entries:
        digests.setdefault(it.receipt_id, set()).add(it.digest)
    either = {Answer(False, None), Answer(True, Slug.CONFLICTING_DUPLICATE.value)}
    return {name: either for name, found in digests.items() if len(found) > 1}
