"""A vroegsignalering system of a gemeente: takes signals, works on them, and tells what became of
them. Its store is in memory; a test lets things happen to it by calling a method.

It judges each signal by the schema of DDAS, and harder: a signal of which it cannot tell whom it is
about (no address), or that holds more about a person than an address, is refused with a 400.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.systems.serving import served
from tests.systems.vroegsignalering_ddas import SIGNAALSTATUS, VROEGSIGNAAL

KEY: Final = "sleutel-van-vroegsignalering"
_SIGNAL: Final = Draft202012Validator(VROEGSIGNAAL, format_checker=FormatChecker())
_ADDRESS: Final = frozenset(
    ("Straatnaam", "Postcode", "Huisnummer", "Huisnummertoevoeging", "Plaatsnaam")
)
_NOT_YET: Final = SIGNAALSTATUS[0]


class Call(Struct, frozen=True):
    """A call about a signal, and what was answered."""

    method: str
    id: str
    status: int


class VroegsignaleringSystem:
    """Its store, and what a test lets happen to it."""

    def __init__(self) -> None:
        self.signals: dict[str, dict[str, Any]] = {}
        """The signals that stand, by their ID, as they were given last."""
        self.calls: list[Call] = []
        self.fails_with: int | None = None
        self.retry_after: str | None = None
        self.before_answer: Callable[[], Awaitable[None]] | None = None
        self.page_size = 2
        self.address = ""
        self.come: Callable[[], Awaitable[None]]
        self.go: Callable[[], Awaitable[None]]
        self._in_hand: set[str] = set()
        self._said: list[tuple[str, Any]] = []

    # -- what the gemeente does there

    def pick_up(self, id_: str, on: str = "2024-03-01", **more: Any) -> None:
        """The gemeente works on a signal: from now on it stays as it is. `more` is what its
        vroegsignaalzaak says besides, like `resultaat`."""
        self._in_hand.add(id_)
        usual = {
            "resultaat": "Vervolghulp en/of verwijzing financieel",
            "matchingsdatum": "2024-02-28",
            "startdatum_matchtingperiode": "2024-02-01",
            "einddatum_matchingperiode": "2024-02-29",
            "datum_opgepakt": on,
            "vroegsignalen": [{"ID": id_}],
            "contactpogingen": [
                {"soort": "Huisbezoek", "bereikt": True, "datum": on, "dagdeel": "Middag"}
            ],
        }
        zaak = {name: value for name, value in (usual | more).items() if value is not None}
        self._said.append(("vroegsignaalzaken", zaak))

    def put_back(self, id_: str) -> None:
        """It was no work after all."""
        self._in_hand.discard(id_)
        self.pick_up(id_, datum_opgepakt=None)
        self._in_hand.discard(id_)

    def set_status(self, id_: str, status: Any, **more: Any) -> None:
        """What the gemeente makes of a signal, of EnumSignaalstatus."""
        client = {"Postcode": "6001AA", "Huisnummer": "1", "Burgerservicenummer": "111222333"}
        signal = {"signaalpartner": {"type": "Huur"}, "client": client, "status": status, "ID": id_}
        self._said.append(("vroegsignalen", signal | more))

    def say_anew(self) -> None:
        """Everything that was said is said once more."""
        self._said += list(self._said)

    def say_what_nobody_expects(self, kind: str, thing: Any) -> None:
        """Something in `vroegsignalen` or `vroegsignaalzaken`, in another form than DDAS has."""
        self._said.append((kind, thing))

    # -- its interface

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/vroegsignalen/{id}", self._signal, methods=["GET", "PUT", "DELETE"]),
                Route("/terugkoppelingen", self._feedback, methods=["GET"]),
            ]
        )

    async def _signal(self, request: Request) -> Response:
        response = await self._refused(request)
        if response is None:
            answer = {"GET": self._shown, "PUT": self._given, "DELETE": self._taken_back}
            body = await request.json() if request.method == "PUT" else None
            response = answer[request.method](request.path_params["id"], body)
        told = Call(request.method, request.path_params["id"], response.status_code)
        self.calls.append(told)
        return response

    def _shown(self, id_: str, _body: Any) -> Response:
        known = self.signals.get(id_)
        return Response(status_code=404) if known is None else JSONResponse(known)

    def _given(self, id_: str, signal: Any) -> Response:
        wrong = wrong_with(id_, signal)
        if wrong:
            return JSONResponse({"title": "Geen geldig vroegsignaal", "errors": wrong}, 400)
        if id_ in self._in_hand:
            return Response(status_code=409)
        is_new = id_ not in self.signals
        self.signals[id_] = signal
        return Response(status_code=201 if is_new else 200)

    def _taken_back(self, id_: str, _body: Any) -> Response:
        if id_ in self._in_hand:
            return Response(status_code=409)
        known = self.signals.pop(id_, None)
        return Response(status_code=404 if known is None else 204)

    async def _feedback(self, request: Request) -> Response:
        if (refused := await self._refused(request)) is not None:
            return refused
        first = int(request.query_params.get("na") or 0)
        upto = min(first + self.page_size, len(self._said))
        page: dict[str, Any] = {"vroegsignalen": [], "vroegsignaalzaken": []}
        for kind, thing in self._said[first:upto]:
            page[kind].append(thing)
        more = upto < len(self._said)
        return JSONResponse(page | {"volgende": str(upto), "meer": more, "peildatum": "vandaag"})

    async def _refused(self, request: Request) -> Response | None:
        if self.before_answer is not None:
            await self.before_answer()
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Response(status_code=401)
        if self.fails_with is None:
            return None
        headers = {} if self.retry_after is None else {"retry-after": self.retry_after}
        return Response(status_code=self.fails_with, headers=headers)


def wrong_with(id_: str, signal: Any) -> list[str]:
    """What is wrong with a signal, by the schema and by what else may be asked of one."""
    wrong = [f"{error.json_path}: {error.message}" for error in _SIGNAL.iter_errors(signal)]
    if not wrong:
        client = signal["client"]
        wrong += [f"client.{name}: meer dan een adres" for name in sorted(client.keys() - _ADDRESS)]
        wrong += [
            f"client.{name}: ontbreekt" for name in ("Postcode", "Huisnummer") if name not in client
        ]
        wrong += ["ID: niet die van het adres"] if signal["ID"] != id_ else []
        wrong += (
            ["status: die geeft de gemeente"] if signal.get("status", _NOT_YET) != _NOT_YET else []
        )
        wrong += [] if _is_order(signal) else ["signaaldatum: voor de ontstaansdatum"]
    return wrong


def _is_order(signal: Any) -> bool:
    since, on = signal.get("ontstaansdatum"), signal.get("signaaldatum")
    return since is None or on is None or date.fromisoformat(since) <= date.fromisoformat(on)


@asynccontextmanager
async def serving() -> AsyncIterator[VroegsignaleringSystem]:
    """The system on loopback, at its `address`; it can `go` away and `come` back."""
    system = VroegsignaleringSystem()
    async with served(system.app()) as place:
        system.address, system.come, system.go = place.address, place.come, place.go
        yield system
