"""Who calls, as proven by one credential, and why somebody is not known.

A `Caller` is made here and in the rooms where people sign in, by whoever checked the credential;
everything behind it works with the party. `Wrong` is a value: what becomes of it is decided in
`hub.gateway.auth`. No text holds anything of what was sent.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from hub.domain.parties import Party
from hub.domain.time import Instant

By: TypeAlias = Literal["key", "token", "certificate"]


class Need(StrEnum):
    """What a call asks of who makes it. In files and in `WWW-Authenticate`: never renamed."""

    PUBLISH = "publish"
    READ = "read"
    ACT = "act"
    SUBSCRIBE = "subscribe"


EVERYTHING: Final = frozenset(Need)


class Caller(Struct, frozen=True):
    """A party, and what proved that it is one.

    `name` tells the credential from others of the party: the beginning of the digest of a key, or
    what the file of identities calls it. `until` is when it ends by itself; None: not by itself.
    """

    party: Party
    by: By
    name: str
    may: frozenset[Need] = EVERYTHING
    until: Instant | None = None


class Wrong(Enum):
    """Why who calls is not known: the error of RFC 6750 (3.1), and what is expected instead."""

    NOTHING = ("", "an API key, a token or a certificate")
    TWICE = ("invalid_request", "one credential of a kind")
    UNREADABLE = ("invalid_token", "a signed JWT in compact form, 8192 characters at most")
    TYPE = ("invalid_token", "an access token: typ is JWT or at+jwt, and nothing is nested in it")
    CRITICAL = ("invalid_token", "a token without critical headers")
    ALGORITHM = ("invalid_token", "a token signed by an algorithm that is allowed here")
    ISSUER = ("invalid_token", "a token of an issuer that this hub knows")
    AUDIENCE = ("invalid_token", "a token whose audience is this hub")
    EXPIRED = ("invalid_token", "a token that has not expired")
    NOT_YET = ("invalid_token", "a token that is valid already")
    KEY_ID = ("invalid_token", "a token signed with a key that its issuer publishes")
    SIGNATURE = ("invalid_token", "a token with the signature of its issuer")
    BOUND = ("invalid_token", "the certificate that the token is bound to")
    NO_PARTY = ("invalid_token", "a token that names a party its issuer may speak for")
    KEY = ("invalid_token", "an API key that is in force")
    FORWARDED = ("invalid_request", "a certificate in Client-Cert as RFC 9440 has it")
    CERTIFICATE = ("invalid_token", "a certificate that stands for one party here")
    CERTIFICATE_EXPIRED = ("invalid_token", "a certificate that is valid now")
    TWO_PARTIES = ("invalid_request", "a certificate and a token or key of the same party")

    @property
    def error(self) -> str:
        """The code of RFC 6750; empty: nothing was sent, so nothing is wrong with it."""
        return str(self.value[0])

    @property
    def expected(self) -> str:
        return str(self.value[1])
