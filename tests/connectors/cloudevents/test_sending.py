"""Alerts to a receiver that speaks the webhooks of CloudEvents: a real one, on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import trustme
from starlette.applications import Starlette
from starlette.responses import Response

from connectors.bearer import OAuth
from connectors.gemeente.cloudevents_settings import CloudEventsSettings, Send
from connectors.seam import Connector, Undeliverable
from connectors.secret import Token
from hub.client import Alert
from hub.errors import Misconfigured, Unavailable
from tests.connectors.cloudevents.stage import BEGIN, Stage, alert, stage, to_send
from tests.delivery.hooks import hook
from tests.systems.cloudevents import CLIENT, ORIGIN, Receiver, receiving
from tests.systems.serving import Place

CALLBACK = "http://127.0.0.1/cloudevents/consent"


class Scene(NamedTuple):
    receiver: Receiver
    place: Place
    stage: Stage

    @asynccontextmanager
    async def connected(self, **changes: Any) -> AsyncIterator[Connector]:
        """The connector; again is a restart."""
        connector = self.stage.built(to_send(self.place, **changes))
        try:
            yield connector
        finally:
            assert connector.close is not None
            await connector.close()

    async def deliver(self, connector: Connector, what: Alert) -> None:
        await connector.sinks[0].deliver(what, self.stage.now)

    def oauth(self) -> dict[str, Any]:
        url = f"{self.place.address}/token"
        given = OAuth(token_url=url, client_id=CLIENT[0], client_secret_file=Token(CLIENT[1]))
        return {"token_file": None, "oauth": given}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with receiving() as (receiver, place):
        with stage(tmp_path) as standing:
            yield Scene(receiver, place, standing)
    assert receiver.problems == []


@pytest.mark.parametrize("mode", ["structured", "binary"])
async def test_a_revision_arrives_as_an_event(scene: Scene, mode: str) -> None:
    async with scene.connected(mode=mode) as connector:
        await scene.deliver(connector, alert("a", 1))
        await scene.deliver(connector, alert("a", 2))
        await scene.deliver(connector, alert("b", 1))
    assert [it.mode for it in scene.receiver.got] == [mode] * 3
    assert [it.data["revision"] for it in scene.receiver.got] == [1, 2, 1]
    assert [it.attributes["sequence"] for it in scene.receiver.got] == [
        "000000000001",
        "000000000002",
        "000000000003",
    ]
    assert all(it.headers["webhook-request-origin"] == ORIGIN for it in scene.receiver.got)


async def test_the_receiver_is_asked_once_before_anything_is_sent(scene: Scene) -> None:
    async with scene.connected(rate=90) as connector:
        await scene.deliver(connector, alert("a"))
    async with scene.connected(rate=90) as connector:  # after a restart it is still known
        await scene.deliver(connector, alert("b"))
    (asked,) = scene.receiver.asked
    assert asked["webhook-request-origin"] == ORIGIN
    assert asked["webhook-request-rate"] == "90"
    assert "webhook-request-callback" not in asked


async def test_consent_that_is_old_is_asked_for_again(scene: Scene) -> None:
    async with scene.connected(consent_hours=24) as connector:
        await scene.deliver(connector, alert("a"))
        scene.stage.pass_(24 * 3600 - 1)
        await scene.deliver(connector, alert("b"))
        assert len(scene.receiver.asked) == 1
        scene.stage.pass_(1)
        scene.receiver.consents = "not"
        with pytest.raises(Misconfigured, match="WebHook-Allowed-Origin"):
            await scene.deliver(connector, alert("c"))
    assert len(scene.receiver.got) == 2


async def test_another_origin_is_asked_about_anew(scene: Scene) -> None:
    async with scene.connected() as connector:
        await scene.deliver(connector, alert("a"))
    async with scene.connected(origin="other.example.nl") as connector:
        await scene.deliver(connector, alert("b"))
    assert len(scene.receiver.asked) == 2


@pytest.mark.parametrize(
    ("consents", "why"),
    [
        ("not", "no WebHook-Allowed-Origin"),
        ("other", "not the name that it was asked about"),
        ("no-rate", "no WebHook-Allowed-Rate"),
    ],
)
async def test_without_consent_nothing_is_sent(scene: Scene, consents: str, why: str) -> None:
    scene.receiver.consents = consents
    async with scene.connected() as connector:
        with pytest.raises(Misconfigured, match=why):
            await scene.deliver(connector, alert())
    assert scene.receiver.got == []


async def test_consent_for_all_without_a_rate_limit_is_consent(scene: Scene) -> None:
    scene.receiver.consents = "any"
    async with scene.connected(rate=1) as connector:
        for letter in "abcdef":
            await scene.deliver(connector, alert(letter))
    assert len(scene.receiver.got) == 6


async def test_where_it_was_agreed_nobody_is_asked(scene: Scene) -> None:
    scene.receiver.consents = "not"
    async with scene.connected(handshake=False) as connector:
        await scene.deliver(connector, alert())
    assert scene.receiver.asked == []
    assert len(scene.receiver.got) == 1


async def test_no_more_is_sent_in_a_minute_than_was_allowed(scene: Scene) -> None:
    scene.receiver.rate = "2"
    async with scene.connected() as connector:
        await scene.deliver(connector, alert("a"))
        scene.stage.pass_(20)
        await scene.deliver(connector, alert("b"))
        with pytest.raises(Unavailable) as held:
            await scene.deliver(connector, alert("c"))
        assert held.value.retry_after == pytest.approx(40)
        scene.stage.pass_(40)
        await scene.deliver(connector, alert("c"))
    assert [it.data["alertId"][3] for it in scene.receiver.got] == ["a", "b", "c"]


async def test_a_receiver_may_consent_later_by_calling_back(scene: Scene) -> None:
    scene.receiver.consents = "later"
    async with scene.connected(callback=CALLBACK, rate=5) as connector:
        with pytest.raises(Unavailable, match="may call back"):
            await scene.deliver(connector, alert())
        scene.stage.pass_(600)
        with pytest.raises(Unavailable, match="has not called back"):
            await scene.deliver(connector, alert())
        assert len(scene.receiver.asked) == 1
        assert (await called(connector, scene.receiver.callback)).status_code == 200
        for letter in "abcde":  # without a rate it is the one that was asked for
            await scene.deliver(connector, alert(letter))
        with pytest.raises(Unavailable, match="allowed in a minute"):
            await scene.deliver(connector, alert("f"))
        # The key was for once.
        assert (await called(connector, scene.receiver.callback)).status_code == 403
    assert len(scene.receiver.got) == 5


async def test_a_callback_names_the_rate(scene: Scene) -> None:
    scene.receiver.consents = "later"
    async with scene.connected(callback=CALLBACK) as connector:
        with pytest.raises(Unavailable):
            await scene.deliver(connector, alert())
        rate = {"WebHook-Allowed-Rate": "1"}
        assert (await called(connector, scene.receiver.callback, "POST", rate)).status_code == 200
        await scene.deliver(connector, alert("a"))
        with pytest.raises(Unavailable, match="allowed in a minute"):
            await scene.deliver(connector, alert("b"))


async def test_only_who_was_asked_can_call_back(scene: Scene) -> None:
    scene.receiver.consents = "later"
    async with scene.connected(callback=CALLBACK) as connector:
        with pytest.raises(Unavailable):
            await scene.deliver(connector, alert())
        assert (await called(connector, f"{CALLBACK}?key=guessed")).status_code == 403
        assert (await called(connector, CALLBACK)).status_code == 403
        assert (await called(connector, scene.receiver.callback, "HEAD")).status_code == 405
        with pytest.raises(Unavailable):
            await scene.deliver(connector, alert())
    assert scene.receiver.got == []


async def test_who_did_not_call_back_is_asked_again_with_the_same_address(scene: Scene) -> None:
    scene.receiver.consents = "later"
    async with scene.connected(callback=CALLBACK) as connector:
        for _ in range(2):
            with pytest.raises(Unavailable):
                await scene.deliver(connector, alert())
            scene.stage.pass_(3600)
    first, second = scene.receiver.asked
    assert first["webhook-request-callback"] == second["webhook-request-callback"]


async def test_a_retired_receiver_gets_no_more(scene: Scene) -> None:
    async with scene.connected() as connector:
        await scene.deliver(connector, alert("a"))
        scene.receiver.is_retired = True
        for _ in range(2):
            with pytest.raises(Misconfigured, match="retired"):
                await scene.deliver(connector, alert("b"))
        scene.receiver.is_retired = False
        with pytest.raises(Misconfigured, match="retired"):
            await scene.deliver(connector, alert("b"))
        assert len(scene.receiver.asked) == 1
    async with scene.connected() as connector:  # somebody heard that it is back
        await scene.deliver(connector, alert("b"))
    assert len(scene.receiver.asked) == 2
    assert len(scene.receiver.got) == 2


async def test_a_retired_receiver_of_which_nobody_asks_consent_gets_nothing_after_a_restart(
    scene: Scene,
) -> None:
    scene.receiver.is_retired = True
    for _ in range(2):
        async with scene.connected(handshake=False) as connector:
            with pytest.raises(Misconfigured, match="retired"):
                await scene.deliver(connector, alert())
        scene.receiver.is_retired = False
    assert scene.receiver.got == []


async def test_a_form_that_is_not_understood_says_which_setting_to_change(scene: Scene) -> None:
    scene.receiver.modes = {"binary"}
    async with scene.connected() as connector:
        with pytest.raises(Misconfigured, match="`mode`"):
            await scene.deliver(connector, alert())
    async with scene.connected(mode="binary") as connector:
        await scene.deliver(connector, alert())
    assert len(scene.receiver.got) == 1


@pytest.mark.parametrize(
    ("status", "told", "seconds"),
    [
        pytest.param(429, "90", 90, id="a number"),
        pytest.param(429, None, 60, id="nothing, though it must"),
        pytest.param(429, "soon", 60, id="what is neither"),
        pytest.param(429, "Mon, 01 Jan 99999999999 00:00:00 GMT", 60, id="a year of no calendar"),
        pytest.param(429, f"Mon, 01 Jan 2024 00:00:00 +{'9' * 20}", 60, id="an offset of no place"),
        pytest.param(503, "30", 30, id="away for a while"),
        pytest.param(429, "999999999", 86_400, id="a day at most"),
        pytest.param(429, "date", 120, id="a date"),
    ],
)
async def test_what_the_receiver_says_about_when_is_kept_to(
    scene: Scene, status: int, told: str | None, seconds: int
) -> None:
    scene.receiver.answers = [busy(status, told)]
    async with scene.connected() as connector:
        with pytest.raises(Unavailable) as first:
            await scene.deliver(connector, alert())
        scene.stage.pass_(seconds - 1)
        with pytest.raises(Unavailable, match="when to try again"):
            await scene.deliver(connector, alert())
    assert first.value.retry_after == pytest.approx(seconds)
    async with scene.connected() as connector:  # a restart does not forget it
        with pytest.raises(Unavailable, match="when to try again"):
            await scene.deliver(connector, alert())
        assert scene.receiver.got == []
        scene.stage.pass_(1)
        await scene.deliver(connector, alert())
    assert len(scene.receiver.got) == 1


@pytest.mark.parametrize("status", [400, 409, 413, 422])
async def test_what_it_says_no_to_is_put_aside(scene: Scene, status: int) -> None:
    scene.receiver.answers = [Response(status_code=status)]
    async with scene.connected() as connector:
        with pytest.raises(Undeliverable, match=str(status)) as told:
            await scene.deliver(connector, alert())
        await scene.deliver(connector, alert("b"))
    assert "D-1042" not in str(told.value)
    assert len(scene.receiver.got) == 1


async def test_a_receiver_that_refuses_everything_is_not_given_everything(scene: Scene) -> None:
    scene.receiver.answers = [Response(status_code=400) for _ in range(41)]
    for first in (0, 10):  # a restart begins no new count
        async with scene.connected() as connector:
            for revision in range(first, first + 10):
                with pytest.raises(Undeliverable):
                    await scene.deliver(connector, alert("a", revision))
    async with scene.connected() as connector:
        with pytest.raises(Misconfigured, match="20 alerts in a row"):
            await scene.deliver(connector, alert("a", 20))
        scene.receiver.answers.clear()
        await scene.deliver(connector, alert("a", 20))
        scene.receiver.answers = [Response(status_code=400)]
        with pytest.raises(Undeliverable):
            await scene.deliver(connector, alert("a", 21))
    assert len(scene.receiver.got) == 1


@pytest.mark.parametrize("status", [301, 308, 403, 404, 405])
async def test_what_is_wrong_for_every_alert_waits_for_a_setting(scene: Scene, status: int) -> None:
    scene.receiver.answers = [Response(status_code=status)]
    async with scene.connected() as connector:
        with pytest.raises(Misconfigured):
            await scene.deliver(connector, alert())


@pytest.mark.parametrize("status", [500, 502, 504, 408])
async def test_what_is_broken_is_tried_again(scene: Scene, status: int) -> None:
    scene.receiver.answers = [Response(status_code=status)]
    async with scene.connected() as connector:
        with pytest.raises(Unavailable):
            await scene.deliver(connector, alert())
        await scene.deliver(connector, alert())
    assert len(scene.receiver.got) == 1


async def test_a_receiver_that_is_away_and_comes_back_gets_it(scene: Scene) -> None:
    async with scene.connected() as connector:
        await scene.place.go()
        with pytest.raises(Unavailable):
            await scene.deliver(connector, alert())
        await scene.place.come()
        await scene.deliver(connector, alert())
    assert len(scene.receiver.got) == 1


async def test_a_repeat_is_the_same_event(scene: Scene) -> None:
    async with scene.connected() as connector:
        await scene.deliver(connector, alert())
    scene.stage.pass_(3600)
    async with scene.connected() as connector:  # it was delivered, and nobody wrote that down
        await scene.deliver(connector, alert())
    first, second = scene.receiver.got
    assert (first.attributes, first.data) == (second.attributes, second.data)
    assert len(scene.receiver.events) == 1


async def test_an_alert_that_is_too_large_is_put_aside_and_nobody_is_asked(scene: Scene) -> None:
    async with scene.connected() as connector:
        with pytest.raises(Undeliverable, match="64 KiB"):
            await scene.deliver(connector, alert(message="x" * 70_000))
    assert scene.receiver.asked == []


async def test_a_token_is_fetched_and_used_until_shortly_before_it_expires(scene: Scene) -> None:
    scene.receiver.tokens.clear()
    async with scene.connected(**scene.oauth()) as connector:
        await scene.deliver(connector, alert("a"))
        scene.stage.pass_(3569)
        await scene.deliver(connector, alert("b"))
        assert scene.receiver.granted == 1
        scene.stage.pass_(1)
        await scene.deliver(connector, alert("c"))
    assert scene.receiver.granted == 2
    assert len(scene.receiver.got) == 3


async def test_a_token_that_is_no_longer_taken_is_replaced_at_once(scene: Scene) -> None:
    async with scene.connected(**scene.oauth()) as connector:
        await scene.deliver(connector, alert("a"))
        scene.receiver.expire()
        await scene.deliver(connector, alert("b"))
    assert len(scene.receiver.got) == 2


@pytest.mark.parametrize("lasts", [None, "300", "soon", 300.0])
async def test_a_token_that_says_oddly_how_long_it_lasts_lasts_five_minutes(
    scene: Scene, lasts: object
) -> None:
    scene.receiver.lasts = lasts
    async with scene.connected(**scene.oauth()) as connector:
        await scene.deliver(connector, alert("a"))
        scene.stage.pass_(269)
        await scene.deliver(connector, alert("b"))
        assert scene.receiver.granted == 1
        scene.stage.pass_(1)
        await scene.deliver(connector, alert("c"))
    assert scene.receiver.granted == 2


async def test_a_token_that_is_not_taken_is_a_setting_to_mend(scene: Scene) -> None:
    scene.receiver.tokens = {"another"}
    async with scene.connected() as connector:
        with pytest.raises(Misconfigured, match="tokenFile"):
            await scene.deliver(connector, alert())


async def test_a_wrong_client_secret_is_a_setting_to_mend(scene: Scene) -> None:
    url = f"{scene.place.address}/token"
    wrong = OAuth(token_url=url, client_id=CLIENT[0], client_secret_file=Token("wrong"))
    async with scene.connected(token_file=None, oauth=wrong) as connector:
        with pytest.raises(Misconfigured, match="clientSecretFile"):
            await scene.deliver(connector, alert())


async def test_what_is_no_bearer_token_is_not_used(scene: Scene) -> None:
    scene.receiver.token_kind = "mac"
    async with scene.connected(**scene.oauth()) as connector:
        with pytest.raises(Misconfigured, match="no bearer token"):
            await scene.deliver(connector, alert())


async def test_a_receiver_that_wants_a_certificate_sees_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = trustme.CA()
    trusted, certificate = tmp_path / "ca.pem", tmp_path / "ours.pem"
    ca.cert_pem.write_to_path(trusted)
    ca.issue_cert("seintje.example.nl").private_key_and_cert_chain_pem.write_to_path(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    async with hook(ca, wants=ca) as found:
        url = f"https://127.0.0.1:{found.port}/events"
        usual: dict[str, Any] = {"address": url, "origin": ORIGIN, "handshake": False}
        with stage(tmp_path / "state") as standing:
            cases: list[tuple[dict[str, Any], int]] = [({}, 0), ({"certificate": certificate}, 1)]
            for changes, sees in cases:
                send = Send(token_file=Token("t"), **usual, **changes)
                settings = CloudEventsSettings(send=send)
                connector = standing.built(settings)
                with nullcontext() if sees else pytest.raises(Unavailable):
                    await connector.sinks[0].deliver(alert(), standing.now)
                assert connector.close is not None
                await connector.close()
                assert len(found.got) == sees


async def findings(connector: Connector) -> list[str]:
    assert connector.check is not None
    return [f"{it.wrong}: {it.mend}" for it in await connector.check()]


async def test_check_asks_and_neither_keeps_nor_sends(scene: Scene) -> None:
    async with scene.connected() as connector:
        assert await findings(connector) == []
        scene.receiver.consents = "not"
        (finding,) = await findings(connector)
        assert "handshake: false" in finding
        with pytest.raises(Misconfigured):
            await scene.deliver(connector, alert())
    assert scene.receiver.got == []


async def test_check_says_that_a_receiver_was_retired(scene: Scene) -> None:
    async with scene.connected() as connector:
        scene.receiver.is_retired = True
        with pytest.raises(Misconfigured):
            await scene.deliver(connector, alert())
        (finding,) = await findings(connector)
        assert "410" in finding


async def test_check_says_that_nobody_has_called_back_yet(scene: Scene) -> None:
    scene.receiver.consents = "later"
    async with scene.connected(callback=CALLBACK) as connector:
        with pytest.raises(Unavailable):
            await scene.deliver(connector, alert())
        url = scene.receiver.callback
        (finding,) = await findings(connector)
        assert "has not consented yet" in finding
        await called(connector, url)
        assert await findings(connector) == []


async def test_check_asks_nobody_where_it_was_agreed(scene: Scene) -> None:
    async with scene.connected(handshake=False) as connector:
        assert await findings(connector) == []
    assert scene.receiver.asked == []


def busy(status: int, told: str | None) -> Response:
    if told == "date":
        at = datetime.fromtimestamp(BEGIN / 1000 + 120, UTC)
        told = format_datetime(at, usegmt=True)
    return Response(status_code=status, headers={} if told is None else {"Retry-After": told})


async def called(
    connector: Connector, url: str, method: str = "GET", headers: dict[str, str] | None = None
) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=list(connector.doors)))
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.request(method, url, headers=headers)
