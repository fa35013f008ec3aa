"""Settings: from variables and options, with every mistake told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.clocks import ClockChoice, SystemClock, VirtualClock, clock_of
from hub.domain.time import parse_instant
from hub.errors import Misconfigured
from hub.settings import Listen, Settings, load

BEGIN = parse_instant("2024-01-01T00:00:00Z")


def test_without_anything_said_the_defaults_hold() -> None:
    assert load({"PATH": "/bin"}) == Settings()


def test_the_command_line_wins_from_a_variable() -> None:
    environ = {"SEINTJE_DATA": "/a", "SEINTJE_LANG": "en"}
    settings = load(environ, {"data": "/b", "listen": None})
    assert (settings.data, settings.lang) == (Path("/b"), "en")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    environ = {
        "SEINTJE_LISTEN": "8300",
        "SEINTJE_CLOK": "system",
        "SEINTJE_CLOCK": "yesterday",
        "SEINTJE_DATA": " ",
    }
    with pytest.raises(Misconfigured) as caught:
        load(environ, {"lang": "de"})
    told = str(caught.value)
    assert "SEINTJE_CLOK: there is no such setting; write SEINTJE_CLOCK" in told
    assert "SEINTJE_LISTEN: write HOST:PORT" in told
    assert "SEINTJE_CLOCK: write system, fixed:" in told
    assert "SEINTJE_DATA: write a directory" in told
    assert "--lang: write nl or en" in told


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ("SEINTJE_BROKERS", "write SEINTJE_KAFKA_BROKERS"),
        ("SEINTJE_KEYFILE", "write SEINTJE_KEY_FILE"),
        ("SEINTJE_FOO", "write one of SEINTJE_DATA, SEINTJE_LISTEN, "),
    ],
)
def test_of_a_variable_that_is_no_setting_the_nearest_is_told_if_one_is_near(
    slip: str, told: str
) -> None:
    with pytest.raises(Misconfigured, match=told):
        load({slip: "x"})


def test_a_value_is_not_repeated_in_the_complaint() -> None:
    with pytest.raises(Misconfigured) as caught:
        load({"SEINTJE_LISTEN": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "listen"),
    [
        ("127.0.0.1:8300", Listen("127.0.0.1", 8300)),
        ("localhost:0", Listen("localhost", 0)),
        ("[::1]:65535", Listen("::1", 65_535)),
    ],
)
def test_listening_is_at(text: str, listen: Listen) -> None:
    assert load({"SEINTJE_LISTEN": text}).listen == listen
    assert str(listen) == text


@pytest.mark.parametrize(
    "text",
    ["", ":8300", "::1:8300", "host:", "host:65536", "host:-1", "a b:1", "[x]:1", "h:\uff11"],
)
def test_nowhere_to_listen_is(text: str) -> None:
    with pytest.raises(Misconfigured):
        load({"SEINTJE_LISTEN": text})


def test_a_worker_has_a_port_that_is_known_beforehand() -> None:
    assert load({"SEINTJE_WORKER_LISTEN": "[::1]:1"}).worker_listen == Listen("::1", 1)
    with pytest.raises(Misconfigured):
        load({"SEINTJE_WORKER_LISTEN": "127.0.0.1:0"})


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("KAFKA_BROKERS", "kafka"),
        ("KAFKA_BROKERS", "a:1,"),
        ("KAFKA_BROKERS", "a:1 b:2"),
        ("KAFKA_SECURITY", "sasl"),
        ("KAFKA_PARTITIONS", "0"),
        ("KAFKA_PARTITIONS", "many"),
        ("KAFKA_REPLICAS", "-1"),
        ("KAFKA_PREFIX", "a/b"),
        ("KAFKA_SESSION_SECONDS", "5"),
        ("WORKER_URL", "worker-0"),
        ("INSTANCE", "a b"),
        ("FRAMING", "json"),
        ("REGISTRY_URL", "localhost:8081"),
    ],
)
def test_of_kafka_no_setting_is(variable: str, text: str) -> None:
    with pytest.raises(Misconfigured, match=f"SEINTJE_{variable}: write "):
        load({f"SEINTJE_{variable}": text})


def test_brokers_are_hosts_with_ports() -> None:
    brokers = "kafka-0.kafka:9092,[::1]:9092,127.0.0.1:9093"
    assert load({"SEINTJE_KAFKA_BROKERS": brokers}).kafka_brokers == brokers


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("system", ClockChoice()),
        ("fixed:2024-01-01T00:00:00Z", ClockChoice(BEGIN, 0)),
        ("from:2024-01-01T00:00:00Z", ClockChoice(BEGIN, 1)),
        ("from:2024-01-01T00:00:00Z,x3600", ClockChoice(BEGIN, 3600)),
    ],
)
def test_a_clock_is_chosen_by(text: str, choice: ClockChoice) -> None:
    assert ClockChoice.parse(text) == choice


@pytest.mark.parametrize(
    "text", ["", "now", "fixed:", "fixed:2024-01-01T00:00:00", "from:,x2", "from:2024-01-01,3600"]
)
def test_no_clock_is(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # settings tell what is allowed
        ClockChoice.parse(text)


def test_the_clock_of_the_machine_is_the_default() -> None:
    assert isinstance(clock_of(ClockChoice()), SystemClock)


def test_a_virtual_clock_runs_as_fast_as_it_is_told_to() -> None:
    moments = iter([100.0, 100.0, 101.5])
    clock = VirtualClock(BEGIN, 3600, lambda: next(moments))
    assert clock.now() == BEGIN
    assert clock.now() == BEGIN + 5_400_000


def test_a_fixed_clock_stands_still() -> None:
    clock = clock_of(ClockChoice(BEGIN, 0))
    assert [clock.now() for _ in range(3)] == [BEGIN] * 3


def test_networks_of_our_own_are_let_through_as_written() -> None:
    environ = {"SEINTJE_ALLOWED_NETWORKS": "10.1.2.0/24,fd12:3456::/64,127.0.0.1"}
    assert [str(it) for it in load(environ).allowed_networks] == [
        "10.1.2.0/24", "fd12:3456::/64", "127.0.0.1/32",
    ]  # fmt: skip
    assert load({}).allowed_networks == ()


@pytest.mark.parametrize("text", ["", ",", "10.1.2.3/24", "10.1", "10.0.0.0/33", "intranet", "*"])
def test_what_is_no_network_is_told(text: str) -> None:
    with pytest.raises(Misconfigured, match="SEINTJE_ALLOWED_NETWORKS: write networks, like 10"):
        load({"SEINTJE_ALLOWED_NETWORKS": text})
