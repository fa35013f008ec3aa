"""Which dossier goes with which tenancy (facts document, Finding the household, Standing)."""

import pytest

from hub.domain.facts import Fact, Reference
from hub.domain.parties import Parties, Party
from hub.domain.tenancy import resolve
from tests.building import (
    HUURDERS,
    LEAD_DAYS,
    MAAS,
    ONDERDAK,
    PEEL,
    ROERMOND,
    WEERT,
    contact,
    dossier,
    intake,
    lease,
    linked,
    moved_out,
    nuisance,
    parties,
    place_of,
    retracted,
    signed,
    unlinked,
)

L1 = signed("2026-03-01")
ASKED = contact("2026-04-01", dossier="D-1")  # where does it belong?


def together(at: str, by: str = WEERT) -> Fact:
    return linked(at, lease="L-1", dossier="D-1", by=by)


def apart(at: str, by: str = WEERT) -> Fact:
    return unlinked(at, lease="L-1", dossier="D-1", by=by)


def here(at: str, by: str = WEERT) -> Fact:
    return linked(at, address=1, dossier="D-1", by=by)


LINK = together("2026-03-05")
UNLINK = apart("2026-03-06")


@pytest.mark.parametrize(
    ("links", "place"),
    [
        pytest.param([], "D-1", id="nobody says so"),
        pytest.param([LINK], "L-1", id="the gemeente's word suffices"),
        pytest.param([together("2026-03-05", ONDERDAK)], "L-1", id="so does its begeleider's"),
        pytest.param([together("2026-03-05", MAAS)], "D-1", id="the corporatie's alone does not"),
        pytest.param(
            [together("2026-03-05", MAAS), together("2026-06-01")],
            "L-1",
            id="the gemeente says the same later",
        ),
        pytest.param([together("2026-03-05", PEEL)], "D-1", id="nor that of another corporatie"),
        pytest.param([together("2026-03-05", HUURDERS)], "D-1", id="nor that of the huurders"),
        pytest.param([together("2026-03-05", ROERMOND)], "D-1", id="nor that of another gemeente"),
        pytest.param([together("2030-01-01")], "L-1", id="it holds for the whole timeline before"),
        pytest.param([together("2020-01-01")], "L-1", id="and after, said before the lease"),
        pytest.param(
            [intake("2026-03-05", lease="L-1", dossier="D-1")], "L-1", id="named together in a fact"
        ),
        pytest.param(
            [nuisance("2026-03-05", lease="L-1", dossier="D-1")],
            "D-1",
            id="named together by the corporatie alone",
        ),
        pytest.param([here("2026-03-05")], "L-1", id="linked by the address"),
        pytest.param([here("2026-02-15")], "D-1", id="but not before somebody lives there"),
        pytest.param(
            [intake("2026-02-15", address=1, dossier="D-1")],
            "L-1",
            id="unless it may come before the tenancy",
        ),
        pytest.param([linked("2026-03-05", lease="L-2", dossier="D-1")], "D-1", id="unknown lease"),
        pytest.param([linked("2026-03-05", lease="L-1", dossier="D-2")], "D-1", id="other dossier"),
        pytest.param([LINK, retracted("2026-05-01", LINK)], "D-1", id="a link that was taken back"),
        pytest.param(
            [LINK, linked("2026-03-06", lease="L-2", dossier="D-1", replaces=LINK)],
            "D-1",
            id="a link that was replaced by another",
        ),
    ],
)
def test_dossier_and_lease_belong_together(links: list[Fact], place: str) -> None:
    assert place_of(ASKED, L1, *links) == place


@pytest.mark.parametrize(
    ("links", "place"),
    [
        pytest.param([LINK, apart("2026-03-06")], "D-1", id="an unlink later"),
        pytest.param([LINK, apart("2026-03-04")], "L-1", id="an unlink before"),
        pytest.param([LINK, apart("2026-03-05")], "D-1", id="at one instant the unlink wins"),
        pytest.param(
            [LINK, apart("2026-03-06"), together("2026-03-07")], "L-1", id="linked once more"
        ),
        pytest.param(
            [LINK, apart("2026-03-08"), together("2026-03-07")], "D-1", id="the last unlink counts"
        ),
        pytest.param([LINK, apart("2026-03-06", ONDERDAK)], "D-1", id="the begeleider may"),
        pytest.param([LINK, apart("2026-03-06", MAAS)], "D-1", id="the corporatie may"),
        pytest.param([LINK, apart("2026-03-06", PEEL)], "L-1", id="another corporatie may not"),
        pytest.param([LINK, apart("2026-03-06", HUURDERS)], "L-1", id="huurders may not"),
        pytest.param([LINK, apart("2026-03-06", ROERMOND)], "L-1", id="another gemeente may not"),
        pytest.param(
            [LINK, unlinked("2026-03-06", address=1, dossier="D-1")], "D-1", id="by the address"
        ),
        pytest.param(
            [LINK, unlinked("2026-03-06", lease="L-1", dossier="D-2")], "L-1", id="of another pair"
        ),
        pytest.param(
            [LINK, UNLINK, retracted("2026-05-01", UNLINK)],
            "L-1",
            id="an unlink that was taken back",
        ),
        pytest.param(
            [intake("2026-03-05", lease="L-1", dossier="D-1"), apart("2026-03-06")],
            "D-1",
            id="it undoes what a fact named together",
        ),
        pytest.param(
            [LINK, apart("2026-03-06"), intake("2026-03-07", lease="L-1", dossier="D-1")],
            "L-1",
            id="and a fact links once more",
        ),
    ],
)
def test_unlinking(links: list[Fact], place: str) -> None:
    assert place_of(ASKED, L1, *links) == place


def test_an_unlinked_fact_that_names_the_lease_stays_with_it() -> None:
    named = intake("2026-03-05", lease="L-1", dossier="D-1")
    assert place_of(named, L1, apart("2026-03-06")) == "L-1"


def test_a_link_is_of_one_pair() -> None:
    second = signed("2026-06-01", lease="L-2", address=2)
    facts = [L1, moved_out("2026-05-31"), second, LINK]
    after = contact("2026-07-01", dossier="D-1")
    assert place_of(after, *facts) == "L-1"
    assert place_of(after, *facts, linked("2026-06-01", lease="L-2", dossier="D-1")) == "L-2"


# A begeleider that works here and keeps dossiers, but does not act for the gemeente.
FREE = Party("begeleider-vrij", "begeleider", "urn:nld:kvknr:90000009", frozenset({"0988"}))
OF_FREE = dossier("F-1", FREE.id)
KNOWN = Parties((*parties().by_id.values(), FREE))


@pytest.mark.parametrize(
    ("sayers", "is_attached"),
    [
        pytest.param([MAAS], False, id="the issuer of the lease alone"),
        pytest.param([FREE.id], False, id="the issuer of the dossier alone"),
        pytest.param([MAAS, FREE.id], True, id="both issuers say the same"),
        pytest.param([PEEL, FREE.id], False, id="one issuer and a stranger"),
        pytest.param([WEERT], True, id="the gemeente about another's dossier"),
    ],
)
def test_without_the_gemeente_both_issuers_must_say_so(
    sayers: list[str], is_attached: bool
) -> None:
    links = [linked("2026-03-05", lease="L-1", dossier=OF_FREE, by=sayer) for sayer in sayers]
    found = resolve([L1, *links], "0988", KNOWN, LEAD_DAYS)
    attached: list[Reference] = [t.lease for t in found.attached.get(OF_FREE, ())]
    assert attached == [lease("L-1")] * is_attached
