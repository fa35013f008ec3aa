"""Every connector that must keep the contract, by its world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final, NamedTuple

from tests.contract.connectors.cloudevents_world import (
    ReceiverWorld,
    SenderWorld,
    receiver_world,
    sender_world,
)
from tests.contract.connectors.files_world import (
    FilesWorld,
    FolderWorld,
    folder_world,
    sftp_world,
)
from tests.contract.connectors.mail_world import MailWorld, mail_world
from tests.contract.connectors.template_world import TemplateWorld, template_world
from tests.contract.connectors.vera_world import VeraWorld, vera_world
from tests.contract.connectors.vroegsignalering_world import (
    VroegsignaleringWorld,
    vroegsignalering_world,
)
from tests.contract.connectors.world import Can, World
from tests.contract.connectors.zgw_world import ZgwWorld, zgw_world


class Case(NamedTuple):
    """How a world comes up, and what it cannot do, with the reason."""

    opens: Callable[[Path], AbstractAsyncContextManager[World]]
    lacks: Mapping[Can, str]


WORLDS: Final[Mapping[str, Case]] = {
    "cloudevents-in": Case(sender_world, SenderWorld.lacks),
    "cloudevents-out": Case(receiver_world, ReceiverWorld.lacks),
    "files-folder": Case(folder_world, FolderWorld.lacks),
    "files-sftp": Case(sftp_world, FilesWorld.lacks),
    "mail": Case(mail_world, MailWorld.lacks),
    "template": Case(template_world, TemplateWorld.lacks),
    "vera": Case(vera_world, VeraWorld.lacks),
    "vroegsignalering": Case(vroegsignalering_world, VroegsignaleringWorld.lacks),
    "zgw": Case(zgw_world, ZgwWorld.lacks),
}


def worlds_that(needed: Iterable[Can]) -> list[str]:
    """The worlds that can do all of this."""
    all_of_it = frozenset(needed)
    return [name for name, it in WORLDS.items() if it.lacks.keys().isdisjoint(all_of_it)]
