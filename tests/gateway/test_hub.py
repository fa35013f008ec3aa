"""The hub as it is put together: started, restarted, and stopped by what cannot be mended."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hub.compose.embedded import build
from hub.compose.key_source import KEY_FILE
from hub.errors import Misconfigured, Unavailable
from hub.settings import Settings
from hub.streams.seam import Emit
from hub.streams.sqlite.runtime import SqliteLog
from hub.wire.state import VERSION
from tests.gateway.desk import MAAS, WEERT, Desk, a_desk
from tests.streams.world import event, signed


async def test_after_a_restart_everything_is_as_it_was(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data") as desk:
        await desk.send(signed())
        before = await desk.alerts(WEERT)
        receipt = (await desk.post(signed(), MAAS)).json()["receiptId"]
    async with a_desk(tmp_path / "data") as desk:
        await desk.hub.settled()
        assert await desk.alerts(WEERT) == before
        assert (await desk.receipt(receipt, MAAS))["household"]


async def test_what_was_appended_before_a_stop_is_correlated_after_it(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data") as desk:
        await desk.post(signed(), MAAS)  # and not settled
    async with a_desk(tmp_path / "data") as desk:
        await desk.hub.settled()
        assert await desk.alerts(WEERT)


async def test_what_falls_due_while_the_hub_is_off_is_told_when_it_is_back(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data", "2024-01-09T12:00:00Z") as desk:
        await desk.send(signed())
        before = {alert["rule"] for alert in await desk.alerts(WEERT)}
    async with a_desk(tmp_path / "data", "2024-03-01T12:00:00Z") as desk:
        await desk.hub.settled()
        assert {alert["rule"] for alert in await desk.alerts(WEERT)} > before


async def test_a_second_hub_on_the_same_directory_is_refused(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="uses it"):
        build(desk.hub.settings)


async def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with a_desk(data) as desk:
        fingerprint = desk.hub.keys.fingerprint
    assert stat.S_IMODE(os.stat(data / KEY_FILE).st_mode) == 0o600
    async with a_desk(data) as desk:
        assert desk.hub.keys.fingerprint == fingerprint


async def test_a_key_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with a_desk(data):
        pass
    (data / KEY_FILE).unlink()
    with pytest.raises(Misconfigured, match="restore it"):
        build(Settings(data=data))
    assert not (data / KEY_FILE).exists()


async def test_another_key_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with a_desk(data):
        pass
    (data / KEY_FILE).unlink()
    other = tmp_path / "other"
    async with a_desk(other):
        pass
    with pytest.raises(Misconfigured, match="restore that key file"):
        async with a_desk(data, key_file=other / KEY_FILE):
            raise AssertionError("it started")


async def test_a_wrong_agreement_stops_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("id: wrong\n")
    settings = Settings(data=tmp_path / "data", agreements=tmp_path / "wrong.yaml")
    with pytest.raises(Misconfigured, match=r"wrong\.yaml:1"):
        build(settings)
    assert not (tmp_path / "data").exists()


async def run_into_a_newer_release(data: Path) -> None:
    """A fact in a form that only a later release can read."""
    async with a_desk(data) as desk:
        await SqliteLog(desk.hub.store).append(
            "facts", [Emit("facts", b"0988", bytes([VERSION + 1]))]
        )
        with pytest.raises(Misconfigured):
            await desk.hub.settled()
        assert desk.hub.stalls() == ["facts: no progress"]
        assert "facts: failed" in desk.hub.obstacles()


async def test_what_cannot_be_mended_stops_the_hub(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="newer release"):
        await run_into_a_newer_release(tmp_path / "data")


async def test_a_hub_that_is_closed_keeps_nothing(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data") as desk:
        reception = desk.hub.reception
    with pytest.raises(Unavailable):
        await reception.log.append("facts", [Emit("facts", b"0988", b"\x01")])


async def test_facts_that_were_correlated_leave_the_log(tmp_path: Path) -> None:
    """Housekeeping runs when a hub starts, and now and then after."""
    async with a_desk(tmp_path / "data") as desk:
        await desk.send(signed(), event("damage-repaired", "e", "2024-02-01", cost=1, cause="x"))
    async with a_desk(tmp_path / "data", "2024-03-02T12:00:00Z") as desk:
        while await desk.hub.outbox.read("facts", None, 1, 0):
            pass
        assert await desk.alerts(WEERT)
