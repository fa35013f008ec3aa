"""An issuer of tokens as there are: keys that change, a key set behind a real server, and tokens
signed by the book or otherwise."""

from __future__ import annotations

import asyncio
import base64
import hmac
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from hub.domain.time import parse_instant
from hub.gateway.identity.identities import Issuer

HUB: Final = "https://hub.example.nl"
NOW: Final = parse_instant("2026-03-01T12:00:00Z")
SECOND: Final = NOW // 1000
NAMES: Final = {"weert-zaken": "gemeente-weert", "maas-wonen": "corporatie-maas"}


def issuer(name: str = "https://login.example.nl", **own: Any) -> Issuer:
    usual: dict[str, Any] = {
        "audiences": frozenset({HUB}),
        "claim": "client_id",
        "parties": NAMES,
        "keys": f"{name}/jwks",
    }
    return Issuer(name, **(usual | own))


def rsa(kid: str = "r1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid})


def ec(kid: str = "e1", curve: Any = "P-256") -> ECKey:
    return ECKey.generate_key(curve, {"kid": kid})


def ed(kid: str = "o1") -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid})


def claims(**own: Any) -> dict[str, Any]:
    """What a token says that is good for five minutes; None takes a claim away."""
    usual = {
        "iss": "https://login.example.nl",
        "aud": HUB,
        "client_id": "weert-zaken",
        "iat": SECOND,
        "exp": SECOND + 300,
    }
    return {name: it for name, it in (usual | own).items() if it is not None}


def signed(key: Key, algorithm: str, said: Mapping[str, Any], **header: Any) -> str:
    """A token by the book: joserfc signs it."""
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    told = {"alg": algorithm, "kid": key.kid, **header}
    told = {name: it for name, it in told.items() if it is not None}
    return jwt.encode(told, dict(said), key, registry=registry)


def forged(header: Mapping[str, Any], said: object, signature: bytes = b"") -> str:
    """A token that no library would make."""
    parts = (msgspec.json.encode(header), msgspec.json.encode(said), signature)
    return ".".join(b64(it) for it in parts)


def mac(secret: bytes, header: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """A token that is signed by a secret: whatever bytes somebody may take a key for."""
    unsigned = forged(header, said).rstrip(".").encode()
    return f"{unsigned.decode()}.{b64(hmac.digest(secret, unsigned, 'sha256'))}"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def key_set(*keys: Key, **own: Any) -> bytes:
    return msgspec.json.encode({"keys": [{**it.as_dict(private=False), **own} for it in keys]})


class Site:
    """A server with a discovery document and a key set, as it is told to be. `asked`: the paths
    that were asked for. While `gate` is shut nobody is answered."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.pages: dict[str, bytes] = {}
        self.status = 200
        self.address = ""
        self.gate = asyncio.Event()
        self.gate.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ")[1].decode()
            self.asked.append(path)
            await self.gate.wait()
            body = self.pages.get(path, b"")
            told = f"HTTP/1.1 {self.status if path in self.pages else 404} So\r\n"
            told += f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            writer.write(told.encode() + body)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever asked has left
        finally:
            writer.close()


@asynccontextmanager
async def site(tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    """A site on loopback; over TLS if it is given how."""
    found = Site()
    listening = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    found.address = f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
    try:
        yield found
    finally:
        listening.close()
        found.gate.set()
