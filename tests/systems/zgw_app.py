"""The calls of the ZGW system: which there are, whom they answer, and in what form.

As the standard and Open Zaak have it: 403 with a code for a token that is not good, 400 with
`invalidParams` for what is sent wrong and for a parameter that is not known, 404 for a page behind
the last, 412 without the coordinate system where a zaak is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.domain.time import parse_instant
from tests.systems import zgw_schema

if TYPE_CHECKING:
    from tests.systems.zgw import Resource, ZgwSystem

SCHEMAS: Final[Mapping[str, tuple[str, str]]] = {
    "zaken": ("zaken", "Zaak"),
    "statussen": ("zaken", "Status"),
    "resultaten": ("zaken", "Resultaat"),
    "rollen": ("zaken", "Rol"),
    "zaakeigenschappen": ("zaken", "ZaakEigenschap"),
    "zaaktypen": ("catalogi", "ZaakType"),
    "statustypen": ("catalogi", "StatusType"),
    "resultaattypen": ("catalogi", "ResultaatType"),
    "roltypen": ("catalogi", "RolType"),
    "eigenschappen": ("catalogi", "Eigenschap"),
    "abonnement": ("notificaties", "Abonnement"),
    "kanaal": ("notificaties", "Kanaal"),
    "notificaties": ("notificaties", "Message"),
}
_FILTERS: Final[Mapping[str, frozenset[str]]] = {
    "zaken": frozenset({"identificatie", "bronorganisatie", "zaaktype", "startdatum__gte"}),
    "statussen": frozenset({"zaak", "statustype"}),
    "rollen": frozenset({"zaak", "roltype", "omschrijving", "omschrijvingGeneriek"}),
    "zaaktypen": frozenset({"identificatie", "catalogus", "datumGeldigheid"}),
    "statustypen": frozenset({"zaaktype"}),
    "resultaattypen": frozenset({"zaaktype"}),
    "roltypen": frozenset({"zaaktype", "omschrijvingGeneriek"}),
    "eigenschappen": frozenset({"zaaktype"}),
    "kanaal": frozenset({"naam"}),
    "abonnement": frozenset(),
}
# What a test writes into a resource: it has another form than it should, or the system stumbles.
_OURS: Final = ("odd", "breaks")
_UNPAGED: Final = frozenset({"kanaal", "abonnement", "zaakeigenschappen"})
CLIENT_ID: Final = "seintje"
SECRET: Final = "een-geheim-dat-lang-genoeg-is-voor-hs256"

_OLDEST_S: Final = 3600
_TEST: Final = {
    "kanaal": "test",
    "hoofdObject": "http://some.hoofdobject.nl/",
    "resource": "some_resource",
    "resourceUrl": "http://some.resource.nl/",
    "actie": "create",
    "aanmaakdatum": "2019-01-01T12:00:00Z",
    "kenmerken": {},
}


class Refused(Exception):
    """An answer that is a problem, with the code of the standard."""

    def __init__(self, status: int, code: str, *params: tuple[str, str]) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.params = params


def app(system: ZgwSystem) -> Starlette:
    calls = _Calls(system)
    return Starlette(
        routes=[Route("/{api}/api/v1/{rest:path}", calls.answer, methods=["GET", "POST", "PUT"])]
    )


class _Calls:
    def __init__(self, system: ZgwSystem) -> None:
        self._system = system

    async def answer(self, request: Request) -> Response:
        """Whatever was asked, or why not."""
        system = self._system
        steps = request.path_params["rest"].split("/")
        kind = steps[2] if len(steps) == 3 else steps[0]
        system.calls.append(f"{request.method} {kind}")
        system.on_call(f"{request.method} {kind}")
        status = system.fails_with.get(kind, system.fails_with.get(""))
        if status is not None:
            return Response(status_code=status, headers={"retry-after": "1"})
        try:
            self._knows(request)
            answer = await self._answered(request, kind, steps)
        except Refused as no:
            answer = _fout(no)
        answer.headers["API-version"] = "1.5.1"
        if system.clock is not None:
            answer.headers["date"] = formatdate(system.now(), usegmt=True)
        return answer

    async def _answered(self, request: Request, kind: str, steps: list[str]) -> Response:
        if kind not in SCHEMAS or SCHEMAS[kind][0] != request.path_params["api"]:
            raise Refused(404, "not_found")
        body: Any = await request.json() if request.method != "GET" else None
        match request.method, len(steps):
            case "GET", 1 | 3:
                return self._list(kind, dict(parse_qsl(request.url.query)), steps)
            case "GET", 2:
                return JSONResponse(self._said(kind, self._found(kind, steps[1])))
            case "POST", 1:
                self._takes(request, kind, body)
                return JSONResponse(self._said(kind, await self._made(kind, body)), 201)
            case "PUT", 2:
                return JSONResponse(self._said(kind, await self._changed(kind, steps[1], body)))
        raise Refused(405, "method_not_allowed")

    def _knows(self, request: Request) -> None:
        """Whether the token is good, now, by the clock here."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(
                token, OctKey.import_key(self._system.secret), algorithms=["HS256"]
            ).claims
        except (JoseError, ValueError):
            raise Refused(403, "invalid-jwt-signature") from None
        if claims.get("client_id") != CLIENT_ID or claims.get("iss") != CLIENT_ID:
            raise Refused(403, "missing-client-identifier")
        if not {"user_id", "user_representation"} <= claims.keys():
            raise Refused(403, "not_authenticated")
        age = self._system.now() - int(claims["iat"])
        if age < 0:
            raise Refused(403, "jwt-not-yet-valid")
        if age > _OLDEST_S:
            raise Refused(403, "jwt-expired")

    def _list(self, kind: str, query: dict[str, str], steps: list[str]) -> Response:
        page = int(query.pop("page", "1"))
        unknown = query.keys() - _FILTERS.get(kind, frozenset())
        if unknown:
            raise Refused(400, "unknown-parameters", *((it, "unknown") for it in sorted(unknown)))
        if not self._system.may_read and kind == "zaken":
            raise Refused(403, "permission_denied")
        if len(steps) == 3:
            query = {"zaak": self._found("zaken", steps[1])["url"]}
        if any(
            it["url"] == query.get("zaak") and "breaks" in it for it in self._system.all("zaken")
        ):
            raise Refused(500, "error")
        found = [it for it in reversed(self._system.all(kind)) if _fits(it, query)]
        said = [self._said(kind, it) for it in found]
        if kind in _UNPAGED:
            return JSONResponse(said)
        size = self._system.page_size
        shown = said[(page - 1) * size : page * size]
        if not shown and page > 1:
            raise Refused(404, "not_found")
        more = len(said) > page * size
        base = shown[0]["url"].rsplit("/", 1)[0] if shown else ""
        following = f"{base}?{urlencode(query | {'page': str(page + 1)})}" if more else None
        answer = {"count": len(said), "next": following, "previous": None, "results": shown}
        return JSONResponse(answer)

    def _found(self, kind: str, uuid: str) -> Resource:
        found = self._system.kinds.get(kind, {}).get(uuid)
        if found is None:
            raise Refused(404, "not_found")
        if kind == "zaken" and not self._system.may_read:
            raise Refused(403, "permission_denied")
        return found

    def _said(self, kind: str, resource: Resource) -> Resource:
        wrong = zgw_schema.said_wrong(*SCHEMAS[kind], resource)
        assert not wrong or any(it in resource for it in _OURS), f"{kind}: {wrong}"
        return {name: it for name, it in resource.items() if name not in ("auth", *_OURS)}

    def _takes(self, request: Request, kind: str, body: Any) -> None:
        if kind == "zaken" and request.headers.get("content-crs") != "EPSG:4326":
            raise Refused(412, "crs-missing")
        wrong = zgw_schema.asked_wrong(*SCHEMAS[kind], body)
        if wrong:
            raise Refused(400, "invalid", *((it, "invalid") for it in wrong))

    async def _made(self, kind: str, body: Resource) -> Resource:
        system = self._system
        match kind:
            case "zaken":
                if any(_fits(it, _identity(body)) for it in system.all("zaken")):
                    raise Refused(400, "invalid", ("identificatie", "identificatie-niet-uniek"))
                return system.add_zaak(body)
            case "statussen":
                return self._status(body)
            case "resultaten":
                zaak = self._of(body)
                if zaak["resultaat"] is not None:
                    raise Refused(400, "invalid", ("zaak", "unique"))
                return system.add_resultaat(zaak, body["resultaattype"])
            case "abonnement":
                await self._reached(body)
                return system.put(kind, system.notificaties, body)
            case "kanaal":
                if any(it["naam"] == body["naam"] for it in system.all("kanaal")):
                    raise Refused(400, "invalid", ("naam", "unique"))
                return system.put(kind, system.notificaties, body)
            case "notificaties":
                return self._published(body)
        raise Refused(405, "method_not_allowed")

    async def _changed(self, kind: str, uuid: str, body: Resource) -> Resource:
        found = self._found(kind, uuid)
        if kind == "abonnement":
            await self._reached(body)
        found.update(body)
        return found

    def _status(self, body: Resource) -> Resource:
        zaak = self._of(body)
        kind = self._found("statustypen", body["statustype"].rsplit("/", 1)[-1])
        if kind["zaaktype"] != zaak["zaaktype"]:
            raise Refused(400, "invalid", ("nonFieldErrors", "zaaktype-mismatch"))
        if parse_instant(body["datumStatusGezet"]) > self._system.now() * 1000:
            raise Refused(400, "invalid", ("datumStatusGezet", "date-in-future"))
        if kind["isEindstatus"] and zaak["resultaat"] is None:
            raise Refused(400, "invalid", ("nonFieldErrors", "resultaat-does-not-exist"))
        return self._system.add_status(zaak, kind, body["datumStatusGezet"])

    def _of(self, body: Resource) -> Resource:
        return self._found("zaken", body["zaak"].rsplit("/", 1)[-1])

    async def _reached(self, abonnement: Resource) -> None:
        """Whether a callback is there, and is not open to everybody."""
        url = abonnement["callbackUrl"]
        try:
            open_to_all = await self._system.call_back(url, None, _TEST)
            ours = await self._system.call_back(url, abonnement["auth"], _TEST)
        except httpx.TransportError:
            raise Refused(400, "invalid", ("nonFieldErrors", "invalid-callback-url")) from None
        if open_to_all not in (401, 403):
            raise Refused(400, "invalid", ("callbackUrl", "no-auth-on-callback-url"))
        if not 200 <= ours <= 209:
            raise Refused(400, "invalid", ("nonFieldErrors", "invalid-callback-url"))

    def _published(self, body: Resource) -> Resource:
        kanaal = next(
            (it for it in self._system.all("kanaal") if it["naam"] == body["kanaal"]), None
        )
        if kanaal is None:
            raise Refused(400, "invalid", ("kanaal", "message_kanaal"))
        ours, theirs = set(body["kenmerken"]), set(kanaal.get("filters", ()))
        if not (ours <= theirs or theirs <= ours):
            raise Refused(400, "invalid", ("kenmerken", "kenmerken_inconsistent"))
        self._system.published.append(body)
        self._system.outgoing.append(dict(body))
        return body


def _fits(resource: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    for name, wanted in query.items():
        field, _, how = name.partition("__")
        there = str(resource.get(field, ""))
        if there < wanted if how == "gte" else there != wanted:
            return False
    return True


def _identity(zaak: Mapping[str, str]) -> dict[str, str]:
    return {name: zaak[name] for name in ("identificatie", "bronorganisatie")}


def _fout(no: Refused) -> Response:
    body = {
        "type": "about:blank",
        "code": no.code,
        "title": no.code,
        "status": no.status,
        "detail": "x",
        "instance": "urn:uuid:00000000-0000-4000-8000-000000000000",
    }
    if no.params:
        body["invalidParams"] = [
            {"name": name, "code": code, "reason": "x"} for name, code in no.params
        ]
    return Response(json.dumps(body), no.status, media_type="application/problem+json")
