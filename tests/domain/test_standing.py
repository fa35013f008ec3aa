"""Who may say anything about a household (facts document, Standing)."""

import pytest

from hub.domain.facts import Fact
from hub.domain.parties import Parties, Party
from hub.domain.tenancy import Unbound, resolve
from tests.building import (
    HUURDERS,
    LEAD_DAYS,
    MAAS,
    ONDERDAK,
    PEEL,
    ROERMOND,
    WEERT,
    intake,
    introduction,
    lease,
    linked,
    moved_out,
    nuisance,
    parties,
    place_of,
    resolved,
    signal,
    signed,
    spans,
    temporary_housing,
)

L1 = signed("2026-03-01")


@pytest.mark.parametrize(
    ("by", "place"),
    [
        pytest.param(MAAS, "L-1", id="the issuer of the lease"),
        pytest.param(WEERT, "L-1", id="the gemeente"),
        pytest.param(ONDERDAK, "L-1", id="a begeleider that acts for it"),
        pytest.param(HUURDERS, "L-1", id="huurders of the gemeente, of a signal"),
        pytest.param(PEEL, "waiting", id="another corporatie waits, as for an unknown lease"),
        pytest.param(ROERMOND, "waiting", id="another gemeente waits"),
        pytest.param("nobody", "waiting", id="a party that left the agreement waits"),
    ],
)
@pytest.mark.parametrize("known_by", ["lease", "address", "dossier"])
def test_of_a_tenancy(by: str, place: str, known_by: str) -> None:
    said = {
        "lease": signal("2026-04-01", by=by),
        "address": signal("2026-04-01", by=by, address=1),
        "dossier": signal("2026-04-01", by=by, dossier="D-1"),
    }[known_by]
    assert place_of(said, L1, linked("2026-03-05", lease="L-1", dossier="D-1")) == place


@pytest.mark.parametrize(
    ("said", "place"),
    [
        pytest.param(signal("2026-04-01", by=HUURDERS), "L-1", id="a signal"),
        pytest.param(introduction("2026-04-01", by=HUURDERS), "L-1", id="an introduction"),
        pytest.param(temporary_housing("2026-04-01", by=HUURDERS), "waiting", id="nothing else"),
    ],
)
def test_huurders_say_what_they_see_as_neighbours(said: Fact, place: str) -> None:
    assert place_of(said, L1) == place


@pytest.mark.parametrize(
    ("by", "place"),
    [
        pytest.param(WEERT, "D-1", id="the gemeente"),
        pytest.param(ONDERDAK, "D-1", id="a begeleider that acts for it"),
        pytest.param(HUURDERS, "D-1", id="huurders of the gemeente"),
        pytest.param(MAAS, "waiting", id="no corporatie has to do with it yet"),
        pytest.param(ROERMOND, "waiting", id="another gemeente"),
    ],
)
def test_of_a_dossier(by: str, place: str) -> None:
    assert place_of(introduction("2026-04-01", by=by, dossier="D-1")) == place


ELSEWHERE = Parties(
    [
        *parties().by_id.values(),
        Party("begeleider-vrij", "begeleider", "urn:nld:kvknr:90000009", frozenset({"0988"})),
        Party("huurders-ver", "huurders", "urn:nld:kvknr:90000008", frozenset({"0957"})),
    ]
)


@pytest.mark.parametrize(
    "by",
    [
        pytest.param("begeleider-vrij", id="a begeleider that works here but does not act for it"),
        pytest.param("huurders-ver", id="huurders of another gemeente"),
    ],
)
def test_a_role_alone_gives_no_standing(by: str) -> None:
    said = signal("2026-04-01", by=by)
    found = resolve([L1, said], "0988", ELSEWHERE, LEAD_DAYS)
    assert found.unbound[Unbound.WAITING] == [said]


def test_only_its_issuer_can_sign_a_lease() -> None:
    forged = signed("2026-03-01", by=PEEL)
    found = resolved(forged, nuisance("2026-04-01"))
    assert (found.tenancies, found.households) == ({}, {})


def test_only_its_issuer_can_end_a_lease() -> None:
    forged = moved_out("2026-03-31", by=PEEL)
    assert place_of(forged, L1) == "waiting"
    assert spans([L1, forged, intake("2026-03-15")], "intake-missing") == [
        "2026-03-02 .. 2026-03-15 condition"
    ]


def test_a_lease_is_its_issuers_also_where_another_has_the_same_number() -> None:
    theirs = nuisance("2026-04-01", lease=lease("L-1", PEEL))
    assert place_of(theirs, L1) == "waiting"
