"""Simulated regions as the tests of this folder look at them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from hub.simulation import Fault, simulate

Json = dict[str, Any]
SEED: Final = 7
ALL_FAULTS: Final = frozenset(Fault)


@lru_cache(maxsize=16)
def lines(households: int, months: int, *faults: Fault) -> tuple[bytes, ...]:
    return tuple(simulate(households, months, SEED, frozenset(faults)))


def events(found: Iterable[bytes]) -> list[Json]:
    return [json.loads(line) for line in found]


def short_type(event: Json) -> str:
    kind: str = event["type"]
    return kind.removeprefix("nl.seintje.").removesuffix(".v1")
