"""Parties: whose word is whose (agreement document, Parts of the files)."""

import pytest

from hub.domain.parties import Parties, Party
from tests.building import HUURDERS, MAAS, ONDERDAK, PEEL, ROERMOND, WEERT, parties, source_of


@pytest.mark.parametrize(
    ("source", "party"),
    [
        pytest.param(source_of(MAAS), MAAS, id="a system of a party"),
        pytest.param(
            "urn:nld:oin:00000099000000988000:systeem:x:y", WEERT, id="any of its systems"
        ),
        pytest.param("urn:nld:kvknr:90000001", None, id="no system"),
        pytest.param("urn:nld:kvknr:90000001:systeem:", None, id="a system without a name"),
        pytest.param("urn:nld:kvknr:9000000:systeem:x", None, id="the beginning of a number"),
        pytest.param("urn:nld:kvknr:90000099:systeem:x", None, id="nobody's"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_whose_source_it_is(source: str, party: str | None) -> None:
    for _ in range(2):  # the second time it is remembered
        found = parties().find_by_source(source)
        assert (found.id if found else None) == party


@pytest.mark.parametrize(
    ("party", "gemeente", "speaks"),
    [
        pytest.param(WEERT, "0988", True, id="a gemeente for itself"),
        pytest.param(WEERT, "0957", False, id="not for another"),
        pytest.param(ONDERDAK, "0988", True, id="a begeleider for whom it acts for"),
        pytest.param(ONDERDAK, "0999", False, id="not elsewhere"),
        pytest.param(MAAS, "0988", False, id="a corporatie never"),
        pytest.param(HUURDERS, "0988", False, id="huurders never"),
    ],
)
def test_who_speaks_for_a_gemeente(party: str, gemeente: str, speaks: bool) -> None:
    assert parties().speaks_for_gemeente(parties().by_id[party], gemeente) is speaks


def test_who_acts_for_a_gemeente_and_who_is_within() -> None:
    assert [it.id for it in parties().acting_for("0957")] == [ONDERDAK, ROERMOND]
    assert [it.id for it in parties().within(["0957"])] == [
        ONDERDAK,
        MAAS,
        PEEL,
        ROERMOND,
        HUURDERS,
    ]
    assert parties().within(["0999"]) == ()


def test_a_begeleider_acts_only_where_it_works() -> None:
    away = Party("weg", "begeleider", "urn:x", frozenset({"0957"}), acts_for=frozenset({WEERT}))
    known = Parties([*parties().by_id.values(), away])
    assert not known.speaks_for_gemeente(away, "0988")


def test_a_former_code_leads_to_that_of_today() -> None:
    known = Parties(parties().by_id.values(), successors={"0946": "0957"})
    assert [known.current_code(code) for code in ("0946", "0957", "0001")] == [
        "0957",
        "0957",
        "0001",
    ]
    assert known.gemeenten == {"0988", "0957"}


@pytest.mark.parametrize(
    ("gemeente", "issuer", "around"),
    [
        pytest.param("0988", MAAS, [ONDERDAK, MAAS, WEERT, HUURDERS], id="of a tenancy"),
        pytest.param("0957", PEEL, [ONDERDAK, PEEL, ROERMOND, HUURDERS], id="of another"),
        pytest.param("0988", "", [ONDERDAK, WEERT, HUURDERS], id="of a dossier: no corporatie"),
        pytest.param("0999", "", [], id="elsewhere nobody"),
    ],
)
def test_who_has_to_do_with_a_household(gemeente: str, issuer: str, around: list[str]) -> None:
    for _ in range(2):  # the second time it is remembered
        assert [it.id for it in parties().around(gemeente, issuer)] == around
