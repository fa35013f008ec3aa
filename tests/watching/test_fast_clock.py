"""A hub whose clock runs 3600 times as fast: what takes hours or days fires with the very numbers
that are shipped. A receiver is dead for hours, and a promised feed is silent for more than a day.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Final

import pytest
import trustme

from hub.domain.time import Instant, format_instant, parse_instant
from hub.shipped import shipped
from hub.simulation import simulate
from tests.prometheus.prepare import needed
from tests.streams.world import CORPORATIE, SOURCES
from tests.watching.load import HOUSEHOLDS, Event, Load, loaded
from tests.watching.receiving import ENVIRON, PARTY, SICK, Receiver, receiving, subscribed
from tests.watching.roles import Role, keys_of_senders, seintje, started
from tests.watching.watch import Watch, target, watching

pytestmark = pytest.mark.slow

SPEED: Final = 3600
HUB: Final = "fast"
FEED: Final = ("rent-missed", "rent-paid")


class FastHub:
    """`seintje run`, from the end of the made-up half year on."""

    def __init__(self, folder: Path, trusted: str) -> None:
        self.data = folder / "data"
        self._begins = max(
            parse_instant(json.loads(it)["data"]["occurredAt"]) for it in simulate(HOUSEHOLDS, 6, 4)
        )
        clock = f"from:{format_instant(self._begins)},x{SPEED}"
        agreements = str(_agreements(folder / "agreements"))
        words = ("--data", str(self.data), "--clock", clock, "--agreements", agreements)
        environ = {**ENVIRON, "SSL_CERT_FILE": trusted}
        self.role = Role(folder / "hub", "run", environ, *words)
        self._ready_at = 0.0

    def start(self) -> None:
        started(self.role)
        self._ready_at = time.monotonic()

    def now(self) -> Instant:
        """A moment that has come on its clock, and not long ago."""
        return self._begins + int((time.monotonic() - self._ready_at) * 1000 * SPEED)


async def test_a_dead_receiver_and_a_silent_feed(tmp_path: Path) -> None:
    needed("prometheus")
    ca = trustme.CA()
    with ca.cert_pem.tempfile() as trusted:
        hub = FastHub(tmp_path, trusted)
        try:
            await asyncio.to_thread(hub.start)
            keys = await asyncio.to_thread(keys_of_senders, {}, "--data", str(hub.data))
            jobs = {"seintje-run": [target(HUB, hub.role.url)]}
            with watching(tmp_path / "watch", jobs) as watch:
                async with (
                    receiving(ca) as receiver,
                    loaded(hub.role.url, keys, ever=False) as load,
                ):
                    await subscribed(hub.role.url, keys[PARTY], receiver)
                    receiver.answers = SICK
                    dead = _dead_receiver(watch, hub, receiver)
                    await asyncio.gather(dead, _silent_feed(watch, hub, load), _late(watch))
        finally:
            hub.role.kill()


async def _dead_receiver(watch: Watch, hub: FastHub, receiver: Receiver) -> None:
    told = {"hub": HUB, "party": PARTY}
    await asyncio.to_thread(watch.pager.fires, "SeintjeSubscriberDead", "ticket", told)
    [seen] = await asyncio.to_thread(
        seintje, {}, "subscriptions", "list", "--party", PARTY, "--data", str(hub.data)
    )
    assert seen["status"] == "failing"
    tried = await asyncio.to_thread(
        seintje, {}, "subscriptions", "attempts", seen["id"], "--data", str(hub.data)
    )
    assert tried[0]["reason"] == "server-error"
    receiver.left = 0
    for act in ("pause", "resume"):
        words = ("subscriptions", act, seen["id"], "--data", str(hub.data))
        await asyncio.to_thread(seintje, {}, *words)
    await asyncio.to_thread(watch.pager.clears, "SeintjeSubscriberDead", "ticket", told)


async def _late(watch: Watch) -> None:
    """Ten seconds are three milliseconds on that clock: every alert is late, as long as some are
    made."""
    fires, clears = watch.pager.fires, watch.pager.clears
    await asyncio.to_thread(fires, "SeintjeAlertsLate", "page", {"hub": HUB})
    await asyncio.to_thread(clears, "SeintjeAlertsLate", "page", {"hub": HUB})


async def _silent_feed(watch: Watch, hub: FastHub, load: Load) -> None:
    each = [{"hub": HUB, "party": CORPORATIE, "feed": feed} for feed in FEED]
    for told in each:
        await asyncio.to_thread(watch.pager.fires, "SeintjeFeedSilent", "ticket", told)
    since = watch.pager.mark()
    assert await load.send(CORPORATIE, [_complete(hub.now())]) == 202
    for told in each:
        await asyncio.to_thread(watch.pager.clears, "SeintjeFeedSilent", "ticket", told, since)


def _complete(now: Instant) -> Event:
    """The party has said everything up to now."""
    at = format_instant(now)
    return {
        "specversion": "1.0",
        "id": f"complete-{now}",
        "source": SOURCES[CORPORATIE],
        "type": "nl.seintje.feed-complete.v1",
        "datacontenttype": "application/json",
        "data": {"occurredAt": at, "upTo": at, "types": list(FEED)},
    }


def _agreements(folder: Path) -> Path:
    """Those that are shipped, with a promise of one party: complete each day."""
    shutil.copytree(shipped("agreements"), folder)
    file = folder / "parties.yaml"
    before = f"  - id: {CORPORATIE}\n"
    promise = f"    feeds:\n      - {{types: [{', '.join(FEED)}], grace: 1 d}}\n"
    text = file.read_text("utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, before + promise), "utf-8")
    return folder
