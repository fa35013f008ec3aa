"""The OpenAPI document says what the gateway does, and the gateway does nothing else.

That it answers nothing else is asked of every answer in every test of the gateway (`contract.py`).
Here it is asked of all that is described whether the gateway does it: every answer is asked for.
"""

from __future__ import annotations

import copy
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest
import pytest_asyncio
from openapi_spec_validator import OpenAPIV31SpecValidator

from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Refused
from hub.gateway.app import OPEN, Call, calls, described
from hub.gateway.openapi.document import document
from hub.gateway.openapi.operations import OPERATIONS
from hub.gateway.openapi.parameters import QUERY
from hub.gateway.schemas import KEPT
from hub.wire import cloudevents, fields
from hub.wire.fields import Flawed
from hub.wire.shapes import SHAPES
from hub.wire.writing import event_of
from tests.gateway.contract import DOCUMENT, NO_BODY, Contract, Operation, Seen
from tests.gateway.desk import BATCH, MAAS, STRUCTURED, WEERT, Desk, a_desk
from tests.gateway.event_source import STREAM, EventSource, Told
from tests.gateway.everything import ACTS, OF_PARTIES, ask_everything, path_of
from tests.streams.world import signed
from tests.wire.samples import bare, full

pytestmark = pytest.mark.asyncio(loop_scope="module")

JUDGE: Final = Contract()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Contract]:
    """What was seen when everything was asked for."""
    contract = Contract()
    async with a_desk(tmp_path_factory.mktemp("hub") / "data") as opened:
        await ask_everything(opened, contract)
        yield contract


async def test_the_document_is_openapi_3_1() -> None:
    assert [it.message for it in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []
    assert DOCUMENT["openapi"].startswith("3.1.")


async def test_it_is_read_without_a_key_and_by_pages_of_any_site(shared: Desk) -> None:
    answer = await shared.get("/v1/openapi.json", None)
    assert answer.content == described()
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/json"


def public(path: str) -> str:
    """A path of the code as the document has it."""
    names = {
        "{alert_id}": "{alertId}",
        "{receipt_id}": "{receiptId}",
        "{subscription_id}": "{subscriptionId}",
        "{id:path}": "{id}",
    }
    return re.sub(r"\{[^}]*\}", lambda it: names.get(it[0], it[0]), path)


async def test_it_has_every_call_and_no_other() -> None:
    of_code = {(it.method, it.path) for it in calls()} | {("GET", path) for path in OPEN}
    told = [(it.method, it.path) for it in JUDGE.operations]
    assert sorted(told) == sorted((method, public(path)) for method, path in of_code)
    assert OPERATIONS.keys() == of_code  # no description is left over


async def test_only_what_anybody_may_read_asks_no_key() -> None:
    open_paths = {it.path for it in JUDGE.operations if it not in OF_PARTIES}
    assert open_paths == set(OPEN)
    ways = DOCUMENT["components"]["securitySchemes"]
    assert DOCUMENT["security"] == [{"apiKey": []}, {"token": []}, {"certificate": []}]
    assert {name: way["type"] for name, way in ways.items()} == {
        "apiKey": "http",
        "token": "http",
        "certificate": "mutualTLS",
    }


async def test_a_call_that_is_not_described_stops_the_document() -> None:
    with pytest.raises(KeyError):
        document([*calls(), Call("GET", "/v1/households", calls()[0].endpoint)], OPEN)
    with pytest.raises(KeyError):
        document(calls(), [*OPEN, "/v1/schemas"])


async def test_a_parameter_that_is_not_described_stops_the_document() -> None:
    first, *rest = calls()
    more = first._replace(parameters=first.parameters | {"verbose"})
    with pytest.raises(KeyError):
        document([more, *rest], OPEN)


async def test_each_call_has_the_parameters_of_its_query_and_its_path() -> None:
    for call in calls():
        [it] = [
            it
            for it in JUDGE.operations
            if (it.method, it.path) == (call.method, public(call.path))
        ]
        parameters = [JUDGE.plain(told) for told in it.told["parameters"]]
        by_place = {
            place: {told["name"] for told in parameters if told["in"] == place}
            for place in ("query", "path")
        }
        in_path = set(re.findall(r"\{(\w+)", it.path))
        assert by_place == {"query": set(call.parameters), "path": in_path}
        assert QUERY.get(call.path, {}).keys() <= call.parameters  # none is left over


def values_of(schema: Any) -> tuple[list[str], list[str]]:
    """Values of a parameter that its schema allows, and that it does not."""
    if "enum" in schema:
        return [*schema["enum"]], ["nonsense"]
    match schema["type"]:
        case "boolean":
            return ["true", "false"], ["yes"]
        case "integer":
            least, most = schema["minimum"], schema["maximum"]
            return [str(least), str(most)], [str(least - 1), str(most + 1), "x"]
        case "array":
            good, bad = values_of(schema["items"])
            return [*good, ",".join(good)], [*bad, f"{good[0]},{bad[0]}"]
        case "string":
            return ["YWZ0ZXI6MQ"], ["a b"]
    raise AssertionError(f"no values of {schema}")


QUERIES = [
    pytest.param(call, it, id=f"{call.id} {it['name']}")
    for call in JUDGE.operations
    for it in call.told.get("parameters", ())
    if it.get("in") == "query"
]


@pytest.mark.parametrize(("call", "parameter"), QUERIES)
async def test_what_the_query_may_be_is_what_is_taken(
    call: Operation, parameter: dict[str, Any], shared: Desk
) -> None:
    await shared.send(signed())  # so that nobody waits
    good, bad = values_of(parameter["schema"])
    for value in [*good, *bad]:
        query = {parameter["name"]: value}
        answer = await shared.call(call.method, path_of(call), WEERT, query)
        is_invalid = b"/problems/invalid-parameter" in answer.content
        assert is_invalid == (value in bad), value


@pytest.mark.parametrize("fact_type", CATALOGUE)
async def test_facts_are_described_as_intake_reads_them(fact_type: str) -> None:
    schema = {"$ref": f"#/components/schemas/{SHAPES[fact_type].__name__}Event"}
    shape = JUDGE.plain(JUDGE.plain(schema)["properties"]["data"])
    assert shape["properties"].keys() == set(SHAPES[fact_type].__struct_encode_fields__)
    for fact in (full(fact_type), bare(fact_type)):
        sent = msgspec.json.decode(event_of(fact, 0))
        assert JUDGE.errors(schema, sent) == []
        assert JUDGE.errors({"$ref": "#/components/schemas/Event"}, sent) == []
        for data in spoilt(sent["data"]):
            changed = sent | {"data": data}
            assert bool(JUDGE.errors(schema, changed)) == is_flawed(changed), data


def spoilt(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same with one field less, or one that is something else, or one that nobody knows."""
    for name in data:
        yield {key: it for key, it in data.items() if key != name}
        yield data | {name: {"x": 1}}
        yield data | {name: None}
    yield data | {"note": "x"}


def is_flawed(sent: dict[str, Any]) -> bool:
    envelope = cloudevents.decode(msgspec.json.encode(sent))
    assert not isinstance(envelope, Refused)
    return isinstance(fields.read(envelope, MAAS), Flawed)


async def test_every_example_is_what_its_schema_says() -> None:
    found = list(examples(DOCUMENT["paths"])) + list(examples(DOCUMENT["components"]))
    assert len(found) > 60
    wrong = {str(value): JUDGE.errors(schema, value) for schema, value in found}
    assert [it for it in wrong.items() if it[1]] == []


def examples(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every example of content, a parameter or a header, with its schema."""
    if isinstance(tree, list):
        for it in tree:
            yield from examples(it)
    elif isinstance(tree, dict):
        if "schema" in tree and "example" in tree:
            yield tree["schema"], tree["example"]
        if "schema" in tree and "examples" in tree:
            yield from ((tree["schema"], it["value"]) for it in tree["examples"].values())
        for name, it in tree.items():
            if name not in ("example", "examples", "schema"):
                yield from examples(it)


async def test_the_example_of_an_event_stream_is_one_as_it_is_read() -> None:
    content = DOCUMENT["paths"]["/alerts"]["get"]["responses"]["200"]["content"]
    source = EventSource(httpx.Response(200, text=content["text/event-stream"]["example"]))
    [told] = await source.rest()
    listed = content["application/json"]["example"]
    assert told == Told(listed["cursor"], listed["alerts"][0])
    assert (source.retries, source.heartbeats) == (["5000"], 1)


async def test_the_examples_of_what_is_sent_are_kept(tmp_path: Path) -> None:
    content = DOCUMENT["paths"]["/events"]["post"]["requestBody"]["content"]
    attributes = {
        f"ce-{name}": str(content[STRUCTURED]["example"][name])
        for name in ("specversion", "id", "source", "type")
    }
    structured = content["application/json"]["examples"]["structured"]["value"]
    data = content["application/json"]["examples"]["binary"]["value"]
    async with a_desk(tmp_path / "data", "2026-03-10T12:00:00Z") as desk:
        for media in (STRUCTURED, BATCH):
            assert (await desk.post(content[media]["example"], MAAS, media)).status_code == 202
        assert (await desk.post(structured, MAAS, "application/json")).status_code == 202
        binary = await desk.call("POST", "/v1/events", MAAS, json=data, headers=attributes)
        assert binary.json()["status"] == "duplicate"
        await desk.hub.settled()
        alert_id = (await desk.alerts(WEERT))[0]["alertId"]
        for act in ACTS:
            told = DOCUMENT["paths"][f"/alerts/{{alertId}}/{act}"]["post"]["requestBody"]
            said = told["content"]["application/json"].get("example", {})
            assert (await desk.act(alert_id, act, WEERT, **said)).status_code == 202


async def test_bodies_are_read_in_every_media_type_that_is_told(shared: Desk) -> None:
    content = DOCUMENT["paths"]["/events"]["post"]["requestBody"]["content"]
    for media in [*content, "application/cloudevents+avro", "text/csv"]:
        headers = {"Content-Type": media} | ({} if "cloudevents" in media else {"ce-id": "e"})
        answer = await shared.call("POST", "/v1/events", MAAS, content=b"{}", headers=headers)
        assert (answer.status_code == 415) == (media not in content), media


async def test_the_rules_for_apis_of_governments_are_kept() -> None:
    """API Design Rules 2: what can be read off the document."""
    assert re.fullmatch(r"/v[0-9]+", DOCUMENT["servers"][0]["url"])
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", DOCUMENT["info"]["version"])
    for path in DOCUMENT["paths"]:
        assert re.fullmatch(r"(/([a-z0-9-]+|\{[a-z][A-Za-z]*\}|openapi\.json))+", path)
    for call in JUDGE.operations:
        for it in call.told.get("parameters", ()):
            assert it.get("in") != "query" or re.fullmatch("[a-z][A-Za-z]*", it["name"])
        for status, told in call.told["responses"].items():
            assert "API-Version" in JUDGE.plain(told)["headers"]
            is_health = "Health" in call.id or "Readiness" in call.id
            if status[0] in "45" and not (is_health and status == "503"):
                assert "application/problem+json" in JUDGE.plain(told)["content"]


def without(*path: str) -> Callable[[Any], None]:
    """Takes something out of a document."""

    def take(document: Any) -> None:
        for name in path[:-1]:
            document = document[name]
        del document[path[-1]]

    return take


def with_one_more(*path: str) -> Callable[[Any], None]:
    """Has it ask for a field that is never there."""

    def put(document: Any) -> None:
        for name in path:
            document = document[name]
        document.append("total")

    return put


ALERTS = ("paths", "/alerts", "get", "responses")
PAGE = ("components", "schemas", "AlertPage")


@pytest.mark.parametrize(
    ("change", "query"),
    [
        pytest.param(without("paths", "/alerts"), {}, id="a call"),
        pytest.param(without(*ALERTS, "200"), {}, id="a status"),
        pytest.param(without(*ALERTS, "400"), {"limit": "0"}, id="the status of a problem"),
        pytest.param(without(*ALERTS, "200", "headers", "API-Version"), {}, id="a header"),
        pytest.param(without(*ALERTS, "200", "content", "application/json"), {}, id="a media type"),
        pytest.param(without(*PAGE, "properties", "older"), {"limit": "1"}, id="a field"),
        pytest.param(
            without("components", "schemas", "AlertView", "properties", "memo"), {}, id="one below"
        ),
        pytest.param(with_one_more(*PAGE, "required"), {}, id="not a field that is always there"),
    ],
)
async def test_it_is_noticed_when_the_document_lacks(
    change: Callable[[Any], None], query: dict[str, str], shared: Desk
) -> None:
    await shared.send(signed())
    answer = await shared.get("/v1/alerts", WEERT, **query)
    other = copy.deepcopy(DOCUMENT)
    change(other)
    with pytest.raises(AssertionError):
        await Contract(other).check(answer)


async def test_it_is_noticed_when_the_document_lacks_an_event_stream(shared: Desk) -> None:
    answer = await shared.call("HEAD", "/v1/alerts", WEERT, headers=STREAM)
    for name, it in (("content", "text/event-stream"), ("headers", "X-Accel-Buffering")):
        other = copy.deepcopy(DOCUMENT)
        without(*ALERTS, "200", name, it)(other)
        with pytest.raises(AssertionError):
            await Contract(other).check(answer)


async def test_it_is_noticed_when_an_answer_is_kept_as_another_may_be(shared: Desk) -> None:
    answer = await shared.get("/v1/alerts", WEERT)
    answer.headers["Cache-Control"] = KEPT
    with pytest.raises(AssertionError):
        await JUDGE.check(answer)


async def test_it_is_noticed_when_what_is_kept_already_is_sent_again(shared: Desk) -> None:
    [fingerprint, *_] = shared.hub.gateway().reception.schemas.by_fingerprint
    answer = await shared.get(f"/v1/schemas/{fingerprint.hex()}", WEERT)
    await JUDGE.check(answer)
    answer.status_code = 304
    with pytest.raises(AssertionError, match="has a body"):
        await JUDGE.check(answer)


def answers_told() -> Iterator[Seen]:
    """Every answer that the document has."""
    for call in JUDGE.operations:
        for status, told in call.told["responses"].items():
            contents = JUDGE.plain(told).get("content", {})
            if not contents:
                yield call.id, status, NO_BODY
            for media, content in contents.items():
                if media != "application/problem+json":
                    yield call.id, status, media
                    continue
                for problem in content["schema"]["allOf"][1]["properties"]["type"]["enum"]:
                    yield call.id, status, problem


@pytest.mark.parametrize("told", [*answers_told()], ids=" ".join)
async def test_the_gateway_answers(told: Seen, asked: Contract) -> None:
    assert told in asked.seen


def fields_told(schema: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every field that a schema has, with the name of the schema that has it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = JUDGE.plain(schema)
    for inner in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from fields_told(inner, name)
    for field, inner in schema.get("properties", {}).items():
        yield name, field
        yield from fields_told(inner)
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield from fields_told(schema[part])


async def test_every_field_of_an_answer_is_one_that_the_gateway_writes(asked: Contract) -> None:
    told = {
        field
        for call in JUDGE.operations
        for answer in call.told["responses"].values()
        for content in JUDGE.plain(answer).get("content", {}).values()
        for field in fields_told(content["schema"])
    }
    assert told - asked.fields == set()


async def test_every_link_leads_to_a_call_with_these_parameters() -> None:
    by_id = {it.id: it for it in JUDGE.operations}
    found = 0
    for call in JUDGE.operations:
        for answer in call.told["responses"].values():
            for link in JUDGE.plain(answer).get("links", {}).values():
                told = map(JUDGE.plain, by_id[link["operationId"]].told["parameters"])
                assert link["parameters"].keys() <= {it["name"] for it in told}
                found += 1
    assert found > 20
