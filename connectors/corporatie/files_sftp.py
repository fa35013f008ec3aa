"""A drop on an SFTP server: files read, written and moved there, over one connection.

The server must prove with its host key that it is the one that was meant: a key that the settings
do not know is never taken over from the connection. Who we are says a key or a password out of a
file; keys, agents and settings of the user that runs this are not looked at. A connection that was
lost is made again at the next call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Final

import asyncssh
from msgspec import Meta

from connectors.corporatie.files_drop import Gone, Piece, Seen, is_finished
from connectors.secret import Secret
from connectors.settings import Part
from hub.errors import Misconfigured, SeintjeError, Unavailable

_KEEPALIVE_SECONDS: Final = 15
_RENAME_OVER: Final = (asyncssh.SFTPOpUnsupported, asyncssh.SFTPFailure)


class SftpSettings(Part, frozen=True, kw_only=True):
    """Which server, and who we are to it. `knownHosts`: a file of lines as `ssh-keyscan` writes
    them, checked with whoever runs the server. `patienceSeconds`: how long one step may take."""

    host: Annotated[
        str,
        Meta(
            pattern=r"^[^\s/@]+$",
            description="the name or address of the server, like sftp.example.nl",
        ),
    ]
    user: str
    known_hosts: Path
    port: Annotated[int, Meta(ge=1, le=65_535)] = 22
    key_file: Secret | None = None
    password_file: Secret | None = None
    patience_seconds: Annotated[float, Meta(ge=0.1, le=600)] = 30.0


class SftpDrop:
    """Folders on a server. Close it when done."""

    def __init__(self, settings: SftpSettings) -> None:
        """Misconfigured: no key and no password, a key that cannot be read, no known hosts."""
        self._settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._options = _options(settings)
        self._lock = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None

    async def listed(self, place: str) -> Sequence[Seen]:
        async with self._asked(place) as sftp:
            # In bytes: one name in another encoding must not hide the others.
            found = [
                _seen(_text(entry.filename), entry.attrs)
                async for entry in sftp.scandir(place.encode())
                if entry.attrs.type in (asyncssh.FILEXFER_TYPE_REGULAR, None)
            ]
        return sorted(it for it in found if is_finished(it.name))

    async def read(self, place: str, name: str, offset: int, size: int) -> Piece:
        async with self._asked(place) as sftp:
            try:
                async with sftp.open(f"{place}/{name}", "rb") as file:
                    raw: Any = await file.read(size, offset)  # bytes, for it was opened so
                    return Piece(_seen(name, await file.stat()), raw)
            except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                raise Gone(name) from None

    async def write(self, place: str, name: str, raw: bytes) -> None:
        part, whole = f"{place}/{name}.part", f"{place}/{name}"
        async with self._asked(place) as sftp:
            async with sftp.open(part, "wb") as file:
                await file.write(raw)
                with suppress(asyncssh.SFTPOpUnsupported, asyncssh.SFTPFailure):
                    await file.fsync()  # an extension; without it the server sees to its disk
            await _renamed(sftp, part, whole)

    async def move(self, place: str, name: str, to: str, new_name: str) -> None:
        async with self._asked(to) as sftp:
            if not await sftp.isdir(to):
                raise asyncssh.SFTPNoSuchFile(to)
            with suppress(asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                await _renamed(sftp, f"{place}/{name}", f"{to}/{new_name}")

    async def close(self) -> None:
        connection, self._connection, self._sftp = self._connection, None, None
        if connection is not None:
            connection.abort()
            with suppress(asyncssh.Error, OSError):
                await connection.wait_closed()

    @asynccontextmanager
    async def _asked(self, place: str) -> AsyncIterator[asyncssh.SFTPClient]:
        """The server, within our patience, and what its errors mean."""
        # A cancelled call would still close its file over there, and wait for that: what ends a
        # wait for sure is the end of the connection.
        loop = asyncio.get_running_loop()
        cut = loop.call_later(self._settings.patience_seconds, self._cut)
        try:
            yield await self._connected()
        except SeintjeError:
            raise
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory):
            do = "there is no such folder on the server; make it, or name another"
            raise Misconfigured(f"{self._where} {place}", do) from None
        except asyncssh.SFTPPermissionDenied:
            do = "the server does not allow this; have its rights mended"
            raise Misconfigured(f"{self._where} {place}", do) from None
        except (asyncssh.Error, OSError, TimeoutError) as error:
            await self.close()
            is_slow = loop.time() >= cut.when() or isinstance(error, TimeoutError)
            told = "too slow" if is_slow else "no connection"
            raise Unavailable(f"{self._where}: {told}") from error
        finally:
            cut.cancel()

    def _cut(self) -> None:
        if self._connection is not None:
            self._connection.abort()

    async def _connected(self) -> asyncssh.SFTPClient:
        async with self._lock:
            if self._sftp is None or self._connection is None or self._connection.is_closed():
                await self.close()  # the server may have hung up while nobody asked
                try:
                    self._connection = await asyncssh.connect(
                        self._settings.host, self._settings.port, **self._options
                    )
                    self._sftp = await self._connection.start_sftp_client()
                except asyncssh.HostKeyNotVerifiable:
                    raise self._unknown() from None
                except asyncssh.PermissionDenied:
                    do = f"it does not let `{self._settings.user}` in; check the key or password"
                    raise Misconfigured(self._where, do) from None
            return self._sftp

    def _unknown(self) -> Misconfigured:
        do = (
            f"its host key is not in {self._settings.known_hosts}; ask who runs the server for the"
            " key, and add it only if it is the same"
        )
        return Misconfigured(self._where, do)


def _options(settings: SftpSettings) -> dict[str, Any]:
    if not settings.known_hosts.is_file():
        do = "there is no such file; write the host key of the server into it"
        raise Misconfigured(str(settings.known_hosts), do)
    try:
        hosts = asyncssh.read_known_hosts(str(settings.known_hosts))
    except (OSError, ValueError):
        do = "it cannot be read; write a line `host keytype key` for the server"
        raise Misconfigured(str(settings.known_hosts), do) from None
    if settings.key_file is None and settings.password_file is None:
        raise Misconfigured("files.sftp", "write `keyFile` or `passwordFile`, or both")
    password = settings.password_file
    return {
        "username": settings.user,
        "known_hosts": hosts,
        "client_keys": _keys(settings),
        "password": None if password is None else password.reveal(),
        "config": None,
        "agent_path": None,
        "gss_auth": False,
        "connect_timeout": settings.patience_seconds,
        "login_timeout": settings.patience_seconds,
        "keepalive_interval": _KEEPALIVE_SECONDS,
    }


def _keys(settings: SftpSettings) -> list[asyncssh.SSHKey]:
    if settings.key_file is None:
        return []
    try:
        return [asyncssh.import_private_key(settings.key_file.reveal() + "\n")]
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        do = "it is no private key, or has a passphrase; make a key without one for this alone"
        raise Misconfigured("files.sftp.keyFile", do) from None


async def _renamed(sftp: asyncssh.SFTPClient, old: str, new: str) -> None:
    """Over what is there. A server that cannot do that in one step has neither for a moment."""
    try:
        await sftp.posix_rename(old, new)
        return
    except _RENAME_OVER:
        if not await sftp.exists(old):
            raise asyncssh.SFTPNoSuchFile(old) from None
    with suppress(asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        await sftp.remove(new)
    await sftp.rename(old, new)


def _text(name: bytes | str) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")


def _seen(name: str, attrs: asyncssh.SFTPAttrs) -> Seen:
    """SFTP tells seconds; a newer version nanoseconds beside them."""
    seconds, nanoseconds = attrs.mtime or 0, attrs.mtime_ns or 0
    return Seen(name, attrs.size or 0, int(seconds) * 1000 + nanoseconds // 1_000_000)
