"""Today's worker and gateway start on what earlier ones left on Kafka, and go on where that was."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import zstandard

from tests.kafka.broker import Broker, free_ports
from tests.upgrades.keep import KEPT, run
from tests.upgrades.keep_kafka import (
    PARTIES,
    environment,
    running,
    settled,
    told_by,
)

pytestmark = pytest.mark.slow

RELEASES: Final = sorted(it.parent.name for it in KEPT.glob("*/kafka.tar.zst"))


class Kept:
    """A broker with what a release left on it, and where today's processes run."""

    def __init__(self, name: str, folder: Path, broker: Broker) -> None:
        self.name = name
        self.folder = folder
        self.settings = environment(broker, folder)

    def lines(self, what: str) -> list[dict[str, Any]]:
        packed = (KEPT / self.name / f"{what}.jsonl.zst").read_bytes()
        return _rows(zstandard.decompress(packed))


@pytest.fixture(params=RELEASES)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    packed = zstandard.decompress((KEPT / request.param / "kafka.tar.zst").read_bytes())
    broker = Broker(tmp_path / "broker")
    broker.folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(broker.folder, filter="data")
    (broker.folder / "hub.key").rename(tmp_path / "hub.key")
    (broker.folder / "formatted").touch()
    broker.start()
    try:
        yield Kept(request.param, tmp_path, broker)
    finally:
        broker.stop()


def test_a_worker_and_a_gateway_go_on_with_it(kept: Kept) -> None:
    settings, folder = kept.settings, kept.folder
    packed = (KEPT / kept.name / "facts.jsonl.zst").read_bytes()
    (folder / "facts.jsonl.zst").write_bytes(packed)
    gateway, worker = (f"127.0.0.1:{port}" for port in free_ports(2))
    run(settings, folder, "topics", "create")  # as after every upgrade
    before = kept.lines("told-on-kafka")
    with (
        running(settings, folder, "worker", "--listen", worker),
        running(settings, folder, "gateway", "--data", "reading", "--listen", gateway),
    ):
        sent = _sent_again(settings, folder, gateway)
        told = _rows(settled(lambda: told_by(settings, folder)))
    assert (sent["accepted"], sent["duplicate"] > 0) == (0, True)
    assert told == before

    later = settings | {"SEINTJE_CLOCK": "fixed:2025-03-01T00:00:00Z"}
    with running(later, folder, "worker", "--listen", worker):  # what fell due is its alone to tell
        told = _rows(settled(lambda: _other_than(before, told_by(settings, folder))))
    last = {(it["party"], it["alertId"]): it["revision"] for it in told}
    assert all(last[it["party"], it["alertId"]] >= it["revision"] for it in before)


def _sent_again(settings: Mapping[str, str], folder: Path, gateway: str) -> dict[str, int]:
    """What became of the facts, counted."""
    keys = {
        party: json.loads(run(settings, folder, "parties", "key", "create", party, "--json"))["key"]
        for party in PARTIES
    }
    (folder / "keys.json").write_text(json.dumps(keys), "utf-8")
    words = ("facts.jsonl.zst", "--to", f"http://{gateway}", "--keys", "keys.json", "--json")
    found: dict[str, int] = json.loads(run(settings, folder, "ingest", *words, "--patience", "60"))
    return found


def _other_than(before: list[dict[str, Any]], told: bytes) -> bytes:
    return told if _rows(told) != before else b""


def _rows(told: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.splitlines()]
