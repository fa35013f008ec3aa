"""Schemas by their fingerprint: with them anybody reads what the hub wrote (schemas/README.md).

All that this hub writes, and all that was ever released. What a fingerprint names never changes, so
an answer may be kept for as long as one likes.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from hub.domain.parties import Party
from hub.domain.refusals import Violation
from hub.gateway.gateway import Gateway
from hub.gateway.problems import ALWAYS, Answer, Declined, Trouble

FINGERPRINT: Final = re.compile("[0-9A-Fa-f]{16}", re.ASCII)
# Private: there is an API key in the request, and caches that are shared leave such answers alone.
KEPT: Final = "private, max-age=31536000, immutable"


async def get_schema(gateway: Gateway, _party: Party, request: Request) -> Response:
    """The schema as it was published; the fingerprint in hexadecimal, in the order of the wire."""
    fingerprint = request.path_params["fingerprint"]
    if not FINGERPRINT.fullmatch(fingerprint):
        expected = Violation("fingerprint", "16 hexadecimal digits, in the order of the wire")
        raise Declined(Trouble.INVALID_PARAMETER, expected)
    schema = gateway.reception.schemas.by_fingerprint.get(bytes.fromhex(fingerprint))
    if schema is None:
        raise Declined(Trouble.NOT_FOUND)
    text = schema.text.encode()
    # Of the text: its documentation, which the fingerprint leaves out, may be another in a release.
    tag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": KEPT}
    if _has(request, tag):
        return Response(status_code=304, headers={**ALWAYS, **headers})
    return Answer(text, headers=headers)


def _has(request: Request, tag: str) -> bool:
    """Whether who asks has this text already (RFC 9110, 13.1.2)."""
    sent = ",".join(request.headers.getlist("if-none-match")).split(",")
    return any(it.strip().removeprefix("W/") in (tag, "*") for it in sent)
