"""What is remembered of files after they were read: their content by a digest, and of a full export
which rows it had. On the shelf of the connector; nothing of a row but a digest of its key.

Everything here may be done again after a crash and changes nothing then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

from connectors.corporatie.files_drop import Seen
from connectors.seam import Shelf

# A file that was dropped once more after so many others is read once more.
_FILES_REMEMBERED: Final = 1000
BUCKETS: Final = 16
BLOCK: Final = 64 * 1024


def chained(digest: str, block: bytes) -> str:
    """The digest of a file up to and with this block, from that of what comes before it. It can be
    taken up in the middle, which the state of a hash cannot."""
    return blake2b(digest.encode() + block, digest_size=16).hexdigest()


class Memory:
    """Of one source."""

    def __init__(self, shelf: Shelf, name: str) -> None:
        self._shelf = shelf
        self._done, self._seen, self._full, self._spoilt = (
            f"files/{name}/{kind}/" for kind in ("done", "seen", "full", "spoilt")
        )
        self._last = f"files/{name}/last"

    def knows_size(self, size: int) -> bool:
        """Whether a file of this size was read, so that this may be the same."""
        return bool(self._shelf.names(f"{self._done}{size}/"))

    def is_done(self, file: Seen, digest: str, epoch: int) -> bool:
        """Whether this content was read, since all was begun anew, and is not news again: it is
        that of the last file, or was written before that. What comes back later is."""
        found = self._shelf.value(f"{self._done}{file.size}/{digest}")
        if found is None or found.split()[0] != str(epoch):
            return False
        changed, last = self._last_of(epoch)
        return digest == last or file.changed <= changed

    def note_done(self, file: Seen, digest: str, epoch: int, now: int) -> None:
        self._shelf.keep(f"{self._done}{file.size}/{digest}", f"{epoch} {now}")
        if file.changed >= self._last_of(epoch)[0]:
            self._shelf.keep(self._last, f"{epoch} {file.changed} {digest}")
        names = self._shelf.names(self._done)
        if len(names) > _FILES_REMEMBERED:
            oldest = min(names, key=lambda it: int((self._shelf.value(it) or "0 0").split()[1]))
            self._shelf.keep(oldest, None)

    def is_seen(self, file: Seen, epoch: int, *, reading: str) -> bool:
        """Whether a file that was left in its place was read, or could not be read this way."""
        found = self._shelf.value(f"{self._seen}{file.name}")
        return found in (_stamp(file, epoch, ""), _stamp(file, epoch, reading))

    def note_seen(self, file: Seen, epoch: int, *, reading: str = "") -> None:
        """`reading`: how it could not be read; read in another way it may."""
        self._shelf.keep(f"{self._seen}{file.name}", _stamp(file, epoch, reading))

    def forget_seen(self, names: Iterable[str]) -> None:
        """All but these: they are not there any more."""
        there = {f"{self._seen}{name}" for name in names}
        for name in self._shelf.names(self._seen):
            if name not in there:
                self._shelf.keep(name, None)

    def spoilt(self) -> set[str]:
        """The keys of rows that could not be read, and were not mended since."""
        return {name.removeprefix(self._spoilt) for name in self._shelf.names(self._spoilt)}

    def where_spoilt(self, key: str) -> list[str]:
        """Every place where such a row stood."""
        return (self._shelf.value(f"{self._spoilt}{key}") or "").splitlines()

    def note_spoilt(self, key: str, where: str) -> None:
        places = dict.fromkeys([*self.where_spoilt(key), where])
        self._shelf.keep(f"{self._spoilt}{key}", "\n".join(places))

    def note_mended(self, key: str) -> None:
        self._shelf.keep(f"{self._spoilt}{key}", None)

    def note_rows(self, export: str, offset: int, keys: str) -> None:
        """The keys, with spaces between, of the page of a full export that begins there."""
        self._shelf.keep(f"{self._full}{export}/{offset:015}", keys)

    def missing(self, export: str, bucket: int) -> tuple[list[str], int]:
        """Of a part of the keys that full exports had before: those that this one has not, and how
        many there were."""
        names = self._shelf.names(self._full)
        mine = f"{self._full}{export}/"
        before = set(self._keys((it for it in names if not it.startswith(mine)), bucket))
        now = set(self._keys((it for it in names if it.startswith(mine)), bucket))
        return sorted(before - now), len(before)

    def only_rows_of(self, export: str) -> None:
        """What earlier exports had is dealt with."""
        for name in self._shelf.names(self._full):
            if not name.startswith(f"{self._full}{export}/"):
                self._shelf.keep(name, None)

    def _last_of(self, epoch: int) -> tuple[int, str]:
        """When the last file was written that was read since then, and its content."""
        found = (self._shelf.value(self._last) or "").split()
        return (int(found[1]), found[2]) if found and found[0] == str(epoch) else (0, "")

    def _keys(self, names: Iterable[str], bucket: int) -> Iterator[str]:
        for name in names:
            for key in (self._shelf.value(name) or "").split():
                if int(key[0], 16) % BUCKETS == bucket:
                    yield key


def _stamp(file: Seen, epoch: int, reading: str) -> str:
    return f"{epoch} {file.size} {file.changed} {reading}".strip()
