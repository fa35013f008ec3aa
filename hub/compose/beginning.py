"""How a process begins: its logs, and one line that says what runs with which settings."""

from __future__ import annotations

import hashlib
import logging
import platform
import re
from typing import Final

import structlog
from msgspec import structs

from hub import __version__
from hub.settings import Settings
from hub.telemetry.logs import LEVELS, start_logs

_USER_IN_URL: Final = re.compile(r"//[^/@'\s]*@")

_log = structlog.get_logger("seintje.start")


def begin(settings: Settings, role: str) -> None:
    """Start the logs of this process, and say that it starts."""
    start_logs(least=LEVELS.get(settings.log_level, logging.INFO))
    _log.info(
        "starting",
        role=role,
        version=__version__,
        python=platform.python_version(),
        settings=fingerprint(settings),
        traced=settings.otlp_url is not None,
    )


def fingerprint(settings: Settings) -> str:
    """The same for the same settings: whether two processes, or one before and after a restart, run
    with the same. Secrets are not among them, but for what somebody wrote into an address."""
    told = "\n".join(f"{name}={value!r}" for name, value in structs.asdict(settings).items())
    return hashlib.sha256(_USER_IN_URL.sub("//", told).encode()).hexdigest()[:12]
