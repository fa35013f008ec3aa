"""Asks for every answer that there is to calls of subscriptions (see `everything`)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from msgspec.structs import replace

from hub.delivery import shelf
from hub.delivery.orders import MOST_TESTS
from hub.delivery.outcome import Reason
from hub.delivery.subscription import Attempt, Lane, Life, Parked, Streak, Why
from hub.gateway.subscriptions import MOST
from tests.gateway.contract import Contract
from tests.gateway.desk import WEERT, Desk, calling
from tests.gateway.receiving import PATH, an_office

_JSON: Final = "application/json"
_HERE: Final = {"endpoint": "https://localhost/in"}  # where nobody is
_ACCESS: Final = {"tokenUrl": "https://localhost/", "clientId": "c", "clientSecret": "s"}
_NOBODYS: Final = "sb-" + "a" * 26
_BODIES: Final = ("verification", "secret", "pause", "resume", "recovery", "test")


async def ask_of_subscriptions(contract: Contract) -> None:
    """Ask for every answer, at a gateway beside which nobody delivers; the contract sees them."""
    with TemporaryDirectory() as folder:
        async with (
            an_office(Path(folder) / "data") as office,
            calling(office.hub.gateway(), contract) as client,
        ):
            await _ask(Desk(office.hub, office.clock, client))


async def _ask(desk: Desk) -> None:
    id_ = await _subscribe(desk, access=_ACCESS, signature="v1a")
    await _post(desk, "", _HERE, key="k")
    await _post(desk, "", _HERE, key="k")
    await _post(desk, "", {**_HERE, "contact": "a@b.example"}, key="k")
    await _post(desk, "", _HERE, key="")
    await _wrong(desk, "POST", "")
    await _wrong(desk, "PATCH", f"/{id_}")
    await desk.call("PATCH", f"{PATH}/{id_}", WEERT, json={"contact": "a@b.example"})
    for act in _BODIES:
        await _wrong(desk, "POST", f"/{id_}/{act}")
        await _post(desk, f"/{_NOBODYS}/{act}")
    for method, rest in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/attempts")):
        await desk.call(method, f"{PATH}/{_NOBODYS}{rest}", WEERT)
    await _of_one(desk, id_)
    while (await _post(desk, "", _HERE)).status_code == 201:
        pass
    await desk.get(PATH, WEERT)
    await desk.call("DELETE", f"{PATH}/{id_}", WEERT)
    assert len((await desk.get(PATH, WEERT)).json()["subscriptions"]) + 1 == MOST


async def _subscribe(desk: Desk, **more: Any) -> str:
    return str((await _post(desk, "", _HERE | more)).json()["id"])


async def _post(desk: Desk, path: str, said: Any = None, key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await desk.call("POST", PATH + path, WEERT, json=said or {}, headers=headers)


async def _wrong(desk: Desk, method: str, path: str) -> None:
    """Bodies that are none, or say what nobody asked."""
    for body, media in (
        (b"[", _JSON),
        (b'{"until": 1}', _JSON),
        (b" " * 20_000, _JSON),
        (b"{}", "text/plain"),
    ):
        headers = {"Content-Type": media}
        await desk.call(method, PATH + path, WEERT, content=body, headers=headers)


async def _of_one(desk: Desk, id_: str) -> None:
    """Acts in each life, and what is seen of it."""
    at = desk.clock.now()
    lives: dict[Life, dict[str, Any]] = {
        Life.UNVERIFIED: {},
        Life.ACTIVE: {},
        Life.FAILING: {"streak": Streak(at, 1)},
        Life.PAUSED: {"why": Why.ASKED},
        Life.DISABLED: {"why": Why.GONE},
    }
    await _post(desk, f"/{id_}/secret", key="k" * 256)
    for life, changed in lives.items():
        await _deliver(desk, id_, {"why": None, "streak": None, "life": life} | changed)
        await desk.get(f"{PATH}/{id_}", WEERT)
        for act in ("pause", "resume"):
            await _deliver(desk, id_, {"why": None, "streak": None, "life": life} | changed)
            await _post(desk, f"/{id_}/{act}")
        await _deliver(desk, id_, {"why": None, "streak": None, "life": life} | changed)
        for _ in range(MOST_TESTS + 1):
            await _post(desk, f"/{id_}/test")
        for act in ("verification", "secret"):
            await _post(desk, f"/{id_}/{act}")
    await _post(desk, f"/{id_}/recovery", {"since": "2024-02-20"})
    v1 = await _subscribe(desk)
    await _post(desk, f"/{v1}/secret")
    attempt = Attempt(at, "al-1_1", Lane.LIVE, Reason.REJECTED, 404)
    parked = Parked(at, "al-1_1", 1, Reason.REJECTED, 404)
    await _deliver(desk, id_, {"attempts": (attempt,), "parked": (parked,)})
    await desk.get(f"{PATH}/{id_}/attempts", WEERT)


async def _deliver(desk: Desk, id_: str, changed: dict[str, Any]) -> None:
    """What who delivers writes when the subscription became this; its tests were sent."""
    kept = desk.hub.reading.ask(lambda it: shelf.find(it, id_))
    assert kept is not None
    placed = desk.hub.reading.ask(shelf.open_orders).get(id_, [])
    kept = replace(kept, subscription=replace(kept.subscription, **changed), tests=())
    changes: dict[str, bytes | None] = {it.key: None for it in placed}
    await desk.hub.shelf.commit(changes | {shelf.SUBSCRIPTION + id_: shelf.encode(kept)})
