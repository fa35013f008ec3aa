"""From the door to what is published: each event once, under the right name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.applications import Starlette

from connectors.said import Voice
from connectors.seam import Source
from tests.connectors.cloudevents.stage import DOOR_TOKEN, SOURCE, Stage, stage, to_receive
from tests.systems.cloudevents import Sender

MAPPING = """
events:
  nl.dossier.gewijzigd:
    key: [nummer]
    facts:
      - type: begeleiding-started
        only: {status: [lopend]}
        paths: {nummer: "references[0].value", sinds: occurredAt, door: organisation}
        constants:
          gemeente: "0988"
          references[0].scheme: dossier
          references[0].issuer: gemeente-weert
ignored: [nl.dossier.notitie]
"""


def fact(id_: str, **changes: Any) -> dict[str, Any]:
    data = {
        "occurredAt": "2026-03-01",
        "gemeente": "0988",
        "references": [{"scheme": "dossier", "issuer": "gemeente-weert", "value": "D-1"}],
        "familyReunificationExpected": False,
    }
    return event(id_, "nl.seintje.intake-completed.v1", data | changes)


def event(id_: str, type_: str, data: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": id_, "source": SOURCE, "type": type_, "data": data}


def dossier(id_: str, **changes: Any) -> dict[str, Any]:
    usual = {"nummer": "D-1", "status": "lopend", "sinds": "2026-03-01", "door": "Voorbeeld"}
    return event(id_, "nl.dossier.gewijzigd", usual | changes)


class Scene(NamedTuple):
    stage: Stage
    source: Source
    sender: Sender

    async def read(self) -> list[dict[str, Any]]:
        """What is new to publish; it is published by then."""
        kept, now = self.stage.kept, self.stage.now
        while True:
            page = await self.source.read(kept.cursor(self.source.name), now)
            kept.take(Voice(SOURCE, self.source.name), page, now)
            if page.is_last:
                break
        waiting = kept.outbox.waiting(1000)
        kept.outbox.looked(waiting, ())
        return [dict(it.event) for it in waiting]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    (tmp_path / "events.yaml").write_text(MAPPING)
    with stage(tmp_path / "state") as standing:
        connector = standing.built(to_receive(mapping=tmp_path / "events.yaml", rate=None))
        transport = httpx.ASGITransport(Starlette(routes=list(connector.doors)))
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            yield Scene(standing, connector.sources[0], Sender(client, DOOR_TOKEN))


async def test_a_fact_is_published_under_the_name_of_its_sender(scene: Scene) -> None:
    await scene.sender.structured(fact("e-1"))
    (published,) = await scene.read()
    assert (published["source"], published["id"]) == (SOURCE, "e-1")
    assert published["type"] == "nl.seintje.intake-completed.v1"
    assert published["data"] == fact("e-1")["data"]


async def test_the_same_event_in_every_mode_is_one_fact(scene: Scene) -> None:
    await scene.sender.structured(fact("e-1"))
    await scene.sender.binary(fact("e-1"))
    await scene.sender.batch(fact("e-1"), fact("e-1"))
    assert len(await scene.read()) == 1
    await scene.sender.structured(fact("e-1") | {"time": "2026-03-02T00:00:00Z"})
    assert await scene.read() == []


async def test_a_correction_of_the_sender_leads_where_it_meant(scene: Scene) -> None:
    replaces = {"source": SOURCE, "id": "e-1"}
    await scene.sender.batch(fact("e-1"), fact("e-2", replaces=replaces))
    first, second = await scene.read()
    assert (first["id"], second["id"]) == ("e-1", "e-2")
    assert second["data"]["replaces"] == replaces


async def test_a_thing_that_changed_is_corrected_and_one_that_is_gone_retracted(
    scene: Scene,
) -> None:
    await scene.sender.structured(dossier("e-1"))
    (begun,) = await scene.read()
    await scene.sender.structured(dossier("e-2", door="Een ander"))
    (changed,) = await scene.read()
    assert changed["data"]["replaces"] == {"source": SOURCE, "id": begun["id"]}
    await scene.sender.structured(dossier("e-3", status="gestopt", door="Een ander"))
    (gone,) = await scene.read()
    assert gone["type"] == "nl.seintje.fact-retracted.v1"
    assert gone["data"]["retracts"] == {"source": SOURCE, "id": changed["id"]}


async def test_an_event_that_comes_late_undoes_nothing(scene: Scene) -> None:
    times = {n: {"time": f"2026-03-01T1{n}:00:00Z"} for n in range(4)}
    await scene.sender.structured(dossier("e-2", door="Tweede") | times[2])
    await scene.sender.structured(dossier("e-1", door="Eerste") | times[1])
    assert [it["data"]["organisation"] for it in await scene.read()] == ["Tweede"]
    # In another zone, and about something else.
    late = {"time": "2026-03-01T12:59:59+01:00"}
    await scene.sender.structured(dossier("e-0", door="Eerder") | late)
    await scene.sender.structured(dossier("e-9", nummer="D-2") | times[0])
    assert [it["data"]["references"][0]["value"] for it in await scene.read()] == ["D-2"]
    await scene.sender.structured(dossier("e-3", door="Derde") | times[3])
    (changed,) = await scene.read()
    assert changed["data"]["organisation"] == "Derde"


async def test_an_event_that_does_not_say_when_counts_as_it_comes(scene: Scene) -> None:
    await scene.sender.structured(dossier("e-2") | {"time": "2026-03-01T12:00:00Z"})
    await scene.sender.structured(dossier("e-1", door="Een ander"))
    assert len(await scene.read()) == 2


async def test_a_page_that_is_read_again_says_the_same_in_the_end(scene: Scene) -> None:
    for n in (2, 1, 3):
        time = {"time": f"2026-03-01T1{n}:00:00Z"}
        await scene.sender.structured(dossier(f"e-{n}", door=f"Nummer {n}") | time)
    await scene.source.read(None, scene.stage.now)  # and then it crashed
    assert (await scene.read())[-1]["data"]["organisation"] == "Nummer 3"


async def test_what_was_not_in_the_mapping_can_be_sent_again_after_a_restart(
    tmp_path: Path,
) -> None:
    mapping = tmp_path / "events.yaml"
    sent = dossier("e-1")
    for n, text in enumerate(("events: {}", MAPPING)):
        mapping.write_text(text)
        with stage(tmp_path / "state") as standing:
            standing.pass_(n)
            connector = standing.built(to_receive(mapping=mapping))
            transport = httpx.ASGITransport(Starlette(routes=list(connector.doors)))
            async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
                scene = Scene(standing, connector.sources[0], Sender(client, DOOR_TOKEN))
                assert (await scene.sender.structured(sent)).status_code == 202
                assert len(await scene.read()) == n
                assert len(standing.kept.dead_letters()) == 1 - n


async def test_what_cannot_be_read_is_kept_and_the_rest_goes_on(scene: Scene) -> None:
    await scene.sender.batch(fact("e-1"), {"id": "no event"}, event("e-2", "nl.onbekend", {}))
    await scene.sender.structured(fact("e-3"))
    assert [it["id"] for it in await scene.read()] == ["e-1", "e-3"]
    assert len(scene.stage.kept.dead_letters()) == 2


async def test_what_is_left_out_by_the_mapping_is_no_dead_letter(scene: Scene) -> None:
    await scene.sender.structured(event("e-1", "nl.dossier.notitie", {"tekst": "…"}))
    assert await scene.read() == []
    assert scene.stage.kept.dead_letters() == []


async def test_more_than_a_page_is_read_in_order(scene: Scene) -> None:
    for n in range(120):
        await scene.sender.structured(fact(f"e-{n}"))
    assert [it["id"] for it in await scene.read()] == [f"e-{n}" for n in range(120)]
    assert scene.stage.kept.inbox.waiting() <= 50  # the last page, until its cursor comes back


async def test_a_page_that_was_not_kept_is_handed_out_again(scene: Scene) -> None:
    await scene.sender.structured(fact("e-1"))
    before = await scene.source.read(None, scene.stage.now)
    after = await scene.source.read(None, scene.stage.now)
    assert before == after


async def test_what_came_before_a_crash_is_read_after_it(tmp_path: Path) -> None:
    with stage(tmp_path) as standing:
        connector = standing.built(to_receive())
        transport = httpx.ASGITransport(Starlette(routes=list(connector.doors)))
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            await Sender(client, DOOR_TOKEN).structured(fact("e-1"))
    with stage(tmp_path) as standing:
        source = standing.built(to_receive()).sources[0]
        page = await source.read(None, standing.now)
    assert len(page.entries) == 1


async def test_a_name_that_is_no_text_is_no_place(scene: Scene) -> None:
    await scene.sender.structured(fact("e\x1b]0;x\x07") | {"type": "org.example.unknown"})
    assert await scene.read() == []
    [letter] = scene.stage.kept.dead_letters()
    assert letter.where.startswith("event with SHA-256 ")


async def test_what_was_read_is_let_go_of_at_once(scene: Scene, tmp_path: Path) -> None:
    await scene.sender.structured(
        fact("e-1") | {"type": "org.example.unknown", "extra": "zeldzaam"}
    )
    await scene.read()
    [letter] = scene.stage.kept.dead_letters()
    scene.stage.kept.dismiss(letter.where)
    files = [it for it in tmp_path.rglob("*") if it.is_file()]
    assert not [it for it in files if b"zeldzaam" in it.read_bytes()]
