"""`seintje topics` and what the doctor says of Kafka, as an operator types them."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.keys import Keys
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.cli.terminal import on_terminal, seintje
from tests.kafka.broker import LOOPBACK, free_ports
from tests.streams.world import PARTIES


@pytest.fixture
def environ(kafka: Connection, kafka_names: Names, tmp_path: Path) -> dict[str, str]:
    key_file = tmp_path / "hub.key"
    Keys.load_or_create(key_file)
    return {
        "SEINTJE_KEY_FILE": str(key_file),
        "SEINTJE_KAFKA_BROKERS": kafka.brokers,
        "SEINTJE_KAFKA_PREFIX": kafka_names.prefix,
        "SEINTJE_KAFKA_PARTITIONS": "2",
    }


def test_topics_are_made_and_then_there_is_nothing_to_find(environ: dict[str, str]) -> None:
    before = seintje("topics", "check", **environ)
    assert (before.code, {row["what"] for row in before.rows}) == (1, {"topic"})
    assert all(row["do"] == "seintje topics create" for row in before.rows)
    planned = seintje("topics", "create", "--dry-run", **environ)
    made = seintje("topics", "create", **environ)
    assert (planned.code, made.code, planned.rows) == (0, 0, made.rows)
    assert made.rows[0].keys() == {"topic", "what", "found", "wanted"}
    for again in ("create", "check"):
        ran = seintje("topics", again, **environ)
        assert (ran.code, ran.rows, ran.err) == (0, [], "")


def test_another_number_of_partitions_is_wrong_use(environ: dict[str, str]) -> None:
    assert seintje("topics", "create", **environ).code == 0
    ran = seintje("topics", "create", "--partitions", "3", **environ)
    assert (ran.code, ran.rows) == (2, [])
    prefix = environ["SEINTJE_KAFKA_PREFIX"]
    assert f"{prefix}.facts.v1: partitions 2, wanted 3; " in ran.err
    assert "state export" in ran.err
    checked = seintje("topics", "check", "--partitions", "3", **environ)
    assert (checked.code, {row["what"] for row in checked.rows}) == (1, {"partitions"})


def test_more_copies_than_brokers_are_wrong_use(environ: dict[str, str]) -> None:
    ran = seintje("topics", "create", "--replicas", "3", **environ)
    assert (ran.code, ran.err.split()[0]) == (2, "SEINTJE_KAFKA_REPLICAS")


@pytest.mark.parametrize("words", ["create", "check", "acls --apply"])
def test_a_broker_that_is_away_is_not_the_fault_of_who_asks(words: str) -> None:
    where = f"{LOOPBACK}:{free_ports(1)[0]}"
    ran = seintje("topics", *words.split(), SEINTJE_KAFKA_BROKERS=where)
    assert ran.code == 3
    assert ran.err == (
        f"SEINTJE_KAFKA_BROKERS — nothing listens on {where}: "
        "start the broker, or write where it listens\n"
    )


def test_without_brokers_in_the_settings_the_setting_is_named() -> None:
    ran = seintje("topics", "check")
    assert (ran.code, ran.err.split()[0]) == (2, "SEINTJE_KAFKA_BROKERS:")


def test_tables_on_a_terminal(environ: dict[str, str]) -> None:
    count = len(Names("").plans(PARTIES, 1))
    code, shown = on_terminal("topics", "create", **environ)
    assert (code, "wanted" in shown, f"{count} gedaan" in shown) == (0, True, True)
    code, shown = on_terminal("topics", "check", **environ)
    assert (code, f"{count} topics" in shown) == (0, True)


def test_acls_are_shown_without_a_broker() -> None:
    ran = seintje("topics", "acls")
    assert ran.code == 0
    [way_in] = [row for row in ran.rows if row["name"] == "seintje.in.corporatie-maas"]
    assert way_in == {
        "principal": "User:corporatie-maas",
        "resource": "topic",
        "name": "seintje.in.corporatie-maas",
        "pattern": "literal",
        "operations": ["WRITE", "DESCRIBE"],
    }
    named = seintje("topics", "acls", "--principal", "User:CN={id},O=Seintje")
    assert named.rows[0]["principal"] == "User:CN=begeleider-onderdak,O=Seintje"
    assert {row["principal"] for row in ran.rows} >= {"User:seintje-worker", "User:seintje-gateway"}


@pytest.mark.parametrize("option", ["--principal=User:everybody", "--format=xml"])
def test_acls_of_a_form_that_is_none_are_wrong_use(option: str) -> None:
    assert seintje("topics", "acls", option).code == 2


def test_acls_for_strimzi_are_kafka_users() -> None:
    ran = seintje("topics", "acls", "--format", "strimzi", "--cluster", "regio")
    users = list(yaml.safe_load_all(ran.out))
    assert {it["kind"] for it in users} == {"KafkaUser"}
    assert {it["metadata"]["labels"]["strimzi.io/cluster"] for it in users} == {"regio"}
    assert "corporatie-maas" in {it["metadata"]["name"] for it in users}


def test_topics_for_strimzi_are_the_kafka_topics_that_a_hub_needs() -> None:
    words = ("topics", "list", "--format", "strimzi", "--cluster", "regio")
    ran = seintje(*words, SEINTJE_KAFKA_PARTITIONS="6")
    found = {it["metadata"]["name"]: it for it in yaml.safe_load_all(ran.out)}
    assert {it["kind"] for it in found.values()} == {"KafkaTopic"}
    assert {it["metadata"]["labels"]["strimzi.io/cluster"] for it in found.values()} == {"regio"}
    facts = found["seintje.facts.v1"]["spec"]
    assert (facts["partitions"], facts["replicas"]) == (6, 3)
    assert facts["config"]["min.insync.replicas"] == "2"


def test_topics_are_listed_without_a_broker() -> None:
    rows = seintje("topics", "list", SEINTJE_KAFKA_PREFIX="weert", SEINTJE_KAFKA_REPLICAS="1").rows
    [facts] = [row for row in rows if row["topic"] == "weert.facts.v1"]
    assert (facts["partitions"], facts["replicas"]) == (24, 1)
    assert "retention.ms=1209600000" in facts["settings"]


def test_a_form_that_nobody_knows_is_wrong_use_of_topics_list() -> None:
    assert seintje("topics", "list", "--format", "yaml").code == 2


def examined(
    data: Path, *words: str, **environ: str
) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """What the doctor says of Kafka and the registry."""
    more = {"SEINTJE_LISTEN": f"{LOOPBACK}:0"} | environ
    ran = seintje("doctor", "--data", data, *words, **more)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in ran.rows:
        if row["check"] in ("kafka", "topics", "rights", "registry"):
            found.setdefault(row["check"], []).append(row)
    return ran.code, found


def test_the_doctor_finds_topics_that_are_missing_and_then_nothing(
    environ: dict[str, str], tmp_path: Path
) -> None:
    code, found = examined(tmp_path / "none", **environ)
    assert (code, found["kafka"][0]["ok"]) == (1, True)
    assert {row["do"] for row in found["topics"]} == {"seintje topics create"}
    seintje("topics", "create", **environ)
    code, found = examined(tmp_path / "none", **environ)
    assert (code, set(found)) == (0, {"kafka", "topics", "rights"})
    assert found["rights"][0]["says"] == "enough for: worker, gateway, deliver"


def test_the_doctor_finds_a_wrong_number_of_partitions_and_a_setting(
    environ: dict[str, str], kafka: Connection, tmp_path: Path
) -> None:
    seintje("topics", "create", **environ)
    topic = environ["SEINTJE_KAFKA_PREFIX"] + ".receipts.v1"
    Administrator(kafka).change(topic, {"cleanup.policy": "delete"})
    code, found = examined(tmp_path / "none", **environ | {"SEINTJE_KAFKA_PARTITIONS": "1"})
    says = {row["says"] for row in found["topics"]}
    assert code == 1
    assert f"{topic}: partitions 2, wanted 1" in says
    assert f"{topic}: cleanup.policy delete, wanted compact,delete" in says


def test_the_doctor_says_what_is_wrong_with_the_connection(tmp_path: Path) -> None:
    where = f"{LOOPBACK}:{free_ports(1)[0]}"
    code, found = examined(tmp_path / "none", SEINTJE_KAFKA_BROKERS=where)
    [row] = found["kafka"]
    assert (code, set(found), row["ok"]) == (1, {"kafka"}, False)
    assert row["says"] == f"SEINTJE_KAFKA_BROKERS: nothing listens on {where}"


def test_the_doctor_knows_no_other_roles(tmp_path: Path) -> None:
    assert seintje("doctor", "--data", tmp_path / "none", "--role", "boss").code == 2


class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/apis/ccompat/v7/subjects" else 404)
        self.end_headers()
        self.wfile.write(b'["seintje.facts.v1-value"]')

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    server = http.server.HTTPServer((LOOPBACK, 0), Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{LOOPBACK}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_doctor_knows_a_registry(registry: str, tmp_path: Path) -> None:
    right = f"{registry}/apis/ccompat/v7"
    code, found = examined(tmp_path / "none", SEINTJE_REGISTRY_URL=right)
    assert (code, found["registry"][0]["says"]) == (0, f"{right} answers")
    code, found = examined(tmp_path / "none", SEINTJE_REGISTRY_URL=registry)
    assert code == 1
    assert found["registry"][0]["says"].startswith(f"SEINTJE_REGISTRY_URL: {registry} answers 404")
    gone = f"http://{LOOPBACK}:{free_ports(1)[0]}"
    code, found = examined(tmp_path / "none", SEINTJE_REGISTRY_URL=gone)
    assert code == 1
    assert found["registry"][0]["says"].startswith(f"SEINTJE_REGISTRY_URL: {gone} does not answer")
