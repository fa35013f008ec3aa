"""A hub in memory for tests: send facts at an instant, look at what each party was told.

The real steps over the real memory runtime; only the clock is ours.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from hub.agreement_files import load
from hub.domain.agreement import Agreements
from hub.domain.facts import Fact
from hub.domain.parties import Parties, Party
from hub.domain.refusals import Refused
from hub.domain.time import Instant, parse_instant
from hub.keys import Keys, fresh_salt
from hub.shipped import shipped
from hub.streams.correlate import Correlate, Deployment
from hub.streams.held import HELD, party_and_alert
from hub.streams.intake import Admission, judge, per_gemeente, reduced
from hub.streams.memory.runtime import MemoryLog, MemoryShard
from hub.streams.memory.store import MemoryStore
from hub.streams.receipts import receipt_id
from hub.streams.regional import Regional
from hub.streams.seam import Batch, Effects, Emit, State, Step
from hub.wire import cloudevents
from hub.wire.state import encode_fact

AGREEMENTS, PARTIES = load(shipped("agreements"))
GEMEENTE, BEGELEIDER, CORPORATIE = "gemeente-weert", "begeleider-onderdak", "corporatie-maas"
SOURCES: Mapping[str, str] = {
    party.id: f"{party.urn}:systeem:test" for party in PARTIES.by_id.values()
}
LEASE = {"scheme": "lease", "issuer": CORPORATIE, "value": "L-1"}
DOSSIER = {"scheme": "dossier", "issuer": GEMEENTE, "value": "D-1"}
ADDRESS = {"scheme": "address", "issuer": "bag", "value": "0988200000000001"}

Event = Mapping[str, Any]


class StillClock:
    """A clock that stands where it is put."""

    def __init__(self, now: Instant = 0) -> None:
        self.at = now

    def now(self) -> Instant:
        return self.at


def event(
    name: str,
    id_: str,
    at: str,
    /,
    *references: Mapping[str, str],
    party: str | None = None,
    **own: Any,
) -> Event:
    """A CloudEvent of the usual party about household 1 in Weert, unless said otherwise."""
    sender = party or (CORPORATIE if _is_of_corporatie(name) else GEMEENTE)
    usual = [LEASE] if sender == CORPORATIE else [DOSSIER, LEASE]
    data: dict[str, Any] = {
        "occurredAt": at,
        "gemeente": "0988",
        "references": list(references) or usual,
        **own,
    }
    return {
        "specversion": "1.0",
        "id": id_,
        "source": SOURCES[sender],
        "type": f"nl.seintje.{name}.v1",
        "datacontenttype": "application/json",
        "data": {key: value for key, value in data.items() if value is not None},
    }


def signed(start: str = "2024-01-08", id_: str = "lease", **own: Any) -> Event:
    """The lease of household 1."""
    fields: dict[str, Any] = {
        "startDate": start,
        "targetGroup": "vergunninghouder",
        "persons": 1,
        "maxPersons": 4,
        "temporary": False,
    }
    return event("lease-signed", id_, "2023-12-20", LEASE, ADDRESS, **(fields | own))


def missed(id_: str, at: str, period: str, *, shared: bool = True, objected: bool = False) -> Event:
    """A missed rent; `shared`: every step of social collection was taken."""
    return event(
        "rent-missed",
        id_,
        at,
        period=period,
        dueDate=f"{period}-01",
        amountDue=65000,
        totalArrears=65000,
        socialCollection={
            "personalContactTried": True,
            "debtHelpOffered": True,
            "reminderSent": True,
            "sharingAnnounced": shared,
            "tenantObjected": objected,
        },
    )


def quiet_household() -> list[Event]:
    """A household in which everything went as agreed."""
    return [
        signed(),
        event("intake-completed", "intake", "2023-12-19", familyReunificationExpected=False),
        event("inburgering-started", "inburgering", "2023-12-19"),
        event(
            "aanspreekpunt-assigned",
            "aanspreekpunt",
            "2023-12-29",
            name="A. de Vries",
            organisation="Gemeente Weert",
            phone="+31495000000",
            email="a.devries@example.nl",
        ),
        event("begeleiding-started", "begeleiding", "2023-12-29", organisation="Onderdak"),
        event("first-rent-arranged", "arranged", "2024-01-03", period="2024-01"),
        event(
            "housing-information-provided", "information", "2024-01-11", language="tir", form="x"
        ),
        event("introduction-held", "introduction", "2024-01-18", form="x"),
    ]


def facts_of(events: Iterable[Event], parties: Parties = PARTIES) -> list[Fact]:
    """What intake makes of them; none may be refused."""
    admission = Admission(parties)
    found: list[Fact] = []
    for sent in events:
        envelope = cloudevents.decode(msgspec.json.encode(sent))
        assert not isinstance(envelope, Refused), envelope
        fact = judge(envelope, admission, None, None)
        assert not isinstance(fact, Refused), fact
        if fact.type == "lease-signed" and sent["data"]["targetGroup"] != "vergunninghouder":
            fact = reduced(fact)
        found += per_gemeente(fact, parties.by_id[fact.party])
    return found


class World:
    """One hub. `send` at an instant, then look. A forgetful one keeps nothing in memory from one
    turn to the next."""

    def __init__(
        self,
        parties: Parties = PARTIES,
        agreements: Agreements = AGREEMENTS,
        *,
        forgetful: bool = False,
    ) -> None:
        self._forgetful = forgetful
        self.parties = parties
        self.keys = Keys(b"0" * 32)
        self.clock = StillClock()
        self.store = MemoryStore(self.clock)
        self.deployment = Deployment(agreements, parties, self.keys, fresh_salt)
        self._runner = asyncio.Runner()
        self.reopen()

    def reopen(self, agreements: Agreements | None = None) -> None:
        """As after a crash: nothing is left but what was committed."""
        if agreements is not None:
            self.deployment = Deployment(agreements, self.parties, self.keys, fresh_salt)
        self._run: list[tuple[Step, MemoryShard]] = [
            (Correlate(self.deployment), MemoryShard(self.store, "correlate", "facts")),
            (Regional(self.deployment), MemoryShard(self.store, "regional", "region-facts")),
        ]
        self._wakes = [step.open(shard.state) for step, shard in self._run]

    def close(self) -> None:
        self._runner.close()

    def send(self, at: str, *events: Event, batch: int = 1000) -> None:
        """Everything that was sent has been looked at when this returns."""
        self.send_facts(parse_instant(at), facts_of(events, self.parties), batch)

    def send_facts(
        self, at: Instant, facts: Sequence[Fact], batch: int = 1000, *, more: bool = False
    ) -> None:
        """As `send`. With `more` on their way they are taken as part of a backlog."""
        self.clock.at = at
        self._runner.run(self._append(facts))
        self._runner.run(self._settle(batch, more=more))

    def send_entries(self, at: Instant, entries: Sequence[Emit], batch: int = 1 << 20) -> None:
        """As `send_facts`, of what a way in has admitted."""
        self.clock.at = at
        self.store.append(entries)
        self._runner.run(self._settle(batch))

    def pass_time(self, to: str) -> None:
        """Nothing is sent until then; deadlines fire one by one, at their own instants."""
        until = parse_instant(to)
        while True:
            wakes = [at for at in self._wakes if at is not None]
            if not wakes or min(wakes) > until:
                break
            self.clock.at = max(self.clock.at, min(wakes))
            self._runner.run(self._settle(1000))
        self.clock.at = until

    def sleep_until(self, at: str) -> None:
        """The hub was off, and starts again then."""
        self.clock.at = parse_instant(at)
        self.reopen()
        self._runner.run(self._settle(1000))

    async def _append(self, facts: Sequence[Fact]) -> None:
        log = MemoryLog(self.store)
        for fact in facts:
            is_regional = fact.kind == "region" or not fact.gemeente
            stream = "region-facts" if is_regional else "facts"
            key = (fact.region if is_regional else fact.gemeente).encode()
            await log.append(stream, [Emit(stream, key, encode_fact(fact))])

    async def _settle(self, batch: int, *, more: bool = False) -> None:
        for number, (step, shard) in enumerate(self._run):
            while (read := await shard.read(batch, 0)).records:
                self._forget(number)
                took = step.take(shard.state, read.records, self.clock.at, more=more)
                await self._keep(number, read, took)
            while not more and (at := self._wakes[number]) is not None and at <= self.clock.at:
                self._forget(number)
                await self._keep(number, None, step.tick(shard.state, self.clock.at, 500))

    async def _keep(self, number: int, batch: Batch | None, effects: Effects) -> None:
        await self._run[number][1].commit(batch, effects)
        self._wakes[number] = effects.wake_at

    def _forget(self, number: int) -> None:
        step, shard = self._run[number]
        if self._forgetful:
            step.open(shard.state)

    def notices(self, party: str, rule: str | None = None) -> list[dict[str, Any]]:
        """Every revision that a party got, in order."""
        told = [json.loads(record.value or b"") for record in self.records(f"out/{party}")]
        return [notice for notice in told if rule is None or notice["rule"] == rule]

    def last(self, party: str) -> dict[str, dict[str, Any]]:
        """What a party was told last, by alert."""
        return {notice["alertId"]: notice for notice in self.notices(party)}

    def told(self, party: str, rule: str) -> dict[str, Any] | None:
        """The last notice of the one alert of a rule, None if there was none."""
        found = [n for n in self.last(party).values() if n["rule"] == rule]
        assert len(found) <= 1, found
        return found[0] if found else None

    def held(self) -> dict[tuple[str, str], dict[str, str]]:
        """What waits, by party and alert, as operators hear of it: the last word counts."""
        last = {party_and_alert(record.key): record.value for record in self.records(HELD)}
        return {key: json.loads(value) for key, value in last.items() if value is not None}

    def waits(self, party: str) -> dict[str, str]:
        """The reason for which a party is not told, by rule; one alert a rule."""
        found = [told for (name, _), told in self.held().items() if name == party]
        assert len(found) == len({told["rule"] for told in found}), found
        return {told["rule"]: told["reason"] for told in found}

    def receipt(self, sent: Event) -> dict[str, Any] | None:
        """The last receipt of a fact."""
        found = self._receipts(sent)
        return found[-1] if found else None

    def answers(self, sent: Event) -> list[str]:
        """What its publisher was answered about a fact, one after the other."""
        return [receipt["status"] for receipt in self._receipts(sent)]

    def _receipts(self, sent: Event) -> list[dict[str, Any]]:
        name = receipt_id(self.keys, facts_of([sent], self.parties)[0])
        return [it for it in self.emitted("receipts") if it["receiptId"] == name]

    def emitted(self, stream: str) -> list[dict[str, Any]]:
        return [json.loads(record.value or b"") for record in self.records(stream)]

    def facts(self) -> list[Fact]:
        """The facts that are kept, as correlation reads them back."""
        step, shard = self._run[0]
        assert isinstance(step, Correlate)
        return step.facts(shard.state)

    def shard_states(self) -> list[State]:
        """The state of each shard."""
        return [shard.state for _, shard in self._run]

    def stored(self) -> bytes:
        """Every byte of state, to search in."""
        found = b""
        for table in self.store.tables.values():
            for key, value in table.scan(b""):
                found += key + b"\n" + value + b"\n"
        return found

    def records(self, name: str) -> Sequence[Any]:
        return self.store.streams[name].after(0, 1 << 30)


def with_party(name: str, **changes: Any) -> Parties:
    """The default parties with one of them changed."""
    changed: list[Party] = [
        msgspec.structs.replace(party, **changes) if party.id == name else party
        for party in PARTIES.by_id.values()
    ]
    return Parties(changed)


def _is_of_corporatie(name: str) -> bool:
    starts = ("lease-", "rent-", "damage-", "nuisance-", "payment-", "interpreter-requested")
    return name.startswith((*starts, "housing-", "home-visit"))
