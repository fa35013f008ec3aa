"""Which fields a view shows, and on which basis (agreement document, Sharing)."""

from typing import Any

import pytest

from hub.domain.facts import Fact
from tests.building import (
    MAAS,
    ONDERDAK,
    PEEL,
    WEERT,
    aanspreekpunt,
    aanspreekpunt_withdrawn,
    agreement,
    allocated,
    begeleiding,
    begeleiding_ended,
    damage,
    dossier,
    found,
    household,
    linked,
    missed,
    nuisance,
    parties,
    released,
    signal,
    signed,
    support,
    support_ended,
    target,
)
from tests.domain.viewing import seen, shown, shown_to

L1 = signed("2026-03-02")
OURS = linked("2026-03-03", lease="L-1", dossier="D-1")
THEIRS = linked("2026-03-03", lease="L-1", dossier=dossier("O-7", ONDERDAK))
MARCH, APRIL = missed("2026-03", "2026-03-08"), missed("2026-04", "2026-04-08")
ARREARS = [L1, OURS, THEIRS, MARCH, APRIL]
AT = "2026-04-10"


def test_the_corporatie_sees_what_it_said_itself_as_it_said_it() -> None:
    view = seen(MAAS, ARREARS, "rent-arrears")
    assert view["evidence"][0] == {
        "type": "rent-missed",
        "source": MARCH.source,
        "id": MARCH.id,
        "occurredAt": "2026-03-07T23:00:00.000Z",
        "period": "2026-03",
        "dueDate": "2026-03-01",
        "amountDue": 60000,
        "totalArrears": 60000,
        "socialCollection": {
            "personalContactTried": True,
            "debtHelpOffered": True,
            "reminderSent": True,
            "sharingAnnounced": True,
            "tenantObjected": False,
        },
    }
    assert view["action"] == agreement().by_id["rent-arrears"].text["nl"].action["corporatie"]


@pytest.mark.parametrize(
    ("party", "known"),
    [
        pytest.param(MAAS, ["lease L-1"], id="the corporatie its lease"),
        pytest.param(WEERT, ["dossier D-1"], id="the gemeente its dossier"),
        pytest.param(ONDERDAK, ["dossier O-7", "dossier D-1"], id="the begeleider both dossiers"),
    ],
)
def test_own_references_only_and_the_address_to_nobody(party: str, known: list[str]) -> None:
    found = seen(party, ARREARS, "rent-arrears")["references"]
    assert [f"{it['scheme']} {it['value']}" for it in found] == known


@pytest.mark.parametrize(
    ("party", "rule", "absent"),
    [
        pytest.param(
            WEERT, "first-rent-at-risk", ["first-rent-arranged"], id="never that rent was not paid"
        ),
        pytest.param(
            ONDERDAK, "first-rent-at-risk", ["first-rent-arranged"], id="nor to begeleider"
        ),
        pytest.param(
            MAAS,
            "first-rent-at-risk",
            ["first-rent-arranged", "rent-paid"],
            id="its own and listed",
        ),
        pytest.param(MAAS, "begeleiding-missing", ["begeleiding-started"], id="listed for it"),
        pytest.param(
            WEERT,
            "inburgering-not-started",
            ["inburgering-completed", "inburgering-started"],
            id="what it publishes itself",
        ),
    ],
)
def test_what_is_absent_as_far_as_one_may_know_of_it(
    party: str, rule: str, absent: list[str]
) -> None:
    found = seen(party, [L1], rule)["absent"]
    assert [it["type"] for it in found] == absent
    assert found[0].keys() == {"type", "expectedBy"}


PAIR = [damage("2026-04-01"), signal("2026-04-05", by=WEERT)]
STOPPED = [begeleiding("2026-03-05"), begeleiding_ended("2026-04-03")]
OCCURRED = {"type": "begeleiding-ended", "occurredAt": "2026-04-02T22:00:00.000Z"}


@pytest.mark.parametrize(
    ("party", "facts", "rule", "evidence"),
    [
        pytest.param(
            MAAS,
            [signal("2026-04-05", by=WEERT)],
            "signal",
            [{"type": "signal-raised", "occurredAt": "2026-04-04T22:00:00.000Z"}],
            id="a signal to the corporatie, not of which kind",
        ),
        pytest.param(
            WEERT,
            [signal("2026-04-05", by=MAAS)],
            "signal",
            [
                {
                    "type": "signal-raised",
                    "occurredAt": "2026-04-04T22:00:00.000Z",
                    "category": "no-contact",
                }
            ],
            id="a signal to the gemeente",
        ),
        pytest.param(
            MAAS,
            STOPPED,
            "begeleiding-ended-early",
            [OCCURRED],
            id="that begeleiding ended, not why",
        ),
        pytest.param(
            ONDERDAK,
            STOPPED,
            "begeleiding-ended-early",
            [OCCURRED | {"reason": "completed"}],
            id="the begeleider reads why",
        ),
        pytest.param(
            MAAS,
            [support("2026-03-05"), MARCH, support_ended("2026-04-01")],
            "arrears-without-support",
            ["rent-missed"],
            id="what is not listed for it is not there",
        ),
        pytest.param(
            ONDERDAK,
            [support("2026-03-05"), MARCH, support_ended("2026-04-01")],
            "arrears-without-support",
            ["rent-missed", "administrative-support-ended"],
            id="what is listed is",
        ),
        pytest.param(
            MAAS,
            PAIR,
            "concurrent-signals",
            ["damage-reported", "signal-raised"],
            id="of both sides",
        ),
    ],
)
def test_evidence_is_reduced_to_what_is_listed(
    party: str, facts: list[Fact], rule: str, evidence: list[Any]
) -> None:
    found = seen(party, [L1, *facts], rule)["evidence"]
    wanted = [it if isinstance(it, dict) else found[n] for n, it in enumerate(evidence)]
    assert found == wanted
    assert [it["type"] for it in found] == [
        it if isinstance(it, str) else it["type"] for it in evidence
    ]


FIRST = aanspreekpunt("2026-03-10", "A. de Vries")
SECOND = aanspreekpunt("2026-03-20", "B. Smit")


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        pytest.param([], None, id="none yet"),
        pytest.param([FIRST], "A. de Vries", id="the one in force"),
        pytest.param([FIRST, SECOND], "B. Smit", id="the latest"),
        pytest.param([FIRST, aanspreekpunt_withdrawn("2026-03-15")], None, id="withdrawn"),
        pytest.param(
            [FIRST, aanspreekpunt_withdrawn("2026-03-20"), SECOND],
            "B. Smit",
            id="taken over at one instant",
        ),
        pytest.param(
            [FIRST, aanspreekpunt_withdrawn("2026-03-15"), SECOND], "B. Smit", id="a new one later"
        ),
        pytest.param([FIRST, aanspreekpunt("2026-05-01", "C. Bos")], "A. de Vries", id="not yet"),
    ],
)
@pytest.mark.parametrize("party", [MAAS, WEERT, ONDERDAK])
def test_the_aanspreekpunt(facts: list[Fact], name: str | None, party: str) -> None:
    contact = seen(party, [L1, nuisance("2026-04-01"), *facts], "nuisance", AT)["aanspreekpunt"]
    assert (contact and contact["name"]) == name
    assert contact is None or contact.keys() == {"name", "organisation", "phone", "email"}


def why(party: str, facts: list[Fact], rule: str) -> dict[str, str]:
    """The fields that a view discloses, each with its purpose."""
    return {it.field: it.purpose for it in shown_to(party, facts, rule, AT).disclosed}


def test_every_shared_field_is_disclosed_with_its_purpose() -> None:
    purpose = "vroegsignalering van schulden"
    assert why(WEERT, ARREARS, "rent-arrears") == {
        f"rent-missed.{name}": purpose
        for name in ("occurredAt", "period", "dueDate", "amountDue", "totalArrears")
    }
    [basis] = {it.basis for it in shown_to(WEERT, ARREARS, "rent-arrears", AT).disclosed}
    assert basis.startswith("Wgs art. 3")


def test_what_a_party_said_itself_is_not_disclosed_to_it() -> None:
    assert why(MAAS, ARREARS, "rent-arrears") == {}
    assert why(WEERT, [L1, FIRST, nuisance("2026-04-01")], "nuisance").keys() == {
        "nuisance-reported.occurredAt",
        "nuisance-reported.category",
    }


def test_the_aanspreekpunt_is_disclosed_to_the_others() -> None:
    assert why(MAAS, [L1, FIRST, nuisance("2026-04-01")], "nuisance").keys() == {
        f"aanspreekpunt-assigned.{name}" for name in ("name", "organisation", "phone", "email")
    }


def test_of_the_region_each_sees_its_own_figures_and_that_others_had_some() -> None:
    homes = [released("2026-02-01", f"u-{n}") for n in range(20)]
    homes += [allocated("2026-02-02", f"u-{n}", id=f"given-{n}", persons=1) for n in range(3)]
    rule = "allocation-share-exceeded"
    [ours] = seen(MAAS, homes, rule)["evidence"]
    assert (ours["id"], ours["unitId"], ours["persons"]) == ("given-2", "u-2", 1)
    assert seen(PEEL, homes, rule)["evidence"] == [
        {"type": "dwelling-allocated", "occurredAt": "2026-02-01T23:00:00.000Z"}
    ]
    behind = seen(PEEL, [*homes, target("2026-01-01", "2026-1", 60)], "taakstelling-pressure")
    assert behind["gemeente"] == "0988"
    assert behind["evidence"][0]["persons"] == 60


EVERYTHING = [
    *ARREARS,
    *STOPPED,
    *PAIR,
    support("2026-03-05"),
    support_ended("2026-04-06"),
    signal("2026-04-07", by=MAAS),
    nuisance("2026-04-08"),
]


@pytest.mark.parametrize("party", [MAAS, WEERT, ONDERDAK])
def test_no_view_shows_a_field_that_is_not_listed(party: str) -> None:
    role, home = parties().by_id[party].role, household(*EVERYTHING)
    told = [it for it in found(EVERYTHING) if party in it.tells]
    assert len(told) > 10
    for finding in told:
        view = shown(party, finding, home)
        listed = {it.field for it in view.disclosed}
        for item in view.view.evidence:
            shared = agreement().sharing.get(item["type"], {}).get(role)
            names = item.keys() - {"type"}
            is_own = "source" in names and item["source"].startswith(parties().by_id[party].urn)
            assert is_own or (shared is not None and names == set(shared.fields))
            assert is_own or {f"{item['type']}.{name}" for name in names} <= listed
