"""Answers: what a call says when it works, and its problems by status."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from hub.domain.refusals import Refused, Slug, Violation
from hub.gateway import event_stream
from hub.gateway import problems as of_calls
from hub.gateway.limits import WINDOW_SECONDS, Most
from hub.gateway.openapi.schemas import ref
from hub.gateway.openapi.words import type_of
from hub.gateway.problems import ALWAYS, API_VERSION, Trouble, trouble_of
from hub.gateway.schemas import KEPT as KEPT_HOW
from hub.wire import problems as of_facts
from hub.wire.problems import MEDIA_TYPE, problem

Problem: TypeAlias = Trouble | Slug
Told: TypeAlias = dict[str, Any]

JSON: Final = "application/json"
# The header `Cache-Control` of what never changes.
KEPT: Final = "Kept"
# The header `WWW-Authenticate` to whoever is known, and may not make this call.
NEEDED: Final = "Needed"
# The header `Location` of a subscription.
SUBSCRIPTION: Final = "SubscriptionLocation"
# What every call of a party may answer.
ALL_CALLS: Final = (
    Trouble.UNKNOWN_PARAMETER,
    Trouble.UNAUTHENTICATED,
    Trouble.NOT_ALLOWED,
    Trouble.TOO_MANY_CALLS,
    Trouble.TOO_MANY_AT_ONCE,
    Trouble.TOO_MANY_ATTEMPTS,
    Trouble.INTERNAL_ERROR,
    Trouble.UNAVAILABLE,
)
# Of these nobody knows whose quotas they would be about.
_OF_NOBODY: Final = frozenset({Trouble.UNAUTHENTICATED, Trouble.INTERNAL_ERROR})

_TEXT: Final = {"type": "string"}
# By their name; one that has two meanings has a name in the document for the other.
HEADERS: Final[Mapping[str, Told]] = {
    "API-Version": {
        "description": "The version of this API.",
        "required": True,
        "schema": _TEXT,
        "example": API_VERSION,
    },
    "Cache-Control": {
        "description": "Nothing between us may keep an answer.",
        "required": True,
        "schema": {"const": ALWAYS["Cache-Control"]},
    },
    KEPT: {
        "description": "Whoever asked may keep it: it never changes.",
        "required": True,
        "schema": {"const": KEPT_HOW},
    },
    "ETag": {
        "description": "Which text this is, to be sent as `If-None-Match`.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    },
    "X-Accel-Buffering": {
        "description": "Of an event stream: proxies pass it on as it comes.",
        "schema": {"const": "no"},
    },
    "Access-Control-Allow-Origin": {
        "description": "A page of any other site may read it.",
        "required": True,
        "schema": {"const": "*"},
    },
    "Location": {
        "description": "Where its receipt is.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    SUBSCRIPTION: {
        "description": "Where the subscription is.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "WWW-Authenticate": {
        "description": "How to say who you are (RFC 6750): with an `error`, if what you sent does "
        "not prove it, or does not let you make this call; then also what was expected.",
        "required": True,
        "schema": _TEXT,
        "example": 'Bearer realm="seintje"',
    },
    NEEDED: {
        "description": "With `not-allowed`: the right that this call needs, as a `scope`.",
        "schema": _TEXT,
        "example": 'Bearer realm="seintje", error="insufficient_scope", scope="publish"',
    },
    "Retry-After": {
        "description": "Try again after so many seconds.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "RateLimit-Policy": {
        "description": "How many `calls` your party may make, and how many `events` it may send, "
        "within so many seconds. What was spent comes back evenly.",
        "schema": _TEXT,
        "example": f'"calls";q={Most().calls_a_minute};w={WINDOW_SECONDS}',
    },
    "RateLimit": {
        "description": "How many are left, and after how many seconds there is more.",
        "schema": _TEXT,
        "example": f'"calls";r={Most().calls_a_minute - 1};t=1',
    },
    "Accept": {"description": "The media types that are read.", "schema": _TEXT},
    "Accept-Encoding": {
        "description": "Told to whoever sent a compressed body.",
        "schema": {"const": "identity"},
    },
}
assert HEADERS.keys() >= ALWAYS.keys()
_OTHERS: Final[Mapping[str, str]] = {
    KEPT: "Cache-Control",
    NEEDED: "WWW-Authenticate",
    SUBSCRIPTION: "Location",
}
QUOTAS: Final = {name: name for name in ("RateLimit-Policy", "RateLimit")}

_HEADERS_OF: Final[Mapping[Problem, tuple[str, ...]]] = {
    Trouble.UNAUTHENTICATED: ("WWW-Authenticate",),
    Trouble.NOT_ALLOWED: (NEEDED,),
    Trouble.UNSUPPORTED_MEDIA_TYPE: ("Accept", "Accept-Encoding"),
    Trouble.TOO_MANY_STREAMS: ("Retry-After",),
    Trouble.TOO_MANY_CALLS: ("Retry-After",),
    Trouble.TOO_MANY_AT_ONCE: ("Retry-After",),
    Trouble.TOO_MANY_ATTEMPTS: ("Retry-After",),
    Trouble.UNAVAILABLE: ("Retry-After",),
}


class Answer(NamedTuple):
    """What a call answers when it works: a schema (None: it has no body), an example, and headers
    of its own. `stream` is an example of it as an event stream, for what is had as one too."""

    description: str
    schema: Told | None
    example: object = None
    headers: tuple[str, ...] = ()
    media_type: str = JSON
    stream: str | None = None


def answer(told: Answer) -> Told:
    """An answer as the document has it."""
    made: Told = {"description": told.description, "headers": _headers(told.headers)}
    if told.schema is None:
        return made
    content: Told = {"schema": told.schema}
    if told.example is not None:
        content["example"] = told.example
    made["content"] = {told.media_type: content}
    if told.stream is not None:
        made["content"][event_stream.MEDIA_TYPE] = {"schema": _TEXT, "example": told.stream}
    return made


def problems(found: Iterable[Problem]) -> dict[str, Told]:
    """Answers by their status, of every problem that a call may have."""
    by_status: defaultdict[int, list[Problem]] = defaultdict(list)
    for it in found:
        by_status[status_of(it)].append(it)
    return {str(status): _told(several) for status, several in sorted(by_status.items())}


def limited(told: Told) -> Told:
    """The same answer to a party, which hears what is left of its quotas."""
    return told | {"headers": told["headers"] | _refs(QUOTAS)}


def shared() -> dict[str, Told]:
    """Answers to troubles that share their status with no other; of calls that there are."""
    found = [it for it in Trouble if _is_alone(it) and it is not Trouble.METHOD_NOT_ALLOWED]
    told = {it: _response([it]) for it in found}
    return {_name(it): told[it] if it in _OF_NOBODY else limited(told[it]) for it in told}


def status_of(it: Problem) -> int:
    """The HTTP status of a problem."""
    if isinstance(it, Trouble):
        return of_calls.EXPLAINED[it].status
    return of_facts.EXPLAINED[it].status


def _told(several: list[Problem]) -> Told:
    [first, *others] = several
    if not others and isinstance(first, Trouble) and _is_alone(first):
        return {"$ref": f"#/components/responses/{_name(first)}"}
    return _response(several)


def _is_alone(trouble: Trouble) -> bool:
    return [it for it in Trouble if status_of(it) == status_of(trouble)] == [trouble]


def _response(several: list[Problem]) -> Told:
    types = {"properties": {"type": {"enum": [type_of(it) for it in several]}}}
    examples = {it.value: {"value": msgspec.to_builtins(_example(it))} for it in several}
    headers = [name for it in several for name in _HEADERS_OF.get(it, ())]
    return {
        "description": "; ".join(_example(it).title for it in several) + ".",
        "headers": _headers(headers),
        "content": {
            MEDIA_TYPE: {"schema": {"allOf": [ref("Problem"), types]}, "examples": examples}
        },
    }


def _example(it: Problem) -> of_facts.ProblemDetails:
    if isinstance(it, Trouble):
        return trouble_of(it, "en")
    wrong = (Violation("data.cause", "a code of at most 64 letters, digits and . _ -"),)
    violations = wrong if it is Slug.SCHEMA_VIOLATION else ()
    return problem(Refused(it, f"{of_facts.EXPLAINED[it].title}.", violations))


def _headers(names: Iterable[str]) -> Told:
    # One that comes later under the same name stands instead of the one of every answer.
    told = {_OTHERS.get(name, name): name for name in (*ALWAYS, *names)}
    return _refs(told)


def _refs(headers: Mapping[str, str]) -> Told:
    return {header: {"$ref": f"#/components/headers/{name}"} for header, name in headers.items()}


def _name(trouble: Trouble) -> str:
    return trouble.value.title().replace("-", "")
