"""A real SFTP server on loopback: a folder that it shows as its root, and what may happen to it.

A user with a password and with a key. It can be away, slow, break off in the middle of a file, have
another host key, or lack the rename over an existing file that not every server has.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh

USER = "corporatie"
PASSWORD = "wachtwoord-van-de-test"


class SftpSystem:
    """The server, and what a test lets happen to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = "127.0.0.1"
        self.port = _free_port()
        self.can_rename_over = True
        self.forbids = False
        self.breaks_after: int | None = None
        """So many reads of a file are answered; then the connection is cut."""
        self.connections = 0
        self.fast = asyncio.Event()
        self.fast.set()
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        self._user_key = asyncssh.generate_private_key("ssh-ed25519")
        self._listening: asyncssh.SSHAcceptor | None = None
        self._open: set[asyncssh.SSHServerConnection] = set()

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def known_hosts(self) -> str:
        """The line that whoever runs the server hands out."""
        key = self._host_key.export_public_key().decode().strip()
        return f"[{self.host}]:{self.port} {key}\n"

    def private_key(self, passphrase: str | None = None) -> str:
        """The key of the user."""
        form = "openssh" if passphrase is None else "pkcs8-pem"
        return self._user_key.export_private_key(form, passphrase).decode()

    def take_another_host_key(self) -> None:
        """As somebody in between would have. Counts for connections from the next `come` on."""
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")

    async def come(self) -> None:
        if self._listening is None:
            self._listening = await asyncssh.listen(
                self.host,
                self.port,
                server_factory=lambda: _Door(self),
                server_host_keys=[self._host_key],
                sftp_factory=lambda channel: _Files(channel, self),
                reuse_address=True,
            )

    async def go(self) -> None:
        """Away: nobody listens, and open connections are cut."""
        self.cut()
        if self._listening is not None:
            self._listening.close()
            await self._listening.wait_closed()
            self._listening = None

    def cut(self) -> None:
        """Cut every connection; the server stays."""
        for connection in list(self._open):
            connection.abort()
        self._open.clear()

    def slow(self) -> None:
        """From now on it answers nothing, until `fast` is set."""
        self.fast.clear()

    def lets_in(self, key: asyncssh.SSHKey) -> bool:
        return key.public_data == self._user_key.public_data

    def greet(self, connection: asyncssh.SSHServerConnection) -> None:
        self.connections += 1
        self._open.add(connection)

    def part(self, connection: asyncssh.SSHServerConnection | None) -> None:
        if connection is not None:
            self._open.discard(connection)

    def is_to_break(self) -> bool:
        if self.breaks_after is None:
            return False
        self.breaks_after -= 1
        if self.breaks_after >= 0:
            return False
        self.breaks_after = None
        return True


class _Door(asyncssh.SSHServer):
    def __init__(self, system: SftpSystem) -> None:
        self._system = system
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._system.greet(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._system.part(self._connection)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and self._system.lets_in(key)


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], system: SftpSystem) -> None:
        super().__init__(channel, chroot=str(system.folder).encode())
        self._system = system

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        if self._system.forbids:
            raise asyncssh.SFTPPermissionDenied("not allowed")
        return super().open(path, pflags, attrs)

    async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        await self._system.fast.wait()
        if self._system.is_to_break():
            self._system.cut()
        return bytes(super().read(file_obj, offset, size))  # type: ignore[arg-type]  # it is sync

    async def stat(self, path: bytes) -> Any:
        await self._system.fast.wait()
        return super().stat(path)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        if not self._system.can_rename_over:
            raise asyncssh.SFTPOpUnsupported("posix-rename@openssh.com is not known here")
        super().posix_rename(oldpath, newpath)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[SftpSystem]:
    """The server, up, with this folder as its root."""
    system = SftpSystem(folder)
    await system.come()
    try:
        yield system
    finally:
        system.fast.set()
        await system.go()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
