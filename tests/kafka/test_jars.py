"""Archives are fetched once, and only what was locked is ever used. The repository is our own."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.kafka import jars
from tests.kafka.broker import LOOPBACK
from tests.kafka.lock_jars import ROOTS

WHERE = "nl.example:thing:tar.gz:all:1.0"
GOOD = b"what was locked"
LOCKED = {WHERE: hashlib.sha256(GOOD).hexdigest()}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def configure(file: Path, repository: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(f"[repositories]\ncentral = {repository}\n", "utf-8")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(file))
    monkeypatch.setenv("NO_PROXY", LOOPBACK)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The archive in a repository on loopback, which jgo's configuration names."""
    archive = tmp_path / "repository/nl/example/thing/1.0/thing-1.0-all.tar.gz"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(GOOD)
    answer = partial(Quiet, directory=str(tmp_path / "repository"))
    with ThreadingHTTPServer((LOOPBACK, 0), answer) as server:
        address = f"http://{LOOPBACK}:{server.server_address[1]}"
        configure(tmp_path / "jgo.conf", address, monkeypatch)
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield archive
        server.shutdown()
        serving.join()


def test_an_archive_is_fetched_once(served: Path, tmp_path: Path) -> None:
    [first] = jars.fetched_into(tmp_path / "jars", "things", LOCKED)
    assert first.read_bytes() == GOOD
    served.unlink()
    assert jars.fetched_into(tmp_path / "jars", "things", LOCKED) == [first]


def test_what_was_damaged_is_fetched_again(served: Path, tmp_path: Path) -> None:
    [kept] = jars.fetched_into(tmp_path / "jars", "things", LOCKED)
    kept.write_bytes(GOOD[:-1])
    jars.fetched_into(tmp_path / "jars", "things", LOCKED)
    assert kept.read_bytes() == GOOD


def test_what_is_not_as_locked_is_refused_and_not_kept(served: Path, tmp_path: Path) -> None:
    served.write_bytes(b"something else")
    with pytest.raises(jars.JarsMissing, match=r"is not what jars\.toml locks"):
        jars.fetched_into(tmp_path / "jars", "things", LOCKED)
    assert [it.name for it in (tmp_path / "jars").iterdir()] == ["lock"]


def test_what_cannot_be_fetched_tells_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(tmp_path / "jgo.conf", f"http://{LOOPBACK}:1", monkeypatch)
    with pytest.raises(jars.JarsMissing, match="SEINTJE_JARS"):
        jars.fetched_into(tmp_path / "jars", "things", LOCKED)


def test_every_archive_is_locked_and_every_root_is_among_them() -> None:
    for of, roots in ROOTS.items():
        assert set(roots) <= jars.locked(of).keys()
        assert all(len(bytes.fromhex(it)) == 32 for it in jars.locked(of).values())
