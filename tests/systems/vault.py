"""A keeper of secrets with the shape of HashiCorp Vault: the engine KV, of version 1 and 2."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.systems.serving import Place, served

KV1, KV2 = "/v1/kv/seintje", "/v1/secret/data/seintje"


class Vault:
    """What it keeps under `seintje`, and who may read it."""

    def __init__(self, token: str) -> None:
        self.place: Place
        self.token = token
        self.fields: Mapping[str, object] = {}
        self.is_sealed = False

    def address(self, path: str = KV2) -> str:
        return self.place.address + path

    async def _read(self, request: Request) -> JSONResponse:
        if self.is_sealed:
            return JSONResponse({"errors": ["Vault is sealed"]}, 503)
        if request.headers.get("x-vault-token") != self.token:
            return JSONResponse({"errors": ["permission denied"]}, 403)
        if request.url.path == KV1:
            return JSONResponse({"lease_duration": 3600, "data": self.fields})
        about = {"created_time": "2026-01-02T03:04:05.678Z", "version": 1}
        return JSONResponse({"data": {"data": self.fields, "metadata": about}})


@asynccontextmanager
async def serving(token: str) -> AsyncIterator[Vault]:
    vault = Vault(token)
    routes = [Route(path, vault._read) for path in (KV1, KV2)]
    async with served(Starlette(routes=routes)) as place:
        vault.place = place
        yield vault
