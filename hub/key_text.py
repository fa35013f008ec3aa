"""The text of a key, and the file it stands in.

Two lines: a header with the version, and 32 bytes in hexadecimal; of a successor a third line with
the key that still names (ADR 0012). It is read from a file, or comes as text from elsewhere. A file
is made whole and never written over. What is in it stands in no error.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from hub.durable import sync_directory
from hub.errors import Misconfigured

KEY_SIZE: Final = 32
VERSION: Final = 2  # 1 has one key, 2 a successor: the key that seals, then the one that names

_HEADER: Final = "seintje-key"
_RESTORE: Final = "restore it from where it is kept; a new one cannot read what this one sealed"
_EVERYBODY: Final = stat.S_IRWXG | stat.S_IRWXO
# What Kubernetes mounts for a pod that is not root belongs to root, and its group reads it.
_MOUNTED: Final = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


def read(path: Path) -> list[bytes]:
    """What `parse` finds in a file; Misconfigured also when it is missing or others reach it."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            content = file.read(1024)
    except FileNotFoundError:
        told = f"it is not there; {_RESTORE}. Of a new hub: seintje keys create {path}"
        raise Misconfigured(f"key file {path}", told) from None
    except OSError as error:
        why = f"it cannot be read ({error.strerror}); make it readable by this user only"
        raise Misconfigured(f"key file {path}", why) from None
    if _is_open(about):
        mode = f"mode {stat.S_IMODE(about.st_mode):04o}"
        raise Misconfigured(
            f"key file {path}", f"others can reach it ({mode}); run: chmod 600 {path}"
        )
    return parse(f"key file {path}", content.decode("ascii", "replace"))


def _is_open(about: os.stat_result) -> bool:
    """Whether others can reach the file."""
    is_mounted = about.st_uid == 0 and os.geteuid() != 0
    return bool(about.st_mode & (_MOUNTED if is_mounted else _EVERYBODY))


def parse(where: str, text: str) -> list[bytes]:
    """The key that seals, and of a successor the one that names; Misconfigured if it is none."""
    name, version, *rest = (*text.split(), "", "")
    if name != _HEADER or not version.isdigit():
        raise Misconfigured(where, f"it is not a key of this program; {_RESTORE}")
    if int(version) > VERSION:
        raise Misconfigured(where, f"a newer release made it (version {version}); run that release")
    try:
        keys = [bytes.fromhex(word) for word in rest if word]
    except ValueError:
        keys = []
    if not keys or [len(key) for key in keys] != [KEY_SIZE] * int(version):
        raise Misconfigured(where, f"it is damaged; {_RESTORE}")
    return keys


def written(*keys: bytes) -> str:
    """The text of a key that seals, and of a successor with the one that names."""
    return "\n".join([f"{_HEADER} {len(keys)}", *(key.hex() for key in keys), ""])


def create(path: Path, *keys: bytes) -> None:
    """The file whole or not at all, and never over one that is there (`link` refuses)."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(written(*keys))
            file.flush()
            os.fsync(file.fileno())
        _publish(draft, path)
    except OSError as error:
        why = f"it cannot be made ({error.strerror}); make its directory writable, or free space"
        raise Misconfigured(f"key file {path}", why) from None


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its key is the one
    finally:
        draft.unlink()
    sync_directory(path.parent)
