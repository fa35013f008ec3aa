"""docs/limits.md says what the code does."""

from __future__ import annotations

from typing import Final

from hub.gateway.doors import Doors
from hub.gateway.events import MAX_BATCH_BYTES
from hub.gateway.limits import Limits, Most
from hub.gateway.open_streams import MOST as MOST_STREAMS
from hub.gateway.problems import Trouble
from hub.settings import Settings
from hub.wire.cloudevents import MAX_BATCH_EVENTS, MAX_EVENT_BYTES
from tests.house.sources import ROOT

PAGE: Final = (ROOT / "docs" / "limits.md").read_text("utf-8")
FIELDS: Final = (
    "calls_a_minute",
    "events_a_minute",
    "party_at_once",
    "calls_at_once",
    "body_megabytes",
    "attempts_a_minute",
    "connections",
)


def test_every_setting_stands_in_the_page_with_what_it_is_otherwise() -> None:
    rows = [it for it in PAGE.splitlines() if it.startswith("| `SEINTJE_")]
    told = {it.split("`")[1]: int(it.strip("| ").rpartition("|")[2]) for it in rows}
    assert told == {f"SEINTJE_{it.upper()}": getattr(Settings(), it) for it in FIELDS}


def test_the_limits_are_those_of_the_code() -> None:
    most, doors = Most(), Doors()
    told = [
        f"{MAX_EVENT_BYTES >> 10} KiB; {MAX_BATCH_BYTES >> 20} MiB and {MAX_BATCH_EVENTS} events",
        f"| {most.at_once_of_party} at once",
        f"| {most.at_once} at once",
        f"| {MOST_STREAMS} at once",
        f"| {most.body_bytes >> 20} MiB",
        f"{most.body_seconds:g} seconds, and one more for each {most.body_rate >> 10} KiB",
        f"{doors.head_bytes >> 10} KiB, {doors.headers} headers",
        f"| {doors.head_seconds:g} seconds |",
        f"| {doors.idle_seconds:g} seconds |",
        f"| {doors.connections} |",
        f"| {most.attempts_a_minute} a minute",
    ]
    assert [it for it in told if it not in PAGE] == []


def test_the_headers_are_those_of_a_hub_without_settings() -> None:
    quotas = Limits().quotas.items()
    policies = ", ".join(f'"{name}";q={it.units};w={it.seconds}' for name, it in quotas)
    assert f"RateLimit-Policy: {policies}\n" in PAGE


def test_settings_and_what_parties_have_without_them_are_one() -> None:
    settings, most = Settings(), Most()
    assert settings.calls_a_minute == most.calls_a_minute
    assert settings.events_a_minute == most.events_a_minute
    assert settings.attempts_a_minute == most.attempts_a_minute
    assert (settings.calls_at_once, settings.party_at_once) == (most.at_once, most.at_once_of_party)
    assert settings.body_megabytes << 20 == most.body_bytes
    assert settings.connections == Doors().connections


def test_a_batch_fits_into_what_a_party_may_have_in_memory() -> None:
    assert MAX_BATCH_BYTES <= (32 << 20) // 4  # 32: the least of SEINTJE_BODY_MEGABYTES


def test_the_problems_of_limits_stand_in_the_page() -> None:
    few = [it for it in Trouble if it.startswith(("too-many", "too-slow", "headers", "malformed"))]
    assert few
    assert [it for it in few if f"`{it}`" not in PAGE] == []
