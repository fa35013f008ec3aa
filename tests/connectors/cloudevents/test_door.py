"""The door for events: who may come in, in which form, and what is answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from msgspec import structs
from starlette.applications import Starlette

from connectors.gemeente.cloudevents_reading import events_of
from connectors.gemeente.cloudevents_settings import Proxied
from connectors.secret import Secret
from hub.errors import Unavailable
from tests.connectors.cloudevents.stage import DOOR_TOKEN, Stage, stage, to_receive
from tests.systems.cloudevents import ORIGIN, Sender

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


def event(id_: str = "e-1", **changes: Any) -> dict[str, Any]:
    usual = {
        "specversion": "1.0",
        "id": id_,
        "source": "urn:nld:oin:00000099000000001000:systeem:sociaal-domein",
        "type": "nl.seintje.intake-completed.v1",
        "time": "2026-03-01T10:00:00Z",
        "datacontenttype": "application/json",
        "data": {"occurredAt": "2026-03-01", "gemeente": "0988"},
    }
    return usual | changes


class Scene(NamedTuple):
    stage: Stage
    client: httpx.AsyncClient
    sender: Sender

    def kept(self) -> list[dict[str, Any]]:
        """The events in the inbox."""
        brought = self.stage.kept.inbox.after(None, 1000)
        return [json.loads(raw) for _, _, body in brought for raw in events_of(body)]


@asynccontextmanager
async def opened(folder: Path, host: str = "127.0.0.1", **changes: Any) -> AsyncIterator[Scene]:
    with stage(folder) as standing:
        connector = standing.built(to_receive(**changes))
        app = Starlette(routes=list(connector.doors))
        transport = httpx.ASGITransport(app, client=(host, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            yield Scene(standing, client, Sender(client, DOOR_TOKEN))


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened(tmp_path) as found:
        yield found


async def test_an_event_in_each_mode_is_kept_and_then_answered(scene: Scene) -> None:
    for answer in (
        await scene.sender.structured(event("e-1")),
        await scene.sender.binary(event("e-2")),
        await scene.sender.batch(event("e-3"), event("e-4")),
    ):
        assert (answer.status_code, answer.content) == (202, b"")
    assert scene.kept() == [event(f"e-{n}") for n in (1, 2, 3, 4)]


async def test_a_repeat_is_kept_once(scene: Scene) -> None:
    for _ in range(2):
        assert (await scene.sender.structured(event())).status_code == 202
        assert (await scene.sender.binary(event())).status_code == 202
    # As it came, and as it was written: two requests, of which a source makes one record.
    assert len(scene.kept()) == 2


async def test_an_empty_batch_is_a_batch(scene: Scene) -> None:
    assert (await scene.sender.batch()).status_code == 202


async def test_a_batch_with_a_bad_event_is_kept_and_says_which(scene: Scene) -> None:
    answer = await scene.sender.batch(event("e-1"), {"id": "no event"}, event("e-3"))
    assert answer.status_code == 202
    (unread,) = answer.json()["unread"]
    assert unread["position"] == 1
    assert "source" in unread["detail"]
    assert len(scene.kept()) == 3


async def test_a_batch_in_which_nothing_can_be_read_is_refused(scene: Scene) -> None:
    assert (await scene.sender.batch({"id": "no event"})).status_code == 400
    assert scene.kept() == []


@pytest.mark.parametrize(
    ("media", "body", "headers", "status"),
    [
        pytest.param("application/xml", b"<a/>", {}, 415, id="xml"),
        pytest.param("", b"{}", {}, 415, id="no media type"),
        pytest.param("application/cloudevents+xml", b"<a/>", {}, 415, id="events in xml"),
        pytest.param("application/cloudevents+avro", b"\0", {}, 415, id="events in avro"),
        pytest.param("application/avro", b"\0", {}, 415, id="data in avro"),
        pytest.param("application/cloudevents-batch+avro", b"\0", {}, 415, id="batch in avro"),
        pytest.param(f"{SINGLE}; charset=latin-1", b"{}", {}, 415, id="another charset"),
        pytest.param(SINGLE, b"{}", {"content-encoding": "gzip"}, 415, id="compressed"),
        pytest.param(SINGLE, b"{", {}, 400, id="no json"),
        pytest.param(SINGLE, b"[]", {}, 400, id="no object"),
        pytest.param(SINGLE, b'{"specversion":"0.3"}', {}, 400, id="another version"),
        pytest.param(BATCH, b"{}", {}, 400, id="no batch"),
        pytest.param(SINGLE, b"", {}, 400, id="nothing"),
        pytest.param("application/json", b"{}", {}, 400, id="no attributes"),
        pytest.param("application/json", b"{}", {"ce-id": "%C0%A0"}, 400, id="overlong utf-8"),
        pytest.param(SINGLE, b" " * 65_537, {}, 413, id="one that is too large"),
        pytest.param(BATCH, b" " * ((1 << 20) + 1), {}, 413, id="a batch that is too large"),
        pytest.param(BATCH, b"[" + b"{}," * 1000 + b"{}]", {}, 413, id="a batch of too many"),
    ],
)
async def test_what_is_no_event_is_refused_with_its_reason(
    scene: Scene, media: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await scene.sender.post(media, body, headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert scene.kept() == []


async def test_what_is_not_understood_says_what_is(scene: Scene) -> None:
    answer = await scene.sender.post("text/plain", b"hello")
    assert SINGLE in answer.headers["accept"]


async def test_an_event_whose_data_is_avro_is_not_understood(scene: Scene) -> None:
    sent = event(datacontenttype="application/avro", data_base64="wwE=")
    del sent["data"]
    answer = await scene.sender.post(SINGLE, json.dumps(sent).encode())
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("Euro%20%E2%82%AC", "Euro €", id="percent-encoded"),
        pytest.param('"a \\"b\\" c"', 'a "b" c', id="quoted, as it once was"),
        pytest.param("plain%41", "plainA", id="encoded without need"),
        pytest.param('"%2541"', "%41", id="decoded once"),
    ],
)
async def test_headers_of_a_binary_event_are_read_as_the_binding_says(
    scene: Scene, written: str, read: str
) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "e-1",
        "ce-source": "urn:nld:kvknr:90000001:systeem:x",
        "ce-type": "nl.voorbeeld.iets",
        "ce-subject": written,
    }
    assert (await scene.sender.post("application/json", b"{}", headers)).status_code == 202
    assert [it["subject"] for it in scene.kept()] == [read]


async def test_a_binary_body_cannot_write_attributes(scene: Scene) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "e-1",
        "ce-source": "urn:nld:kvknr:90000001:systeem:x",
        "ce-type": "nl.voorbeeld.iets",
    }
    answer = await scene.sender.post("application/json", b'{},"subject":"x"', headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"authorization": "Bearer wrong"}, id="another token"),
        pytest.param({"authorization": f"Basic {DOOR_TOKEN}"}, id="another scheme"),
        pytest.param({"authorization": "Bearer "}, id="an empty token"),
        pytest.param({"authorization": f"Bearer {DOOR_TOKEN[:-1]}"}, id="most of the token"),
    ],
)
async def test_who_shows_no_good_token_stays_out(scene: Scene, headers: dict[str, str]) -> None:
    body = json.dumps(event()).encode()
    told = {"content-type": SINGLE, **headers}
    answer = await scene.client.post("/cloudevents", content=body, headers=told)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert scene.kept() == []


async def test_two_tokens_are_good_while_one_is_being_replaced(tmp_path: Path) -> None:
    tokens = (Secret("n" * 40), Secret(DOOR_TOKEN))
    async with opened(tmp_path, token_files=tokens) as scene:
        for token in (DOOR_TOKEN, "n" * 40):
            answer = await Sender(scene.client, token).structured(event())
            assert answer.status_code == 202


@pytest.mark.parametrize(("allowed", "status"), [(False, 401), (True, 202)])
async def test_a_token_in_the_address_is_taken_only_where_that_is_set(
    tmp_path: Path, allowed: bool, status: int
) -> None:
    async with opened(tmp_path, token_in_address=allowed) as scene:
        url = f"/cloudevents?access_token={DOOR_TOKEN}"
        told = {"content-type": SINGLE}
        answer = await scene.client.post(url, content=json.dumps(event()), headers=told)
    assert answer.status_code == status
    if status == 202:
        assert answer.headers["cache-control"] == "private"  # web hooks, 3.2


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        pytest.param("10.0.0.9", [("x-client", "CN=a")], 202, id="the proxy, a known one"),
        pytest.param("10.0.0.9", [("X-Client", "CN=b")], 401, id="the proxy, another"),
        pytest.param("10.0.0.9", [], 401, id="the proxy, without one"),
        pytest.param("10.0.0.8", [("x-client", "CN=a")], 401, id="not the proxy"),
        pytest.param("10.0.0.9", [("x-client", "CN=a"), ("x-client", "CN=b")], 401, id="two"),
    ],
)
async def test_a_certificate_counts_if_the_proxy_says_so(
    tmp_path: Path, host: str, headers: list[tuple[str, str]], status: int
) -> None:
    proxied = Proxied(header="X-Client", values=("CN=a",), proxies=("10.0.0.9",))
    async with opened(tmp_path, host, token_files=(), certificate=proxied) as scene:
        answer = await scene.client.post(
            "/cloudevents",
            content=json.dumps(event()),
            headers=[("content-type", SINGLE), *headers],
        )
    assert answer.status_code == status


async def test_a_sender_that_is_expected_gets_consent_and_a_rate(scene: Scene) -> None:
    answer = await scene.sender.ask()
    assert answer.status_code == 200
    assert answer.headers["webhook-allowed-origin"] == ORIGIN
    assert answer.headers["webhook-allowed-rate"] == "600"
    assert "POST" in answer.headers["allow"]


async def test_a_name_is_the_same_in_capitals(scene: Scene) -> None:
    answer = await scene.sender.ask("Seintje.Example.NL")
    assert answer.headers["webhook-allowed-origin"] == "Seintje.Example.NL"


async def test_another_sender_gets_no_consent_and_no_reason(scene: Scene) -> None:
    answer = await scene.sender.ask("stranger.example.nl")
    assert (answer.status_code, answer.content) == (403, b"")
    assert "webhook-allowed-origin" not in answer.headers
    scene.sender.headers["webhook-request-origin"] = "stranger.example.nl"
    assert (await scene.sender.structured(event())).status_code == 403


async def test_options_of_somebody_else_is_no_handshake(scene: Scene) -> None:
    answer = await scene.client.request("OPTIONS", "/cloudevents")
    assert answer.status_code == 200
    assert "webhook-allowed-origin" not in answer.headers


async def test_any_sender_may_be_expected_without_a_rate(tmp_path: Path) -> None:
    async with opened(tmp_path, origins=("*",), rate=None) as scene:
        answer = await scene.sender.ask("anybody.example.nl")
    assert answer.headers["webhook-allowed-origin"] == "anybody.example.nl"
    assert answer.headers["webhook-allowed-rate"] == "*"


async def test_more_than_the_rate_is_put_off_with_when(tmp_path: Path) -> None:
    async with opened(tmp_path, rate=2) as scene:
        for id_ in ("e-1", "e-2"):
            assert (await scene.sender.structured(event(id_))).status_code == 202
        scene.stage.pass_(15)
        answer = await scene.sender.structured(event("e-3"))
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "45")
        scene.stage.pass_(45)
        assert (await scene.sender.structured(event("e-3"))).status_code == 202


async def test_a_full_inbox_puts_off_until_it_was_read(tmp_path: Path) -> None:
    async with opened(tmp_path, most_waiting=2) as scene:
        for id_ in ("e-1", "e-2"):
            assert (await scene.sender.structured(event(id_))).status_code == 202
        answer = await scene.sender.structured(event("e-3"))
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        cursor, _, _ = scene.stage.kept.inbox.after(None, 2)[-1]
        scene.stage.kept.inbox.after(cursor, 1)
        assert (await scene.sender.structured(event("e-3"))).status_code == 202


class FullDisk:
    """An inbox that cannot keep anything now."""

    def put(self, name: str, body: bytes) -> bool:
        raise Unavailable("the disk is full", 7)

    def waiting(self) -> int:
        return 0

    def after(self, cursor: str | None, limit: int) -> list[tuple[str, str, bytes]]:
        return []


async def test_what_cannot_be_kept_is_not_accepted(tmp_path: Path) -> None:
    with stage(tmp_path) as standing:
        standing.site = structs.replace(standing.site, inbox=FullDisk())
        app = Starlette(routes=list(standing.built(to_receive()).doors))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            answer = await Sender(client, DOOR_TOKEN).structured(event())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")


async def test_nothing_of_a_request_is_logged(scene: Scene) -> None:
    await scene.sender.structured(event())
    await scene.sender.post(SINGLE, b"{")
    assert scene.stage.said == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"data": {"remark": "bsn 123456782"}}, id="in its data"),
        pytest.param({"bsn": "123456782"}, id="in an attribute that nobody reads"),
        pytest.param({"subject": "123456782"}, id="in its subject"),
        pytest.param({"data": [{"een naam": {"123456782": 1}}]}, id="as a name"),
    ],
)
async def test_a_burgerservicenummer_is_not_even_kept_to_be_read(
    scene: Scene, changes: dict[str, Any], tmp_path: Path
) -> None:
    answer = await scene.sender.structured(event("e-1") | changes)
    assert answer.status_code == 400
    assert "burgerservicenummer" in answer.json()["detail"]
    assert "123456782" not in answer.text
    answer = await scene.sender.batch(
        event("e-2"), event("e-3") | changes, {"id": "no event", "bsn": "123456782"}
    )
    assert [it["position"] for it in answer.json()["unread"]] == [1, 2]
    files = [it for it in tmp_path.rglob("*") if it.is_file()]
    assert not [it for it in files if b"123456782" in it.read_bytes()]
    assert [it["id"] for it in scene.kept()] == ["e-2", "no event"]
