"""Subscriptions over HTTP: made, seen, changed and removed, with receivers that answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio

from hub.delivery.handshake import NoConsent
from hub.delivery.shelf import SECRETS, find_secrets
from hub.delivery.signatures import Message, signed
from hub.gateway import subscription_views as views
from hub.gateway.receivers import ADDRESS_REFUSED, WORDS
from hub.gateway.subscriptions import MOST, PATCH
from hub.reading.settings import beginning_with
from tests.delivery.hooks import hook
from tests.delivery.proving import judged
from tests.gateway.desk import HUURDERS, MAAS, PEEL, ROERMOND, WEERT, Desk, slug
from tests.gateway.receiving import NOT_NOW, PATH, Office, Tree, an_office, consent

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCESS: Final = {
    "tokenUrl": "https://idp.example/token",
    "clientId": "seintje",
    "clientSecret": "geheim-van-de-ontvanger",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with an_office(tmp_path_factory.mktemp("hub") / "data") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def _none_left(office: Office) -> AsyncIterator[None]:
    """Each test begins without subscriptions."""
    yield
    for party in office.keys:
        for it in (await office.get(PATH, party)).json()["subscriptions"]:
            await office.call("DELETE", f"{PATH}/{it['id']}", party)


async def change(office: Office, id_: str, patch: Tree, party: str = MAAS) -> Any:
    headers = {"Content-Type": PATCH}
    return await office.call("PATCH", f"{PATH}/{id_}", party, json=patch, headers=headers)


async def test_a_receiver_that_consents_makes_an_active_subscription(office: Office) -> None:
    async with office.receiver() as found:
        answer = await office.subscribe(found.port, contact="beheer@maas.example.nl")
        assert [it.split(b"\r\n")[0] for it in found.requests] == [b"OPTIONS /in HTTP/1.1"]
        assert b"webhook-request-origin: hub.example.nl\r\n" in found.requests[0]
    made = answer.json()
    assert (answer.status_code, made["status"], made["rate"]) == (201, "active", 120)
    assert made["verification"] == {"consented": True}
    assert answer.headers["location"] == f"{PATH}/{made['id']}"
    assert made["secret"].startswith("whsec_")
    seen = await office.read(made["id"])
    assert seen == {name: it for name, it in made.items() if name not in ("secret", "verification")}
    assert (await office.get(PATH, MAAS)).json() == {"subscriptions": [seen]}


async def test_what_signs_is_what_was_shown(office: Office) -> None:
    for kind in ("v1", "v1a"):
        made = await office.subscribed(signature=kind)
        key = made["secret"] if kind == "v1" else made["publicKey"]
        [ring] = [
            it.secrets.keyring
            for it in views.of_party(office.hub.gateway(), office.hub.parties.by_id[MAAS])
            if it.kept.subscription.id == made["id"]
        ]
        headers = signed(Message("al-1_1", 1_000_000, b"{}"), ring.at(1_000_000))
        assert judged(headers, b"{}", key, 1_000_000) is None


async def test_of_a_pair_of_keys_the_public_one_is_always_shown_and_the_other_never(
    office: Office,
) -> None:
    made = await office.subscribed(signature="v1a")
    assert made["publicKey"].startswith("whpk_")
    assert "secret" not in made
    assert (await office.read(made["id"]))["publicKey"] == made["publicKey"]


REFUSALS: Final = [
    pytest.param(NOT_NOW, NoConsent.ORIGIN_MISSING, id="no headers"),
    pytest.param(consent(origin="other.example"), NoConsent.OTHER_ORIGIN, id="another origin"),
    pytest.param(consent("0"), NoConsent.BAD_RATE, id="no rate"),
    pytest.param(
        b"HTTP/1.1 405 No\r\ncontent-length: 0\r\n\r\n", NoConsent.NOT_SUCCESSFUL, id="405"
    ),
]


@pytest.mark.parametrize(("said", "reason"), REFUSALS)
async def test_without_consent_it_is_there_and_says_why(
    said: bytes, reason: NoConsent, office: Office
) -> None:
    async with office.receiver(said) as found:
        made = (await office.subscribe(found.port)).json()
    assert made["status"] == "unverified"
    told = made["verification"]
    assert told == {"consented": False, "reason": reason, "detail": WORDS[reason][0]}
    async with office.receiver(port=found.port):
        mended = (await office.do(made["id"], "verification")).json()
    assert (mended["status"], mended["verification"]) == ("active", {"consented": True})


async def test_who_is_not_there_is_told_so(office: Office) -> None:
    async with office.receiver() as found:
        pass
    made = (await office.subscribe(found.port)).json()
    assert made["verification"]["reason"] == NoConsent.NO_ANSWER


async def test_a_name_that_leads_within_is_not_called(desk: Desk) -> None:
    headers, said = {"Accept-Language": "nl"}, {"endpoint": "https://localhost/in"}
    made = (await desk.call("POST", PATH, MAAS, json=said, headers=headers)).json()
    told = made["verification"]
    assert (told["reason"], told["detail"]) == (ADDRESS_REFUSED, WORDS[ADDRESS_REFUSED][1])


WRONG: Final[dict[str, Tree]] = {
    "endpoint": {"endpoint": "http://receiver.example/"},
    "signature": {"signature": "v2"},
    "filter.gemeenten[1]": {"filter": {"gemeenten": ["0988", "0363"]}},
    "filter.rules[0]": {"filter": {"rules": ["no-such-rule"]}},
    "filter.severities[0]": {"filter": {"severities": [7]}},
    "filter.statuses": {"filter": {"statuses": "open"}},
    "filter.rules": {"filter": {"rules": ""}},
    "filter.postcodes": {"filter": {"postcodes": []}},
    "contact": {"contact": "nobody"},
    "access": {"access": []},
    "access.tokenUrl": {"access": ACCESS | {"tokenUrl": "https://10.0.0.1/"}},
    "access.clientId": {"access": ACCESS | {"clientId": "a\nb"}},
    "access.clientSecret": {"access": {**ACCESS, "clientSecret": None}},
    "access.scope": {"access": ACCESS | {"scope": ""}},
    "since": {"since": "2024-01-01"},
    "secret": {"secret": "whsec_"},
}


@pytest.mark.parametrize("path", WRONG)
async def test_each_field_is_judged(path: str, office: Office) -> None:
    answer = await office.subscribe(443, **WRONG[path])
    assert (answer.status_code, slug(answer)) == (400, "invalid-fields")
    assert [it["path"] for it in answer.json()["violations"]] == [path]


async def test_all_that_is_wrong_is_told_at_once_and_nothing_of_it_quoted(office: Office) -> None:
    said = {"endpoint": "https://user:whisper@receiver.example/", "111222333": 1, "contact": "ssst"}
    said |= {"filter": {"rules": ["ssst"]}, "since": "ssst", "access": {"clientSecret": "ssst"}}
    answer = await office.call("POST", PATH, MAAS, json=said)
    paths = {it["path"] for it in answer.json()["violations"]}
    assert paths == {
        "…", "endpoint", "filter.rules[0]", "contact", "access.tokenUrl", "access.clientId",
        "since",
    }  # fmt: skip
    for quoted in ("whisper", "ssst", "111222333"):
        assert quoted not in answer.text


async def test_an_address_within_is_refused_unless_its_network_is_allowed(desk: Desk) -> None:
    said = {"endpoint": "https://127.0.0.1/in"}
    answer = await desk.call("POST", PATH, MAAS, json=said)
    assert [it["path"] for it in answer.json()["violations"]] == ["endpoint"]


async def test_a_body_that_is_none_is_refused(office: Office) -> None:
    for body, media, status, name in (
        (b"[]", "application/json", 400, "invalid-body"),
        (b'{"endpoint":1,"endpoint":2}', "application/json", 400, "invalid-body"),
        (b"{}", "text/plain", 415, "unsupported-media-type"),
        (b" " * 20_000, "application/json", 413, "too-large"),
        (b"{}", PATCH, 415, "unsupported-media-type"),
    ):
        headers = {"Content-Type": media}
        answer = await office.call("POST", PATH, MAAS, content=body, headers=headers)
        assert (answer.status_code, slug(answer)) == (status, name)


async def test_the_same_call_sent_again_makes_no_second_one(office: Office) -> None:
    async with office.receiver() as found:
        first = (await office.subscribe(found.port, key="k-1", access=None)).json()
        again = (await office.subscribe(found.port, key="k-1", access=None)).json()
        assert len(found.requests) == 1  # it consented already
        other = await office.subscribe(found.port, key="k-1", contact="a@b.example")
        theirs = (await office.subscribe(found.port, PEEL, "k-1")).json()
    assert again["secret"] == first["secret"]
    assert {name: it for name, it in first.items() if name != "verification"} == again
    assert (other.status_code, slug(other)) == (409, "idempotency-key-reused")
    assert theirs["id"] != first["id"]
    assert len((await office.get(PATH, MAAS)).json()["subscriptions"]) == 1


async def test_a_day_later_or_once_replaced_the_secret_is_not_shown_again(office: Office) -> None:
    async with office.receiver() as found:
        made = (await office.subscribe(found.port, key="k-2")).json()
        await office.do(made["id"], "secret")
        assert "secret" not in (await office.subscribe(found.port, key="k-2")).json()
        await office.subscribe(found.port, key="k-3")
        office.clock.at += 86_400_000
        assert "secret" not in (await office.subscribe(found.port, key="k-3")).json()


async def test_the_id_tells_nothing_of_the_secret_of_the_receiver(office: Office) -> None:
    made = [
        await office.subscribe(443, key="k-4", access=ACCESS | {"clientSecret": secret})
        for secret in ("een", "twee")
    ]
    assert made[0].json()["id"] == made[1].json()["id"]


async def test_an_idempotency_key_has_a_length(office: Office) -> None:
    answer = await office.subscribe(443, key="k" * 256)
    assert (answer.status_code, slug(answer)) == (400, "invalid-parameter")


async def test_there_are_at_most_ten_a_party(office: Office) -> None:
    async with office.receiver() as found:
        for _ in range(MOST):
            assert (await office.subscribe(found.port)).status_code == 201
        answer = await office.subscribe(found.port)
        assert (answer.status_code, slug(answer)) == (409, "too-many-subscriptions")
        assert (await office.subscribe(found.port, PEEL)).status_code == 201
    listed = (await office.get(PATH, MAAS)).json()["subscriptions"]
    assert (await office.call("DELETE", f"{PATH}/{listed[0]['id']}", MAAS)).status_code == 204
    async with office.receiver() as found:
        assert (await office.subscribe(found.port)).status_code == 201


async def test_a_patch_changes_what_it_names(office: Office) -> None:
    wants = {"gemeenten": ["0988"], "severities": ["high", "critical"]}
    made = await office.subscribed(filter=wants, contact="a@b.example")
    changed = (await change(office, made["id"], {"filter": {"severities": ["low"]}})).json()
    assert changed["filter"] == {
        "gemeenten": ["0988"], "rules": [], "severities": ["low"], "statuses": [],
    }  # fmt: skip
    assert (changed["contact"], changed["status"]) == ("a@b.example", "active")
    assert "verification" not in changed
    gone = (await change(office, made["id"], {"filter": None, "contact": None})).json()
    assert (gone["filter"]["gemeenten"], gone["contact"]) == ([], None)
    for patch in ({"signature": "v1a"}, {"endpoint": None}, {"filter": {"gemeenten": ["0363"]}}):
        answer = await change(office, made["id"], patch)
        assert (answer.status_code, slug(answer)) == (400, "invalid-fields")


async def test_another_address_is_verified_anew(office: Office) -> None:
    made = await office.subscribed()
    async with office.receiver(NOT_NOW) as found:
        address = {"endpoint": f"https://127.0.0.1:{found.port}/elders?code=abc"}
        moved = (await change(office, made["id"], address)).json()
    assert moved["status"] == "unverified"
    assert moved["verification"]["reason"] == "origin-missing"
    assert moved["endpoint"].endswith("/elders?…")
    async with office.receiver(port=found.port):
        assert "verification" not in (await change(office, made["id"], {"contact": None})).json()
        address["endpoint"] += "d"
        moved = (await change(office, made["id"], address)).json()
    assert (moved["status"], moved["verification"]) == ("active", {"consented": True})


async def test_the_secret_of_the_receiver_goes_to_no_other_address(office: Office) -> None:
    made = (await office.subscribe(443, access=ACCESS)).json()
    assert made["access"] == {"tokenUrl": ACCESS["tokenUrl"], "clientId": "seintje", "scope": None}
    kept = await change(office, made["id"], {"access": {"scope": "webhooks"}})
    assert kept.json()["access"]["scope"] == "webhooks"
    stolen = await change(office, made["id"], {"access": {"tokenUrl": "https://evil.example/"}})
    assert [it["path"] for it in stolen.json()["violations"]] == ["access.clientSecret"]
    gone = await change(office, made["id"], {"access": None})
    assert gone.json()["access"] is None
    back = await change(office, made["id"], {"access": {**ACCESS, "clientSecret": None}})
    assert [it["path"] for it in back.json()["violations"]] == ["access.clientSecret"]


async def test_what_was_removed_is_gone_with_its_secrets(office: Office) -> None:
    made = await office.subscribed()
    path = f"{PATH}/{made['id']}"
    assert (await office.call("DELETE", path, MAAS)).status_code == 204
    for method in ("GET", "DELETE"):
        answer = await office.call(method, path, MAAS)
        assert (answer.status_code, slug(answer)) == (404, "not-found")
    await office.carry_out()
    assert office.hub.reading.ask(lambda it: find_secrets(it, made["id"])) is None
    assert (await office.get(PATH, MAAS)).json() == {"subscriptions": []}


async def test_a_patch_writes_no_secrets_that_it_does_not_change(office: Office) -> None:
    """With them it would write the key that signs, as it was before another gateway replaced it."""
    made = (await office.subscribe(443, access=ACCESS)).json()

    def written() -> list[int]:
        rows = office.hub.reading.ask(lambda it: beginning_with(it, f"{SECRETS}{made['id']}"))
        return [it.position for it in rows]

    before = written()
    assert (await change(office, made["id"], {"contact": "a@b.example"})).status_code == 200
    assert written() == before
    other = {"access": {"clientSecret": "another"}}
    assert (await change(office, made["id"], other)).status_code == 200
    assert written() > before


async def test_made_again_by_the_same_call_it_waits_until_it_is_removed(office: Office) -> None:
    """Else who delivers would take the secrets of the new one away with those of the old."""
    async with office.receiver() as found:
        made = (await office.subscribe(found.port, key="again")).json()
        await office.carry_out()
        await office.call("DELETE", f"{PATH}/{made['id']}", MAAS)
        early = await office.subscribe(found.port, key="again")
        assert (early.status_code, slug(early)) == (503, "unavailable")
        assert early.headers["retry-after"] == "1"
        await office.carry_out()
        again = await office.subscribe(found.port, key="again")
    assert again.status_code == 201
    assert again.json()["id"] == made["id"]
    assert again.json()["secret"] != made["secret"]


CALLS: Final = [
    ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/attempts"),
    *(("POST", f"/{it}") for it in (
        "verification", "secret", "pause", "resume", "recovery", "test",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("method", "act"), CALLS)
async def test_another_party_finds_nothing(method: str, act: str, office: Office) -> None:
    made = await office.subscribed()
    before = office.hub.reading.ask(lambda it: find_secrets(it, made["id"]))
    for party in (PEEL, WEERT, ROERMOND, HUURDERS):
        for id_ in (made["id"], "sb-" + "a" * 26):
            answer = await office.call(method, f"{PATH}/{id_}{act}", party, json={})
            assert (answer.status_code, slug(answer)) == (404, "not-found")
        assert (await office.get(PATH, party)).json() == {"subscriptions": []}
    seen = {name: it for name, it in made.items() if name not in ("secret", "verification")}
    assert await office.read(made["id"]) == seen
    assert office.hub.reading.ask(lambda it: find_secrets(it, made["id"])) == before


async def test_one_that_is_removed_while_its_receiver_thinks_was_made_all_the_same(
    office: Office,
) -> None:
    async with hook(office.ca, lambda _got: consent()) as found:
        found.hold()
        making = asyncio.create_task(office.subscribe(found.port))
        await found.came(1)
        [it] = (await office.get(PATH, MAAS)).json()["subscriptions"]
        assert it["status"] == "unverified"
        assert (await office.call("DELETE", f"{PATH}/{it['id']}", MAAS)).status_code == 204
        found.release()
        answer = await making
    assert (answer.status_code, answer.json()["id"]) == (201, it["id"])
    assert (await office.get(PATH, MAAS)).json() == {"subscriptions": []}
