"""The whole document, of the calls that the gateway has (OpenAPI 3.1, NL API Design Rules)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from hub.gateway.openapi import answers, parameters
from hub.gateway.openapi.operation import Operation
from hub.gateway.openapi.operations import OPERATIONS, TAGS
from hub.gateway.openapi.schemas import schemas
from hub.gateway.openapi.webhooks import webhooks
from hub.gateway.problems import API_VERSION

Document = dict[str, Any]

BASE: Final = "/v1"
_PARAMETER: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_DESCRIPTION: Final = """\
The hub between the systems of a gemeente and its housing corporaties: facts about households in, \
joint alerts out.

A party sees and speaks only for itself. Instants that are answered are in UTC. A parameter that a \
call does not know is declined; a field that an answer gets later is no new version. Problems are \
`application/problem+json`, told in English or Dutch."""

_INFO: Final = {
    "title": "Seintje",
    "summary": "Facts in, joint alerts out.",
    "description": _DESCRIPTION,
    "version": API_VERSION,
    "contact": {"name": "Who runs this hub"},
    "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
}
# Any one of them will do.
_SECURITY: Final[Mapping[str, Document]] = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "sk_…",
        "description": "The API key of a party.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of an issuer that the operators of the hub know, signed "
        "with a key of two halves, its audience this hub.",
    },
    "certificate": {
        "type": "mutualTLS",
        "description": "A client certificate that the operators of the hub know, shown to the hub "
        "or to the proxy before it.",
    },
}


class Called(Protocol):
    """A call that the gateway has."""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def parameters(self) -> frozenset[str]: ...


def document(of_parties: Iterable[Called], of_anybody: Iterable[str]) -> Document:
    """The document of these calls; `of_anybody` are the paths that ask nobody who he is.
    KeyError for a call or a parameter that is not described."""
    paths: Document = {}
    for call in of_parties:
        operation = _of_party(OPERATIONS[call.method, call.path], call)
        _item(paths, call.path)[call.method.lower()] = operation
    for path in of_anybody:
        _item(paths, path)["get"] = _told(OPERATIONS["GET", path]) | {"security": []}
    return {
        "openapi": "3.1.1",
        "info": _INFO,
        "servers": [{"url": BASE, "description": "This hub."}],
        "security": [{name: []} for name in _SECURITY],
        "tags": [{"name": name, "description": told} for name, told in TAGS.items()],
        "paths": paths,
        "webhooks": webhooks(),
        "components": {
            "schemas": schemas(),
            "responses": answers.shared(),
            "parameters": parameters.shared(),
            "headers": dict(answers.HEADERS),
            "securitySchemes": dict(_SECURITY),
        },
    }


def _item(paths: Document, path: str) -> Document:
    """What there is at a path; one that lies outside of this version of the API says so."""
    is_versioned = path.startswith(BASE + "/")
    name = _public(path.removeprefix(BASE) if is_versioned else path)
    item: Document = paths.setdefault(name, {} if is_versioned else {"servers": [{"url": "/"}]})
    return item


def _public(path: str) -> str:
    return _PARAMETER.sub(lambda found: f"{{{parameters.camel(found[1])}}}", path)


def _of_party(operation: Operation, call: Called) -> Document:
    told = _told(operation, answers.ALL_CALLS)
    told["responses"] = {
        status: it if "$ref" in it else answers.limited(it)
        for status, it in told["responses"].items()
    }
    shared = (parameters.LANGUAGE, *operation.headers)
    told["parameters"] = [
        *parameters.in_path(_PARAMETER.findall(call.path)),
        *parameters.query(call.path, call.parameters),
        *({"$ref": f"#/components/parameters/{name}"} for name in shared),
    ]
    return told


def _told(operation: Operation, problems: tuple[answers.Problem, ...] = ()) -> Document:
    told: Document = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "responses": _responses(operation, problems),
    }
    return told | ({"requestBody": operation.body} if operation.body is not None else {})


def _responses(operation: Operation, problems: tuple[answers.Problem, ...]) -> Document:
    good = {str(status): answers.answer(it) for status, it in operation.answers.items()}
    bad = answers.problems((*problems, *operation.problems))
    for status in good.keys() & bad.keys():
        # Both: of a batch of which nothing is good each event has a problem of its own.
        good[status]["description"] = f"{bad[status]['description']} {good[status]['description']}"
        good[status]["content"] = bad[status]["content"] | good[status]["content"]
    return dict(sorted((bad | good).items()))
