"""Records that are not as they should be: each ends where it belongs, and stops nothing."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.kafka.stage import Stage, party_of
from tests.faults.kafka.striking import region

pytestmark = pytest.mark.slow


async def test_what_a_party_writes_in_a_transaction_is_taken_in_to_its_end(stage: Stage) -> None:
    worker = stage.worker("a")
    await asyncio.to_thread(worker.start)
    lines = [it for it in region(4, 8) if party_of(it) == "gemeente-weert"]
    await stage.send_in_a_transaction("gemeente-weert", lines)
    await stage.check()
