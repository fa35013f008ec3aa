"""Whether an address of the settings is spoken with in secret. Everything that a connector says or
hears there is about people, and shows who it is. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from hub.errors import Misconfigured

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def require_encrypted(where: str, address: str, instead: str = "") -> None:
    """Misconfigured, unless it is https or on this machine, to which nobody listens in. `instead`:
    what else may be written."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise Misconfigured(where, f"write https://, for what goes there is about people{instead}")


PLAIN_HTTP: Final = (
    "; or `plainHttp: true`, if every part of the network between is yours and trusted"
)
