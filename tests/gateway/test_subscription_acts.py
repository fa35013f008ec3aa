"""What a party may do with its subscription, whether or not anybody delivers meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio

from hub.delivery.event import id_of_test
from hub.delivery.orders import MOST_TESTS
from hub.delivery.outcome import Reason
from hub.delivery.subscription import Attempt, Lane, Life, Parked, Streak, Stretch, Why
from hub.domain.time import DAY_MS, format_instant
from hub.gateway import subscription_views as views
from tests.gateway.desk import MAAS, slug
from tests.gateway.receiving import NOT_NOW, PATH, Office, an_office, consent

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR_MS: Final = 3_600_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with an_office(tmp_path_factory.mktemp("hub") / "data") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def id_(office: Office) -> AsyncIterator[str]:
    """An active subscription, removed afterwards."""
    made = (await office.subscribed())["id"]
    yield made
    await office.call("DELETE", f"{PATH}/{made}", MAAS)


async def in_life(office: Office, id_: str, life: Life) -> None:
    """The subscription as one that came there."""
    at = office.clock.now()
    changed: dict[str, object] = {"life": life, "why": None, "streak": None}
    match life:
        case Life.FAILING:
            changed |= {"streak": Streak(at - HOUR_MS, 3), "not_before": at + HOUR_MS}
        case Life.PAUSED:
            changed["why"] = Why.FAILED_TOO_LONG
        case Life.DISABLED:
            changed["why"] = Why.GONE
    await office.deliver(id_, **changed)


ALLOWED: Final = {
    "pause": {Life.ACTIVE, Life.FAILING},
    "resume": {Life.PAUSED},
    "test": {Life.ACTIVE, Life.FAILING, Life.PAUSED},
    "secret": set(Life),
    "verification": set(Life),
    "recovery": set(Life),
}
SLUGS: Final = {
    Life.UNVERIFIED: "subscription-unverified",
    Life.ACTIVE: "subscription-active",
    Life.FAILING: "subscription-active",
    Life.PAUSED: "subscription-paused",
    Life.DISABLED: "subscription-disabled",
}


@pytest.mark.parametrize("life", Life)
@pytest.mark.parametrize("act", ALLOWED)
async def test_what_makes_no_sense_now_is_told_with_what_to_do(
    act: str, life: Life, office: Office, id_: str
) -> None:
    await in_life(office, id_, life)
    said = {"since": "2024-02-20"} if act == "recovery" else {}
    before = await office.read(id_)
    answer = await office.do(id_, act, **said)
    if life in ALLOWED[act]:
        assert answer.status_code in (200, 202), answer.text
        return
    assert (answer.status_code, slug(answer)) == (409, SLUGS[life])
    assert await office.read(id_) == before


async def test_pause_and_resume_are_true_at_once_and_stay_so(office: Office, id_: str) -> None:
    paused = (await office.do(id_, "pause")).json()
    assert (paused["status"], paused["why"]) == ("paused", "asked")
    await office.carry_out()
    assert await office.read(id_) == paused
    resumed = (await office.do(id_, "resume")).json()
    assert (resumed["status"], resumed["why"]) == ("active", None)


async def test_a_recovery_reaches_as_far_back_as_anything_is_kept(office: Office, id_: str) -> None:
    now = office.clock.now()
    for since in (now - 30 * DAY_MS - 1, now + 1):
        answer = await office.do(id_, "recovery", since=format_instant(since))
        assert (answer.status_code, slug(answer)) == (400, "invalid-fields")
        [violation] = answer.json()["violations"]
        assert violation["path"] == "since"
        assert "30 days" in violation["expected"]
    for said in (
        {},
        {"since": None},
        {"since": "yesterday"},
        {"since": 7},
        {"until": "2024-01-01"},
    ):
        answer = await office.do(id_, "recovery", **said)
        assert (answer.status_code, slug(answer)) == (400, "invalid-fields")
    await office.deliver(id_, cursor=9)
    answer = await office.do(id_, "recovery", since=format_instant(now - 30 * DAY_MS))
    assert (answer.status_code, answer.json()["recovering"]) == (202, True)


async def test_a_test_has_an_id_of_its_own_and_few_may_wait(office: Office, id_: str) -> None:
    ids = [(await office.do(id_, "test")).json()["webhookId"] for _ in range(MOST_TESTS)]
    now = office.clock.now()
    assert ids == [id_of_test(id_, now + number) for number in range(MOST_TESTS)]
    answer = await office.do(id_, "test")
    assert (answer.status_code, slug(answer)) == (409, "too-many-tests")


async def test_asked_again_a_receiver_may_say_another_rate_and_a_disabled_one_goes_on(
    office: Office, id_: str
) -> None:
    async with office.receiver(consent("7")) as found:
        endpoint = f"https://127.0.0.1:{found.port}/in"
        await office.deliver(id_, endpoint=endpoint, cursor=5)
        assert (await office.do(id_, "verification")).json()["rate"] == 7
        await in_life(office, id_, Life.DISABLED)
        on = (await office.do(id_, "verification")).json()
        assert (on["status"], on["why"], on["rate"]) == ("active", None, 7)
    async with office.receiver(NOT_NOW, found.port):
        still = (await office.do(id_, "verification")).json()
    # To ask takes nothing away: whoever is sent to goes on to be.
    assert (still["status"], still["verification"]["consented"]) == ("active", False)


async def test_a_new_secret_signs_beside_the_former_one_for_a_while(
    office: Office, id_: str
) -> None:
    def keys() -> list[str]:
        party = office.hub.parties.by_id[MAAS]
        found = views.find(office.hub.gateway(), party, id_)
        assert found is not None
        return [it.text for it in found.secrets.keyring.at(office.clock.now())]

    [first] = keys()
    rotated = (await office.do(id_, "secret")).json()
    assert keys() == [rotated["secret"], first]
    assert rotated["formerKeyUntil"] == format_instant(office.clock.now() + DAY_MS)
    office.clock.at += DAY_MS
    assert keys() == [rotated["secret"]]
    assert "formerKeyUntil" not in await office.read(id_)
    at_once = (await office.do(id_, "secret", overlapHours=0.0)).json()
    assert keys() == [at_once["secret"]]
    for hours in (-1, 169, 1.5, True, "24"):
        answer = await office.do(id_, "secret", overlapHours=hours)
        assert (answer.status_code, slug(answer)) == (400, "invalid-fields")


@pytest.mark.parametrize("kind", ["v1", "v1a"])
async def test_a_rotation_that_is_sent_again_is_one(kind: str, office: Office) -> None:
    made = await office.subscribed(signature=kind)
    path, shown = f"{PATH}/{made['id']}/secret", "secret" if kind == "v1" else "publicKey"

    async def rotate(key: str) -> str:
        headers = {"Idempotency-Key": key}
        answer = await office.call("POST", path, MAAS, headers=headers)
        assert answer.json()["signature"] == kind
        return str(answer.json()[shown])

    first, again, second = await rotate("r-1"), await rotate("r-1"), await rotate("r-2")
    assert first == again != made[shown]
    assert second not in (first, made[shown])
    assert await rotate("r-1") not in (first, second)  # another rotation, so another secret
    answer = await office.call("POST", path, MAAS, headers={"Idempotency-Key": ""})
    assert answer.status_code == 400


async def test_attempts_and_what_was_put_aside_come_newest_first(office: Office, id_: str) -> None:
    at = office.clock.now()
    tried = [
        Attempt(at, "al-1_1", Lane.LIVE, Reason.REJECTED, 404),
        Attempt(at + 1, "al-1_2", Lane.RECOVERY, Reason.TIMED_OUT, None),
    ]
    parked = Parked(at, "al-1_1", 3, Reason.REJECTED, 404)
    await office.deliver(id_, attempts=tuple(tried), parked=(parked,))
    answer = await office.get(f"{PATH}/{id_}/attempts", MAAS)
    refused = {"webhookId": "al-1_1", "reason": "rejected", "status": 404, "at": format_instant(at)}
    assert answer.json()["parked"] == [refused]
    newest, oldest = answer.json()["attempts"]
    assert oldest == refused | {"lane": "live"}
    assert (newest["webhookId"], newest["lane"], newest["status"]) == ("al-1_2", "recovery", None)
    assert (await office.read(id_))["parked"] == 1


async def test_one_that_fails_says_since_when_and_what_waits(office: Office, id_: str) -> None:
    await in_life(office, id_, Life.FAILING)
    await office.deliver(id_, cursor=1, recovery=Stretch(0, 1))
    await office.tell(MAAS, 3)
    seen, at = await office.read(id_), office.clock.now()
    assert seen["failing"] == {
        "since": format_instant(at - HOUR_MS),
        "failures": 3,
        "nextAttemptAt": format_instant(at + HOUR_MS),
    }
    assert seen["recovering"]
    assert seen["waiting"] == 2


@pytest.mark.parametrize("act", [it for it in ALLOWED if it != "recovery"])
async def test_a_body_says_nothing_that_the_call_does_not_know(
    act: str, office: Office, id_: str
) -> None:
    answer = await office.do(id_, act, until="tomorrow")
    assert (answer.status_code, slug(answer)) == (400, "invalid-fields")
    assert [it["path"] for it in answer.json()["violations"]] == ["until"]
