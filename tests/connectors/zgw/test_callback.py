"""The callback that Open Notificaties calls, and the abonnement that leads to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from connectors.gemeente.zgw import CallbackSettings
from connectors.gemeente.zgw_door import Callback
from connectors.secret import Secret, Token
from hub.domain.time import HOUR_MS
from hub.errors import Misconfigured, Unavailable
from tests.connectors.zgw.stage import AUTH, CALLBACK, Stage

TOLD: dict[str, Any] = {
    "kanaal": "zaken",
    "hoofdObject": "http://zgw.test/zaken/api/v1/zaken/0f3c7b6e-0000-4000-8000-000000000001",
    "resource": "status",
    "resourceUrl": "http://zgw.test/zaken/api/v1/statussen/0f3c7b6e-0000-4000-8000-000000000002",
    "actie": "create",
    "aanmaakdatum": "2026-03-05T10:00:00Z",
    "kenmerken": {"zaaktype": "http://zgw.test/catalogi/api/v1/zaaktypen/x"},
}


async def test_it_answers_when_the_zaak_is_kept(stage: Stage) -> None:
    stage.built()

    assert await stage.system.call_back(CALLBACK, AUTH, TOLD) == 204
    ((_, _, body),) = stage.kept.inbox.after(None, 10)
    assert body.decode() == TOLD["hoofdObject"], "nothing else of it is kept"


async def test_it_does_not_say_yes_to_what_is_not_on_disk(stage: Stage) -> None:
    class Full:
        def put(self, name: str, body: bytes) -> bool:
            raise Unavailable("the disk is full", 7)

        def waiting(self) -> int:
            return 0

        def after(self, cursor: str | None, limit: int) -> list[tuple[str, str, bytes]]:
            return []

    callback = Callback(Secret(AUTH), Full(), lambda: stage.now)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=callback.routes))
    ) as client:
        answer = await client.post(CALLBACK, json=TOLD, headers={"authorization": AUTH})

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize(
    "auth", [None, "", "Bearer", AUTH[:-1], AUTH + "x", AUTH.lower(), "Bearer é"]
)
async def test_nobody_else_is_heard(stage: Stage, auth: str | None) -> None:
    stage.built()
    headers = [] if auth is None else [(b"authorization", auth.encode("latin-1"))]

    answer = await stage.system.caller.post(CALLBACK, json=TOLD, headers=headers)

    assert answer.status_code == 401
    assert stage.kept.inbox.after(None, 10) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"[" * 5000, 400, id="nested"),
        pytest.param(b'{"kanaal": "zaken"}', 400, id="half"),
        pytest.param(b'{"a": "' + b"x" * (1 << 16) + b'"}', 413, id="too large"),
    ],
)
async def test_what_is_no_notification_is_told_so(stage: Stage, body: bytes, status: int) -> None:
    stage.built()

    answer = await stage.system.caller.post(CALLBACK, content=body, headers={"authorization": AUTH})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_never_ends_is_not_waited_for(stage: Stage) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    callback = Callback(Secret(AUTH), stage.kept.inbox, lambda: stage.now, patience=0)
    app = httpx.ASGITransport(Starlette(routes=callback.routes))
    async with httpx.AsyncClient(transport=app) as client:
        answer = await client.post(CALLBACK, content=dripping(), headers={"authorization": AUTH})

    assert answer.status_code == 408


async def test_unknown_fields_and_other_kanalen_do_no_harm(stage: Stage) -> None:
    stage.built()

    assert await stage.system.call_back(CALLBACK, AUTH, TOLD | {"source": "x"}) == 204
    assert await stage.system.call_back(CALLBACK, AUTH, TOLD | {"kanaal": "documenten"}) == 204
    assert len(stage.kept.inbox.after(None, 10)) == 1


async def test_it_registers_itself_for_the_zaaktypen_of_the_mapping(stage: Stage) -> None:
    connector = stage.built()
    newer = stage.system.zaaktype("BEGELEIDING-STATUSHOUDER", begin="2026-03-01")
    (errand,) = connector.errands

    assert await errand.run(stage.now) == stage.now + HOUR_MS

    (abonnement,) = stage.system.all("abonnement")
    assert abonnement["callbackUrl"] == CALLBACK
    assert {it["filters"]["zaaktype"] for it in abonnement["kanalen"]} == {
        stage.zaaktype["url"],
        newer["url"],
    }


async def test_it_is_registered_once_and_mended_when_it_differs(stage: Stage) -> None:
    (errand,) = stage.built().errands
    await errand.run(stage.now)
    (abonnement,) = stage.system.all("abonnement")
    stage.system.calls.clear()

    stage.now += HOUR_MS
    await errand.run(stage.now)
    assert not {"POST abonnement", "PUT abonnement"} & set(stage.system.calls)

    abonnement["kanalen"] = [{"naam": "zaken"}]
    stage.now += HOUR_MS
    await errand.run(stage.now)
    assert len(stage.system.all("abonnement")) == 1
    assert abonnement["kanalen"][0]["filters"] == {"zaaktype": stage.zaaktype["url"]}

    stage.system.kinds["abonnement"].clear()
    stage.now += HOUR_MS
    await errand.run(stage.now)
    assert len(stage.system.all("abonnement")) == 1


async def test_it_is_not_asked_more_often_than_needed(stage: Stage) -> None:
    (errand,) = stage.built().errands
    await errand.run(stage.now)
    stage.system.calls.clear()

    assert await errand.run(stage.now + 60_000) == stage.now + HOUR_MS
    assert stage.system.calls == []


async def test_another_secret_is_registered_anew(stage: Stage) -> None:
    (errand,) = stage.built().errands
    await errand.run(stage.now)
    token = Token("een-ander-token-voor-de-callback-dat-lang-is")
    changed = CallbackSettings(address=CALLBACK, token_file=token)
    (errand,) = stage.built(callback=changed).errands

    await errand.run(stage.now)

    (abonnement,) = stage.system.all("abonnement")
    assert abonnement["auth"] == f"Bearer {token.reveal()}"


async def test_a_callback_that_cannot_be_reached_says_what_to_do(stage: Stage) -> None:
    (errand,) = stage.built().errands
    stage.system.caller = httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette())  # nothing of ours answers there
    )

    with pytest.raises(Misconfigured, match=r"no-auth-on-callback-url.*reach that address"):
        await errand.run(stage.now)


async def test_an_abonnement_of_somebody_else_is_left_alone(stage: Stage) -> None:
    others = {"callbackUrl": "https://ander.example/callback", "auth": "x", "kanalen": []}
    theirs = stage.system.put("abonnement", stage.system.notificaties, others)
    (errand,) = stage.built().errands

    await errand.run(stage.now)

    assert len(stage.system.all("abonnement")) == 2
    assert theirs["kanalen"] == []
