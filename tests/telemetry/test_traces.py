"""Traces of a hub in one process, as a real collector gets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import pytest
import trustme

from hub.delivery import shelf
from hub.delivery.orders import Consented, Subscribe
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf import SECRETS, encode
from hub.delivery.signatures import Keyring
from hub.telemetry.spans import TRACED, Context
from tests.delivery.hooks import hook
from tests.gateway.desk import BATCH, Desk, a_desk
from tests.streams.world import CORPORATIE, GEMEENTE, event, signed
from tests.telemetry.collector import Collector, Told, collecting

CALLER: Final = Context("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
OTHER: Final = Context("5bf92f3577b34da6a3ce929d0e0e4737", "a0f067aa0ba902b7")
WEBHOOK: Final = "POST webhook"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def only(spans: list[Told], name: str) -> Told:
    [found] = [it for it in spans if it.name == name]
    return found


async def post(desk: Desk, *events: Any, traceparent: str = "") -> None:
    headers = {"content-type": BATCH} | ({"traceparent": traceparent} if traceparent else {})
    body = json.dumps(events).encode()
    answer = await desk.call("POST", "/v1/events", CORPORATIE, content=body, headers=headers)
    assert answer.status_code == 202
    await desk.hub.settled()


async def subscribe(desk: Desk, url: str) -> None:
    """A subscription of the gemeente whose receiver has consented."""
    hub, id_ = desk.hub, "sb-1"
    secrets = sealed(Secrets(Keyring(new_key("v1"))), id_, hub.keys.webhooks)
    made = Subscribe(
        party=GEMEENTE, endpoint=url, after=0, numbered_by="", at=hub.clock.now(), since=0
    )
    await hub.shelf.commit({SECRETS + id_: secrets, shelf.order_key(id_): encode(made)})
    await hub.shelf.commit({shelf.order_key(id_): encode(Consented(url, None))})


async def test_one_trace_goes_from_the_call_of_a_party_to_the_receiver_of_another(
    tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = trustme.CA()
    more: dict[str, Any] = {
        "otlp_url": collector.url,
        "allowed_networks": (ip_network("127.0.0.0/8"),),
        "public_url": "https://hub.example/",
    }
    with ca.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        async with hook(ca) as found, a_desk(tmp_path / "data", **more) as desk:
            await subscribe(desk, found.url)
            await post(desk, signed(), traceparent=CALLER.traceparent)
            await found.came(1)
    spans = collector.wait_for(lambda all_: any(it.name == WEBHOOK for it in all_))
    call, send = only(spans, "POST /v1/events"), only(spans, "send facts")
    work = only(spans, "process facts")
    hooks = [it for it in spans if it.name == WEBHOOK]
    assert {it.trace_id for it in spans} == {CALLER.trace_id}
    assert [call.parent, send.parent, work.parent] == [CALLER.span_id, call.span_id, send.span_id]
    assert {it.parent for it in hooks} == {work.span_id}
    assert work.links == {(send.trace_id, send.span_id)}
    assert [call.kind, send.kind, work.kind, hooks[0].kind] == [
        "server",
        "producer",
        "consumer",
        "client",
    ]
    assert call.tells["http.route"] == "/v1/events"
    assert call.tells["seintje.party"] == CORPORATIE
    assert work.tells["seintje.told"] >= 1
    assert hooks[0].tells["seintje.outcome"] == "delivered"
    sent = {it.headers["traceparent"] for it in found.taken}
    assert sent == {f"00-{it.trace_id}-{it.span_id}-01" for it in hooks}


async def test_an_event_that_says_where_it_was_made_is_followed_from_there(
    tmp_path: Path, collector: Collector
) -> None:
    made_there = {**signed(), "traceparent": OTHER.traceparent}
    made_here = event("rent-missed", "e-2", "2024-02-20T10:00:00Z", **MISSED)
    async with a_desk(tmp_path / "data", otlp_url=collector.url) as desk:
        await post(desk, made_there, made_here, traceparent=CALLER.traceparent)
    spans = collector.spans
    call = only(spans, "POST /v1/events")
    sends = {it.trace_id: it for it in spans if it.name == "send facts"}
    assert sends[CALLER.trace_id].parent == call.span_id
    assert sends[OTHER.trace_id].parent == OTHER.span_id
    assert sends[OTHER.trace_id].links == {(call.trace_id, sends[CALLER.trace_id].span_id)}
    works = [it for it in spans if it.name == "process facts"]
    assert {link for it in works for link in it.links} >= {
        (it.trace_id, it.span_id) for it in sends.values()
    }


MISSED: Final[dict[str, Any]] = {
    "period": "2024-02",
    "dueDate": "2024-02-01",
    "amountDue": 65000,
    "totalArrears": 65000,
    "socialCollection": {
        "personalContactTried": True,
        "debtHelpOffered": True,
        "reminderSent": True,
        "sharingAnnounced": True,
        "tenantObjected": False,
    },
}


async def test_what_time_alone_makes_happen_is_a_trace_of_its_own(
    tmp_path: Path, collector: Collector
) -> None:
    async with a_desk(tmp_path / "data", "2023-12-20T12:00:00Z", otlp_url=collector.url) as desk:
        await post(desk, signed(), traceparent=CALLER.traceparent)
        await desk.wait_until("2024-03-01T12:00:00Z")
        assert await desk.alerts(GEMEENTE)
    [of_time] = [
        it for it in collector.spans if it.name == "process facts" and it.tells["seintje.told"]
    ]
    assert of_time.trace_id != CALLER.trace_id
    assert of_time.parent == ""


async def test_what_a_caller_does_not_want_kept_is_not_kept_anywhere(
    tmp_path: Path, collector: Collector
) -> None:
    unwanted = Context(CALLER.trace_id, CALLER.span_id, is_sampled=False)
    async with a_desk(tmp_path / "data", otlp_url=collector.url) as desk:
        await post(desk, signed(), traceparent=unwanted.traceparent)
        assert await desk.alerts(GEMEENTE)
    assert {it.name for it in collector.spans} == {"GET /v1/alerts"}


async def test_of_none_of_the_traces_that_begin_here_is_kept_if_the_share_is_nothing(
    tmp_path: Path, collector: Collector
) -> None:
    async with a_desk(tmp_path / "data", otlp_url=collector.url, traces_share=0.0) as desk:
        await post(desk, signed())
        await post(desk, signed(id_="again"), traceparent=CALLER.traceparent)
    assert {it.trace_id for it in collector.spans} == {CALLER.trace_id}


async def test_the_collector_knows_us_by_the_headers_in_the_file(
    tmp_path: Path, collector: Collector
) -> None:
    file = tmp_path / "headers"
    file.write_text("# of the collector\nAuthorization: Bearer of-the-collector\n\nx-scope: a b\n")
    more: dict[str, Any] = {"otlp_url": f"{collector.url}/", "otlp_headers_file": file}
    async with a_desk(tmp_path / "data", **more) as desk:
        await post(desk, signed())
    collector.asked(1)
    [headers, *_] = collector.headers
    assert headers["authorization"] == "Bearer of-the-collector"
    assert headers["x-scope"] == "a b"
    assert headers["content-type"] == "application/x-protobuf"


async def test_operators_say_which_process_it_is(
    tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=hub-7,service.name=seintje-weert")
    async with a_desk(tmp_path / "data", otlp_url=collector.url) as desk:
        await post(desk, signed())
    assert all(b"hub-7" in it and b"seintje-weert" in it for it in collector.bodies)


@pytest.mark.parametrize("status", [500, 404, None], ids=["500", "404", "no answer at all"])
async def test_a_collector_that_fails_stops_nothing(
    tmp_path: Path, collector: Collector, status: int | None
) -> None:
    collector.status = status
    async with a_desk(tmp_path / "data", otlp_url=collector.url) as desk:
        await post(desk, signed())
        collector.asked(1)
        await post(desk, event("rent-missed", "e-2", "2024-02-20T10:00:00Z", **MISSED))
        assert await desk.alerts(GEMEENTE)
    assert not collector.spans


async def test_a_collector_that_is_not_there_stops_nothing(tmp_path: Path) -> None:
    with collecting() as gone:
        pass
    async with a_desk(tmp_path / "data", otlp_url=gone.url) as desk:
        await post(desk, signed())
        assert await desk.alerts(GEMEENTE)


async def test_a_span_says_nothing_but_what_is_on_the_list(
    tmp_path: Path, collector: Collector
) -> None:
    async with a_desk(tmp_path / "data", otlp_url=collector.url) as desk:
        await post(desk, signed())
        alert, *_ = await desk.alerts(GEMEENTE)
        await desk.get(f"/v1/alerts/{alert['alertId']}", GEMEENTE)
        await desk.get("/v1/households/hh-nobody", GEMEENTE)
    told = {key for it in collector.spans for key in it.tells}
    assert told
    assert told <= TRACED.keys()
    assert alert["alertId"].encode() not in b"".join(collector.bodies)
    assert b"hh-nobody" not in b"".join(collector.bodies)
