"""Whom the default rules tell, how severe they are, what they inhibit (agreement document, Default
rules)."""

import pytest

from hub.domain.agreement import Rule
from hub.domain.facts import SIDE_OF
from hub.domain.sharing import respond_by
from tests.building import (
    HUURDERS,
    MAAS,
    ONDERDAK,
    PEEL,
    ROERMOND,
    WEERT,
    agreement,
    alert,
    consultation,
    instant,
    intake,
    lease,
    nuisance,
    parties,
    phase,
    signed,
    wall,
)

TABLE = {
    "intake-missing": ("medium", "gA", "1: startsituatie"),
    "inburgering-not-started": ("low", "gA", "1: inburgering"),
    "aanspreekpunt-missing": ("high", "gA ci", "1: aanspreekpunt"),
    "begeleiding-missing": ("high", "gA ci", "1: begeleiding"),
    "begeleiding-ended-early": ("high", "gA ci", "1: begeleiding tot minimaal 1 jaar"),
    "begeleiding-contact-lapsed": ("medium", "gA", "2: monitoren"),
    "phase-overlap": ("low", "gA", "fases"),
    "first-rent-at-risk": ("medium", "gA ci", "2: huurbetaling"),
    "first-rent-missed": ("high", "gA cA", "2: huurbetaling"),
    "rent-arrears": ("high", "gA cA", "2: huurbetaling"),
    "arrears-without-support": ("medium", "gA ci", "2: administratief ondersteunen"),
    "arrears-after-begeleiding": ("high", "gA ci", "2: lichten elkaar in"),
    "damage-without-begeleiding": ("high", "gA cA", "2: schade"),
    "repeated-damage": ("medium", "gi cA", "2: schade"),
    "interpreter-not-provided": ("medium", "gA ci", "2: tolk"),
    "housing-information-missing": ("low", "cA", "2: leesbare taal"),
    "no-room-for-family": ("medium", "gA cA", "2: tijdelijke huisvesting"),
    "introduction-missing": ("low", "gA cA", "3: draagvlak"),
    "work-placement-missing": ("low", "gA", "3: arbeid"),
    "nuisance": ("medium", "gi cA", "2: woongedrag"),
    "signal": ("high", "other side A", "2: verdachte situaties"),
    "concurrent-signals": ("critical", "gA cA", "2: lichten elkaar in en bespreken de aanpak"),
    "allocation-share-exceeded": ("high", "all A", "regionaal: 10 %"),
    "consultation-due": ("medium", "all A", "regionaal: 1x per jaar"),
    "taakstelling-pressure": ("medium", "all A", "regionaal: herverdeling"),
}


def tells(told: str) -> dict[str, str]:
    """`gA ci` as the file says it: g is gemeente and begeleider, c the corporatie."""
    if told == "other side A":
        return {"other-side": "acts"}
    if told == "all A":
        return dict.fromkeys(SIDE_OF, "acts")
    roles = {"g": ("gemeente", "begeleider"), "c": ("corporatie",)}
    parts = {"A": "acts", "i": "informed"}
    return {role: parts[it[1]] for it in told.split() for role in roles[it[0]]}


def test_the_file_has_the_rules_of_the_table() -> None:
    assert agreement().by_id.keys() == TABLE.keys()


@pytest.mark.parametrize("name", TABLE)
def test_a_rule_tells_whom_the_table_says(name: str) -> None:
    severity, told, memo = TABLE[name]
    rule = agreement().by_id[name]
    assert (rule.severity, dict(rule.tells)) == (severity, tells(told))
    assert rule.memo.startswith(memo)


def test_what_inhibits_what() -> None:
    rules = [rule for rule in agreement().by_id.values() if isinstance(rule, Rule)]
    assert {rule.id: rule.inhibits for rule in rules if rule.inhibits} == {
        "rent-arrears": ("first-rent-missed", "arrears-after-begeleiding"),
        "concurrent-signals": (
            "signal",
            "nuisance",
            "repeated-damage",
            "damage-without-begeleiding",
        ),
    }
    assert agreement().inhibitors_of["signal"] == ("concurrent-signals",)


def test_each_rule_comes_after_those_that_inhibit_it() -> None:
    rank = agreement().rank_of
    for weaker, stronger in agreement().inhibitors_of.items():
        assert all(rank[it] < rank[weaker] for it in stronger)


def test_only_these_look_beyond_the_monitoring() -> None:
    rules = [rule for rule in agreement().by_id.values() if isinstance(rule, Rule)]
    assert {rule.id: rule.during for rule in rules if rule.during != ("monitoring",)} == {
        "phase-overlap": ("always",),
        "work-placement-missing": ("coaching-integratie", "tenancy"),
    }


L1 = signed("2026-03-02")


def test_the_parties_of_a_household_are_told() -> None:
    finding = alert([L1, nuisance("2026-04-01")], "nuisance")
    assert dict(finding.tells) == {MAAS: "acts", WEERT: "informed", ONDERDAK: "informed"}


def test_the_corporatie_is_that_of_the_lease() -> None:
    theirs = lease("P-1", PEEL)
    facts = [signed("2026-03-02", lease=theirs), nuisance("2026-04-01", lease=theirs)]
    assert PEEL in alert(facts, "nuisance").tells
    assert MAAS not in alert(facts, "nuisance").tells


def test_the_gemeente_is_that_of_the_household() -> None:
    facts = [signed("2026-03-02", gemeente="0957"), nuisance("2026-04-01", gemeente="0957")]
    assert dict(alert(facts, "nuisance").tells) == {
        MAAS: "acts",
        ROERMOND: "informed",
        ONDERDAK: "informed",
    }


def test_before_a_lease_there_is_no_corporatie() -> None:
    facts = [
        intake("2026-02-01", dossier="D-1"),
        phase("2026-02-02", "coaching-vestiging", dossier="D-1"),
    ]
    assert dict(alert(facts, "phase-overlap").tells) == {WEERT: "acts", ONDERDAK: "acts"}


def test_all_parties_of_the_region_are_told() -> None:
    told = alert([consultation("2024-01-01")], "consultation-due").tells
    assert dict(told) == dict.fromkeys([MAAS, PEEL, WEERT, ROERMOND, ONDERDAK, HUURDERS], "acts")


@pytest.mark.parametrize(
    ("rule", "party", "answers_by"),
    [
        pytest.param(
            "begeleiding-missing", WEERT, "2026-04-13 10:00", id="high: five working days"
        ),
        pytest.param("intake-missing", ONDERDAK, "2026-04-20 10:00", id="medium: ten working days"),
        pytest.param("introduction-missing", WEERT, "", id="low: none"),
        pytest.param("begeleiding-missing", MAAS, "", id="informed: none"),
    ],
)
def test_who_acts_has_to_answer(rule: str, party: str, answers_by: str) -> None:
    finding = alert([L1], rule)
    told_at = instant("2026-04-03 10:00")  # Good Friday; Easter Monday is no working day either
    by = respond_by(finding, parties().by_id[party], told_at)
    assert (wall(by) if by else "") == answers_by
