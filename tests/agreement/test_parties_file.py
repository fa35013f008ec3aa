"""A parties file says who takes part; every mistake in it is told with its place, all at once."""

import re
from pathlib import Path
from typing import Final

import pytest

from hub.domain.parties import Feed
from hub.domain.time import Span, parse_instant
from hub.streams.intake import Admission
from hub.wire.bsn import holds_bsn
from tests.agreement.builders import SHIPPED, parties_of

TEXT: Final = Path(__file__).with_name("every_party.yaml").read_text("utf-8")
DEFAULT: Final = (SHIPPED / "parties.yaml").read_text("utf-8")


def test_a_party_is_what_its_lines_say() -> None:
    parties, problems = parties_of(TEXT)
    assert problems == []
    maas = parties.by_id["corporatie-maas"]
    assert (maas.role, maas.urn) == ("corporatie", "urn:nld:kvknr:90000001")
    assert maas.gemeenten == {"0988"}
    assert maas.patterns == {"lease": "L-[0-9]+"}
    assert maas.live_from == parse_instant("2024-01-01")
    assert maas.feeds == (Feed(("rent-missed", "rent-paid"), Span(2, "d")),)
    assert maas.max_new_notices_per_hour == 50
    onderdak = parties.by_id["begeleider-onderdak"]
    assert onderdak.live_from == parse_instant("2024-03-01T07:30:00Z")
    assert onderdak.acts_for == {"gemeente-weert"}


def test_the_default_parties_are_those_that_everything_else_names() -> None:
    parties, problems = parties_of(DEFAULT)
    assert problems == []
    assert {party.id: (party.role, party.urn) for party in parties.by_id.values()} == {
        "corporatie-maas": ("corporatie", "urn:nld:kvknr:90000001"),
        "corporatie-peel": ("corporatie", "urn:nld:kvknr:90000002"),
        "gemeente-weert": ("gemeente", "urn:nld:oin:00000099000000988000"),
        "gemeente-roermond": ("gemeente", "urn:nld:oin:00000099000000957000"),
        "begeleider-onderdak": ("begeleider", "urn:nld:kvknr:90000003"),
        "huurders-maas": ("huurders", "urn:nld:kvknr:90000004"),
    }
    assert all(party.contact.endswith(".example.nl") for party in parties.by_id.values())
    assert not any(party.feeds for party in parties.by_id.values())


@pytest.mark.parametrize("value", ["L-a", "D-a", "2024/0012", "H.12_3-B", "12345678", "a" * 40])
def test_a_sane_number_fits_the_default_pattern(value: str) -> None:
    assert fits_default(value)


@pytest.mark.parametrize("value", ["123456782", "L-123456782", "x/111222333", "", "-a", "a" * 41])
def test_nine_digits_in_a_row_never_fit_it_so_a_bsn_is_found(value: str) -> None:
    # intake clears of suspicion what fits the declared pattern
    assert not fits_default(value)


def fits_default(value: str) -> bool:
    parties, _ = parties_of(DEFAULT)
    pattern = parties.by_id["corporatie-maas"].patterns["lease"]
    return re.fullmatch(pattern, value) is not None


def test_the_example_of_nine_digits_is_a_bsn_indeed() -> None:
    assert holds_bsn("123456782")
    Admission(parties_of(DEFAULT)[0])  # intake can compile every pattern


def test_a_former_code_leads_to_the_one_of_today_in_any_number_of_steps() -> None:
    steps = '  - {from: "0913", to: "0914"}\n'
    parties, problems = parties_of(TEXT + steps)
    assert problems == []
    assert parties.current_code("0913") == parties.current_code("0914") == "0988"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "- id: gemeente-weert",
            "- id: Weert",
            "14:9: id: write small letters, digits and hyphens, like `gemeente-weert`",
            id="an id with a capital",
        ),
        pytest.param(
            "- id: gemeente-weert",
            "- id: bag",
            "14:9: id: `bag` is the issuer of addresses; choose another id",
            id="the id of the BAG",
        ),
        pytest.param(
            "- id: gemeente-weert",
            "- id: corporatie-maas",
            "14:9: party: `corporatie-maas` stands here twice; each party has its own",
            id="an id twice",
        ),
        pytest.param(
            'kvk: "90000003"',
            'kvk: "90000001"',
            "24:10: party: `urn:nld:kvknr:90000001` stands here twice; each party has its own",
            id="a number twice",
        ),
        pytest.param(
            "role: corporatie",
            "role: corporation",
            "5:11: role: `corporation` is none of `begeleider`, `corporatie`, `gemeente`, "
            "`huurders`; write `corporatie`",
            id="a role that there is not",
        ),
        pytest.param(
            'oin: "00000099000000988000"',
            'oin: "99000000988000"',
            '17:10: oin: write 20 digits or letters between quotes: `oin: "…"`',
            id="an OIN without its zeros",
        ),
        pytest.param(
            'kvk: "90000001"',
            "kvk: 90000001",
            '6:10: kvk: write 8 digits between quotes: `kvk: "…"`',
            id="a KvK number without quotes",
        ),
        pytest.param(
            '    kvk: "90000001"\n',
            "",
            "3:5: party: write one of `oin` (government) and `kvk` (all others)",
            id="no number",
        ),
        pytest.param(
            '    kvk: "90000001"\n',
            '    kvk: "90000001"\n    oin: "00000099000000000001"\n',
            "3:5: party: write one of `oin` (government) and `kvk` (all others)",
            id="two numbers",
        ),
        pytest.param(
            'gemeenten: ["0988"]\n    patterns: {dossier',
            'gemeenten: ["988"]\n    patterns: {dossier',
            '18:17: a gemeente is its CBS code, 4 digits between quotes: `"0988"`',
            id="a gemeente code of three digits",
        ),
        pytest.param(
            "[gemeente-weert]",
            "[gemeente-wert]",
            "26:15: actsFor: `gemeente-wert` is no gemeente of this file; write `gemeente-weert`",
            id="it acts for an unknown party",
        ),
        pytest.param(
            "[gemeente-weert]",
            "[corporatie-maas]",
            "26:15: actsFor: `corporatie-maas` is no gemeente of this file; "
            "allowed: `gemeente-weert`",
            id="it acts for a corporatie",
        ),
        pytest.param(
            "    actsFor: [gemeente-weert]\n",
            "",
            "21:5: a begeleider acts for a gemeente: add `actsFor: [gemeente-…]`",
            id="a begeleider that acts for nobody",
        ),
        pytest.param(
            "    maxNew",
            "    actsFor: [gemeente-weert]\n    maxNew",
            "13:14: actsFor: only a begeleider has it; take it out",
            id="a corporatie that acts for a gemeente",
        ),
        pytest.param(
            '"L-[0-9]+"',
            '"L-[0-9"',
            "8:23: lease: `L-[0-9`: expected a regular expression "
            "(unterminated character set at position 2)",
            id="a pattern that is none",
        ),
        pytest.param(
            "{lease:",
            "{dossier:",
            "8:16: patterns: a corporatie gives out no `dossier`; take it out",
            id="a pattern for what it does not give out",
        ),
        pytest.param(
            "[rent-missed, rent-paid]",
            "[rent-missed, rent-payed]",
            "12:31: types: `rent-payed` is no fact type; write `rent-paid`",
            id="a feed of an unknown type",
        ),
        pytest.param(
            "[rent-missed, rent-paid]",
            "[intake-completed]",
            "12:18: types: a corporatie does not publish `intake-completed`; take it out",
            id="a feed of what others publish",
        ),
        pytest.param(
            "grace: 2 d",
            "grace: 2 days",
            "12:50: grace: `2 days`: expected a number and d, wd, mo or y, like `14 d`",
            id="a grace that is no span",
        ),
        pytest.param(
            "contact: seintje@onderdak.example.nl",
            "contact: 0495-000000",
            "27:14: contact: write an e-mail address, like `seintjes@example.nl`",
            id="a contact that is no mailbox",
        ),
        pytest.param(
            "liveFrom: 2024-01-01",
            "liveFrom: soon",
            "10:15: liveFrom: `soon`: expected a date, or a time with its offset, like "
            "2026-01-31T10:00:00+01:00",
            id="a beginning that is no day",
        ),
        pytest.param(
            "maxNewNoticesPerHour: 50",
            "maxNewNoticesPerHour: 0",
            "13:27: maxNewNoticesPerHour: 1 or more; without a limit, take it out",
            id="a limit of nothing",
        ),
        pytest.param(
            'to: "0988"',
            'to: "0999"',
            "30:3: 0914 leads to `0999`, which is none of `0988`",
            id="a herindeling to a gemeente that nobody serves",
        ),
        pytest.param(
            'from: "0914"',
            'from: "0988"',
            "30:12: a party still serves 0988; write 0988 there",
            id="a herindeling of a code still in use",
        ),
        pytest.param(
            "    name: Gemeente Weert\n",
            "",
            "14:5: party: `name` is missing; add `name: …`",
            id="no name",
        ),
        pytest.param(
            "    contact: seintje@onderdak.example.nl",
            "    contakt: seintje@onderdak.example.nl",
            "21:5: party: `contact` is missing; add `contact: …`",
            id="a key that there is not",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, message: str) -> None:
    assert TEXT.count(old) == 1, old
    _, problems = parties_of(TEXT.replace(old, new))
    assert message in map(str, problems), list(map(str, problems))


def test_a_gemeente_that_two_parties_are_is_refused() -> None:
    second = TEXT[TEXT.index("  - id: gemeente-weert") : TEXT.index("  - id: begeleider")]
    second = second.replace("gemeente-weert", "weert").replace("00988000", "00988001")
    _, problems = parties_of(TEXT.replace("herindelingen", f"{second}herindelingen"))
    assert [problem.message for problem in problems] == [
        "gemeente 0988 is already `gemeente-weert`'s; one party"
    ]


def test_a_begeleider_is_only_where_it_acts_for_the_gemeente() -> None:
    text = DEFAULT.replace(
        "actsFor: [gemeente-weert, gemeente-roermond]", "actsFor: [gemeente-weert]"
    )
    _, problems = parties_of(text)
    assert [problem.message for problem in problems] == [
        "gemeente 0957 is `gemeente-roermond`'s: add it to `actsFor`"
    ]


def test_all_mistakes_are_told_at_once() -> None:
    text = TEXT.replace("role: corporatie", "role: x").replace("grace: 2 d", "grace: x")
    _, problems = parties_of(text)
    assert {problem.line for problem in problems} >= {5, 12}
