"""The engine finds what the naive reference finds, field by field and byte by byte.

The reference evaluates everything from scratch and was written from the agreement document alone.
A region that tells them apart is cut down to the few facts that still do, and both answers shown.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.json import encode

from hub.agreement_files import load
from hub.domain.time import DAY_MS, Instant, format_instant, parse_instant
from hub.shipped import shipped
from hub.simulation import Fault, simulate
from hub.streams.backtest import Backtest
from tests.reference.evaluator import evaluate

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PARTIES = json.loads((SCENARIOS / "parties.json").read_text())
MONTHS = 14
ENDS = parse_instant("2025-03-01")  # the last day of a region that begins in 2024
CUT = 1 << 7

Json = dict[str, Any]


@lru_cache(maxsize=1)
def shipped_agreements() -> Any:
    return load(shipped("agreements"))


@lru_cache(maxsize=8)
def region(households: int, seed: int, faults: frozenset[Fault]) -> tuple[bytes, ...]:
    """Lines of a region without conflicting duplicates: of those arrival decides who stays."""
    backtest = Backtest(*shipped_agreements())
    lines = simulate(households, MONTHS, seed, faults)
    return tuple(line for line in lines if backtest.put(line) is None)


def found(lines: Sequence[bytes], now: Instant) -> list[Json]:
    backtest = Backtest(*shipped_agreements())
    for line in lines:
        assert backtest.put(line) is None
    return [json.loads(encode(alert)) for alert in backtest.alerts(now)]


def expected(lines: Sequence[bytes], now: Instant) -> list[Json]:
    return evaluate([json.loads(line) for line in lines], now, PARTIES)


def differs(lines: Sequence[bytes], now: Instant) -> bool:
    return json.dumps(found(lines, now)) != json.dumps(expected(lines, now))


def smallest(lines: Sequence[bytes], now: Instant) -> list[bytes]:
    """As few of the lines as still tell the two apart: leave out ever smaller pieces."""
    kept, piece = list(lines), CUT
    while piece:
        at = 0
        while at < len(kept):
            without = kept[:at] + kept[at + piece :]
            if differs(without, now):
                kept = without
            else:
                at += piece
        piece //= 2
    return kept


def explained(lines: Sequence[bytes], now: Instant) -> str:
    kept = smallest(lines, now)
    ours, theirs = found(kept, now), expected(kept, now)
    return "\n".join(
        [
            f"at {format_instant(now)}, for these facts:",
            *(line.decode() for line in kept),
            *(f"engine alone: {json.dumps(alert)}" for alert in ours if alert not in theirs),
            *(f"reference alone: {json.dumps(alert)}" for alert in theirs if alert not in ours),
        ]
    )


def check(lines: Sequence[bytes], now: Instant) -> None:
    if differs(lines, now):
        pytest.fail(explained(lines, now))


@pytest.mark.parametrize("faults", [frozenset(), frozenset(Fault)], ids=["sound", "all-faults"])
@pytest.mark.parametrize("seed", range(1, 7))
def test_agrees_on_a_simulated_region(seed: int, faults: frozenset[Fault]) -> None:
    lines = region(12, seed, faults)
    for days_before in (0, 91, 203, 330):
        check(lines, ENDS - days_before * DAY_MS)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10_000),
    faults=st.frozensets(st.sampled_from(Fault)),
    days_before=st.integers(-40, 400),
    order=st.randoms(use_true_random=False),
)
def test_agrees_at_any_instant_and_in_any_order(
    seed: int, faults: frozenset[Fault], days_before: int, order: Random
) -> None:
    lines = region(4, seed, faults)
    arriving = [*lines, *order.sample(lines, k=len(lines) // 4)]
    order.shuffle(arriving)
    now = ENDS - days_before * DAY_MS
    check(arriving, now)
    assert found(arriving, now) == found(lines, now)


def test_a_retraction_that_names_region_and_gemeente_meets_the_regional_fact() -> None:
    held = regional("c-1", "consultation-held", "2024-02-01", parties=["gemeente-weert"])
    again = regional("c-2", "consultation-held", "2024-06-01", parties=["gemeente-weert"])
    name = {"source": held["source"], "id": "c-2"}
    gone = regional("c-3", "fact-retracted", "2024-06-02", retracts=name, reason="sent-twice")
    gone["data"]["gemeente"] = "0988"
    lines = [json.dumps(fact).encode() for fact in (held, again, gone)]
    now = parse_instant("2025-03-01")
    assert [alert["rule"] for alert in found(lines, now)] == ["consultation-due"]
    check(lines, now)


def regional(id_: str, kind: str, day: str, **data: Any) -> Json:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "urn:nld:oin:00000099000000988000:systeem:zaken",
        "type": f"nl.seintje.{kind}.v1",
        "data": {"occurredAt": day, "region": "limburg-midden"} | data,
    }


def test_of_two_signings_of_one_lease_the_last_counts_for_every_rule() -> None:
    lines = [json.dumps(fact).encode() for fact in SIGNED_TWICE]
    now = parse_instant("2024-09-01")
    # by the earlier one five are too many, from the day that they are expected until the later one
    assert not [alert for alert in found(lines, now) if alert["rule"] == "no-room-for-family"]
    check(lines, now)


def signing(id_: str, occurred_at: str, max_persons: int) -> Json:
    lease = {"scheme": "lease", "issuer": "corporatie-maas", "value": "L-1"}
    address = {"scheme": "address", "issuer": "bag", "value": "0988200000000001"}
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "urn:nld:kvknr:90000001:systeem:primair",
        "type": "nl.seintje.lease-signed.v1",
        "data": {
            "occurredAt": occurred_at,
            "gemeente": "0988",
            "references": [lease, address],
            "startDate": "2024-01-15",
            "targetGroup": "vergunninghouder",
            "temporary": False,
            "persons": 3,
            "maxPersons": max_persons,
        },
    }


SIGNED_TWICE: list[Json] = [
    signing("s-1", "2024-01-02", 4),
    signing("s-2", "2024-03-01", 8),
    {
        "specversion": "1.0",
        "id": "s-3",
        "source": "urn:nld:oin:00000099000000988000:systeem:zaken",
        "type": "nl.seintje.family-reunification-expected.v1",
        "data": {
            "occurredAt": "2024-02-01",
            "gemeente": "0988",
            "references": [{"scheme": "lease", "issuer": "corporatie-maas", "value": "L-1"}],
            "persons": 2,
        },
    },
]
