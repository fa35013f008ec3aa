"""Signing in at the OpenID provider of an organisation (OpenID Connect Core 1.0, code flow).

With PKCE (RFC 7636, S256), state and nonce; the answer is believed when it was signed by a key of
the provider, for us, now, in reply to our own question. What is asked of somebody is for which
party they may look, by one claim; no name, no address, and nothing is kept.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from hub.console.sessions import sealed, unsealed
from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Misconfigured
from hub.guard import Guard
from hub.keys import Cipher
from hub.outbound import Answer, GivenBy, Limits, Outbound, Peer

SETTING: Final = "SEINTJE_CONSOLE_ISSUER"
CALLBACK: Final = "/sign-in/callback"
# Signatures by a key that only the provider has; so none with a shared secret, and not `none`.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA", "RS384", "RS512", "ES384", "ES512")

_FLOW: Final = b"sign-in"
_LASTS_MS: Final = 10 * MINUTE_MS
_KNOWN_MS: Final = 10 * MINUTE_MS
_LEEWAY_SECONDS: Final = 60
_FORM: Final = "application/x-www-form-urlencoded"


class Client(Struct, frozen=True):
    """What the provider knows us by. `secret` empty: it has given us none. `party_claim` names the
    claim that says for which party, or parties, somebody may look."""

    issuer: str
    id: str
    secret: str
    party_claim: str


class Flow(Struct, frozen=True):
    """What we asked, kept sealed by the browser that was sent to the provider."""

    state: str
    nonce: str
    verifier: str
    until: Instant


class Question(Struct, frozen=True):
    """Where to send the browser, and what it is to keep meanwhile."""

    url: str
    cookie: str


_Said = TypeVar("_Said")


class NotSignedIn(Exception):
    """The answer of the provider is not to be believed, or none. The text is for our log."""


class Metadata(Struct):
    """What the provider says of itself (OpenID Connect Discovery)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


def is_kept_safe(metadata: Metadata) -> bool:
    """Whether a provider with an https address has all of its addresses so. A provider on this
    machine may have none."""
    ways = (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri)
    is_secure = metadata.issuer.startswith("https://")
    return not is_secure or all(it.startswith("https://") for it in ways)


class _Tokens(Struct):
    id_token: str


class OpenId:
    """Asks a provider who somebody is. All calls go out through `hub.outbound`."""

    def __init__(self, client: Client, cipher: Cipher, guard: Guard) -> None:
        """`guard`: where else than at its own address the provider may send us."""
        self._client = client
        self._guard = guard
        self._cipher = cipher
        self._home = _place(client.issuer)
        self._known: tuple[Instant, Metadata] | None = None

    async def ask(self, redirect_uri: str, now: Instant) -> Question:
        """A question of its own for each time that somebody signs in.

        Unavailable, Misconfigured: the provider cannot be asked."""
        metadata = await self._metadata(now)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        flow = Flow(state, nonce, verifier, now + _LASTS_MS)
        joined = "&" if "?" in metadata.authorization_endpoint else "?"
        return Question(
            f"{metadata.authorization_endpoint}{joined}{urlencode(query)}",
            sealed(self._cipher, _FLOW, msgspec.json.encode(flow)),
        )

    async def parties_of(
        self, answer: Mapping[str, str], cookie: str | None, redirect_uri: str, now: Instant
    ) -> tuple[str, ...]:
        """For which parties who comes back with this answer may look; what the claim says.

        NotSignedIn: it is no answer to a question of ours. Unavailable, Misconfigured: the provider
        cannot be asked."""
        flow = self._flow(cookie, now)
        if not hmac.compare_digest(flow.state.encode(), answer.get("state", "").encode()):
            raise NotSignedIn("the state is another one")
        metadata = await self._metadata(now)
        if answer.get("iss", metadata.issuer) != metadata.issuer:  # RFC 9207
            raise NotSignedIn("another provider answered")
        if "code" not in answer:
            raise NotSignedIn("the provider gave no code")
        token = await self._token(metadata, answer["code"], flow, redirect_uri)
        claims = await self._claims(metadata, token, flow, now)
        found = claims.get(self._client.party_claim, ())
        named = [found] if isinstance(found, str) else found
        return tuple(it for it in named if isinstance(it, str)) if isinstance(named, list) else ()

    def _flow(self, cookie: str | None, now: Instant) -> Flow:
        raw = None if cookie is None else unsealed(self._cipher, _FLOW, cookie)
        if raw is None:
            raise NotSignedIn("this browser asked nothing")
        flow = msgspec.json.decode(raw, type=Flow)
        if now >= flow.until:
            raise NotSignedIn("it took too long")
        return flow

    async def _metadata(self, now: Instant) -> Metadata:
        if self._known is not None and now < self._known[0]:
            return self._known[1]
        address = self._client.issuer.rstrip("/") + "/.well-known/openid-configuration"
        metadata = _read(await self._call("GET", address), Metadata)
        if metadata.issuer != self._client.issuer:
            raise Misconfigured(SETTING, "the provider calls itself otherwise; write that")
        if not is_kept_safe(metadata):
            raise Misconfigured(SETTING, "it sends our secret over plain http; mend the provider")
        self._known = (now + _KNOWN_MS, metadata)
        return metadata

    async def _token(self, metadata: Metadata, code: str, flow: Flow, redirect_uri: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": flow.verifier,
            "client_id": self._client.id,
        }
        headers = {"content-type": _FORM, "accept": "application/json"}
        if self._client.secret:
            headers["authorization"] = _basic(self._client)
        answer = await self._call("POST", metadata.token_endpoint, urlencode(form), headers)
        if answer.status != 200:
            raise NotSignedIn(f"the provider gave no token ({answer.status})")
        return _read(answer, _Tokens).id_token

    async def _claims(
        self, metadata: Metadata, token: str, flow: Flow, now: Instant
    ) -> Mapping[str, Any]:
        # Asked anew each time: people sign in seldom, and keys are replaced.
        keys = _read(await self._call("GET", metadata.jwks_uri), dict[str, Any])
        must = jwt.JWTClaimsRegistry(
            now=now // 1000,
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": metadata.issuer},
            aud={"essential": True, "value": self._client.id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": flow.nonce},
        )
        try:
            key_set = KeySet.import_key_set(keys)  # type: ignore[arg-type]  # it looks itself
            claims = jwt.decode(token, key_set, algorithms=list(ALGORITHMS)).claims
            must.validate(claims)
        except (JoseError, ValueError, KeyError, TypeError) as wrong:
            raise NotSignedIn(f"the token is not to be believed ({type(wrong).__name__})") from None
        if claims.get("azp", self._client.id) != self._client.id:
            raise NotSignedIn("the token was made for another client")
        return claims

    async def _call(
        self, method: str, address: str, form: str | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        body = None if form is None else msgspec.Raw(form.encode())
        peer = Peer(SETTING, address, self._given_by(address))
        # Made in a thread: which certificates this machine trusts is read from disk.
        out = await asyncio.to_thread(Outbound, peer, Limits(), None, self._guard)
        async with out as provider:
            return await provider.call(method, "", body=body, headers=headers)

    def _given_by(self, address: str) -> GivenBy:
        """Operators wrote where the provider is; what it says of other places is guarded."""
        return GivenBy.OPERATOR if _place(address) == self._home else GivenBy.PARTY


def _place(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets around what is no address
        return "", ""
    return parts.scheme, parts.netloc


def _read(answer: Answer, kind: type[_Said]) -> _Said:
    """An answer of the provider; Misconfigured if it is not what a provider says."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.DecodeError:
        told = "what answers there is no OpenID provider; write the address of one"
        raise Misconfigured(SETTING, told) from None


def _basic(client: Client) -> str:
    """RFC 6749, 2.3.1: both parts encoded as in a form."""
    parts = urlencode({client.id: client.secret}).replace("=", ":", 1)
    return "Basic " + base64.b64encode(parts.encode()).decode()
