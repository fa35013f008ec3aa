"""The examples of docs/examples, run as a party runs them, against a real hub."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import trustme

from hub.client.webhooks import MOST_BYTES
from hub.delivery.handshake import Consent, judged
from hub.delivery.request import Request
from hub.domain.time import parse_instant
from tests.client.sending import (
    ALERT,
    ORIGIN,
    PAIR,
    SECRET,
    changed,
    handshake,
    sent,
    sent_test,
    viewed,
)
from tests.client.site import Site
from tests.gateway.desk import MAAS, WEERT
from tests.house.sources import ROOT

pytestmark = pytest.mark.slow

PUBLISHES, FOLLOWS = "corporatie_publishes.py", "gemeente_follows.py"
RECEIVES = "webhook_receiver.py"


async def run(site: Site, name: str, party: str, state: Path) -> tuple[int, str, str]:
    """How an example ended, and what it said."""
    given = {"HUB_ADDRESS": site.address, "HUB_KEY": site.keys[party], "HUB_STATE": str(state)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        ROOT / "docs" / "examples" / name,
        cwd=ROOT,
        env=os.environ | given,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_what_the_corporatie_publishes_the_gemeente_acknowledges(
    site: Site, tmp_path: Path
) -> None:
    corporatie, gemeente = tmp_path / "corporatie.db", tmp_path / "gemeente.db"
    site.clock.at = parse_instant("2026-03-10T08:00:00Z")
    assert await run(site, PUBLISHES, MAAS, corporatie) == (0, "contract-8842 accepted\n", "")
    await site.hub.settled()
    filed: list[tuple[str, ...]] = []
    for _ in range(2):  # what it acknowledges comes back as a change, the second time at the latest
        code, out, err = await run(site, FOLLOWS, WEERT, gemeente)
        assert (code, err) == (0, "")
        filed += [tuple(line.split()[:3]) for line in out.splitlines()]
        await site.hub.settled()
    alerts = {alert_id for alert_id, *_ in filed}
    assert alerts
    expected = [("1", "open"), ("2", "acknowledged")]
    assert sorted(filed) == sorted((it, *state) for it in alerts for state in expected)
    assert await run(site, PUBLISHES, MAAS, corporatie) == (0, "contract-8842 accepted\n", "")
    assert len(site.sent) == 1


async def test_what_is_refused_is_told_each_time(site: Site, tmp_path: Path) -> None:
    site.clock.at = parse_instant("2026-01-10T08:00:00Z")  # before it was signed
    for _ in range(2):
        code, out, err = await run(site, PUBLISHES, MAAS, tmp_path / "state.db")
        assert (code, out) == (1, "contract-8842 refused\n")
        assert "in-the-future" in err


class Listening:
    """The receiver, and what was sent to it."""

    def __init__(self, process: Process, port: int, tls: ssl.SSLContext | None) -> None:
        self.process = process
        self.port = port
        scheme = "http" if tls is None else "https"
        self._hub = httpx.AsyncClient(base_url=f"{scheme}://127.0.0.1:{port}", verify=tls or True)

    async def send(self, sending: Request) -> httpx.Response:
        async with asyncio.timeout(30):
            return await self._hub.request(
                sending.method, "/", content=sending.body, headers=dict(sending.headers)
            )

    async def end(self) -> list[str]:
        """Stop it; what it printed."""
        await self._hub.aclose()
        self.process.terminate()
        out, err = await self.process.communicate()
        assert err == b""
        return out.decode().splitlines()


@asynccontextmanager
async def listening(state: Path, ca: trustme.CA | None = None) -> AsyncIterator[Listening]:
    """The receiver; with a certificate of this CA, or without TLS."""
    given = {
        "HUB_ORIGIN": ORIGIN,
        "HUB_WEBHOOK_KEYS": f"{PAIR.public.text} {SECRET.text}",
        "HUB_STATE": str(state),
        "LISTEN": "0",
    }
    tls = None
    if ca is not None:
        tls = ssl.create_default_context()
        ca.configure_trust(tls)
        certificate = state.with_suffix(".pem")
        ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        given["TLS_FILE"] = str(certificate)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        ROOT / "docs" / "examples" / RECEIVES,
        cwd=ROOT,
        env=os.environ | given,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        assert process.stderr is not None
        told = (await process.stderr.readline()).decode()
        assert told.startswith("listens on port "), told
        yield Listening(process, int(told.split()[-1]), tls)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def now_ms() -> int:
    return int(time.time()) * 1000  # the example looks at the clock


async def test_the_receiver_consents_to_the_hub_it_knows_only(tmp_path: Path) -> None:
    async with listening(tmp_path / "webhooks.db") as receiver:
        answer = await receiver.send(handshake())
        assert judged(answer.status_code, answer.headers, ORIGIN) == Consent(None)
        assert (await receiver.send(handshake("other.nl"))).status_code == 403
        assert await receiver.end() == []


async def test_the_receiver_prints_what_the_hub_sent_and_each_message_once(tmp_path: Path) -> None:
    state, at = tmp_path / "webhooks.db", now_ms()
    asked, first = sent_test(at=at), sent(at=at)
    second = sent(viewed(2, status="acknowledged"), PAIR, SECRET, at=at)
    async with listening(state) as receiver:
        for sending in (asked, first, first, second, first, asked):
            assert (await receiver.send(sending)).status_code == 200
        assert await receiver.end() == [
            f"test_sub-1_{at} is a test",
            f"{ALERT} 1 open Huur blijft uit",
            f"{ALERT} 2 acknowledged Huur blijft uit",
        ]
    async with listening(state) as receiver:  # what it had, it knows after a restart
        assert (await receiver.send(second)).status_code == 200
        assert await receiver.end() == []


async def test_over_tls_who_connects_and_says_nothing_keeps_nobody_out(tmp_path: Path) -> None:
    async with listening(tmp_path / "webhooks.db", trustme.CA()) as receiver:
        _, silent = await asyncio.open_connection("127.0.0.1", receiver.port)
        assert (await receiver.send(sent(at=now_ms()))).status_code == 200
        assert await receiver.end() == [f"{ALERT} 1 open Huur blijft uit"]
        silent.close()


async def test_the_receiver_prints_nothing_that_the_hub_did_not_sign(tmp_path: Path) -> None:
    sending, old = sent(at=now_ms()), sent(at=now_ms() - 400_000)
    wrong = [
        changed(sending, sending.body + b" "),
        changed(sending, headers={"webhook-id": f"{ALERT}_2"}),
        changed(sending, headers={"webhook-signature": None}),
        old,
    ]
    async with listening(tmp_path / "webhooks.db") as receiver:
        for it in wrong:
            assert (await receiver.send(it)).status_code == 401
        assert (await receiver.send(Request("GET", "", {}))).status_code == 501
        assert (await receiver.send(changed(sending, b" " * (MOST_BYTES + 1)))).status_code == 413
        assert await receiver.end() == []
