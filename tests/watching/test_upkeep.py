"""What somebody forgot: a disk fills, a certificate ends, a clock is ahead. Each alert fires, what
follows from it is kept quiet, and it clears after the repair that its runbook names."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

import pytest
import trustme

from hub.simulation import simulate
from tests.prometheus.prepare import needed
from tests.streams.world import CORPORATIE, PARTIES
from tests.watching.load import HOUSEHOLDS, Event, Load, loaded
from tests.watching.receiving import ENVIRON
from tests.watching.roles import Role, keys_of_senders, started
from tests.watching.watch import Watch, target, watching

pytestmark = pytest.mark.slow

HUB: Final = "forgotten"
SIZE_MB: Final = 400
LEFT_MB: Final = 200


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of this test alone; skipped where none can be made."""
    folder, mount = tmp_path / "disk", shutil.which("mount")
    folder.mkdir()
    asked = [mount or "mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("no small disk: mounting one takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_disk_a_certificate_and_a_clock(small_disk: Path, tmp_path: Path) -> None:
    needed("prometheus")
    certificate = tmp_path / "client.pem"
    _issue(certificate, timedelta(days=1))
    data = small_disk / "data"
    environ = {**ENVIRON, "SEINTJE_CLIENT_CERTIFICATE": str(certificate)}
    hub = Role(tmp_path / "hub", "run", environ, "--data", str(data))
    try:
        await asyncio.to_thread(started, hub)
        keys = await asyncio.to_thread(keys_of_senders, {}, "--data", str(data))
        with watching(tmp_path / "watch", {"seintje-run": [target(HUB, hub.url)]}) as watch:
            async with loaded(hub.url, keys) as load:
                await asyncio.to_thread(_certificate, watch, hub, certificate)
                await _clock(watch, load)
                await asyncio.to_thread(_disk, watch, small_disk)
    finally:
        hub.kill()


def _certificate(watch: Watch, hub: Role, file: Path) -> None:
    told = {"hub": HUB, "certificate": "client"}
    watch.pager.fires("SeintjeCertificateExpired", "page", told)
    _issue(file, timedelta(days=90))
    hub.stop()  # certificates are read at start
    started(hub)
    watch.pager.clears("SeintjeCertificateExpired", "page", told)


async def _clock(watch: Watch, load: Load) -> None:
    """A party whose clock is years ahead."""
    await load.send(CORPORATIE, list(islice(_of_the_future(), 40)))
    told = {"hub": HUB}
    await asyncio.to_thread(watch.pager.fires, "SeintjeClockWrong", "ticket", told)
    # its window is a minute here: then nothing of it is seen any more
    await asyncio.to_thread(watch.pager.clears, "SeintjeClockWrong", "ticket", told)


def _disk(watch: Watch, disk: Path) -> None:
    """First it is nearly full, then so full that it says it is not ready."""
    told, since = {"hub": HUB}, watch.pager.mark()
    filling = disk / "somebody else's"
    _fill(filling, disk, LEFT_MB)
    watch.pager.fires("SeintjeDiskFull", "page", told, since)
    _fill(filling, disk, 4)
    watch.until('seintje_ready{hub="forgotten"} == 0')
    watch.until('ALERTS{alertname="SeintjeRoleNotReady",alertstate="firing"}')
    watch.suppresses("SeintjeRoleNotReady")
    filling.unlink()
    watch.until('seintje_ready{hub="forgotten"} == 1')
    watch.pager.clears("SeintjeDiskFull", "page", told, since)


def _fill(file: Path, disk: Path, left_mb: int) -> None:
    free = shutil.disk_usage(disk).free - (left_mb << 20)
    with file.open("ab") as filling:
        filling.write(bytes(free))


def _issue(file: Path, lasts: timedelta) -> None:
    """A certificate with its key."""
    ends = datetime.now(UTC) + lasts
    made = trustme.CA().issue_cert("hub.example", not_after=ends)
    made.private_key_and_cert_chain_pem.write_to_path(str(file))


def _of_the_future() -> Iterator[Event]:
    """Facts of a party that are right but for when they would have happened."""
    for line in simulate(HOUSEHOLDS, 6, 4):
        event = json.loads(line)
        if event["source"].startswith(PARTIES.by_id[CORPORATIE].urn):
            number = str(event["id"])
            told = {**event["data"], "occurredAt": "2100-01-01"}
            yield {**event, "id": f"future-{number}", "data": told}
