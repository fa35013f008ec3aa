"""The OpenAPI document as a judge: whether an answer is one that it describes.

Every desk asks it about every answer, so each test of the gateway is a test of the document too.
Here schemas are closed: a field that the document does not have is as wrong as one that is missing.
What was seen is kept, for the test that asks whether all that is described was ever seen. Of an
event stream only the head is judged: its end may never come, and its tests read it strictly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import httpx
import msgspec
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from hub.gateway.app import described

Tree = dict[str, Any]

DOCUMENT: Final[Tree] = msgspec.json.decode(described())
# An answer by operation, status, and the problem that it is or else its media type.
Seen = tuple[str, str, str]
NO_BODY: Final = "no-body"  # for a media type
_STREAM: Final = "text/event-stream"

_PROBLEM: Final = "application/problem+json"
# Matters of HTTP itself.
_BESIDE: Final = {"content-type", "content-length", "transfer-encoding", "date", "connection"}
_FORMATS: Final = FormatChecker(("date", "date-time"))
_HERE: Final = "urn:openapi"


class Operation(NamedTuple):
    """A call of the document, with its path below the server and the pattern of that."""

    method: str
    path: str
    pattern: re.Pattern[str]
    told: Tree

    @property
    def id(self) -> str:
        return str(self.told["operationId"])


class Contract:
    """Judges answers by a document, and keeps what it saw."""

    def __init__(self, document: Tree = DOCUMENT) -> None:
        self.document = document
        self.operations = list(_operations(document))
        self.seen: set[Seen] = set()
        self.fields: set[tuple[str, str]] = set()  # of schemas by their name
        shut = Resource.from_contents(_shut(document), default_specification=DRAFT202012)
        self._world: Registry[Any] = Registry().with_resource(_HERE, shut)

    async def check(self, response: httpx.Response) -> None:
        """For `event_hooks`. AssertionError if the document does not describe this answer."""
        if _media_of(response) != _STREAM:
            await response.aread()
        request = response.request
        path, status = (
            unquote(request.url.raw_path.decode().partition("?")[0]),
            response.status_code,
        )
        here = [it for it in self.operations if it.pattern.fullmatch(path)]
        # One without parameters is meant before one with them (OpenAPI 3.1, Paths Object).
        here = [it for it in here if it.path == path] or here
        method = "GET" if request.method == "HEAD" else request.method
        found = next((it for it in here if it.method == method), None)
        if found is None:
            assert status == (405 if here else 404), f"{method} {path} answers {status}"
            assert "API-Version" in response.headers
            if request.method != "HEAD":
                self._check_value({"$ref": "#/components/schemas/Problem"}, response.json())
            return
        told = self.plain(found.told["responses"].get(str(status)))
        assert told, f"{found.id} answers {status} {_media_of(response)}"
        self._check_headers(found, told["headers"], response.headers)
        if "content" in told:
            self._check_content(found, told["content"], response)
        else:
            has_body = bool(response.content or _media_of(response))
            assert not has_body, f"{found.id} has a body with {status}"
            self.seen.add((found.id, str(status), NO_BODY))

    def plain(self, told: Tree | None) -> Tree:
        """What a reference stands for; else the same."""
        while told and "$ref" in told:
            node: Any = self.document
            for name in told["$ref"].removeprefix("#/").split("/"):
                node = node[name]
            told = node
        return told or {}

    def errors(self, schema: Tree, value: object) -> list[str]:
        """What is wrong with a value, by a schema of the document."""
        # A reference in it is one into the document.
        here = msgspec.json.decode(msgspec.json.encode(schema).replace(b'"#/', b'"urn:openapi#/'))
        judge = Draft202012Validator(here, registry=self._world, format_checker=_FORMATS)
        return [f"{it.json_path}: {it.message}" for it in judge.iter_errors(value)]

    def _check_value(self, schema: Tree, value: object) -> None:
        errors = self.errors(schema, value)
        assert not errors, errors
        self._note(schema, value)

    def _check_headers(self, call: Operation, told: Tree, headers: Mapping[str, str]) -> None:
        known = {name.lower(): self.plain(it) for name, it in told.items()}
        others = {name.lower() for name in headers} - known.keys() - _BESIDE
        assert not others, f"{call.id} has headers that are not described: {others}"
        for name, it in known.items():
            value: object = headers.get(name)
            assert value is not None or not it.get("required"), f"{call.id} lacks {name}"
            if value is not None:
                is_number = it["schema"].get("type") == "integer"
                self._check_value(it["schema"], int(str(value)) if is_number else value)

    def _check_content(self, call: Operation, content: Tree, response: httpx.Response) -> None:
        media = _media_of(response)
        assert media in content, f"{call.id} answers {media}"
        kind = media
        if media.endswith("json") and response.request.method != "HEAD":
            value = response.json()
            self._check_value(content[media]["schema"], value)
            if media == _PROBLEM:
                assert value["status"] == response.status_code
                kind = value["type"]
        self.seen.add((call.id, str(response.status_code), kind))

    def _note(self, schema: Tree, value: object, name: str = "") -> None:
        """Keep which fields of which schemas a value has."""
        if "$ref" in schema:
            return self._note(self.plain(schema), value, schema["$ref"].rpartition("/")[2])
        for one in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
            if not self.errors(one, value):
                self._note(one, value, name)
        if isinstance(value, list):
            for each in value:
                self._note(schema.get("items", {}), each)
        elif isinstance(value, dict):
            for key, inner in schema.get("properties", {}).items():
                if key in value:
                    self.fields.add((name, key))
                    self._note(inner, value[key])
            rest = schema.get("additionalProperties")
            for key in value.keys() - schema.get("properties", {}).keys():
                self._note(rest if isinstance(rest, dict) else {}, value[key])
        return None


def _media_of(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0]


def _operations(document: Tree) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        [server] = item.get("servers", document["servers"])
        whole = server["url"].rstrip("/") + path
        # The id of an event may have a slash in it; nothing else may.
        pattern = re.escape(whole).replace(r"\{id\}", ".+")
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                yield Operation(method.upper(), whole, re.compile(pattern, re.DOTALL), item[method])


def _shut(schema: Any) -> Any:
    """The same, without room for other properties where it does not ask for it."""
    if isinstance(schema, list):
        return [_shut(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _shut(it) for name, it in schema.items()}
    is_open = told.get("type") == "object" and "properties" in told and "allOf" not in told
    return {"additionalProperties": False, **told} if is_open else told
