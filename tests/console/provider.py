"""OpenID providers to sign in with: a real one in a process of its own, and one that misbehaves.

The second is ours, over a socket of this machine. It is strict in what a good client sends (PKCE,
the address to come back to, the secret), and says what a test wants it to say.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.gateway.server import Server, open_socket
from hub.settings import Listen

CLIENT: Final = "seintje"
SECRET: Final = "a secret: with %, & and ="
CODE: Final = "the-code"

Claims = dict[str, Any]


@contextmanager
def real_provider() -> Iterator[str]:
    """The address of a provider that asks for a registered client and a nonce."""
    listening = open_socket(Listen("127.0.0.1", 0))
    port = listening.getsockname()[1]
    listening.close()
    words = ["--host", "127.0.0.1", "--port", str(port), "--require-nonce"]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", *words, "--require-registration"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _until_it_answers(process, url)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _until_it_answers(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(f"{url}/jwks", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the provider did not start")


@cache
def _rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one"})


class Provider:
    """A provider whose token a test makes. `asked` is the query of the last question."""

    def __init__(self) -> None:
        self.key = _rsa_key()
        self.published: list[Any] = [self.key]
        self.url = ""
        self.asked: dict[str, str] = {}
        self.changed: Callable[[Claims], Claims] = lambda claims: claims
        self.signed: Callable[[Claims], str] = self.by_key(self.key, "RS256")
        self.answers: dict[str, Response] = {}
        self.calls: list[str] = []

    def by_key(self, key: Any, algorithm: str) -> Callable[[Claims], str]:
        """Signs claims so."""
        header = {"alg": algorithm, "kid": "one"}
        return lambda claims: jwt.encode(header, claims, key, algorithms=[algorithm])

    def answer_to(self, question: str, **also: str) -> dict[str, str]:
        """What the browser comes back with from this question."""
        self.asked = dict(parse_qsl(urlsplit(question).query))
        return {"code": CODE, "state": self.asked["state"]} | also

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._jwks),
            ]
        )

    async def _metadata(self, _request: Request) -> Response:
        return self._instead("metadata") or JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize?tenant=one",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
            }
        )

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), strict_parsing=True))
        challenge = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert form["grant_type"] == "authorization_code"
        assert form["code"] == CODE
        assert form["redirect_uri"] == self.asked["redirect_uri"]
        assert self.asked["code_challenge_method"] == "S256"
        sent = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        assert self.asked["code_challenge"] == sent
        instead = self._instead("token")
        if instead is not None:
            return instead
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "jan",
            "iat": now,
            "exp": now + 60,
            "nonce": self.asked["nonce"],
            "seintje_party": "gemeente-weert",
        }
        token = self.signed(self.changed(claims))
        return JSONResponse({"id_token": token, "access_token": "x", "token_type": "Bearer"})

    async def _jwks(self, _request: Request) -> Response:
        keys = KeySet(self.published).as_dict(private=False)
        return self._instead("jwks") or JSONResponse(keys)

    def _instead(self, name: str) -> Response | None:
        self.calls.append(name)
        return self.answers.get(name)


@asynccontextmanager
async def odd_provider() -> AsyncIterator[Provider]:
    """The provider of ours, at an address of this machine."""
    provider, stopping = Provider(), asyncio.Event()
    listening = open_socket(Listen("127.0.0.1", 0))
    provider.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving = asyncio.create_task(Server(provider.app, listening).serve(stopping))
    try:
        yield provider
    finally:
        stopping.set()
        await serving


def another_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "one"})
