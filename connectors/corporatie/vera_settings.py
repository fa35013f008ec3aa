"""The part of a settings file that is of a VERA system: where its APIs are, who we are to it, who
belongs to the target group, and which of its codes are what here.

What follows from several settings together is judged here as well, before anything is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from connectors.bearer import OAuth
from connectors.encrypted import PLAIN_HTTP, require_encrypted
from connectors.secret import Token
from connectors.settings import Address, Gemeente, Part
from hub.errors import Misconfigured

_LISTED: Final = r"^[A-Z]+\.\S+$"
Listed: TypeAlias = Annotated[
    str,
    Meta(
        pattern=_LISTED,
        description="a code of VERA with its list, like AANVULLENDEDOELGROEP.STH",
    ),
]


class Domain(StrEnum):
    """The information domains of VERA that are read. Each has an API of its own."""

    OVEREENKOMSTEN = "overeenkomsten"
    VASTGOED = "vastgoed"
    WOONRUIMTEVERDELING = "woonruimteverdeling"
    FINANCIEN = "financien"
    ONDERHOUD = "onderhoud"
    RELATIES = "relaties"


class Access(Part, frozen=True, kw_only=True):
    """Who we are: a key in a header (`X-API-KEY` in the standard), or a client of OAuth 2."""

    api_key_file: Token | None = None
    api_key_header: str = "X-API-KEY"
    oauth: OAuth | None = None


class TargetGroup(Part, frozen=True, kw_only=True):
    """Whose leases are read, and no others.

    `found_in`: where the mark stands. `codes`: what is a mark. `filter`: what is put behind the
    list that is searched, so that nothing of others is even sent: it differs by supplier.
    `changed_since`: the parameter with which a supplier only sends what changed; VERA has none.
    `overlap_hours`: for how much longer is asked, because their clock is another one and things are
    recorded late. Once in `whole_days` the list is read whole all the same.
    """

    found_in: Literal["toewijzingen", "eenheden", "huurovereenkomsten"] = "toewijzingen"
    codes: tuple[Listed, ...] = (
        "AANVULLENDEDOELGROEP.STH",
        "VOORRANGDETAILSOORT.STA",
        "EENHEIDCRITERIUMDETAILSOORT.STA",
    )
    filter: Mapping[str, str] = {}
    changed_since: str = ""
    overlap_hours: Annotated[int, Meta(ge=1, le=720)] = 24
    whole_days: Annotated[int, Meta(ge=1, le=60)] = 7


class Leases(Part, frozen=True, kw_only=True):
    """How a lease is read.

    `number`: the field with the number that the parties know it by. `pattern`: what it looks like,
    as in the parties file; without one, a number that may be a burgerservicenummer is kept out.
    `signed`, `ended`: codes of OVEREENKOMSTSTATUS. `temporary`: of OVEREENKOMSTDETAILSOORT, where
    `bepaaldeTijd` is not filled in. `signed_on`: the name of the extra attribute with the date of
    signing, which VERA has no field for. `gemeenten`: code over there → CBS code. `uri`: how other
    domains name a lease, with `{id}` in it; left out: below the address of overeenkomsten.
    `days`: for how long after its begin a lease is read.
    """

    number: Literal["code", "id", "idExtern"] = "code"
    pattern: str = ""
    address: Literal["bagIdentificatie", "bagNummeraanduidingIdentificatie"] = "bagIdentificatie"
    signed: tuple[str, ...] = ("LOP", "VOP", "OPG", "BEE", "ONT", "VER")
    ended: tuple[str, ...] = ("OPG", "BEE", "ONT", "VER")
    temporary: tuple[str, ...] = ("TIJ", "FLE", "MID", "SHS")
    signed_on: str = ""
    end_reasons: Mapping[Listed, str] = {}
    gemeenten: Mapping[str, Gemeente] = {}
    uri: str = ""
    days: Annotated[int, Meta(ge=1, le=3660)] = 430


class Steps(Part, frozen=True, kw_only=True):
    """Which codes say that a step of social collection was taken, or that the tenant objected.

    Lists: CONTACTMOMENTSOORT, CONTACTMOMENTDETAILSOORT, BOEKINGDETAILSOORT, BEWAKINGSSTATUS. VERA
    has no codes of its own for them, so nothing is a step unless it stands here.
    """

    personal_contact_tried: tuple[Listed, ...] = ()
    debt_help_offered: tuple[Listed, ...] = ()
    reminder_sent: tuple[Listed, ...] = ()
    sharing_announced: tuple[Listed, ...] = ()
    tenant_objected: tuple[Listed, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """All that mean something."""
        return frozenset(
            (
                *self.personal_contact_tried,
                *self.debt_help_offered,
                *self.reminder_sent,
                *self.sharing_announced,
                *self.tenant_objected,
            )
        )


class Rent(Part, frozen=True, kw_only=True):
    """How rent is read. `details`: codes of BOEKINGDETAILSOORT that are rent. `first`: of those,
    the one that is about the first period. `period`: the field whose month is the period."""

    details: tuple[str, ...] = ("PRO", "EVN")
    first: tuple[str, ...] = ("EVN",)
    period: Literal["vervaldatum", "boekdatum"] = "vervaldatum"
    steps: Steps = Steps()
    agreed: tuple[str, ...] = ("ACT", "BEV", "BEE", "ANN")
    broken: tuple[str, ...] = ("ANN",)
    broken_reasons: tuple[str, ...] = ("ONI", "VOL")


class Damage(Part, frozen=True, kw_only=True):
    """Which requests are damage: `kinds` of ONDERHOUDSOORT. `repaired`, `cancelled`: codes of
    ONDERHOUDSVERZOEKSTATUS. `causes` and `categories`: their code → ours, beside the usual ones.
    `found_by`: what leads to them, the lease (its `onderhoudsverzoeken`) or the dwelling (`eenheid`
    of a defect). `uri`: how a defect names a dwelling, with `{id}` in it; left out: below the
    address of vastgoed."""

    found_by: Literal["huurovereenkomst", "eenheid"] = "huurovereenkomst"
    uri: str = ""
    kinds: tuple[str, ...] = ("REP",)
    repaired: tuple[str, ...] = ("TEC", "FIN", "AFG")
    cancelled: tuple[str, ...] = ("GEA",)
    causes: Mapping[Listed, str] = {}
    categories: Mapping[Listed, str] = {}


class Nuisance(Part, frozen=True, kw_only=True):
    """Which signals are nuisance: `kinds` of SIGNALERINGSOORT. `categories`: their code → ours.
    `uri`: how they name an address, with `{id}` in it; left out: below that of vastgoed."""

    uri: str = ""
    kinds: tuple[str, ...] = ("OVE",)
    categories: Mapping[Listed, str] = {}


class VeraSettings(Part, frozen=True, kw_only=True):
    """Everything about the VERA system. Of a domain without an address nothing is read.

    `sender` goes with each call where a supplier wants it (X-Stuurgegevens-Zender-Organisatie,
    -Administratie). `settle_days`: how long after it happened a thing certainly stands in VERA.
    `round_minutes`: all of it is read anew that often, at most. `plain_http`: it may be called
    unencrypted, in a network of which every part is trusted.
    """

    overeenkomsten: Address
    vastgoed: Address
    woonruimteverdeling: Address | None = None
    financien: Address | None = None
    onderhoud: Address | None = None
    relaties: Address | None = None
    access: Access
    sender: Mapping[str, str] = {}
    target_group: TargetGroup = TargetGroup()
    leases: Leases = Leases()
    rent: Rent = Rent()
    damage: Damage = Damage()
    nuisance: Nuisance = Nuisance()
    settle_days: Annotated[int, Meta(ge=0, le=60)] = 3
    round_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 60
    plain_http: bool = False

    def addresses(self) -> dict[Domain, str]:
        found = {it: getattr(self, it.value) for it in Domain}
        return {domain: address for domain, address in found.items() if address is not None}

    def lease_uri(self, id_: str) -> str:
        known = self.leases.uri or self.overeenkomsten.rstrip("/") + "/huurovereenkomsten/{id}"
        return known.replace("{id}", id_)

    def address_uri(self, id_: str) -> str:
        known = self.nuisance.uri or self.vastgoed.rstrip("/") + "/eenheidadressen/{id}"
        return known.replace("{id}", id_)

    def dwelling_uri(self, id_: str) -> str:
        known = self.damage.uri or self.vastgoed.rstrip("/") + "/eenheden/{id}"
        return known.replace("{id}", id_)


def judged(settings: VeraSettings) -> VeraSettings:
    """The settings, when they go together; Misconfigured with what to write."""
    _judge_access(settings.access)
    if not settings.plain_http:
        _judge_encrypted(settings)
    needed = settings.target_group.found_in == "toewijzingen"
    if needed and settings.woonruimteverdeling is None:
        do = "write the address of woonruimteverdeling, or find the target group in another list"
        raise Misconfigured("vera.targetGroup.foundIn", do)
    _judge_steps(settings)
    if not settings.sender.keys() <= {"organisatie", "administratie"}:
        raise Misconfigured("vera.sender", "write organisatie, administratie, or both")
    for where in ("leases", "nuisance", "damage"):
        uri = getattr(settings, where).uri
        if uri and "{id}" not in uri:
            raise Misconfigured(f"vera.{where}.uri", "write {id} where the id stands")
    try:
        re.compile(settings.leases.pattern)
    except re.error:
        raise Misconfigured("vera.leases.pattern", "write a regular expression") from None
    return settings


def _judge_access(access: Access) -> None:
    if (access.api_key_file is None) == (access.oauth is None):
        raise Misconfigured("vera.access", "write apiKeyFile or oauth, not both")


def _judge_encrypted(settings: VeraSettings) -> None:
    for domain, address in settings.addresses().items():
        require_encrypted(f"vera.{domain.value}", address, PLAIN_HTTP)
    if settings.access.oauth is not None:
        where = "vera.access.oauth.tokenUrl"
        require_encrypted(where, settings.access.oauth.token_url, PLAIN_HTTP)


def _judge_steps(settings: VeraSettings) -> None:
    steps = settings.rent.steps
    if steps.sharing_announced and not steps.tenant_objected:
        do = "write which codes are an objection: who objected may not be shared with the gemeente"
        raise Misconfigured("vera.rent.steps.tenantObjected", do)
    if settings.relaties is None and any(code.startswith("CONTACTMOMENT") for code in steps.codes):
        do = "write the address of relaties: that is where moments of contact are"
        raise Misconfigured("vera.relaties", do)
