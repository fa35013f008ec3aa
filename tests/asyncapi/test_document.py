"""The AsyncAPI document says what the code does: topics, messages, and the records themselves."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, Final

import fastavro
import msgspec
import pytest
from jsonschema import Draft7Validator, FormatChecker

from hub.asyncapi import channels
from hub.asyncapi.channels import INTERNAL
from hub.asyncapi.document import described, document
from hub.delivery import event
from hub.delivery.request import delivery
from hub.delivery.revision import revision_of
from hub.delivery.signatures import Message, Secret
from hub.domain.facts import CATALOGUE
from hub.domain.parties import Parties
from hub.gateway.app import described as openapi
from hub.streams.kafka.names import Names
from hub.streams.seam import Record
from hub.wire.alert_views import SCHEMA, Address, written
from hub.wire.avro import Schemas, avro_data_of
from hub.wire.avro import written as avro_written
from hub.wire.cloudevents import Envelope
from hub.wire.kafka_records import decode_record
from hub.wire.writing import event_of
from tests.house.sources import ROOT
from tests.wire.parties import PARTIES
from tests.wire.samples import bare, full
from tests.wire.views import emitted

Tree = dict[str, Any]

DOCUMENT: Final[Tree] = json.loads(described())
MESSAGES: Final[Tree] = DOCUMENT["components"]["messages"]
SCHEMAS: Final = Schemas.load(ROOT / "schemas" / "avro")
OPENAPI: Final[Tree] = json.loads(openapi())["components"]["schemas"]
AT: Final = 1_772_000_000_123
_FORMATS: Final = FormatChecker(("date", "date-time"))


def errors(schema: Tree, value: object) -> list[str]:
    """What is wrong with a value, by a schema of the document."""
    whole = {**schema, "components": DOCUMENT["components"]}
    judge = Draft7Validator(whole, format_checker=_FORMATS)
    return [f"{it.json_path}: {it.message}" for it in judge.iter_errors(value)]


def plain(tree: Tree) -> Tree:
    """What a reference stands for; else the same."""
    while "$ref" in tree:
        node: Any = DOCUMENT
        for name in tree["$ref"].removeprefix("#/").split("/"):
            node = node[name]
        tree = node
    return tree


def avro_of(message: Tree) -> Any:
    """The Avro schema of a message, as the document has it."""
    told = plain(message["payload"])
    assert told["schemaFormat"].startswith("application/vnd.apache.avro;")
    return fastavro.parse_schema(told["schema"])


def test_there_is_a_channel_for_each_topic_of_a_hub_and_no_other() -> None:
    topics = {it.topic for it in Names("seintje").plans(PARTIES, 24)}
    told = {it["address"] for it in DOCUMENT["channels"].values()} - {"{path}"}
    as_told = {topic.replace(party, "{party}") for topic in topics for party in parties_in(topic)}
    assert told == as_told


def parties_in(topic: str) -> list[str]:
    """The party whose topic it is; else nothing that stands in it."""
    way, _, party = topic.removeprefix("seintje.").partition(".")
    return [party] if way in ("in", "out") else ["\0"]


def test_a_topic_that_is_not_described_stops_the_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fewer = {topic: it for topic, it in INTERNAL.items() if "receipts" not in topic}
    monkeypatch.setattr(channels, "INTERNAL", fewer)
    with pytest.raises(KeyError):
        document()


def test_no_topic_is_described_that_a_hub_does_not_have() -> None:
    topics = {it.topic for it in Names("seintje").plans(Parties([]), 1)}
    assert INTERNAL.keys() == topics


def test_topics_are_kept_as_the_document_says() -> None:
    plans = {it.topic: it for it in Names("seintje").plans(Parties([]), 24)}
    for channel in DOCUMENT["channels"].values():
        if (plan := plans.get(channel["address"])) is None:
            continue
        told = channel["bindings"]["kafka"]
        assert told["partitions"] == plan.partitions
        configuration = told["topicConfiguration"]
        assert ",".join(configuration["cleanup.policy"]) == plan.settings["cleanup.policy"]
        assert str(configuration.get("retention.ms", -1)) == plan.settings["retention.ms"]


def test_only_what_is_for_the_hub_alone_has_no_operation() -> None:
    used = {it["channel"]["$ref"].rpartition("/")[2] for it in DOCUMENT["operations"].values()}
    tagged = {name for name, it in DOCUMENT["channels"].items() if "tags" in it}
    assert used | tagged == DOCUMENT["channels"].keys()
    assert not used & tagged


def test_an_in_topic_takes_every_type_of_the_catalogue() -> None:
    types = {
        it["headers"]["properties"]["ce_type"].get("const")
        for name in DOCUMENT["channels"]["in"]["messages"]
        if "ce_type" in (it := MESSAGES[name])["headers"]["properties"]
    }
    assert types - {None} == {f"nl.seintje.{name}.v1" for name in CATALOGUE}


def test_the_avro_schemas_are_those_that_are_published() -> None:
    for name in CATALOGUE:
        published = json.loads(SCHEMAS.by_name[name].text)
        [message] = [it for it in MESSAGES.values() if it.get("title") == name]
        assert plain(message["payload"])["schema"] == published
    view = plain(MESSAGES["AlertView"]["payload"])["schema"]
    assert view == json.loads(SCHEMAS.by_name[SCHEMA].text)


def attributes_of(fact_type: str, sent: Tree) -> dict[str, bytes]:
    names = ("specversion", "id", "source", "type")
    return {f"ce_{name}": sent[name].encode() for name in names}


@pytest.mark.parametrize("fact_type", CATALOGUE)
def test_a_record_of_a_fact_is_as_the_document_says_and_is_read(fact_type: str) -> None:
    [message] = [it for it in MESSAGES.values() if it.get("title") == fact_type]
    for fact in (full(fact_type), bare(fact_type)):
        sent = json.loads(event_of(fact, 0))
        headers = attributes_of(fact_type, sent)
        value = avro_written(fact_type, avro_data_of(fact), SCHEMAS, None)
        assert errors(message["headers"], texts(headers)) == []
        # Behind the mark of its schema stands what the schema in the document reads.
        found = fastavro.schemaless_reader(io.BytesIO(value[10:]), avro_of(message), None)
        assert isinstance(found, dict)
        assert isinstance(decode_record(headers, value, SCHEMAS), Envelope)
        assert errors({"$ref": "#/components/schemas/Event"}, sent) == []
        assert errors({"$ref": "#/components/schemas/FactData"}, sent["data"]) == []


def texts(headers: dict[str, bytes]) -> dict[str, str]:
    return {name: value.decode() for name, value in headers.items()}


def test_facts_in_json_are_read_as_the_document_says() -> None:
    sent = json.loads(event_of(full("rent-missed"), 0))
    plain_json = attributes_of("rent-missed", sent) | {"content-type": b"application/json"}
    assert errors(MESSAGES["FactInJson"]["headers"], texts(plain_json)) == []
    data = msgspec.json.encode(sent["data"])
    assert isinstance(decode_record(plain_json, data, SCHEMAS), Envelope)
    whole = {"content-type": b"application/cloudevents+json; charset=utf-8"}
    assert errors(MESSAGES["FactAsAWhole"]["headers"], texts(whole)) == []
    assert errors(MESSAGES["FactAsAWhole"]["payload"], sent) == []
    assert isinstance(decode_record(whole, msgspec.json.encode(sent), SCHEMAS), Envelope)


def views() -> Iterator[tuple[str, bytes]]:
    """Each view that the hub emits for a simulated region, with its party."""
    for party, view, *_ in emitted():
        yield party, view


def test_a_record_on_an_out_topic_is_as_the_document_says() -> None:
    message = MESSAGES["AlertView"]
    schema, seen = avro_of(message), 0
    for party, view in views():
        for schema_id in (None, 7):
            headers, value = written(view, Address(party, AT, schema_id), SCHEMAS)
            assert errors(message["headers"], texts(dict(headers))) == []
            start = 10 if schema_id is None else 5
            found = fastavro.schemaless_reader(io.BytesIO(value[start:]), schema, None)
            assert isinstance(found, dict)
            key = message["bindings"]["kafka"]["key"]
            assert errors(key, dict(headers)["ce_subject"].decode()) == []
        seen += 1
    assert seen > 20


def test_a_webhook_is_as_the_document_says() -> None:
    message, seen = MESSAGES["AlertWebhook"], 0
    for party, view in views():
        revision = revision_of(Record(7, b"", view, {}, AT))
        body = event.event_of(revision, party)
        assert errors(message["payload"], json.loads(body)) == []
        assert errors(message["headers"], headers_of(revision.webhook_id, body)) == []
        seen += 1
    assert seen > 20


def test_a_test_webhook_is_as_the_document_says() -> None:
    body = event.event_of_test("sb-aaaa", "gemeente-weert", AT)
    assert errors(MESSAGES["TestWebhook"]["payload"], json.loads(body)) == []
    headers = headers_of(event.id_of_test("sb-aaaa", AT), body)
    assert errors(MESSAGES["TestWebhook"]["headers"], headers) == []


def headers_of(id_: str, body: bytes) -> dict[str, str]:
    """Those of an attempt while a secret is replaced."""
    secrets = [Secret(b"s" * 32), Secret(b"t" * 32)]
    sent = delivery(
        "https://receiver.example.nl", Message(id_, AT, body), secrets, "hub.example.nl"
    )
    return dict(sent.headers)


@pytest.mark.parametrize("name", ["AlertWebhook", "TestWebhook"])
def test_it_is_noticed_when_a_webhook_lacks_something(name: str) -> None:
    payload = MESSAGES[name]["payload"]
    for field in payload["required"]:
        assert errors({**payload, "properties": {}}, dict.fromkeys(payload["required"])) == []
        without = {it: None for it in payload["required"] if it != field}
        assert errors({**payload, "properties": {}}, without) != []


def test_the_schemas_in_json_are_those_of_the_openapi_document() -> None:
    own = DOCUMENT["components"]["schemas"]
    shared = own.keys() & OPENAPI.keys()
    assert shared >= {"Event", "Alert", "AlertView", "ReducedView", "RentMissed"}
    for name in shared:
        of_http = {key: it for key, it in OPENAPI[name].items() if key != "discriminator"}
        assert own[name] == of_http, name
    assert {name for name in own.keys() - shared if not name.endswith("Avro")} == set()
