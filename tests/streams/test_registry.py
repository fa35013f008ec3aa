"""The client of the schema registry, against answers that are made up here; a real registry answers
in tests/kafka."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from hub.domain.refusals import Refused, Slug
from hub.errors import Misconfigured, Unavailable
from hub.settings import Settings
from hub.streams.kafka.registry import COMPATIBILITY, Registry, registry_of, subject_of
from hub.wire.avro import SchemaById, Schemas, encode_confluent
from hub.wire.cloudevents import Envelope
from hub.wire.kafka_records import decode_record
from tests.streams.world import StillClock
from tests.wire.parties import ROOT
from tests.wire.samples import full

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")
VIEW = SCHEMAS.by_name["alert-view"]
PAID = SCHEMAS.by_name["rent-paid"]
SETTINGS = Settings(registry_url="http://registry.example/apis/ccompat/v7")
HEADERS = {
    "ce_specversion": b"1.0",
    "ce_id": b"1",
    "ce_source": full("rent-paid").source.encode(),
    "ce_type": b"nl.seintje.rent-paid.v1",
}


class Shelf:
    """A registry in a dict: what it was asked, and what stands in it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.levels: dict[str, str] = {}
        self.ids: dict[tuple[str, str], int] = {}
        self.takes_new = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/apis/ccompat/v7")
        self.asked.append(f"{request.method} {path}")
        sent = json.loads(request.content or b"null")
        match request.method, path.split("/")[1:]:
            case "GET", ["config", subject] if subject in self.levels:
                return httpx.Response(200, json={"compatibilityLevel": self.levels[subject]})
            case "PUT", ["config", subject]:
                self.levels[subject] = sent["compatibility"]
                return httpx.Response(200, json=sent)
            case "POST", ["subjects", subject] if (subject, sent["schema"]) in self.ids:
                return httpx.Response(200, json={"id": self.ids[subject, sent["schema"]]})
            case "POST", ["subjects", subject, "versions"] if self.takes_new:
                self.ids[subject, sent["schema"]] = len(self.ids) + 1
                return httpx.Response(200, json={"id": len(self.ids)})
            case "POST", ["subjects", _, "versions"]:
                return httpx.Response(409, json={"error_code": 409})
            case "GET", ["schemas", "ids", number]:
                for (_, text), schema_id in self.ids.items():
                    if schema_id == int(number):
                        return httpx.Response(200, json={"schema": text})
        return httpx.Response(404, json={"error_code": 40403, "message": "secret"})


def registry(respond: Callable[[httpx.Request], httpx.Response], clock: StillClock) -> Registry:
    found = registry_of(SETTINGS, clock, httpx.MockTransport(respond))
    assert found is not None
    return found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> StillClock:
    return StillClock(0)


async def test_what_is_new_is_registered_and_held_to_full_transitive(
    shelf: Shelf, clock: StillClock
) -> None:
    ids = await registry(shelf, clock).publish([VIEW, PAID])
    assert ids == {"alert-view": 1, "rent-paid": 2}
    assert shelf.levels == {
        "nl.seintje.AlertView": COMPATIBILITY,
        "nl.seintje.RentPaid": COMPATIBILITY,
    }


async def test_where_all_is_as_it_must_be_nothing_is_written(
    shelf: Shelf, clock: StillClock
) -> None:
    await registry(shelf, clock).publish([VIEW])
    shelf.asked.clear()
    assert await registry(shelf, clock).publish([VIEW]) == {"alert-view": 1}
    assert shelf.asked == [
        "GET /config/nl.seintje.AlertView",
        "POST /subjects/nl.seintje.AlertView",
    ]


async def test_another_compatibility_is_put_right(shelf: Shelf, clock: StillClock) -> None:
    shelf.levels["nl.seintje.AlertView"] = "NONE"
    await registry(shelf, clock).publish([VIEW])
    assert shelf.levels["nl.seintje.AlertView"] == COMPATIBILITY


async def test_a_schema_that_the_registry_does_not_take_is_named(
    shelf: Shelf, clock: StillClock
) -> None:
    shelf.takes_new = False
    with pytest.raises(Misconfigured, match=r"SEINTJE_REGISTRY_URL: .*alert-view of this release"):
        await registry(shelf, clock).publish([VIEW])


async def test_a_record_of_the_confluent_format_is_read_by_the_schema_of_its_id(
    shelf: Shelf, clock: StillClock
) -> None:
    fact = full("rent-paid")
    there = registry(shelf, clock)
    ids = await there.publish([PAID])
    value = encode_confluent(fact, SCHEMAS, ids["rent-paid"])

    def decode(schema_by_id: SchemaById) -> Envelope | Refused:
        return decode_record(HEADERS, value, SCHEMAS, schema_by_id)

    shelf.asked.clear()
    for _ in range(3):
        assert isinstance(await there.ask(decode), Envelope)
    assert shelf.asked == ["GET /schemas/ids/1"]


async def test_an_id_that_nobody_knows_is_refused_and_asked_again_after_a_minute(
    shelf: Shelf, clock: StillClock
) -> None:
    there = registry(shelf, clock)

    def decode(schema_by_id: SchemaById) -> Envelope | Refused:
        return decode_record(HEADERS, b"\x00\x00\x00\x00\x09x", SCHEMAS, schema_by_id)

    for at in (0, 59_999, 60_000):
        clock.at = at
        answer = await there.ask(decode)
        assert isinstance(answer, Refused)
        assert answer.slug == Slug.SCHEMA_VIOLATION
    assert shelf.asked == ["GET /schemas/ids/9", "GET /schemas/ids/9"]


async def test_a_schema_that_is_no_avro_is_as_good_as_none(clock: StillClock) -> None:
    there = registry(
        lambda request: httpx.Response(200, json={"schema": "{}", "schemaType": "JSON"}), clock
    )
    assert await there.ask(lambda schema_by_id: schema_by_id(7)) is None


async def test_what_asks_for_no_schema_asks_nobody(shelf: Shelf, clock: StillClock) -> None:
    assert await registry(shelf, clock).ask(lambda schema_by_id: "done") == "done"
    assert not shelf.asked


ANSWERS: list[Any] = [
    pytest.param(httpx.Response(401), Misconfigured, "does not let this hub in", id="401"),
    pytest.param(httpx.Response(403), Misconfigured, "does not let this hub in", id="403"),
    pytest.param(httpx.Response(302), Misconfigured, "moved", id="a redirect"),
    pytest.param(httpx.Response(404), Misconfigured, "no schema registry", id="nothing there"),
    pytest.param(
        httpx.Response(404, json={"error_code": 404}), Misconfigured, "no schema registry", id="404"
    ),
    pytest.param(
        httpx.Response(200, text="<html>"), Misconfigured, "no schema registry", id="a page"
    ),
    pytest.param(
        httpx.Response(200, json=[1]), Misconfigured, "no schema registry", id="other JSON"
    ),
    pytest.param(
        httpx.Response(200, content=b"[" * 9999), Misconfigured, "no schema registry", id="deep"
    ),
    pytest.param(httpx.Response(500), Unavailable, "answers 500", id="500"),
    pytest.param(
        httpx.Response(429, headers={"retry-after": "9"}), Unavailable, "answers 429", id="429"
    ),
]


@pytest.mark.parametrize(("answer", "kind", "told"), ANSWERS)
async def test_every_other_answer_is_told_by_the_setting(
    answer: httpx.Response, kind: type[Exception], told: str, clock: StillClock
) -> None:
    there = registry(lambda request: answer, clock)
    for call in (there.check(), there.ask(lambda find: find(1)), there.publish([VIEW])):
        with pytest.raises(kind, match=f"SEINTJE_REGISTRY_URL.*{told}"):
            await call


async def test_when_it_is_away_it_is_asked_again_when_it_said(clock: StillClock) -> None:
    busy = httpx.Response(503, headers={"retry-after": "9"})
    with pytest.raises(Unavailable) as caught:
        await registry(lambda request: busy, clock).check()
    assert caught.value.retry_after == 9


def test_there_is_a_registry_if_one_is_set_or_needed(clock: StillClock) -> None:
    assert registry_of(Settings(), clock) is None
    with pytest.raises(Misconfigured, match="SEINTJE_REGISTRY_URL: write where the registry is"):
        registry_of(Settings(framing="confluent"), clock)


def test_a_subject_is_the_full_name_of_its_record() -> None:
    assert subject_of(VIEW) == "nl.seintje.AlertView"
