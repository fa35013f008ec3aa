"""The default agreement as people read it: complete in two languages, and telling nobody more than
the alert needs."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest

from hub.domain.agreement import Agreement, RegionRule, Rule
from hub.domain.facts import CATALOGUE, Role
from hub.domain.lint_texts import may_be_told
from tests.agreement.builders import DEFAULT, agreement_of

AGREEMENT: Final[Agreement] = agreement_of(DEFAULT)
RULES: Final[list[Rule | RegionRule]] = [*AGREEMENT.rules, *AGREEMENT.region_rules]
GEMEENTE_SIDE: Final[tuple[Role, ...]] = ("gemeente", "begeleider")

# Who somebody is, where from, what for a permit, how healthy: nothing that a text may name.
PRIVATE: Final = re.compile(
    r"statushouder|vergunning|vluchteling|asiel|inburgeraar|herkomst|nationalit|\bland\b|afkomst"
    r"|\btaal|\btalen|godsdienst|geloof|gezondheid|ziek|medisch|psych|trauma|zorgverlen|verblijf"
    r"|refugee|asylum|permit|migrant|origin|countr|language|religio|health|illness|medical|residence",
    re.IGNORECASE,
)
MONEY: Final = re.compile(
    r"betaal|betal|achterstand|schuld|openstaa|incasso|paid|pay|arrear|debt|collect|missed",
    re.IGNORECASE,
)
TERM: Final = re.compile(r"\d+ *(?:werk)?(?:dag|week|weken|maand|jaar|day|week|month|year)")
CARE: Final = frozenset(
    {
        "intake-completed",
        "inburgering-started",
        "inburgering-completed",
        "begeleiding-contact",
        "phase-started",
        "phase-completed",
        "administrative-support-started",
        "administrative-support-ended",
        "work-placement-started",
    }
)


class Piece(NamedTuple):
    """A piece of text with where it stands."""

    rule: str
    language: str
    part: str
    role: str
    text: str


def pieces() -> Iterator[Piece]:
    for rule in RULES:
        for language, text in rule.text.items():
            yield Piece(rule.id, language, "title", "all", text.title)
            for role in may_be_told(rule):
                yield Piece(rule.id, language, "message", role, text.message_for(role))
                yield Piece(rule.id, language, "action", role, text.action_for(role))


def test_there_are_the_rules_of_the_memo() -> None:
    assert (len(AGREEMENT.rules), len(AGREEMENT.region_rules)) == (22, 3)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_role_that_is_told_reads_why_and_who_acts_reads_what_to_do(
    rule: Rule | RegionRule,
) -> None:
    assert rule.text.keys() == {"nl", "en"}
    for text in rule.text.values():
        assert 3 <= len(text.title) <= 70
        for role, part in may_be_told(rule).items():
            assert len(text.message_for(role)) > 60
            assert (len(text.action_for(role)) > 20) is (part == "acts")


def test_dutch_and_english_say_different_things_to_the_same_roles() -> None:
    for rule in RULES:
        dutch, english = rule.text["nl"], rule.text["en"]
        assert dutch.message.keys() == english.message.keys(), rule.id
        assert dutch.action.keys() == english.action.keys(), rule.id


def test_no_text_names_who_somebody_is_or_where_from() -> None:
    assert [piece for piece in pieces() if PRIVATE.search(piece.text)] == []


def test_no_text_repeats_a_term_that_stands_in_the_rule() -> None:
    assert [piece for piece in pieces() if TERM.search(piece.text)] == []


def test_sentences_are_short() -> None:
    for piece in pieces():
        for sentence in re.split(r"[.?!:] ", piece.text):
            assert len(sentence.split()) <= 28, (piece.rule, sentence)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_first_rent_that_is_not_arranged_speaks_to_the_gemeente_of_nothing_else(
    language: str,
) -> None:
    [rule] = [rule for rule in AGREEMENT.rules if rule.id == "first-rent-at-risk"]
    text = rule.text[language]
    for role in (*GEMEENTE_SIDE, "huurders"):
        for words in (text.title, text.message_for(role), text.action_for(role)):
            assert not MONEY.search(words), words
    assert MONEY.search(text.message_for("corporatie"))


def test_the_corporatie_sees_nothing_of_the_care() -> None:
    shared = {
        fact: roles["corporatie"].fields
        for fact, roles in AGREEMENT.sharing.items()
        if "corporatie" in roles
    }
    assert not shared.keys() & CARE
    assert shared["begeleiding-started"] == shared["begeleiding-ended"] == ("occurredAt",)
    assert shared["signal-raised"] == ("occurredAt",)


def test_gemeente_and_begeleider_see_no_payments_and_arrears_only_behind_the_gate() -> None:
    for role in GEMEENTE_SIDE:
        seen = {fact: roles[role] for fact, roles in AGREEMENT.sharing.items() if role in roles}
        assert not seen.keys() & {"rent-paid", "payment-arrangement-agreed", "lease-ended"}
        gate = seen["rent-missed"].gate
        assert gate is not None
        assert [(where.field, where.values) for where in gate.where] == [
            ("socialCollection.personalContactTried", (True,)),
            ("socialCollection.debtHelpOffered", (True,)),
            ("socialCollection.reminderSent", (True,)),
            ("socialCollection.sharingAnnounced", (True,)),
            ("socialCollection.tenantObjected", (False,)),
        ]
        assert [fact for fact, shared in seen.items() if shared.gate] == ["rent-missed"]


def test_huurders_see_of_a_household_only_that_there_was_an_introduction() -> None:
    seen = [
        fact
        for fact, roles in AGREEMENT.sharing.items()
        if "huurders" in roles and CATALOGUE[fact].kind == "household"
    ]
    assert seen == ["introduction-held"]


def test_every_share_says_what_for_and_on_which_basis() -> None:
    for roles in AGREEMENT.sharing.values():
        for shared in roles.values():
            assert shared.purpose
            assert re.search(r"AVG art\. 6|Wgs art\. 3|geen persoonsgegevens", shared.basis)


def test_acts_links_and_feeds_are_shared_with_nobody() -> None:
    kinds = {CATALOGUE[fact].kind for fact in AGREEMENT.sharing}
    assert kinds == {"household", "region"}


def test_whoever_acts_is_responsible_or_stands_beside_who_is() -> None:
    matrix = {(line.phase, line.task): line.roles for line in AGREEMENT.responsibilities}
    for rule in AGREEMENT.rules:
        roles = matrix[rule.phase, rule.task]
        for role, part in may_be_told(rule).items():
            gemeente_side = role == "begeleider" and "gemeente" in roles
            assert part == "informed" or role in roles or gemeente_side, (rule.id, role)
