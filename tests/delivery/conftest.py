"""What the tests of deliveries ask for."""

from __future__ import annotations

import ssl
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import trustme

from hub.domain.time import Instant
from tests.delivery.delivering import Leaping, Making, Site, site
from tests.delivery.subscribing import NOW


@pytest.fixture(scope="package", name="ca")
def _ca() -> trustme.CA:
    """Who signs the certificates of receivers."""
    return trustme.CA()


@pytest.fixture(scope="package", name="tls")
def _tls(ca: trustme.CA) -> ssl.SSLContext:
    """What the hub trusts."""
    found = ssl.create_default_context()
    ca.configure_trust(found)
    return found


@pytest.fixture
def make(tls: ssl.SSLContext, tmp_path: Path) -> Making:
    """Makes the hub of the test, in its folder."""

    def made(now: Instant = NOW) -> AbstractAsyncContextManager[Site]:
        return site(tmp_path, tls, Leaping(now))

    return made
