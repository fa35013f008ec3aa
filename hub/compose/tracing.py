"""Whoever traces this process: a collector that operators named, or nobody.

OpenTelemetry is imported only where there is a collector: it takes a tenth of a second.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hub.errors import Misconfigured
from hub.outbound import GivenBy, Limits, Outbound, Peer
from hub.settings import Settings
from hub.telemetry.spans import UNTRACED, Tracing

URL: Final = "SEINTJE_OTLP_URL"
HEADERS: Final = "SEINTJE_OTLP_HEADERS_FILE"

_PATH: Final = "/v1/traces"  # below the address of a collector (OTLP/HTTP, Request)
_LIMITS: Final = Limits(connect=2.0, whole=5.0)
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*))")
_MOST_BYTES: Final = 16 << 10


def tracing_of(settings: Settings, role: str) -> Tracing:
    """Spans of this role go to the collector of these settings. To be closed.

    Misconfigured: what is wrong with its address or the file of headers.
    """
    if settings.otlp_url is None:
        return UNTRACED
    from hub.telemetry.sending import Sending
    from hub.telemetry.traces import Traces

    address = settings.otlp_url.rstrip("/")
    if not urlsplit(address).path.endswith(_PATH):
        address += _PATH
    out = Outbound(Peer(URL, address, GivenBy.OPERATOR), _LIMITS)
    sending = Sending(out, _headers_in(settings.otlp_headers_file))
    return Traces(sending, role, share=settings.traces_share, instance=settings.instance)


async def traced_until_the_end(run: Callable[[], Awaitable[None]], tracing: Tracing) -> None:
    """Run, and then send what is left of the spans."""
    try:
        await run()
    finally:
        tracing.close()


def _headers_in(file: Path | None) -> Mapping[str, str]:
    """The headers in a file, a line each; in them stands what the collector knows us by."""
    if file is None:
        return {}
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Misconfigured(HEADERS, f"{file} cannot be read ({error.strerror})") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        header = _HEADER.fullmatch(line.strip())
        if header is None or len(text) > _MOST_BYTES:
            # Never the line itself: a secret stands in it.
            raise Misconfigured(HEADERS, f"line {number}: write a header, like `Name: value`")
        found[header[1].lower()] = header[2]
    return found
