"""The gateway as an application: every call in one table, and what becomes of each fault."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from hub.clocks import seconds
from hub.errors import Unavailable
from hub.gateway import (
    alerts,
    event_stream,
    events,
    health,
    households,
    query,
    receipts,
    schemas,
    subscription_acts,
)
from hub.gateway import subscriptions as of_subscriptions
from hub.gateway.acts import Acts, Endpoint
from hub.gateway.auth import authorised, said_in
from hub.gateway.gateway import Gateway
from hub.gateway.identity.caller import Need
from hub.gateway.openapi.document import document
from hub.gateway.problems import Answer, Declined, Trouble, declined
from hub.gateway.subscriptions import Subscriptions
from hub.gateway.tracing import note, traced
from hub.telemetry.logs import Seldom

EVENTS: Final = "/v1/events"
NOBODY: Final = "none"  # the route of what has none
_NO_PARAMETERS: Final = frozenset[str]()

_log = structlog.get_logger("seintje.gateway")

_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
_Open: TypeAlias = Callable[[Gateway, Request], Awaitable[Response]]


class Call(NamedTuple):
    """A call that a party makes. `needs`: what the caller must have a right to; a call that does
    not say it is nobody's."""

    method: str
    path: str
    endpoint: Endpoint
    parameters: frozenset[str] = _NO_PARAMETERS
    needs: Need | None = None


def calls() -> tuple[Call, ...]:
    """Every call of a party (interfaces, HTTP)."""
    acts = Acts()
    alert = "/v1/alerts/{alert_id}"
    publish, read, act = Need.PUBLISH, Need.READ, Need.ACT
    of_event = "/v1/events/{source}/{id:path}/receipt"
    return (
        Call("POST", EVENTS, events.post_events, events.PARAMETERS, publish),
        Call("GET", of_event, receipts.get_receipt_of_event, needs=read),
        Call("GET", "/v1/receipts/{receipt_id}", receipts.get_receipt, needs=read),
        Call("GET", "/v1/alerts", event_stream.get_alerts, alerts.PARAMETERS, read),
        Call("GET", alert, alerts.get_alert, needs=read),
        Call("POST", f"{alert}/acknowledgement", acts.endpoint("alert-acknowledged"), needs=act),
        Call("POST", f"{alert}/approach", acts.endpoint("approach-agreed"), needs=act),
        Call("POST", f"{alert}/closure", acts.endpoint("alert-closed"), needs=act),
        Call("POST", "/v1/households/lookup", households.post_lookup, needs=read),
        Call("GET", "/v1/households/{handle}", households.get_household, needs=read),
        *_of_subscriptions(),
        Call("GET", "/v1/schemas/{fingerprint}", schemas.get_schema, needs=read),
    )


def _of_subscriptions() -> tuple[Call, ...]:
    made = Subscriptions()
    read, subscribe = Need.READ, Need.SUBSCRIBE
    every, one = "/v1/subscriptions", "/v1/subscriptions/{subscription_id}"
    return (
        Call("POST", every, made.create, needs=subscribe),
        Call("GET", every, of_subscriptions.get_all, needs=read),
        Call("GET", one, of_subscriptions.get_one, needs=read),
        Call("PATCH", one, made.change, needs=subscribe),
        Call("DELETE", one, of_subscriptions.remove, needs=subscribe),
        Call("POST", f"{one}/verification", subscription_acts.verify_again, needs=subscribe),
        Call("POST", f"{one}/secret", subscription_acts.rotation(made), needs=subscribe),
        Call("POST", f"{one}/pause", subscription_acts.pause, needs=subscribe),
        Call("POST", f"{one}/resume", subscription_acts.resume, needs=subscribe),
        Call("POST", f"{one}/recovery", subscription_acts.recover, needs=subscribe),
        Call("POST", f"{one}/test", subscription_acts.test, needs=subscribe),
        Call("GET", f"{one}/attempts", subscription_acts.get_attempts, needs=read),
    )


@cache
def described() -> bytes:
    """The OpenAPI document of these calls."""
    return msgspec.json.format(msgspec.json.encode(document(calls(), OPEN)))


async def get_openapi(_gateway: Gateway, _request: Request) -> Response:
    """The document of this very hub; for pages of other sites too (NL API Design Rules)."""
    return Answer(described(), headers={"Access-Control-Allow-Origin": "*"})


OPEN: Final[Mapping[str, _Open]] = {
    "/v1/openapi.json": get_openapi,
    "/healthz": health.get_health,
    "/readyz": health.get_readiness,
    "/metrics": health.get_metrics,
}


def app(gateway: Gateway, also: Sequence[Route] = ()) -> Starlette:
    """The application over these parts; `also` are routes of somebody else beside its own."""
    routes = _of_parties(gateway)
    routes += [Route(path, _open(gateway, path, it), methods=["GET"]) for path, it in OPEN.items()]
    made = Starlette(routes=[*routes, *also], exception_handlers=_handlers(gateway))
    made.router.redirect_slashes = False
    gateway.metrics.may_decline(Trouble)
    gateway.metrics.may_answer(EVENTS)  # of all routes: the hub promises to take facts in
    made.state.declined = gateway.metrics.declined  # for the server, which declines some by itself
    return made


def _of_parties(gateway: Gateway) -> list[Route]:
    """One a path, so that whoever takes another method is told all that there are."""
    by_path: defaultdict[str, dict[str, _Endpoint]] = defaultdict(dict)
    for it in calls():
        by_path[it.path][it.method] = _of_party(gateway, it)
    return [_Path(path, _by_method(it), methods=list(it)) for path, it in by_path.items()]


class _Path(Route):
    """What may be done at a path. One without parameters is nothing else, whatever the method: a
    `GET` of `/v1/households/lookup` asks for no household of that name."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        is_here = match is Match.PARTIAL and not self.param_convertors
        return (Match.FULL if is_here else match), found


def _by_method(endpoints: Mapping[str, _Endpoint]) -> _Endpoint:
    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request)

    return answer


def _of_party(gateway: Gateway, call: Call) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        with gateway.limits.attempts.attempt(request, said_in(request)):
            party = (await authorised(gateway, request, call.needs)).party
        note(request, "seintje.party", party.id)
        with gateway.limits.working(party.id, request) as work:
            try:
                query.check_parameters(request, call.parameters)
                response = await call.endpoint(gateway, party, request)
            except Declined as reason:
                response = _declined(gateway, request, reason)
            response.headers.update(work.headers)
            return response

    return traced(gateway.tracing, call.method, call.path, _timed(gateway, call.path, answer))


def _open(gateway: Gateway, path: str, endpoint: _Open) -> Callable[[Request], Awaitable[Response]]:
    return _timed(gateway, path, partial(endpoint, gateway))


def _timed(
    gateway: Gateway, path: str, endpoint: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Counts what was answered on a path, declined or not; a fault is counted by its handler."""

    async def timed(request: Request) -> Response:
        request.scope["seintje.path"] = path
        started = seconds()
        try:
            if _has_slash_inside(request, path):
                raise Declined(Trouble.NOT_FOUND)
            response = await endpoint(request)
        except Declined as reason:
            response = _declined(gateway, request, reason)
        gateway.metrics.answered(path, response.status_code, seconds() - started)
        return response

    return timed


def _has_slash_inside(request: Request, path: str) -> bool:
    """Whether `%2f` stands for a slash between parts: for us that is the same address, and for who
    keeps some addresses to itself in front of us another one."""
    raw: bytes = request.scope.get("raw_path", b"")
    return b"%2f" in raw.lower() and ":path}" not in path


def _declined(gateway: Gateway, request: Request, reason: Declined) -> Response:
    gateway.metrics.declined(reason.trouble)
    return declined(request, reason)


def _tell_put_off(seldom: Seldom, why: Unavailable) -> None:
    """Days later nothing else says why."""
    if seldom.is_due(str(why), seconds()):
        _log.warning("calls were put off", says=str(why), retry_after=why.retry_after)


def _handlers(gateway: Gateway) -> dict[Any, Callable[[Request, Any], Awaitable[Response]]]:
    seldom = Seldom()

    def told(request: Request, reason: Declined) -> Response:
        response = _declined(gateway, request, reason)
        path = request.scope.get("seintje.path", NOBODY)
        gateway.metrics.answered(path, response.status_code, 0.0)
        return response

    async def on_http(request: Request, error: HTTPException) -> Response:
        is_method = error.status_code == 405
        trouble = Trouble.METHOD_NOT_ALLOWED if is_method else Trouble.NOT_FOUND
        return told(request, Declined(trouble, headers=error.headers))

    async def on_unavailable(request: Request, error: Unavailable) -> Response:
        _tell_put_off(seldom, error)
        later = {"Retry-After": str(max(1, round(error.retry_after)))}
        return told(request, Declined(Trouble.UNAVAILABLE, headers=later))

    async def on_disconnect(request: Request, _error: ClientDisconnect) -> Response:
        return told(request, Declined(Trouble.INVALID_BODY))  # nobody reads it

    async def on_fault(request: Request, _error: Exception) -> Response:
        # The server logs it; what it says is for us and not for who asked.
        return told(request, Declined(Trouble.INTERNAL_ERROR))

    return {
        HTTPException: on_http,
        Unavailable: on_unavailable,
        ClientDisconnect: on_disconnect,
        Exception: on_fault,
    }
