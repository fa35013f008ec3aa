"""The schema registry: under which id a schema stands there, and which schema stands under an id.

Speaks the REST API of Confluent's registry, as Apicurio does too. A subject is called after the
record (`nl.seintje.AlertView`), whatever the topic: an in topic holds facts of every type, and all
out topics the same one. It is used with `SEINTJE_FRAMING=confluent` only; single-object encoding
needs no registry.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Misconfigured
from hub.outbound import Answer, GivenBy, Outbound, Peer, Transport
from hub.settings import Settings
from hub.streams.seam import Clock
from hub.wire.avro import Schema, SchemaById

SETTING: Final = "SEINTJE_REGISTRY_URL"
COMPATIBILITY: Final = "FULL_TRANSITIVE"

# An id that nobody knows may be registered after all; asking each time would let one publisher of
# nonsense call the registry for each of its records.
_FORGET_UNKNOWN_MS: Final = MINUTE_MS
_MOST_KNOWN: Final = 10_000
# 404 with one of these codes is the registry's; without, it is that of some other server.
_NOT_THERE: Final = range(40_400, 40_500)

_A = TypeVar("_A")
_T = TypeVar("_T")


class _Registered(Struct):
    id: int


class _Found(Struct, rename={"schema_type": "schemaType"}):
    schema: str
    schema_type: str = "AVRO"


class _Level(Struct, rename={"level": "compatibilityLevel"}):
    level: str


class _Error(Struct):
    error_code: int = 0


class _Known(Struct, frozen=True):
    """What stands under an id, and until when that is believed; None is for ever."""

    text: str | None
    until: Instant | None


class Registry:
    """A schema registry, with what it said before."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._known: dict[int, _Known] = {}

    async def close(self) -> None:
        await self._outbound.close()

    async def check(self) -> None:
        """Unavailable or Misconfigured if there is no registry that answers."""
        self._told(await self._outbound.call("GET", "/config"), _Level)

    async def publish(self, schemas: Iterable[Schema]) -> Mapping[str, int]:
        """The id of each schema by its name; those that are new are registered.

        From then on every version of the subject has to read all others, and be read by them.
        Where all is as it must be nothing is written. Misconfigured says which schema the registry
        does not take.
        """
        return {schema.name: await self._publish(schema) for schema in schemas}

    async def ask(self, decode: Callable[[SchemaById], _A]) -> _A:
        """What `decode` makes with the schemas that it asks for.

        It is called again once they are known here; those that the registry does not know either
        are None. Unavailable: the registry is away, nothing was decided.
        """
        wanted: set[int] = set()

        def find(schema_id: int) -> str | None:
            known = self._find(schema_id)
            if known is None:
                wanted.add(schema_id)
            return known.text if known else None

        answer = decode(find)
        for schema_id in sorted(wanted):
            await self._learn(schema_id)
        return decode(find) if wanted else answer

    def _find(self, schema_id: int) -> _Known | None:
        known = self._known.get(schema_id)
        if known is None or (known.until is not None and known.until <= self._clock.now()):
            return None
        return known

    async def _learn(self, schema_id: int) -> None:
        answer = await self._outbound.call("GET", f"/schemas/ids/{schema_id}")
        if _is_absent(answer):
            known = _Known(None, self._clock.now() + _FORGET_UNKNOWN_MS)
        else:
            found = self._told(answer, _Found)
            known = _Known(found.schema if found.schema_type == "AVRO" else None, None)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[schema_id] = known

    async def _publish(self, schema: Schema) -> int:
        subject = subject_of(schema)
        if await self._level_of(subject) != COMPATIBILITY:
            wanted = {"compatibility": COMPATIBILITY}
            answer = await self._outbound.call("PUT", f"/config/{subject}", body=wanted)
            self._told(answer, dict[str, Any])
        sent = {"schemaType": "AVRO", "schema": schema.text}
        answer = await self._outbound.call("POST", f"/subjects/{subject}", body=sent)
        if _is_absent(answer):
            answer = await self._outbound.call("POST", f"/subjects/{subject}/versions", body=sent)
        if answer.status in (409, 422):
            raise self._outbound.wrong(
                f"the registry has versions of {subject} that do not go together with "
                f"{schema.name} of this release ({answer.status}); take away those that are not of "
                "this hub, or give the hub a registry of its own"
            )
        return self._told(answer, _Registered).id

    async def _level_of(self, subject: str) -> str | None:
        answer = await self._outbound.call("GET", f"/config/{subject}")
        return None if _is_absent(answer) else self._told(answer, _Level).level

    def _told(self, answer: Answer, kind: type[_T]) -> _T:
        """What a good answer says; an error of ours for any other."""
        status = answer.status
        if status == 429 or status >= 500:
            raise self._outbound.away(f"answers {status}", answer.retry_after)
        if status in (401, 403):
            raise self._outbound.wrong(f"it does not let this hub in ({status})")
        if 300 <= status < 400:
            raise self._outbound.wrong("it answers that it moved; write where to")
        if status == 200:
            try:
                return msgspec.json.decode(answer.body, type=kind)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
        raise self._outbound.wrong(
            f"what answers there is no schema registry ({status}); write the address of its "
            "Confluent API, for Apicurio with /apis/ccompat/v7"
        )


def registry_of(
    settings: Settings, clock: Clock, transport: Transport | None = None
) -> Registry | None:
    """The registry of the settings; None if none is set and none is needed."""
    if settings.registry_url is not None:
        peer = Peer(SETTING, settings.registry_url, GivenBy.OPERATOR)
        return Registry(Outbound(peer, transport=transport), clock)
    if settings.framing == "confluent":
        raise Misconfigured(SETTING, "write where the registry is, for the framing is confluent")
    return None


def subject_of(schema: Schema) -> str:
    """The subject of a schema: the full name of its record (RecordNameStrategy)."""
    tree = json.loads(schema.text)
    return f"{tree['namespace']}.{tree['name']}"


def _is_absent(answer: Answer) -> bool:
    """Whether the registry says that it has no such thing."""
    if answer.status != 404:
        return False
    try:
        return msgspec.json.decode(answer.body, type=_Error).error_code in _NOT_THERE
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
