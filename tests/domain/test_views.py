"""A view of one alert: words, parts, others, how it stands (agreement document, Sharing)."""

import pytest

from tests.building import (
    MAAS,
    NO_STEPS,
    ONDERDAK,
    WEERT,
    acknowledged,
    agreement,
    alert,
    approach,
    closed,
    consultation,
    dossier,
    linked,
    missed,
    nuisance,
    signed,
)
from tests.domain.viewing import seen

L1 = signed("2026-03-02")
OURS = linked("2026-03-03", lease="L-1", dossier="D-1")
THEIRS = linked("2026-03-03", lease="L-1", dossier=dossier("O-7", ONDERDAK))
MARCH, APRIL = missed("2026-03", "2026-03-08"), missed("2026-04", "2026-04-08")
ARREARS = [L1, OURS, THEIRS, MARCH, APRIL]
AT = "2026-04-10"


def test_the_whole_view_of_the_gemeente() -> None:
    rule = agreement().by_id["rent-arrears"]
    nl, en = rule.text["nl"], rule.text["en"]
    owed = {"amountDue": 60000, "totalArrears": 60000}
    assert seen(WEERT, ARREARS, "rent-arrears", AT) == {
        "alertId": alert(ARREARS, "rent-arrears", at=AT).alert_id,
        "revision": 0,
        "status": "open",
        "rule": "rent-arrears",
        "severity": "high",
        "title": nl.title,
        "message": nl.message["all"],
        "action": nl.action["gemeente"],
        "translations": {
            "en": {
                "title": en.title,
                "message": en.message["all"],
                "action": en.action["gemeente"],
            }
        },
        "phase": "coaching-vestiging",
        "raisedAt": "2026-04-07T22:00:00.000Z",
        "resolvedAt": None,
        "resolution": None,
        "gemeente": "0988",
        "region": None,
        "household": "handle of gemeente-weert",
        "references": [{"scheme": "dossier", "issuer": WEERT, "value": "D-1"}],
        "part": "acts",
        "responsibility": "shared",
        "respondBy": None,
        "others": [
            {"role": "begeleider", "part": "acts", "acknowledged": False},
            {"role": "corporatie", "part": "acts", "acknowledged": False},
        ],
        "held": [],
        "aanspreekpunt": None,
        "evidence": [
            {
                "type": "rent-missed",
                "occurredAt": "2026-03-07T23:00:00.000Z",
                "period": "2026-03",
                "dueDate": "2026-03-01",
                **owed,
            },
            {
                "type": "rent-missed",
                "occurredAt": "2026-04-07T22:00:00.000Z",
                "period": "2026-04",
                "dueDate": "2026-04-01",
                **owed,
            },
        ],
        "absent": [],
        "memo": "2: huurbetaling",
        "agreement": {"id": "duurzame-start", "version": "1"},
        "listed": True,
        "announced": True,
        "notice": "new",
        "contact": None,
    }


def test_the_views_of_two_parties_differ_in_these_and_no_others() -> None:
    ours, theirs = (seen(party, ARREARS, "rent-arrears", AT) for party in (WEERT, MAAS))
    assert {name for name in ours if ours[name] != theirs[name]} == {
        "message",
        "action",
        "translations",
        "household",
        "references",
        "others",
        "evidence",
    }


def test_who_is_informed_has_nothing_to_do() -> None:
    view = seen(MAAS, [L1], "begeleiding-missing", AT)
    text = agreement().by_id["begeleiding-missing"].text
    assert (view["part"], view["action"]) == ("informed", None)
    assert view["message"] == text["nl"].message["corporatie"]
    assert view["translations"]["en"]["action"] is None
    assert view["responsibility"] is None


@pytest.mark.parametrize(
    ("party", "rule", "responsibility"),
    [
        pytest.param(WEERT, "intake-missing", "full", id="the gemeente alone"),
        pytest.param(ONDERDAK, "intake-missing", "full", id="so its begeleider, who acts for it"),
        pytest.param(WEERT, "begeleiding-missing", "shared", id="shared"),
        pytest.param(MAAS, "housing-information-missing", "full", id="the corporatie alone"),
    ],
)
def test_responsibility(party: str, rule: str, responsibility: str) -> None:
    assert seen(party, [L1], rule)["responsibility"] == responsibility


def test_others_are_roles_with_their_answer() -> None:
    finding = alert(ARREARS, "rent-arrears")
    facts = [*ARREARS, acknowledged("2026-04-09", finding, by=ONDERDAK)]
    assert seen(MAAS, facts, "rent-arrears")["others"] == [
        {"role": "begeleider", "part": "acts", "acknowledged": True},
        {"role": "gemeente", "part": "acts", "acknowledged": False},
    ]
    facts.append(approach("2026-04-09", finding, by=WEERT))
    others = seen(MAAS, facts, "rent-arrears")["others"]
    assert [it["acknowledged"] for it in others] == [True, True], "an approach is an answer too"


def test_whom_the_gate_holds_is_the_business_of_the_corporatie_only() -> None:
    facts = [L1, missed("2026-03", "2026-03-08", steps=NO_STEPS)]
    view = seen(MAAS, facts, "first-rent-missed")
    assert (view["others"], view["held"]) == (
        [],
        [
            {"role": "begeleider", "reason": "social-collection-incomplete"},
            {"role": "gemeente", "reason": "social-collection-incomplete"},
        ],
    )
    assert seen(ONDERDAK, facts, "first-rent-missed")["held"] == []


def test_an_informed_party_that_closed_it_has_it_off_its_list() -> None:
    facts = [L1, nuisance("2026-04-01")]
    facts.append(closed("2026-04-05", alert(facts, "nuisance"), by=WEERT))
    listed = {
        party: seen(party, facts, "nuisance", AT)["listed"] for party in (MAAS, WEERT, ONDERDAK)
    }
    assert listed == {MAAS: True, WEERT: False, ONDERDAK: True}


def test_an_alert_that_ended_says_when_and_how() -> None:
    facts = [L1, nuisance("2026-04-01")]
    facts.append(closed("2026-04-05", alert(facts, "nuisance"), by=MAAS))
    view = seen(WEERT, facts, "nuisance")
    ended = (view["status"], view["resolvedAt"], view["resolution"])
    assert ended == ("closed", "2026-04-04T22:00:00.000Z", "closed")


def test_an_alert_of_a_region_knows_no_household() -> None:
    view = seen(MAAS, [consultation("2025-01-01")], "consultation-due")
    assert (view["region"], view["gemeente"], view["household"]) == ("limburg-midden", None, None)
    assert (view["references"], view["aanspreekpunt"]) == ([], None)
    assert [it["role"] for it in view["others"]] == [
        "begeleider",
        "corporatie",
        "gemeente",
        "gemeente",
        "huurders",
    ]
