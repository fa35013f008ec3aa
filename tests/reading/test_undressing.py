"""Views as they stand on Kafka, back to what was emitted; schemas of a registry when needed."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from hub.clocks import SystemClock
from hub.domain.time import parse_instant
from hub.errors import Misconfigured
from hub.outbound import GivenBy, Outbound, Peer
from hub.reading.undressing import Undressing
from hub.shipped import shipped
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.registry import SETTING, Registry
from hub.streams.seam import Emit
from hub.wire.alert_views import SCHEMA, Address, written
from hub.wire.avro import Schemas
from tests.wire.views import MOMENT, example

SCHEMAS = Schemas.load(shipped("schemas/avro"))
VIEW = Emit("out/gemeente-weert", b"a-1", example(), {"revision": b"3"})
ID = 7


def dressed(emit: Emit) -> Emit:
    headers, value = Dressing(SCHEMAS, None, SystemClock())(emit)
    return Emit(emit.stream, emit.key, value, dict(headers))


def with_id(emit: Emit) -> Emit:
    assert emit.value is not None
    address = Address("gemeente-weert", parse_instant(MOMENT), ID)
    headers, value = written(emit.value, address, SCHEMAS)
    return Emit(emit.stream, emit.key, value, dict(headers))


def registry(asked: list[str]) -> Registry:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"schema": SCHEMAS.by_name[SCHEMA].text})

    peer = Peer(SETTING, "http://127.0.0.1:1/registry", GivenBy.OPERATOR)
    return Registry(Outbound(peer, transport=httpx.MockTransport(answer)), SystemClock())


def test_a_view_is_what_was_emitted() -> None:
    found = Undressing(SCHEMAS, None)(dressed(VIEW))
    assert (found.stream, found.key, found.value) == (VIEW.stream, VIEW.key, VIEW.value)


@pytest.mark.parametrize("emit", [VIEW, Emit("receipts", b"x", b"{}"), Emit("held", b"x", None)])
def test_what_is_no_event_is_left_as_it_is(emit: Emit) -> None:
    assert Undressing(SCHEMAS, None)(emit) == emit


def test_a_view_that_cannot_be_read_is_told() -> None:
    broken = msgspec.structs.replace(dressed(VIEW), value=b"\xc3\x01")
    with pytest.raises(ValueError, match=r"malformed|schema"):
        Undressing(SCHEMAS, None)(broken)


async def test_a_schema_of_a_registry_is_asked_for_once() -> None:
    asked: list[str] = []
    registry_ = registry(asked)
    undressing = Undressing(SCHEMAS, registry_)
    for _ in range(2):
        await undressing.learn([with_id(VIEW), with_id(VIEW)])
        assert undressing(with_id(VIEW)).value == VIEW.value
    assert len(asked) == 1
    await registry_.close()


async def test_without_a_registry_what_needs_one_says_so() -> None:
    with pytest.raises(Misconfigured, match=SETTING):
        await Undressing(SCHEMAS, None).learn([with_id(VIEW)])
