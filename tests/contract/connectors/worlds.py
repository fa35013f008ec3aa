"""Every connector that must keep the contract, by its world."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from tests.contract.connectors.cloudevents_world import receiver_world, sender_world
from tests.contract.connectors.files_world import folder_world, sftp_world
from tests.contract.connectors.mail_world import mail_world
from tests.contract.connectors.template_world import template_world
from tests.contract.connectors.vera_world import vera_world
from tests.contract.connectors.vroegsignalering_world import vroegsignalering_world
from tests.contract.connectors.world import World
from tests.contract.connectors.zgw_world import zgw_world

WORLDS: Final[dict[str, Callable[[Path], AbstractAsyncContextManager[World]]]] = {
    "cloudevents-in": sender_world,
    "cloudevents-out": receiver_world,
    "mail": mail_world,
    "files-folder": folder_world,
    "files-sftp": sftp_world,
    "template": template_world,
    "vroegsignalering": vroegsignalering_world,
    "zgw": zgw_world,
    "vera": vera_world,
}
