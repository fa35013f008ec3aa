"""Where the key of a hub comes from: a file, the environment, or a keeper of secrets over HTTP.

One of the three, and the same for each process of a hub. The last is the secrets engine KV of
HashiCorp Vault, in version 1 or 2, or whatever answers like it (OpenBao): `GET` with a token in
`X-Vault-Token`, and the text of a key file in the field `key`. A key is asked for once, at start.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from hub.errors import Bug, Misconfigured, Unavailable
from hub.key_text import parse, read
from hub.keys import Keys
from hub.outbound import Answer, GivenBy, Outbound, Peer
from hub.settings import Settings

KEY_FILE: Final = "seintje.key"  # in a data directory
FIELD: Final = "key"

_URL: Final = "SEINTJE_KEY_URL"
_TOKEN: Final = "SEINTJE_KEY_TOKEN_FILE"
_AGAIN_SECONDS: Final = 10.0
_OK, _REFUSED, _NOT_THERE = 200, frozenset({400, 401, 403}), 404


class Source(Struct, frozen=True):
    """Where a key is: `where` in words; `file` None: not in a file. Nothing is read before it is
    asked for."""

    where: str
    file: Path | None
    settings: Settings

    def raw(self) -> Sequence[bytes]:
        """The key that seals, and of a successor the one that names.

        Misconfigured: there is none, or it is no key. Unavailable: its keeper does not answer.
        """
        settings = self.settings
        if self.file is not None:
            return read(self.file)
        if settings.key is not None:
            return parse(self.where, settings.key.text)
        if settings.key_url is None:
            raise Bug("a key that is nowhere")
        if settings.key_token_file is None:
            raise Misconfigured(_TOKEN, f"write the file with the token that may read {_URL}")
        return parse(_URL, _asked(settings.key_url, _token(settings.key_token_file)))

    def keys(self) -> Keys:
        """What is derived from it; raises what `raw` does."""
        return Keys(*self.raw())

    def own_keys(self) -> Keys:
        """The same for a hub that is new, which makes its key where that is in a file."""
        return self.keys() if self.file is None else Keys.load_or_create(self.file)

    @property
    def is_missing(self) -> bool:
        """Whether the file is not there."""
        return self.file is not None and not os.path.lexists(self.file)


def key_of(settings: Settings) -> Source:
    """Of a hub of several processes: the same for each of them, so never made up."""
    found = _elsewhere(settings)
    if found is None and settings.key_file is None:
        told = "write the key file of this hub; its workers and gateways all have the same"
        raise Misconfigured("SEINTJE_KEY_FILE", told)
    return found or Source(str(settings.key_file), settings.key_file, settings)


def own_key_of(settings: Settings) -> Source:
    """Of a hub in one process."""
    file = settings.key_file or settings.data / KEY_FILE
    return _elsewhere(settings) or Source(str(file), file, settings)


def _elsewhere(settings: Settings) -> Source | None:
    """Where the key is that is in no file; None if it is in one."""
    named = [settings.key_file, settings.key, settings.key_url]
    if sum(it is not None for it in named) > 1:
        told = "the key of a hub comes from one of these; unset the others"
        raise Misconfigured("SEINTJE_KEY_FILE, SEINTJE_KEY, SEINTJE_KEY_URL", told)
    if settings.key is not None:
        return Source("SEINTJE_KEY", None, settings)
    return None if settings.key_url is None else Source(settings.key_url, None, settings)


def _token(file: Path) -> str:
    try:
        found = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        told = f"{file} cannot be read; make it a file with a token, readable by this user"
        raise Misconfigured(_TOKEN, told) from None
    if not found or any(letter.isspace() for letter in found):
        raise Misconfigured(_TOKEN, f"{file} holds no token; write the token in it, and that alone")
    return found


def _asked(url: str, token: str) -> str:
    """The text of the key. In a thread: who builds a hub may be inside an event loop."""

    async def call() -> Answer:
        async with Outbound(Peer(_URL, url, GivenBy.OPERATOR)) as out:
            return await out.call("GET", "", headers={"X-Vault-Token": token})

    with ThreadPoolExecutor(1) as thread:
        return _text_in(thread.submit(asyncio.run, call()).result())


class _Secret(Struct):
    """A secret of version 1 has its fields in `data`, one of version 2 a level below."""

    data: dict[str, object]


def _text_in(answer: Answer) -> str:
    if answer.status in _REFUSED:
        told = (
            f"the token of {_TOKEN} may not read it (HTTP {answer.status}); renew it, or allow it"
        )
        raise Misconfigured(_URL, told)
    if answer.status == _NOT_THERE:
        raise Misconfigured(_URL, "there is no such secret; correct the path, of KV 2 with /data/")
    if answer.status != _OK:
        told = f"{_URL} answers HTTP {answer.status}; a Vault that is sealed must be opened"
        raise Unavailable(told, _AGAIN_SECONDS)
    try:
        fields = msgspec.json.decode(answer.body, type=_Secret).data
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Misconfigured(_URL, "what answers there is no Vault; correct the address") from None
    inner = fields.get("data")
    found = (inner if isinstance(inner, dict) else fields).get(FIELD)
    if not isinstance(found, str):
        told = f"the secret has no field `{FIELD}`; put the text of a key file in it"
        raise Misconfigured(_URL, told)
    return found
