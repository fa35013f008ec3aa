"""A housing system that speaks VERA 4.3: one REST API for each information domain, as the OpenAPI
documents describe them (vera_schemas.json beside it is the part of them that is read here).

Everything that is put in is held against those documents, and so is every query: its parameters are
fields of the entity, `cursor` or `pagina`. It also has the persons that no connector may ask for.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.systems.serving import Place, served

KEY: Final = "vera-sleutel-4711"
CLIENT: Final = "seintje"
CLIENT_SECRET: Final = "geheim+van/de client"
Thing = dict[str, Any]

ENTITIES: Final[Mapping[str, tuple[str, str]]] = {
    "huurovereenkomsten": ("overeenkomsten", "Huurovereenkomst"),
    "eenheden": ("vastgoed", "Eenheid"),
    "eenheidadressen": ("vastgoed", "Eenheidadres"),
    "adresseerbare-objecten-basisregistratie": ("vastgoed", "AdresseerbaarObjectBasisregistratie"),
    "bag-adressen": ("vastgoed", "BagAdres"),
    "gemeenten": ("vastgoed", "Gemeente"),
    "eenheid-voorwaardes": ("vastgoed", "EenheidVoorwaarden"),
    "toewijzingen": ("woonruimteverdeling", "Toewijzing"),
    "boekingen": ("financien", "Boeking"),
    "afletteringen": ("financien", "Aflettering"),
    "betalingsregelingen": ("financien", "Betalingsregeling"),
    "onderhoudsverzoeken": ("onderhoud", "Onderhoudsverzoek"),
    "defecten": ("onderhoud", "Defect"),
    "onderhoudsorders": ("onderhoud", "Onderhoudsorder"),
    "onderhoudsverzoekverrekeningen": ("onderhoud", "Onderhoudsverzoekverrekening"),
    "signaleringen": ("relaties", "Signalering"),
    "contactmomenten": ("relaties", "Contactmoment"),
    "relaties": ("relaties", ""),
    "natuurlijk-personen": ("relaties", ""),
}
DOMAINS: Final = tuple(dict.fromkeys(domain for domain, _ in ENTITIES.values()))
_SCHEMAS: Final = json.loads((Path(__file__).parent / "vera_schemas.json").read_text("utf-8"))
_PAGING: Final = ("cursor", "pagina")


@cache
def judge_of(resource: str) -> Draft202012Validator | None:
    """Knows what VERA says that a thing of this resource looks like; None: of that nothing is kept
    here."""
    domain, entity = ENTITIES[resource]
    if not entity:
        return None
    definitions = _SCHEMAS[domain]["definitions"]
    schema = {"$ref": f"#/definitions/{entity}bericht", "definitions": definitions}
    return Draft202012Validator(schema)


class VeraSystem:
    """Its store, and what a test lets happen to it.

    `pages_by`: `cursor` or `pagina`. `per_page`: at most so many, whatever is asked. `fails_with`:
    the status of answers below a path. `allows`: how many calls in all, before it
    asks for patience. `unfiltered`: lists that take no filter. `own_parameters`:
    that this supplier takes and VERA does not know; here they are taken for nothing.
    `between_pages` is called after each page that has a next one.
    """

    def __init__(self) -> None:
        self.store: dict[str, dict[str, Thing]] = {resource: {} for resource in ENTITIES}
        self.calls: list[str] = []
        self.pages_by = "cursor"
        self.per_page = 100
        self.fails_with: dict[str, int] = {}
        self.retry_after: int | None = None
        self.allows: int | None = None
        self.unfiltered: set[str] = set()
        self.own_parameters: set[str] = set()
        self.between_pages: Callable[[], None] | None = None
        self.tokens: list[str] = []
        self.tokens_last = 3600
        self.address = "http://127.0.0.1:1"

    def url(self, domain: str) -> str:
        return f"{self.address}/{domain}/v4"

    def uri(self, resource: str, id_: str) -> str:
        """How other domains name a thing."""
        return f"{self.url(ENTITIES[resource][0])}/{resource}/{id_}"

    def put(self, resource: str, id_: str, **fields: Any) -> Thing:
        """A thing comes, or changes. None takes a field away."""
        thing = self.put_odd(resource, id_, **fields)
        if (judge := judge_of(resource)) is not None:
            judge.validate(thing)
        return thing

    def put_odd(self, resource: str, id_: str, **fields: Any) -> Thing:
        """The same, in a form that VERA does not know."""
        thing = self.store[resource].get(id_, {}) | {"id": id_} | fields
        thing = {name: value for name, value in thing.items() if value is not None}
        self.store[resource][id_] = thing
        return thing

    def remove(self, resource: str, id_: str) -> None:
        del self.store[resource][id_]

    def asked_for(self, resource: str) -> list[str]:
        """The calls of a resource."""
        return [it for it in self.calls if f"/v4/{resource}" in it]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/oauth/token", self._token, methods=["POST"]),
                Route("/{domain}/v4/ping", self._ping, methods=["GET"]),
                Route("/{domain}/v4/{resource}", self._list, methods=["GET"]),
                Route("/{domain}/v4/{resource}/{id}", self._one, methods=["GET"]),
            ]
        )

    async def _ping(self, request: Request) -> Response:
        return self._refused(request) or JSONResponse({})

    async def _one(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        thing = self._resource(request).get(request.path_params["id"])
        return JSONResponse(thing) if thing is not None else _fault(404, "niet gevonden")

    async def _list(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        resource = request.path_params["resource"]
        things = list(self._resource(request).values())
        query = {name: text for name, text in request.query_params.items() if name not in _PAGING}
        if resource not in self.unfiltered:
            for name, text in query.items():
                if name in self.own_parameters:
                    continue
                if not _is_field(resource, name):
                    return _fault(400, f"onbekende parameter {name}")
                things = [it for it in things if _value(it, name) == text]
        return self._page(request, things)

    def _page(self, request: Request, things: list[Thing]) -> Response:
        size = min(int(request.headers.get("x-parameters-aantalperpagina", "20")), self.per_page)
        headers = {"X-Parameters-AantalPerPagina": str(size)}
        if self.pages_by == "cursor":
            after = request.query_params.get("cursor", "")
            rest = [it for it in things if it["id"] > after] if after else things
            rest.sort(key=lambda it: str(it["id"]))
            has_more = len(rest) > size
            if has_more:
                headers["X-Parameters-Cursor"] = rest[size - 1]["id"]
        else:
            number = int(request.query_params.get("pagina", "1"))
            rest = things[(number - 1) * size :]
            has_more = len(rest) > size
            headers |= {
                "X-Parameters-Pagina": str(number),
                "X-Parameters-Aantal": str(len(things)),
            }
        found = JSONResponse(rest[:size], headers=headers)
        if has_more and self.between_pages is not None:
            self.between_pages()
        return found

    async def _token(self, request: Request) -> Response:
        form = (await request.body()).decode()
        self.calls.append(f"/oauth/token {form}")
        if request.headers.get("authorization", "") != _basic():
            return JSONResponse({"error": "invalid_client"}, 401)
        if "grant_type=client_credentials" not in form:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        token = {"access_token": self.tokens[-1], "token_type": "Bearer"}
        return JSONResponse(token | {"expires_in": self.tokens_last})

    def _refused(self, request: Request) -> Response | None:
        path = request.url.path
        self.calls.append(f"{path}?{request.url.query}" if request.url.query else path)
        if self.allows is not None and len(self.calls) > self.allows:
            return Response(status_code=429)
        for below, status in self.fails_with.items():
            if path.startswith(below):
                wait = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
                return Response(status_code=status, headers=wait)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        is_known = request.headers.get("x-api-key") == KEY or bearer in self.tokens[-1:]
        return None if is_known else _fault(401, "niet geautoriseerd")

    def _resource(self, request: Request) -> dict[str, Thing]:
        domain, resource = request.path_params["domain"], request.path_params["resource"]
        is_there = resource in ENTITIES and ENTITIES[resource][0] == domain
        return self.store[resource] if is_there else {}


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[VeraSystem, Place]]:
    """A system that answers on loopback."""
    system = VeraSystem()
    async with served(system.app()) as place:
        system.address = place.address
        yield system, place


def _is_field(resource: str, name: str) -> bool:
    """The standard takes every field of an entity as a filter. How a field of a field is written it
    leaves open: this supplier writes a dot."""
    domain, entity = ENTITIES[resource]
    if not entity:
        return True
    fields = _SCHEMAS[domain]["definitions"][f"{entity}bericht"]["properties"]
    return name.partition(".")[0] in fields


def _value(thing: Any, name: str) -> Any:
    for part in name.split("."):
        thing = thing.get(part) if isinstance(thing, dict) else None
    return thing


def _basic() -> str:
    pair = f"{CLIENT}:{quote_plus(CLIENT_SECRET)}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _fault(status: int, text: str) -> Response:
    return JSONResponse({"code": str(status), "omschrijving": text}, status)
