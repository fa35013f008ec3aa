"""`POST /v1/events`: what is kept, what is answered, and that nothing else is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from hub.domain.facts import Fact, LeaseSigned
from hub.wire import avro
from hub.wire.cloudevents import MAX_BATCH_EVENTS
from hub.wire.state import PartyOf, decode_fact
from tests.gateway.desk import MAAS, ROERMOND, WEERT, Desk, slug
from tests.streams.world import ADDRESS, DOSSIER, LEASE, SOURCES, Event, event, facts_of, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")


def repaired(id_: str, **own: Any) -> dict[str, Any]:
    """A fact of the corporatie that any household may have."""
    fields: dict[str, Any] = {"cost": 1, "cause": "wear"} | own
    return dict(event("damage-repaired", id_, "2024-02-01", **fields))


def typed(name: str) -> dict[str, Any]:
    return repaired("e") | {"type": name}


def binary(sent: Event) -> dict[str, str]:
    """The attributes of an event as headers."""
    return {f"ce-{name}": sent[name] for name in ("specversion", "id", "source", "type")}


async def kept(desk: Desk, stream: str = "facts") -> list[Fact]:
    """Everything that is still in the log."""
    party_of = PartyOf(desk.hub.parties.find_by_source)
    records = await desk.hub.outbox.read(stream, None, 10_000, 0)
    return [decode_fact(record.value or b"", party_of) for record in records]


async def test_a_structured_event_is_answered_with_its_receipt(shared: Desk) -> None:
    answer = await shared.post(repaired(shared.fresh("e")), MAAS)
    assert answer.status_code == 202
    told = answer.json()
    assert told["status"] == "accepted"
    assert told["receipts"] == [
        {"position": 0, "status": "accepted", "receiptId": told["receiptId"]}
    ]
    assert answer.headers["api-version"] == "1.0.0"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_receipt_can_be_read_at_once(shared: Desk) -> None:
    answer = await shared.post(repaired(shared.fresh("e")), MAAS)
    receipt = await shared.receipt(answer.json()["receiptId"], MAAS)
    assert receipt["type"] == "damage-repaired"


async def test_plain_json_is_taken_as_structured(shared: Desk) -> None:
    answer = await shared.post(repaired(shared.fresh("e")), MAAS, "application/json; charset=utf-8")
    assert answer.status_code == 202


async def test_binary_mode_is_the_same_event(shared: Desk) -> None:
    sent = repaired(shared.fresh("e"))
    headers = binary(sent) | {"Content-Type": "application/json"}
    body = msgspec.json.encode(sent["data"])
    first = await shared.call("POST", "/v1/events", MAAS, content=body, headers=headers)
    assert (first.status_code, first.json()["status"]) == (202, "accepted")
    assert (await shared.post(sent, MAAS)).json()["status"] == "duplicate"


async def test_binary_mode_takes_avro_too(shared: Desk) -> None:
    sent = repaired(shared.fresh("e"))
    [fact] = facts_of([sent])
    headers = binary(sent) | {"Content-Type": "application/avro"}
    body = avro.encode(fact, shared.hub.reception.schemas)
    first = await shared.call("POST", "/v1/events", MAAS, content=body, headers=headers)
    assert (first.status_code, first.json()["status"]) == (202, "accepted")
    assert (await shared.post(sent, MAAS)).json()["status"] == "duplicate"


async def test_of_a_batch_each_event_is_answered_at_its_position(shared: Desk) -> None:
    good, alien = repaired(shared.fresh("e")), repaired(shared.fresh("e"))
    bad = repaired(shared.fresh("e"), cost="much")
    foreign = dict(alien) | {"source": SOURCES[WEERT]}
    answer = await shared.post([good, bad, good, foreign, 7], MAAS)
    assert answer.status_code == 202
    told = answer.json()["receipts"]
    assert [it["position"] for it in told] == [0, 1, 2, 3, 4]
    statuses = [it["status"] for it in told]
    assert statuses == ["accepted", "refused", "duplicate", "refused", "refused"]
    assert told[0]["receiptId"] == told[2]["receiptId"]
    slugs = [it["problem"]["type"].rpartition("/")[2] for it in told if "problem" in it]
    assert slugs == ["schema-violation", "not-your-source", "malformed"]
    assert told[1]["problem"]["violations"][0]["path"] == "data.cost"


async def test_a_batch_of_which_nothing_is_good_is_a_bad_request(shared: Desk) -> None:
    answer = await shared.post([repaired("e", cost="much"), 7], MAAS)
    assert answer.status_code == 400
    assert [it["status"] for it in answer.json()["receipts"]] == ["refused", "refused"]


async def test_an_empty_batch_is_kept_whole(shared: Desk) -> None:
    answer = await shared.post([], MAAS)
    assert (answer.status_code, answer.json()) == (202, {"receipts": []})


async def test_a_batch_that_came_before_is_all_duplicates(shared: Desk) -> None:
    batch = [repaired(shared.fresh("e")) for _ in range(5)]
    await shared.post(batch, MAAS)
    again = await shared.post(batch, MAAS)
    assert again.status_code == 202
    assert {it["status"] for it in again.json()["receipts"]} == {"duplicate"}


async def test_a_dry_run_answers_the_same_and_keeps_nothing(shared: Desk) -> None:
    sent, before = repaired(shared.fresh("e")), await kept(shared)
    rehearsed = await shared.post(sent, MAAS, dryRun="true")
    assert rehearsed.status_code == 200
    assert await kept(shared) == before
    assert (await shared.get(f"/v1/receipts/{rehearsed.json()['receiptId']}", MAAS)).is_error
    answer = await shared.post(sent, MAAS, dryRun="false")
    assert answer.status_code == 202
    assert answer.json() == rehearsed.json()


async def test_a_dry_run_tells_every_violation(shared: Desk) -> None:
    answer = await shared.post(repaired("e", cost="much", cause=7), MAAS, dryRun="true")
    assert slug(answer) == "schema-violation"
    assert len(answer.json()["violations"]) == 2


async def test_the_same_again_is_a_duplicate_also_with_another_time(shared: Desk) -> None:
    sent = repaired(shared.fresh("e"))
    first = await shared.post(sent, MAAS)
    again = await shared.post(dict(sent) | {"time": "2024-02-02T00:00:00Z"}, MAAS)
    assert again.status_code == 202
    assert again.json()["status"] == "duplicate"
    assert again.json()["receiptId"] == first.json()["receiptId"]


async def test_other_content_under_the_same_id_is_a_conflict(shared: Desk) -> None:
    id_ = shared.fresh("e")
    first = await shared.post(repaired(id_), MAAS)
    other = await shared.post(repaired(id_, cost=2), MAAS)
    assert (other.status_code, slug(other)) == (409, "conflicting-duplicate")
    await shared.hub.settled()
    receipt = await shared.receipt(first.json()["receiptId"], MAAS)
    assert receipt["status"] != "refused"


REFUSED = [
    pytest.param(b"{", MAAS, 400, "malformed", id="no JSON"),
    pytest.param(repaired("e") | {"specversion": "0.3"}, MAAS, 400, "malformed", id="no envelope"),
    pytest.param(
        repaired("e") | {"type": "nl.seintje.rent-forgiven.v1"},
        MAAS,
        400,
        "unknown-type",
        id="type",
    ),
    pytest.param(repaired("e", cost=-1), MAAS, 400, "schema-violation", id="fields"),
    pytest.param(repaired("e"), WEERT, 403, "not-your-source", id="another's source"),
    pytest.param(
        event("begeleiding-contact", "e", "2024-02-01", LEASE, party=MAAS),
        MAAS,
        403,
        "not-your-fact",
        id="not of this role",
    ),
    pytest.param(repaired("e", gemeente="0363"), MAAS, 400, "unknown-gemeente", id="gemeente"),
    pytest.param(repaired("klant 111222333"), MAAS, 400, "bsn-found", id="a BSN"),
    pytest.param(
        repaired("e", occurredAt="2024-03-01T12:05:01Z"), MAAS, 400, "in-the-future", id="future"
    ),
    pytest.param(repaired("e", occurredAt="2017-12-31"), MAAS, 403, "no-convenant", id="convenant"),
    pytest.param(b" " * 65_537, MAAS, 413, "too-large", id="65 537 bytes"),
]


@pytest.mark.parametrize(("sent", "party", "status", "problem"), REFUSED)
async def test_refused_with_its_slug_is(
    sent: object, party: str, status: int, problem: str, shared: Desk
) -> None:
    answer = await shared.post(sent, party)
    assert (answer.status_code, slug(answer)) == (status, problem)
    assert answer.json()["title"]


async def test_refused_by_its_gemeente_is_a_party_that_does_not_serve_it(shared: Desk) -> None:
    sent = event("begeleiding-contact", "e", "2024-02-01", DOSSIER, gemeente="0957")
    assert slug(await shared.post(sent, WEERT)) == "no-convenant"


async def test_a_refusal_tells_no_value_of_the_fact(shared: Desk) -> None:
    answer = await shared.post(repaired("e", cost="SECRET", cause="SECRET!"), MAAS)
    assert "SECRET" not in answer.text


async def test_a_refusal_speaks_dutch_to_whoever_likes_that_best(shared: Desk) -> None:
    headers = {"Content-Type": "application/json", "Accept-Language": "en;q=0.5, nl-NL"}
    answer = await shared.call("POST", "/v1/events", MAAS, content=b"{", headers=headers)
    assert answer.json()["title"] == "Geen CloudEvent"


@pytest.mark.parametrize(
    "media",
    ["", "text/plain", "application/xml", "application/cloudevents+avro", "multipart/form-data"],
)
async def test_no_media_type_of_ours_is(media: str, shared: Desk) -> None:
    answer = await shared.post(b"{}", MAAS, media)
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")
    assert "application/cloudevents+json" in answer.headers["accept"]


async def test_a_compressed_body_is_not_read(shared: Desk) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await shared.call("POST", "/v1/events", MAAS, content=b"{}", headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" + b"7," * MAX_BATCH_EVENTS + b"7]", id="1 001 events"),
        pytest.param(b" " * (8 * 1024 * 1024 + 1), id="8 MiB and a byte"),
    ],
)
async def test_too_large_a_batch_is(body: bytes, shared: Desk) -> None:
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    answer = await shared.call("POST", "/v1/events", MAAS, content=body, headers=headers)
    assert (answer.status_code, slug(answer)) == (413, "too-large")


async def test_a_body_of_unknown_length_is_cut_off_at_the_limit(shared: Desk) -> None:
    async def endless() -> Any:
        for _ in range(3):
            yield b" " * 40_000

    headers = {"Content-Type": "application/json"}
    answer = await shared.call("POST", "/v1/events", MAAS, content=endless(), headers=headers)
    assert slug(answer) == "too-large"


async def test_a_feed_of_all_gemeenten_is_kept_for_each(desk: Desk) -> None:
    sent: dict[str, Any] = dict(
        event("feed-complete", "f", "2024-02-01", upTo="2024-02-01", types=["rent-missed"])
    )
    sent["source"] = SOURCES[MAAS]
    del sent["data"]["references"], sent["data"]["gemeente"]
    assert (await desk.post(sent, MAAS)).json()["status"] == "accepted"
    assert [fact.gemeente for fact in await kept(desk)] == ["0957", "0988"]
    assert (await desk.post(sent, MAAS)).json()["status"] == "duplicate"


async def test_of_another_tenant_only_the_lease_is_kept(desk: Desk) -> None:
    answer = await desk.post(signed(targetGroup="regular", persons=3), MAAS)
    assert answer.status_code == 202
    [fact] = await kept(desk)
    assert isinstance(fact.own, LeaseSigned)
    assert (fact.own.persons, fact.own.max_persons) == (None, None)
    text = (await desk.get("/metrics", None)).text
    assert 'seintje_other_tenants_total{group="regular"} 1.0' in text


async def test_a_regional_fact_goes_to_its_region(desk: Desk) -> None:
    sent: dict[str, Any] = dict(
        event("consultation-held", "c", "2024-02-01", region="limburg-midden", parties=[WEERT])
    )
    sent["source"] = SOURCES[ROERMOND]
    del sent["data"]["references"], sent["data"]["gemeente"]
    assert (await desk.post(sent, ROERMOND)).status_code == 202
    assert [fact.region for fact in await kept(desk, "region-facts")] == ["limburg-midden"]


async def test_what_correlation_refused_may_be_said_better_under_the_same_id(desk: Desk) -> None:
    peel = {"scheme": "lease", "issuer": "corporatie-peel", "value": "P-1"}
    other = event(
        "lease-signed",
        "other",
        "2023-12-20",
        peel,
        ADDRESS,
        party="corporatie-peel",
        startDate="2024-01-08",
        targetGroup="vergunninghouder",
        temporary=False,
    )
    told = {"organisation": "Onderdak"}
    vague = event("begeleiding-started", "b", "2024-01-20", ADDRESS, **told)
    exact = event("begeleiding-started", "b", "2024-01-20", DOSSIER, LEASE, **told)
    await desk.send(signed(), other, vague)
    path = f"/v1/events/{SOURCES[WEERT]}/b/receipt"
    refused = (await desk.get(path, WEERT)).json()
    assert refused["problem"]["type"] == "/problems/ambiguous-address"
    again = await desk.post(exact, WEERT)
    assert again.json()["status"] == "accepted"
    await desk.hub.settled()
    assert (await desk.get(path, WEERT)).json()["status"] == "accepted"


async def test_a_household_that_was_erased_is_forgotten(desk: Desk) -> None:
    erased = event("household-erased", "x", "2024-02-20", DOSSIER, LEASE, basis="request")
    await desk.send(signed(), erased)
    answer = await desk.post(repaired("late"), MAAS)
    assert answer.status_code == 202
    await desk.hub.settled()
    receipt = await desk.receipt(answer.json()["receiptId"], MAAS)
    assert (receipt["status"], receipt["problem"]["status"]) == ("refused", 409)
    assert receipt["problem"]["type"] == "/problems/household-forgotten"
