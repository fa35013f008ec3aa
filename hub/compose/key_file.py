"""Where the key of a hub on Kafka is."""

from __future__ import annotations

from pathlib import Path

from hub.errors import Misconfigured
from hub.settings import Settings


def key_file_of(settings: Settings) -> Path:
    """The same for each process of the hub, so never made up."""
    if settings.key_file is None:
        told = "write the key file of this hub; its workers and gateways all have the same"
        raise Misconfigured("SEINTJE_KEY_FILE", told)
    return settings.key_file
