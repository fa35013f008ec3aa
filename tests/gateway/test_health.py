"""Health, readiness and metrics of a hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from hub.compose.embedded import build
from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Slug
from hub.gateway.app import app
from hub.settings import Settings
from hub.streams.held import REASONS
from tests.gateway.desk import IMPATIENT, MAAS, WEERT, Desk, a_desk
from tests.streams.world import StillClock, event, missed, quiet_household, signed

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def metrics(desk: Desk) -> Series:
    answer = await desk.get("/metrics", None)
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def one(series: Series, name: str, **labels: str) -> float:
    return series[name, frozenset(labels.items())]


async def test_a_hub_that_runs_lives_and_is_ready(desk: Desk) -> None:
    await desk.hub.settled()
    live, ready = await desk.get("/healthz", None), await desk.get("/readyz", None)
    assert (live.status_code, live.json()) == (200, {"status": "live", "reasons": []})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "reasons": []})


async def test_a_hub_that_stops_is_not_ready_and_still_lives(desk: Desk) -> None:
    await desk.hub.settled()
    desk.hub.stopping.set()
    ready = await desk.get("/readyz", None)
    assert (ready.status_code, ready.json()["reasons"]) == (503, ["stopping"])
    assert (await desk.get("/healthz", None)).status_code == 200


@asynccontextmanager
async def unstarted(data: Path) -> AsyncIterator[httpx.AsyncClient]:
    hub = build(Settings(data=data), StillClock(), IMPATIENT)
    transport = httpx.ASGITransport(app(hub.gateway()))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        yield client
    hub.close()


async def test_a_hub_that_was_not_started_is_not_ready(tmp_path: Path) -> None:
    async with unstarted(tmp_path / "data") as client:
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["reasons"] == ["facts: opening", "region-facts: opening"]


async def test_a_hub_that_stalls_says_so(desk: Desk) -> None:
    gateway = replace(desk.hub.gateway(), stalls=lambda: ["facts: no progress"])
    transport = httpx.ASGITransport(app(gateway))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        live = await client.get("/healthz")
    assert (live.status_code, live.json()["status"]) == (503, "stalled")
    assert live.json()["reasons"] == ["facts: no progress"]


async def test_series_of_closed_lists_begin_at_zero(desk: Desk) -> None:
    series = await metrics(desk)
    for name in (*CATALOGUE, "other"):
        for outcome in ("accepted", "duplicate", "refused"):
            assert one(series, "seintje_facts_total", type=name, outcome=outcome) == 0
    for slug in Slug:
        assert one(series, "seintje_refusals_total", reason=slug.value) == 0
        assert one(series, "seintje_dead_letters_total", reason=slug.value) == 0
    assert one(series, "seintje_disclosures_total") == 0
    assert one(series, "seintje_ready") in (0, 1)


async def test_what_happens_is_counted(desk: Desk) -> None:
    sent = event("damage-repaired", "e", "2024-02-01", cost=1, cause="meteorite")
    await desk.post(signed(), MAAS)
    await desk.post([sent, sent, {}], MAAS)
    await desk.post(sent, WEERT)
    await desk.hub.settled()
    series = await metrics(desk)
    counted = {
        outcome: one(series, "seintje_facts_total", type="damage-repaired", outcome=outcome)
        for outcome in ("accepted", "duplicate", "refused")
    }
    assert counted == {"accepted": 1, "duplicate": 1, "refused": 1}
    assert one(series, "seintje_facts_total", type="other", outcome="refused") == 1
    assert one(series, "seintje_refusals_total", reason="malformed") == 1
    assert one(series, "seintje_refusals_total", reason="not-your-source") == 1
    assert one(series, "seintje_unknown_codes_total", type="damage-repaired") == 1
    assert one(series, "seintje_records_total", shard="facts") == 2
    assert one(series, "seintje_oldest_unprocessed_seconds", shard="facts") == 0
    assert one(series, "seintje_receipts_total", status="accepted") >= 2
    posts = one(series, "seintje_http_request_seconds_count", route="/v1/events", status="2xx")
    assert posts == 2


async def test_open_alerts_are_counted_once_however_many_were_told(desk: Desk) -> None:
    await desk.send(*quiet_household(), missed("m", "2024-02-16", "2024-02", shared=False))
    await desk.wait_until("2024-03-08T00:00:00Z")
    series = await metrics(desk)
    found = {
        dict(labels)["rule"]: value
        for (name, labels), value in series.items()
        if name == "seintje_open_alerts"
    }
    assert found
    assert set(found.values()) == {0.0, 1.0}  # of the other rules there are none
    held = {
        dict(labels)["reason"]: value
        for (name, labels), value in series.items()
        if name == "seintje_held"
    }
    # one alert on the missed rent that neither the gemeente nor its begeleider may know of
    assert held == dict.fromkeys(REASONS.values(), 0) | {"legal-gate": 2}
    assert one(series, "seintje_disclosures_total") > 0


async def test_metrics_name_no_party_and_no_household(desk: Desk) -> None:
    await desk.send(*quiet_household())
    text = (await desk.get("/metrics", None)).text
    for secret in (*desk.hub.parties.by_id, "hh-", "rc-", '"al-', "0988", "L-1", "D-1"):
        assert secret not in text


async def test_what_was_counted_survives_a_restart(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data") as first:
        await first.send(signed())
        before = one(await metrics(first), "seintje_disclosures_total")
    async with a_desk(tmp_path / "data") as second:
        assert one(await metrics(second), "seintje_disclosures_total") == before > 0
