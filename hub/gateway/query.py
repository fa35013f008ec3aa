"""What is in the query and the body of a request, read strictly: what is not known is declined."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from starlette.requests import Request

from hub.domain.refusals import Violation
from hub.gateway.limits import Work, work_of
from hub.gateway.problems import Declined, Trouble
from hub.wire import strict_json

JSON: Final = "application/json"
_NUMBER: Final = re.compile("[0-9]{1,9}", re.ASCII)
_NAME: Final = re.compile("[A-Za-z][A-Za-z_-]{0,39}", re.ASCII)
_CHARSET: Final = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)', re.ASCII | re.IGNORECASE)
_CLOSE: Final = {"Connection": "close"}
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False}


def check_parameters(request: Request, known: Collection[str]) -> None:
    """Declined, all of them at once, for parameters that the call does not have."""
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        allowed = ", ".join(sorted(known)) or "no parameters"
        names = [name if _NAME.fullmatch(name) else "…" for name in unknown]
        told = [Violation(f"query.{name}", allowed) for name in names]
        raise Declined(Trouble.UNKNOWN_PARAMETER, *told)


def text(request: Request, name: str) -> str | None:
    """The value of a parameter that may stand there once."""
    values = request.query_params.getlist(name)
    if len(values) > 1:
        raise invalid(name, "one value")
    return values[0] if values else None


def flag(request: Request, name: str) -> bool:
    """`true` or `false`, which is also what its absence means."""
    value = text(request, name)
    if value is not None and value not in _FLAGS:
        raise invalid(name, "true or false")
    return _FLAGS[value or "false"]


def number(request: Request, name: str, least: int, most: int) -> int | None:
    """A whole number within bounds."""
    value = text(request, name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value) or not least <= int(value) <= most:
        raise invalid(name, f"a number from {least} to {most}")
    return int(value)


def choice(request: Request, name: str, allowed: Collection[str]) -> str | None:
    """One of a few words."""
    value = text(request, name)
    if value is not None and value not in allowed:
        raise invalid(name, ", ".join(allowed))
    return value


def several(request: Request, name: str, allowed: Collection[str]) -> frozenset[str]:
    """Some of a few words, by commas or by repeating the parameter."""
    values = ",".join(request.query_params.getlist(name)).split(",")
    found = frozenset(value for value in values if value)
    if not found <= set(allowed):
        raise invalid(name, ", ".join(allowed))
    return found


def invalid(name: str, expected: str) -> Declined:
    """A parameter whose value is not allowed."""
    return Declined(Trouble.INVALID_PARAMETER, Violation(f"query.{name}", expected))


async def body(request: Request, most: int) -> bytes | None:
    """The body; None if it is larger than `most` bytes, of which no more than that is read.

    Declined when it does not come in time, or there is no room for it among the others.
    """
    announced = request.headers.get("content-length", "")
    if _NUMBER.fullmatch(announced) and int(announced) > most:
        return None
    try:
        return await _in_time(request, work_of(request), most)
    except TimeoutError:
        raise Declined(Trouble.TOO_SLOW, headers=_CLOSE) from None


async def _in_time(request: Request, work: Work, most: int) -> bytes | None:
    allowed, started = work.limits.most, asyncio.get_running_loop().time()
    read = bytearray()
    async with asyncio.timeout(allowed.body_seconds) as deadline:
        async for chunk in request.stream():
            work.hold(len(chunk))
            read += chunk
            if len(read) > most:
                return None
            # Whoever sends steadily gets the time that it takes, and a drop a second none.
            due = started + allowed.body_seconds + len(read) / allowed.body_rate
            deadline.reschedule(due)
    return bytes(read)


async def json_object(
    request: Request, most: int, media: Collection[str] = (JSON,)
) -> dict[str, Any]:
    """The body as an object; without one an empty object. Declined where it is anything else, or of
    another media type than these."""
    check_encoding(request)
    content = await body(request, most)
    if content is None:
        raise Declined(Trouble.TOO_LARGE)
    if content and media_type(request) not in media:
        raise Declined(Trouble.UNSUPPORTED_MEDIA_TYPE, headers={"Accept": ", ".join(media)})
    try:
        tree = strict_json.read(content or b"{}")
    except strict_json.BROKEN:
        raise Declined(Trouble.INVALID_BODY) from None
    if not isinstance(tree, dict):
        raise Declined(Trouble.INVALID_BODY)
    return tree


def media_type(request: Request) -> str:
    """The media type of the body, without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def check_encoding(request: Request) -> None:
    """Declined for a body that is compressed, or in another charset than UTF-8."""
    charset = _CHARSET.search(request.headers.get("content-type", ""))
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Declined(Trouble.UNSUPPORTED_MEDIA_TYPE)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Declined(Trouble.UNSUPPORTED_MEDIA_TYPE, headers={"Accept-Encoding": "identity"})
