"""A gemeente whose zaken are in ZGW (Common Ground): facts out of zaken, notifications of alerts,
and, where wanted, a zaak for each alert.

What stands where: a notification comes through `zgw_door`, its zaak is read by `zgw_source` and
`zgw_reading` and becomes facts in `zgw_facts` by `zgw_mapping`. Alerts go out by `zgw_publish` and
`zgw_zaak`. Standards: Zaken API 1.5, Catalogi API 1.3 and Notificaties API 1.0 (VNG Realisatie).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta
from starlette.routing import BaseRoute

from connectors.encrypted import PLAIN_HTTP, require_encrypted
from connectors.gemeente.zgw_abonnement import Abonnement
from connectors.gemeente.zgw_api import Api, ApiAt
from connectors.gemeente.zgw_check import Checks
from connectors.gemeente.zgw_door import Callback
from connectors.gemeente.zgw_mapping import ZaaktypeRules, read_mapping
from connectors.gemeente.zgw_publish import Publisher
from connectors.gemeente.zgw_reading import Catalogue, Zaken
from connectors.gemeente.zgw_source import SweepPlan, ZakenSource
from connectors.gemeente.zgw_token import Client
from connectors.gemeente.zgw_zaak import ZaakPlan, ZaakSink
from connectors.seam import Connector, Site
from connectors.secret import Secret, Token
from connectors.settings import Address, Part
from hub.domain.marked import Problem
from hub.errors import Misconfigured
from hub.outbound import trusting
from hub.wire.yaml import parse

NAME: Final = "zgw"

_USER: Final = "seintje"
_SHORTEST: Final = 32
_RSIN: Final = 'the RSIN of the gemeente, nine digits between quotes: "000000012"'


class ApiSettings(Part, frozen=True, kw_only=True):
    """Where one API is. `known_as`: other addresses that it has in URLs. Without a client of its
    own it is called as the one above. `certificate` is shown to one that wants to see one."""

    address: Address
    known_as: tuple[Address, ...] = ()
    client_id: str | None = None
    secret_file: Secret | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None


class CallbackSettings(Part, frozen=True, kw_only=True):
    """Where Open Notificaties calls us, as it sees us, and the token that it sends then."""

    address: Address
    token_file: Token

    @property
    def auth(self) -> Secret:
        """The `Authorization` of a call, as it stands in the abonnement."""
        return Secret(f"Bearer {self.token_file.reveal()}")


class PublishSettings(Part, frozen=True, kw_only=True):
    """On which kanaal alerts are told, and the address of an alert up to its id."""

    link: Address
    kanaal: Annotated[str, Meta(min_length=1, max_length=50)] = "seintjes"


class ZaakSettings(Part, frozen=True, kw_only=True):
    """The zaken that are opened for alerts: see `ZaakPlan`."""

    zaaktype: Annotated[str, Meta(min_length=1, max_length=50)]
    rsin: Annotated[str, Meta(pattern=r"^[0-9]{9}$", description=_RSIN)]
    opened: Annotated[str, Meta(min_length=1, max_length=80)]
    ended: Annotated[str, Meta(min_length=1, max_length=80)]
    resultaat: Annotated[str, Meta(min_length=1, max_length=30)]
    link: Address


class ZgwSettings(Part, frozen=True, kw_only=True):
    """The settings below `zgw`. Without `notificaties` nothing is told and nothing is heard, and
    zaken are only swept. `plain_http`: the APIs may be called unencrypted, in a network of which
    every part is trusted."""

    zaken: ApiSettings
    catalogi: ApiSettings
    client_id: Annotated[str, Meta(min_length=1, max_length=50)]
    secret_file: Secret
    user_id: str = _USER
    user_representation: str = "Seintje"
    mapping: Path | None = None
    sweep_hours: Annotated[int, Meta(ge=0, le=168)] = 6
    started_days: Annotated[int, Meta(ge=1, le=3650)] = 800
    notificaties: ApiSettings | None = None
    callback: CallbackSettings | None = None
    publish: PublishSettings | None = None
    zaak: ZaakSettings | None = None
    plain_http: bool = False


def build(settings: ZgwSettings, site: Site) -> Connector:
    """Misconfigured: the mapping is wrong, with a line for each mistake, or parts are missing."""
    rules = _rules(settings.mapping) if settings.mapping is not None else {}
    zaken, catalogi = (
        Api(site, _at(settings, part, where))
        for part, where in ((settings.zaken, "zaken"), (settings.catalogi, "catalogi"))
    )
    catalogue = Catalogue(catalogi)
    read = Zaken(zaken, catalogue, rules)
    told = _notificaties(settings, site)
    abonnement, publisher = _with_notificaties(settings, site, read, told)
    sink = ZaakSink(zaken, catalogue, _plan(settings.zaak)) if settings.zaak is not None else None
    source = ZakenSource(read, site, SweepPlan(settings.sweep_hours, settings.started_days))
    parts = [it for it in (abonnement, publisher, sink) if it is not None]
    return Connector(
        sources=(source,) if rules else (),
        sinks=tuple(it for it in (publisher, sink) if it is not None),
        errands=(abonnement,) if abonnement is not None else (),
        doors=_doors(settings, site),
        check=Checks(read, rules, parts, site.now).found,
        close=partial(_close, (zaken, catalogi, told)),
    )


async def _close(apis: Iterable[Api | None]) -> None:
    for api in apis:
        if api is not None:
            await api.close()


def _notificaties(settings: ZgwSettings, site: Site) -> Api | None:
    if settings.notificaties is None:
        if settings.callback is not None or settings.publish is not None:
            do = "write `notificaties: {address: …}`; `callback` and `publish` need it"
            raise Misconfigured("zgw.notificaties", do)
        return None
    return Api(site, _at(settings, settings.notificaties, "notificaties"))


def _with_notificaties(
    settings: ZgwSettings, site: Site, zaken: Zaken, api: Api | None
) -> tuple[Abonnement | None, Publisher | None]:
    abonnement = publisher = None
    if api is not None and settings.callback is not None:
        if settings.mapping is None:
            raise Misconfigured("zgw.mapping", "name a mapping; without one nothing is subscribed")
        at = settings.callback
        abonnement = Abonnement(api, zaken, at.address, at.auth, site.shelf)
    if api is not None and settings.publish is not None:
        publisher = Publisher(api, settings.publish.kanaal, settings.publish.link)
    return abonnement, publisher


def _doors(settings: ZgwSettings, site: Site) -> tuple[BaseRoute, ...]:
    if settings.callback is None:
        return ()
    if len(settings.callback.token_file.reveal()) < _SHORTEST:
        do = f"write a token of at least {_SHORTEST} characters into it, by `openssl rand -hex 32`"
        raise Misconfigured("zgw.callback.tokenFile", do)
    return Callback(settings.callback.auth, site.inbox, site.now).routes


def _at(settings: ZgwSettings, part: ApiSettings, where: str) -> ApiAt:
    if not settings.plain_http:
        require_encrypted(f"zgw.{where}.address", part.address, PLAIN_HTTP)
    client = Client(
        part.client_id or settings.client_id,
        part.secret_file or settings.secret_file,
        settings.user_id,
        settings.user_representation,
    )
    try:
        tls = trusting(part.certificate, part.certificate_key)
    except Misconfigured as error:
        raise Misconfigured(f"zgw.{where}.certificate", error.do) from None
    return ApiAt(f"zgw.{where}.address", part.address, client, tls, part.known_as)


def _plan(part: ZaakSettings) -> ZaakPlan:
    return ZaakPlan(part.zaaktype, part.rsin, part.opened, part.ended, part.resultaat, part.link)


def _rules(file: Path) -> Mapping[str, ZaaktypeRules]:
    try:
        tree = parse(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise Misconfigured("zgw.mapping", f"{file} cannot be read; write a mapping") from None
    problems = [tree] if isinstance(tree, Problem) else []
    rules: Mapping[str, ZaaktypeRules] = {}
    if not isinstance(tree, Problem):
        rules, reader = read_mapping(tree)
        problems = sorted(set(reader.problems))
    if problems:
        raise Misconfigured(str(file), "".join(f"\n{file}:{it}" for it in problems))
    return rules
