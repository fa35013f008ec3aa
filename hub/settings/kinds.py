"""What a value of a setting may look like: read from text, and said in words.

Owns parsing and nothing else. It opens no file and knows no setting. A text that is not taken is
told by its shape and never repeated: passwords get pasted in the wrong place.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args
from urllib.parse import urlsplit

from msgspec import Struct

from hub.guard import Network

Language: TypeAlias = Literal["nl", "en"]
Security: TypeAlias = Literal["plaintext", "ssl", "sasl-plaintext", "sasl-ssl"]
Framing: TypeAlias = Literal["single-object", "confluent"]
LogLevel: TypeAlias = Literal["debug", "info", "warning"]

THIS_MACHINE: Final = r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"  # over plain http
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_SHAPES: Final = (
    ("digits", re.compile("[0-9]")),
    ("letters", re.compile("[A-Za-z]")),
    ("spaces", re.compile(r"\s")),
    ("other characters", re.compile(r"[^0-9A-Za-z\s]")),
)


class Listen(Struct, frozen=True):
    """Where the hub is reached: a host and a port, 0 for any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Hidden(Struct, frozen=True):
    """A text that is shown nowhere."""

    text: str

    def __repr__(self) -> str:
        return "Hidden(…)"


class Kind(NamedTuple):
    """How a text is read (ValueError, OverflowError or RuntimeError: it is none of these), and what
    is expected, to stand after `write`."""

    parse: Callable[[str], Any]
    expected: str


def shape_of(text: str) -> str:
    """What a text looks like, without a word of it."""
    if not text:
        return "nothing"
    found = [name for name, pattern in _SHAPES if pattern.search(text)]
    has_more = f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else found[0]
    many = "" if len(text) == 1 else "s"
    if len(found) == 1 and found != ["other characters"]:
        return f"{len(text)} {has_more.removesuffix('s')}{many}"
    return f"{len(text)} character{many}: {has_more}"


def a_path(text: str) -> Path:
    if not text.strip() or "\0" in text:
        raise ValueError
    return Path(text).expanduser()


def listen(text: str) -> Listen:
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = str(ipaddress.IPv6Address(host[1:-1]))
    elif not _HOST.fullmatch(host):
        raise ValueError
    if not colon or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65_535:
        raise ValueError
    return Listen(host, int(port))


def listen_at(text: str) -> Listen:
    """Who looks for a worker must know its port beforehand."""
    found = listen(text)
    if not found.port:
        raise ValueError
    return found


def smtp_url(text: str) -> str:
    found = urlsplit(text)
    if found.scheme not in ("smtp", "smtps") or not found.hostname or found.path.strip("/"):
        raise ValueError
    if found.password is not None or found.port == 0:  # a password stands in a file
        raise ValueError
    return text


def a_key(text: str) -> Hidden:
    if not text.startswith("seintje-key "):
        raise ValueError
    return Hidden(text)


def networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))


def one_of(names: object) -> Kind:
    """A few values."""
    known = get_args(names)

    def parse(text: str) -> str:
        if text not in known:
            raise ValueError
        return text

    return Kind(parse, " or ".join([", ".join(known[:-1]), known[-1]]))


def whole(least: int, most: int) -> Kind:
    """Whole numbers."""

    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,6}", text) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return Kind(parse, f"a whole number from {least} to {most}")


def share(text: str) -> float:
    if not re.fullmatch(r"0|1|0\.[0-9]{1,6}|1\.0{1,6}", text):
        raise ValueError
    return float(text)


def matching(pattern: str, expected: str) -> Kind:
    """Texts of a form."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return Kind(parse, expected)


def url(pattern: str, expected: str) -> Kind:
    """Addresses of a form. None has a user or a password in it: it is shown and logged."""

    def parse(text: str) -> str:
        found = urlsplit(text)
        if not re.fullmatch(pattern, text) or "@" in found.netloc or found.port == 0:
            raise ValueError
        return text

    return Kind(parse, f"{expected}, without a user or password in it")
