"""Where the hub is and with which key: checked before anything is sent, and never shown."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from typing import Final, TypedDict

import httpx

from hub.client.bounds import AS_IT_IS
from hub.client.http import NoAnswer
from hub.client.policy import Policy
from hub.errors import Misconfigured

_CONNECT_SECONDS: Final = 5.0


class Connection(TypedDict):
    """With what either client of httpx is made."""

    base_url: httpx.URL
    headers: dict[str, str]
    timeout: httpx.Timeout
    follow_redirects: bool
    trust_env: bool
    verify: ssl.SSLContext


def connection(address: str, key: str, policy: Policy) -> Connection:
    """Misconfigured if the key would leave this machine unencrypted, or cannot be one."""
    url = _url(address)
    is_encrypted, is_here = url.scheme == "https", _is_loopback(url.host)
    if not is_encrypted and not is_here and not policy.plain_http:
        raise Misconfigured("address", "use https: over http anyone in between reads the API key")
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise Misconfigured("key", "give the API key as it was shown, without spaces or newlines")
    return Connection(
        base_url=url,
        headers={"authorization": f"Bearer {key}", "user-agent": "seintje-client", **AS_IT_IS},
        timeout=timeout(policy),
        follow_redirects=False,  # the key goes where the caller said, and nowhere else
        trust_env=is_encrypted and not is_here,  # what is not encrypted a proxy would read
        verify=ssl.create_default_context(),
    )


def timeout(policy: Policy, wait: float = 0.0) -> httpx.Timeout:
    """How long to wait for anything, when the hub itself may wait for so many seconds."""
    return httpx.Timeout(policy.timeout + wait, connect=min(_CONNECT_SECONDS, policy.timeout))


def no_answer(error: httpx.RequestError) -> NoAnswer:
    """Why nothing came back; Misconfigured if trying again cannot help."""
    if _is_about_trust(error):
        told = "its certificate is not trusted; let this machine trust who signed it"
        raise Misconfigured("address", told) from error
    if isinstance(error, httpx.TimeoutException):
        return too_slow()
    return NoAnswer(f"cannot be reached ({type(error).__name__})")


def too_slow() -> NoAnswer:
    return NoAnswer("does not answer in time")


def _url(address: str) -> httpx.URL:
    told = "write where the hub is, like https://hub.example.nl"
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise Misconfigured("address", told) from None
    is_whole = url.scheme in ("http", "https") and url.host and (url.port or 0) <= 65_535
    if not is_whole or url.query or url.fragment:
        raise Misconfigured("address", told)
    if url.userinfo:
        raise Misconfigured("address", "no user or password belongs in it; the key is enough")
    # The same hub has the same address, with a slash at its end or without.
    return url.copy_with(raw_path=url.raw_path.rstrip(b"/") + b"/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_about_trust(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
