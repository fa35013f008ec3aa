"""A system that speaks CloudEvents in the NL GOV profile over webhooks: a receiver that asks to be
asked first, and a sender in all three modes.

The receiver holds what it gets against the schema of CloudEvents and against the rules of the
profile that can be seen in an event (`problems`), and can be told to refuse, to be busy, to be
retired, or to consent later.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, quote, unquote

import httpx
import jsonschema
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.systems.serving import Place, served

TOKEN: Final = "mF_9.B5f-4.1JqM-een-token-van-de-ontvanger"
CLIENT: Final = ("seintje", "geheim van de client: ja/nee")
ORIGIN: Final = "seintje.example.nl"
PATH: Final = "/events"

SCHEMA: Final = json.loads(Path(__file__).with_name("cloudevents_schema.json").read_text())
_MOST: Final = 64 * 1024
_SOURCE: Final = re.compile(r"urn:nld:(oin:[0-9A-Z]{20}|kvknr:[0-9]{8}):systeem:[A-Za-z0-9._-]+")
_TYPE: Final = re.compile(r"[a-z]{2,}(\.[a-z0-9-]+)+")
_VERSION: Final = re.compile(r"v[0-9]+")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_SAFE: Final = re.compile(r"[!#-$&-~]*(?:%[0-9A-F]{2}[!#-$&-~]*)*")


class Got(NamedTuple):
    """An event that came in: how, its attributes, its data, and the headers of the request."""

    mode: str
    attributes: Mapping[str, str]
    data: Any
    headers: Mapping[str, str]


class Receiver:
    """Its store, and what a test lets happen to it."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.problems: list[str] = []
        self.asked: list[Mapping[str, str]] = []
        self.tokens = {TOKEN}
        self.granted = 0
        self.answers: list[Response] = []
        """What to answer to the next events, instead of taking them."""
        self.consents = "asked"  # `asked`, `any`, `not`, `later`, `no-rate`, `other`
        self.rate = "600"
        self.modes = {"structured", "binary"}
        self.is_retired = False
        self.lasts: object = 3600
        self.token_kind = "Bearer"
        self._order: dict[str, str] = {}

    @property
    def events(self) -> dict[tuple[str, str], Got]:
        """What came, each once: a repeat has the same source and id."""
        return {(it.attributes["source"], it.attributes["id"]): it for it in self.got}

    @property
    def callback(self) -> str:
        """Where it may call to consent."""
        return self.asked[-1]["webhook-request-callback"]

    def expire(self) -> None:
        """No token that it gave is good any more."""
        self.tokens.clear()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(PATH, self._options, methods=["OPTIONS"]),
                Route(PATH, self._post, methods=["POST"]),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _options(self, request: Request) -> Response:
        """Web hooks, 4.2: consent stands in headers; the status says nothing."""
        self.asked.append(dict(request.headers))
        origin = request.headers.get("webhook-request-origin", "")
        headers = {"Allow": "POST, OPTIONS"}
        match self.consents:
            case "asked":
                headers |= {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": self.rate}
            case "any":
                headers |= {"WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "*"}
            case "no-rate":
                headers |= {"WebHook-Allowed-Origin": origin}
            case "other":
                headers |= {"WebHook-Allowed-Origin": "other.example.nl"}
        return Response(status_code=200, headers=headers)

    async def _post(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        if self.is_retired:
            return Response(status_code=410)
        if self.answers:
            return self.answers.pop(0)
        got = _read(request.headers, await request.body())
        if got.mode not in self.modes:
            return Response(status_code=415)
        self._check(got, request)
        self.got.append(got)
        return Response(status_code=204)

    def _check(self, got: Got, request: Request) -> None:
        whole = {**got.attributes, "data": got.data}
        told = jsonschema.Draft7Validator(SCHEMA).iter_errors(whole)
        self.problems += [error.message for error in told]
        self.problems += list(profile_problems(got))
        # Web hooks, 4.1.2: the name that was consented to, with each delivery.
        if request.headers.get("webhook-request-origin") is None:
            self.problems.append("no WebHook-Request-Origin")
        sequence = got.attributes.get("sequence", "")
        last = self._order.setdefault(got.attributes["id"], sequence)
        if sequence != last:
            self.problems.append("a repeat has another sequence")

    async def _token(self, request: Request) -> Response:
        """RFC 6749, 4.4.2 and 2.3.1."""
        pair = "Basic " + base64.b64encode(":".join(map(_form, CLIENT)).encode()).decode()
        form = parse_qs((await request.body()).decode())
        if request.headers.get("authorization") != pair:
            return JSONResponse({"error": "invalid_client"}, 401)
        if form.get("grant_type") != ["client_credentials"]:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        self.granted += 1
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        told = {"access_token": token, "token_type": self.token_kind, "expires_in": self.lasts}
        return JSONResponse(told)


def profile_problems(got: Got) -> Iterable[str]:
    """What the NL GOV profile has against an event (Context Attributes, Size Limits)."""
    them = got.attributes
    for name in them:
        if not re.fullmatch(r"[a-z0-9]{1,20}", name):
            yield f"attribute name {name}"
    if not _SOURCE.fullmatch(them["source"]):
        yield "source is no urn:nld of an organisation and a system"
    steps = them["type"].split(".")
    if not _TYPE.fullmatch(them["type"]) or sum(bool(_VERSION.fullmatch(it)) for it in steps) > 1:
        yield "type is no reverse domain name with one version at most"
    if not _TIME.fullmatch(them.get("time", "")):
        yield "time is not RFC 3339"
    if not them.get("sequence"):
        yield "sequence is empty"
    size = sum(len(name) + len(value) for name, value in got.headers.items())
    if size + len(json.dumps(got.data)) > _MOST + 1024:
        yield "larger than 64 KB"


def _read(headers: Mapping[str, str], body: bytes) -> Got:
    """HTTP binding, 3: by the media type alone."""
    media = headers.get("content-type", "").partition(";")[0].lower()
    told = dict(headers)
    if media == "application/cloudevents+json":
        event = json.loads(body)
        data = event.pop("data")
        return Got("structured", event, data, told)
    attributes = {
        name[3:]: unquote(value, errors="strict")
        for name, value in headers.items()
        if name.startswith("ce-") and _SAFE.fullmatch(value)
    }
    assert "datacontenttype" not in attributes  # 3.1.1
    return Got("binary", attributes | {"datacontenttype": media}, json.loads(body), told)


def _form(text: str) -> str:
    return quote(text, safe="").replace("%20", "+")


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Receiver, Place]]:
    """A receiver, up; events go to `PATH` there, tokens come from `/token`."""
    receiver = Receiver()
    async with served(receiver.app()) as place:
        yield receiver, place


class Sender:
    """Who posts events to a door, in any mode."""

    def __init__(self, client: httpx.AsyncClient, token: str, path: str = "/cloudevents") -> None:
        self._client = client
        self._path = path
        self.headers = {"authorization": f"Bearer {token}", "webhook-request-origin": ORIGIN}

    async def ask(self, origin: str = ORIGIN) -> httpx.Response:
        """The handshake."""
        asked = {"WebHook-Request-Origin": origin, "WebHook-Request-Rate": "1200"}
        return await self._client.request("OPTIONS", self._path, headers=asked)

    async def structured(self, event: Mapping[str, Any]) -> httpx.Response:
        return await self.post("application/cloudevents+json", json.dumps(event).encode())

    async def batch(self, *events: Mapping[str, Any]) -> httpx.Response:
        media = "application/cloudevents-batch+json; charset=UTF-8"
        return await self.post(media, json.dumps(events).encode())

    async def binary(self, event: Mapping[str, Any]) -> httpx.Response:
        """HTTP binding, 3.1."""
        safe = "".join(chr(it) for it in range(0x21, 0x7F) if chr(it) not in '"%')
        told = {
            f"ce-{name}": quote(str(value), safe=safe)
            for name, value in event.items()
            if name not in ("data", "datacontenttype")
        }
        media = str(event.get("datacontenttype", "application/json"))
        return await self.post(media, json.dumps(event["data"]).encode(), told)

    async def post(
        self, media: str, body: bytes, headers: Mapping[str, str] = {}
    ) -> httpx.Response:
        told = {**self.headers, "content-type": media, **headers}
        return await self._client.post(self._path, content=body, headers=told)
