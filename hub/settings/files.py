"""Whether what settings point to is there and can be used: looked at when a process starts.

Files are opened for reading, and of a secret only whether it is one line is looked at. Nothing is
made and nothing written. What a file must hold is not known here.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from hub.settings.found import Found, Mistake
from hub.settings.kinds import shape_of
from hub.settings.roles import Role
from hub.settings.setting import Opens
from hub.settings.table import SETTINGS

_LONGEST_SECRET: Final = 10_000
_NO_FILE: Final = frozenset({errno.ENOENT, errno.ENAMETOOLONG})


def unusable(found: Found, role: Role) -> Iterator[Mistake]:
    """What cannot be used of what this role opens."""
    wrong = found.wrong
    for field, row in SETTINGS.items():
        path = getattr(found.settings, field)
        if role not in row.roles or field in wrong or not isinstance(path, Path):
            continue
        says = _LOOKS[row.opens](path)
        if says:
            yield Mistake(frozenset({field}), found.where(field), says)


def _nothing(_path: Path) -> str:
    return ""


def _place(path: Path) -> str:
    try:
        if path.is_dir():
            os.listdir(path)
        else:
            path.open("rb").close()
    except OSError as error:
        return _cannot_be_read(path, error)
    return ""


def _file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return "" if file.read(1) else f"{path} is empty"
    except OSError as error:
        return _cannot_be_read(path, error)


def _secret(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST_SECRET + 1)
    except OSError as error:
        if error.errno in _NO_FILE and len(path.parts) == 1:
            return _may_be_the_secret(path)
        return _cannot_be_read(path, error)
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return f"{path} is no text in UTF-8; write the secret into it, and nothing else"
    if not text:
        return f"{path} is empty; write the secret into it"
    if len(text.splitlines()) > 1 or len(raw) > _LONGEST_SECRET:
        return f"{path} holds more than one line; write the secret into it, and nothing else"
    return ""


def _headers(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return "" if file.read(1) else f"{path} is empty"
    except OSError as error:
        if error.errno in _NO_FILE and (":" in str(path) or len(path.parts) == 1):
            return _may_be_the_secret(path)
        return _cannot_be_read(path, error)


def _may_be_the_secret(path: Path) -> str:
    return (
        f"there is no such file; what stands there is {shape_of(str(path))}. If that is "
        "the secret itself, change it, put the new one into a file, and write its name here"
    )


def _folder(path: Path) -> str:
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        return f"{there} is no directory; write another place"
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        return f"{there} cannot be written by this user; give it the right to, or another place"
    return ""


def _cannot_be_read(path: Path, error: OSError) -> str:
    return f"{path} cannot be read: {error.strerror}"


_LOOKS: Final[Mapping[Opens, Callable[[Path], str]]] = {
    Opens.NOTHING: _nothing,
    Opens.PLACE: _place,
    Opens.FILE: _file,
    Opens.SECRET: _secret,
    Opens.HEADERS: _headers,
    Opens.FOLDER: _folder,
}
