"""Which connectors there are: by name, the settings that each takes and what builds it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec import Struct

from connectors.seam import Connector, Site


class Name(StrEnum):
    """What a connector is called on the command line, in its settings file and in docs."""

    MAIL = "mail"
    FILES = "files"
    TEMPLATE = "template"
    CLOUDEVENTS = "cloudevents"
    VROEGSIGNALERING = "vroegsignalering"
    ZGW = "zgw"
    VERA = "vera"


class Kind(NamedTuple):
    """A kind of connector: its settings, and how it is built from them."""

    settings: type[Struct]
    build: Callable[[Any, Site], Connector]


def kind_of(name: Name) -> Kind:
    """The kind of this name. Only its own modules are loaded: who mails needs no SFTP."""
    match name:
        case Name.MAIL:
            from connectors import mail

            return Kind(mail.MailSettings, mail.build)
        case Name.FILES:
            from connectors.corporatie import files

            return Kind(files.FilesSettings, files.build)
        case Name.TEMPLATE:
            from connectors import template

            return Kind(template.TemplateSettings, template.build)
        case Name.CLOUDEVENTS:
            from connectors.gemeente import cloudevents

            return Kind(cloudevents.CloudEventsSettings, cloudevents.build)
        case Name.VROEGSIGNALERING:
            from connectors.gemeente import vroegsignalering

            return Kind(vroegsignalering.VroegsignaleringSettings, vroegsignalering.build)
        case Name.ZGW:
            from connectors.gemeente import zgw

            return Kind(zgw.ZgwSettings, zgw.build)
        case Name.VERA:
            from connectors.corporatie import vera

            return Kind(vera.VeraSettings, vera.build)
