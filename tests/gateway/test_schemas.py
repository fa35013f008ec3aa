"""Schemas by fingerprint: each that the hub writes or ever released, and what is none."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path

import fastavro
import pytest
from fastavro.schema import fingerprint, to_parsing_canonical_form

from hub.domain.facts import CATALOGUE
from hub.shipped import shipped
from hub.wire import alert_views, avro
from hub.wire.alert_views import Address
from hub.wire.avro import SINGLE_OBJECT, Schemas
from tests.gateway.desk import MAAS, PEEL, Desk, slug
from tests.wire import views
from tests.wire.samples import full

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = shipped("schemas/avro")
FILES = sorted(ROOT.rglob("*.avsc"))
UNKNOWN = "00" * 8


@cache
def ours() -> Schemas:
    return Schemas.load(ROOT)


def fingerprint_in(file: Path) -> str:
    return fingerprint(to_parsing_canonical_form(json.loads(file.read_bytes())), "CRC-64-AVRO")


@pytest.mark.parametrize("file", FILES, ids=lambda it: it.relative_to(ROOT).as_posix())
async def test_by_its_fingerprint_is_found(file: Path, shared: Desk) -> None:
    answer = await shared.get(f"/v1/schemas/{fingerprint_in(file)}", PEEL)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    # What was released and did not change since is found as it is now, its documentation too.
    same = [it.read_bytes() for it in FILES if fingerprint_in(it) == fingerprint_in(file)]
    assert answer.content in same
    assert to_parsing_canonical_form(answer.json()) == to_parsing_canonical_form(
        json.loads(file.read_bytes())
    )


async def record_in(written: bytes, desk: Desk) -> object:
    """What was written, read with the schema that the hub gives for it."""
    assert written.startswith(SINGLE_OBJECT)
    answer = await desk.get(f"/v1/schemas/{written[2:10].hex()}", MAAS)
    assert answer.status_code == 200
    rest = io.BytesIO(written[10:])
    record = fastavro.schemaless_reader(rest, answer.json(), None)
    assert not rest.read()
    return record


@pytest.mark.parametrize("name", CATALOGUE)
async def test_with_it_is_read_what_the_wire_wrote_of(name: str, shared: Desk) -> None:
    fact = full(name)
    record = await record_in(avro.encode(fact, ours()), shared)
    assert isinstance(record, dict)
    assert record.keys() >= avro.avro_data_of(fact).keys()


async def test_with_it_a_view_is_read(shared: Desk) -> None:
    sent = alert_views.written(views.example(alert_id="al-x"), Address(MAAS, 0), ours())
    record = await record_in(sent.value, shared)
    assert isinstance(record, dict)
    assert record["alertId"] == "al-x"


async def test_digits_may_be_capitals(shared: Desk) -> None:
    name = fingerprint_in(FILES[0])
    answers = [await shared.get(f"/v1/schemas/{it}", MAAS) for it in (name, name.upper())]
    assert answers[0].content == answers[1].content


async def test_it_may_be_kept_by_who_asked(shared: Desk) -> None:
    path = f"/v1/schemas/{fingerprint_in(FILES[0])}"
    answer = await shared.get(path, MAAS)
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    tag = answer.headers["etag"]
    assert tag.startswith('"')
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await shared.call("GET", path, MAAS, headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == answer.headers["cache-control"]
    other = await shared.call("GET", path, MAAS, headers={"If-None-Match": '"other"'})
    assert other.content == answer.content


async def test_tags_are_of_what_they_name(shared: Desk) -> None:
    names = {fingerprint_in(it) for it in FILES}
    tags = {(await shared.get(f"/v1/schemas/{it}", MAAS)).headers["etag"] for it in names}
    assert len(tags) == len(names)


async def test_an_unknown_fingerprint_is_not_found(shared: Desk) -> None:
    answer = await shared.get(f"/v1/schemas/{UNKNOWN}", MAAS)
    assert (answer.status_code, slug(answer)) == (404, "not-found")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("rent-missed", id="a name"),
        pytest.param(UNKNOWN[:-1], id="one digit short"),
        pytest.param(UNKNOWN + "0", id="one digit more"),
        pytest.param("c301" + UNKNOWN, id="with the mark before it"),
        pytest.param("g" * 16, id="other letters"),
        pytest.param("\u0660" * 16, id="other digits"),
    ],
)
async def test_no_fingerprint_is(name: str, shared: Desk) -> None:
    answer = await shared.get(f"/v1/schemas/{name}", MAAS)
    assert (answer.status_code, slug(answer)) == (400, "invalid-parameter")
    assert [it["path"] for it in answer.json()["violations"]] == ["fingerprint"]
