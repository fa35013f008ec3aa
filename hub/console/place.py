"""Where the console is: the address that people type, and what follows from it.

Over plain http it answers on this machine only, by a name that means this machine: any other name
would be an eavesdropper's chance, or a foreign page that a name in DNS led here.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.requests import Request

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Place(Struct, frozen=True):
    """`url` is the address as people know it, without a slash at the end; empty where nobody wrote
    it: then it is whatever address of this machine they came by."""

    url: str = ""

    def origin_of(self, request: Request) -> str | None:
        """The origin under which this request may be answered; None: not by this name."""
        came_by = f"{request.url.scheme}://{request.headers.get('host', '')}".lower()
        if self.url:
            own = _origin(self.url)
            # Behind a proxy that ends TLS the scheme that we see is not the one that people see.
            is_own = request.headers.get("host", "").lower() == own.partition("://")[2]
            return own if is_own else None
        host = _host(came_by)
        is_safe = host in _HERE or request.url.scheme == "https"
        return came_by if host and is_safe else None

    def is_secure(self, request: Request) -> bool:
        """Whether browsers may be told to keep a cookie for https alone."""
        return (self.url or f"{request.url.scheme}:").startswith("https:")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _host(url: str) -> str:
    """The host of an address; empty if it is none."""
    try:
        host = urlsplit(url).hostname or ""
        return str(ipaddress.ip_address(host)) if ":" in host else host
    except ValueError:
        return ""
