"""Lint says what is wrong, where, and what to write instead; the default file is free of it."""

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from hub.agreement_files import examine, load
from hub.errors import Misconfigured
from tests.agreement.builders import DEFAULT, REGION_RULE, SHIPPED, SMALL, TODAY, problems_of

ACTION: Final = ", action: Kijk ernaar."


def test_the_small_agreement_of_these_tests_is_clean() -> None:
    assert problems_of(SMALL) == []
    assert problems_of(SMALL + REGION_RULE) == []


def test_the_default_agreement_is_clean() -> None:
    assert problems_of(DEFAULT) == []
    assert examine([SHIPPED], today=TODAY).problems == ()


CASES = [
    pytest.param(
        ("- id: schade", "- id: Schade!"),
        "23:7: id: write small letters, digits and hyphens, like `no-visit`",
        id="an id that fits no address",
    ),
    pytest.param(
        ("  tells: {corporatie: acts}", "  tells: {}"),
        "27:10: tells: nobody is told; say who (`gemeente: acts`), or write `shadow: true`",
        id="a rule that tells nobody",
    ),
    pytest.param(
        ("  tells", "  inhibits: [schaade]\n  tells"),
        "27:14: inhibits: there is no rule `schaade`; write `schade`",
        id="it inhibits a rule that is not there",
    ),
    pytest.param(
        ("  tells", "  inhibits: [schade]\n  tells"),
        "27:13: inhibits: `schade` → `schade` is a circle; take one out",
        id="a rule that inhibits itself",
    ),
    pytest.param(
        ("title: Schade", 'title: ""'),
        "31:9: text nl: `title` is empty; write a few words",
        id="no title",
    ),
    pytest.param(
        ("message: There is damage.", 'message: ""'),
        "32:9: text en: the corporatie is told without a `message`; write what is going on",
        id="no message in English",
    ),
    pytest.param(
        (ACTION, ""),
        "31:9: text nl: the corporatie acts; write in `action` what it does now",
        id="no action for a role that acts",
    ),
    pytest.param(
        (ACTION, ", action: {gemeente: Bel, corporatie: Kijk}"),
        "31:58: action: this rule does not tell the gemeente; take it out",
        id="an action for a role that is not told",
    ),
    pytest.param(
        ("{corporatie: acts}", "{corporatie: acts, gemeente: informed}"),
        "31:9: text nl: the gemeente is only informed; give it no `action`",
        id="an action for a role that is informed",
    ),
    pytest.param(
        ("  task: schade", "  task: lekkage"),
        "29:9: task: nobody is responsible for `lekkage` in `coaching-vestiging`; add "
        "`{phase: coaching-vestiging, task: lekkage, roles: …}` to responsibilities",
        id="a task that is nobody's",
    ),
    pytest.param(
        ("  task: schade\n", ""),
        "23:3: write `phase` and `task` both, or neither",
        id="a phase without a task",
    ),
    pytest.param(
        ("dpia: DPIA-1", 'dpia: ""'),
        "7:50: convenant: nothing is routed without its dpia; write it",
        id="a convenant without DPIA",
    ),
    pytest.param(
        ('"0988"', '"988"'),
        '5:13: gemeenten: a gemeente is its CBS code, 4 digits between quotes: `"0988"`',
        id="a gemeente code of three digits",
    ),
    pytest.param(
        ('["0988"]', "[0377]"),
        '5:13: gemeenten: a gemeente is its CBS code, 4 digits between quotes: `"0988"`',
        id="a gemeente code that YAML reads as an octal number",
    ),
    pytest.param(
        ('["0988"]', "[]"),
        '5:12: gemeenten: name at least one, like `["0988"]`',
        id="no gemeente",
    ),
    pytest.param(
        ("validUntil: 2026-12-31", "validUntil: 2025-12-31"),
        "4:13: validUntil: the last day comes before the first; write a later",
        id="it ends before it begins",
    ),
    pytest.param(
        ("validUntil: 2026-12-31", "validUntil: 2028-01-31"),
        "12:5: calendar: no holidays of 2027, 2028; add them, or run "
        "`seintje agreement check --fill-holidays 2027`",
        id="a year before the last day that the calendar does not have",
    ),
    pytest.param(
        ("validUntil: 2026-12-31\n", ""),
        "11:5: calendar: no holidays of 2027; add them, or run "
        "`seintje agreement check --fill-holidays 2027`",
        id="no last day, and the calendar does not have next year",
    ),
    pytest.param(
        ("retention: 1 y", "retention: 89 d"),
        None,
        id="retention as long as the longest rule",
    ),
    pytest.param(
        ("retention: 1 y", "retention: 88 d"),
        "9:12: retention: 88 d is shorter than the 89 d of rule `schade`; "
        "write `retention: 89 d` or longer",
        id="retention shorter than the longest rule",
    ),
    pytest.param(
        ("from: S, until: [{after: 1 y}, end]", "from: S, until: [begeleiding-ended]"),
        "15:15: until: a household is forgotten after its monitoring, so that must not go on for "
        "ever; add `end` or `{after: 1 y}`",
        id="monitoring that may never end",
    ),
    pytest.param(
        ("{seen: damage-reported}", "{not: {in: begeleiding}}"),
        "26:3: this only says what is not, so nothing begins it: put it in `all` beside what does, "
        "or write `without: {state: …, from: S}`",
        id="a condition that nothing begins",
    ),
    pytest.param(
        ("{seen: damage-reported}", "{all: []}"),
        "26:3: here stands an `all` or `any` without conditions; add one",
        id="an all of nothing",
    ),
    pytest.param(
        (
            "damage-reported}\n  tells",
            '{fact: damage-reported, where: {estimate: "5"}}}\n  tells',
        ),
        "26:48: where: `estimate` of damage-reported is a whole number, so it is never `5` as "
        "written here",
        id="a number between quotes",
    ),
    pytest.param(
        ("damage-reported}\n  tells", "{fact: lease-signed, where: {startDate: x}}}\n  tells"),
        "26:45: where: `startDate` of lease-signed has no value to compare; use "
        "`maxPersons`, `persons`, `targetGroup`, `temporary`",
        id="a date cannot be compared",
    ),
    pytest.param(
        ("damage-reported}\n  tells", "{fact: damage-reported, where: {cause: resdent}}}\n  tells"),
        "26:55: cause: `resdent` is no code of damage-reported; write `resident`",
        id="a code that the list does not have",
    ),
    pytest.param(
        ("damage-reported}\n  tells", "{fact: rent-missed, side: gemeente}}\n  tells"),
        "26:23: side: rent-missed is published by `corporatie`, never by that side",
        id="a side that never publishes this",
    ),
    pytest.param(
        ("damage-reported}\n  tells", "{fact: damage-reported, concerning: true}}\n  tells"),
        "26:40: concerning: only `until` and a `missing` with `each` have something to concern; "
        "take it out",
        id="it concerns nothing",
    ),
    pytest.param(
        ("{seen: damage-reported}", "{seen: dwelling-released}"),
        "26:16: dwelling-released is no fact about a household",
        id="a region's fact in a household's rule",
    ),
    pytest.param(
        ("{seen: damage-reported}", "{seen: damage-reported}\n  until: [approach-agreed]"),
        "27:11: an approach ends an alert with the word `approach`",
        id="the fact of an approach instead of the word",
    ),
    pytest.param(
        (
            "{seen: damage-reported}",
            "{count: {facts: [damage-reported, nuisance-reported], atLeast: 2, within: 9 d, "
            "sides: both}}",
        ),
        "26:88: sides: all these facts come from the corporatie; add one of both",
        id="both sides of one",
    ),
    pytest.param(
        (
            "{seen: damage-reported}",
            "{open: {opens: rent-missed, closes: rent-paid, key: period, "
            "settled: {paid: period, due: amountDue}}}",
        ),
        "26:69: settled: `period` of rent-paid is not a whole number",
        id="payments that are no numbers",
    ),
    pytest.param(
        ("{seen: damage-reported}", "{open: {opens: rent-missed, closes: rent-paid, only: first}}"),
        "26:56: only: there is no `key` whose values it could mean; add one",
        id="only without key",
    ),
    pytest.param(
        (
            "{seen: damage-reported}",
            "{missing: {state: begeleiding, by: {each: rent-missed, plus: 2 d}}}",
        ),
        "26:45: by: a `state` is missing at a moment like `S + 14 d`, not at `each`",
        id="a state missing at each of several",
    ),
    pytest.param(
        (
            "{seen: damage-reported}",
            "{exceeds: {left: {latest: lease-signed, field: startDate}, "
            "right: {latest: lease-signed, field: maxPersons}}}",
        ),
        "26:56: `startDate` of lease-signed is not a whole number",
        id="a sum of dates",
    ),
    pytest.param(
        ("  monitoring: {from", "  eerste-jaar: {from"),
        "23:3: during: there is no state `monitoring`; add it, or write `during: always`",
        id="no monitoring for a rule that needs it",
    ),
    pytest.param(
        ("  tells", "  during: []\n  tells"),
        "23:3: during: name a state, or write `during: always`",
        id="in no state at all",
    ),
    pytest.param(
        ("until: [begeleiding-ended]", "until: [{lastDay: organisation}]"),
        "16:62: lastDay: `organisation` of begeleiding-started is no date",
        id="a last day that is no date",
    ),
    pytest.param(
        ("roles: {gemeente: shared,", "roles: {gemeente: full,"),
        "18:52: roles: `full` is one role alone; write `shared` for each",
        id="full beside another",
    ),
    pytest.param(
        ("basis: convenant", 'basis: ""'),
        "21:15: basis: nothing is shared without it; write it down",
        id="sharing without a basis",
    ),
    pytest.param(
        ("fields: [occurredAt]", "fields: []"),
        "21:15: fields: name at least one, or take this role out",
        id="sharing of no field",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), CASES)
def test_lint_says_where_and_what_to_write(change: tuple[str, str], message: str | None) -> None:
    old, new = change
    assert SMALL.count(old) == 1, old
    text = SMALL.replace(old, new)
    if "retention" in old:
        text = text.replace("{seen: damage-reported}", "{run: {facts: signal-raised, gap: 89 d}}")
    assert [str(problem) for problem in problems_of(text)][:1] == ([message] if message else [])


def test_retention_needs_monitoring_also_where_no_rule_does() -> None:
    text = SMALL.replace("  monitoring: {from", "  eerste-jaar: {from")
    text = text.replace("  tells", "  during: tenancy\n  tells")
    assert [str(problem) for problem in problems_of(text)] == [
        "14:3: states: retention counts from the end of `monitoring`; "
        "add `monitoring: {from: S, until: [{after: 1 y}, end]}`"
    ]


REGION_CASES = [
    pytest.param(
        ("- id: overleg", "- id: schade"),
        "34:7: id: `schade` stands here twice; choose another id",
        id="the id of another rule",
    ),
    pytest.param(
        ("region: limburg-midden\n", ""),
        "33:1: regionRules: say of which region; add `region: …` at the top",
        id="no region",
    ),
    pytest.param(
        ("  tells: {gemeente: acts}", "  tells: {other-side: acts}"),
        "38:11: tells: a region has no `other-side`; name the roles",
        id="the other side of a region",
    ),
    pytest.param(
        ("fact: consultation-held", "fact: rent-missed"),
        "37:24: rent-missed is no fact about a region",
        id="a household's fact in a region's rule",
    ),
    pytest.param(
        (
            "{since: {fact: consultation-held, longer: 1 y}}",
            "{behind: {target: taakstelling-set, targetField: persons, "
            "measure: dwelling-allocated, measureField: persons, while: krapte}}",
        ),
        "37:126: while: there is no region rule `krapte`",
        id="it waits for a rule that is not there",
    ),
    pytest.param(
        (
            "{since: {fact: consultation-held, longer: 1 y}}",
            "{share: {part: dwelling-allocated, whole: dwelling-released, unit: persons, "
            "atLeast: 20, abovePercent: 10}}",
        ),
        "37:76: `persons` is no field of dwelling-released; it has `maxPersons`, `unitId`",
        id="a unit that one of both does not have",
    ),
    pytest.param(
        ("  memo: \"regionaal\"", "  memo: \"regionaal\"\n  during: always"),
        "36:3: region rule: unknown key `during`",
        id="a state of a region",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), REGION_CASES)
def test_lint_says_it_of_region_rules_too(change: tuple[str, str], message: str) -> None:
    text = SMALL + REGION_RULE
    assert text.count(change[0]) == 1
    found = [str(problem) for problem in problems_of(text.replace(*change))]
    assert any(problem.startswith(message) for problem in found), found


def test_a_longer_circle_is_shown_from_each_rule_in_it() -> None:
    rule = SMALL[SMALL.index("- id: schade") :]
    text = SMALL.replace("  tells", "  inhibits: [b]\n  tells")
    for name, weaker in (("b", "c"), ("c", "schade")):
        text += rule.replace("- id: schade", f"- id: {name}\n  inhibits: [{weaker}]")
    told = [problem.message for problem in problems_of(text)]
    assert "inhibits: `schade` → `b` → `c` → `schade` is a circle; take one out" in told
    assert len(told) == 3


def test_the_calendar_is_not_asked_beyond_a_last_day() -> None:
    assert problems_of(SMALL, date(2030, 1, 1)) == []


def test_every_mistake_of_a_file_is_told_at_once_in_order_of_lines() -> None:
    text = SMALL.replace("task: schade\n  text", "task: lek\n  text").replace('"0988"', '"88"')
    assert [problem.line for problem in problems_of(text)] == [5, 29]


def agreements(tmp_path: Path, *texts: str) -> Path:
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text, "utf-8")
    (tmp_path / "parties.yaml").write_bytes((SHIPPED / "parties.yaml").read_bytes())
    return tmp_path


def test_two_agreements_for_one_gemeente_on_one_day_are_refused(tmp_path: Path) -> None:
    later = SMALL.replace("id: klein", "id: ander").replace("2026-01-01\nv", "2026-12-31\nv")
    with pytest.raises(Misconfigured) as raised:
        load(agreements(tmp_path, SMALL, later))
    assert (
        f"{tmp_path}/1.yaml:3:12: validFrom: `klein` 1 is in force for 0988 on the same days; "
        "give the earlier one a `validUntil`, or change the places"
    ) in str(raised.value)


def test_two_versions_one_after_the_other_are_fine(tmp_path: Path) -> None:
    later = (
        SMALL.replace('version: "1"', 'version: "2"')
        .replace("validFrom: 2026-01-01", "validFrom: 2027-01-01")
        .replace("validUntil: 2026-12-31", "validUntil: 2027-12-31")
        .replace("    - 2026-01-01", "    - 2027-01-01")
    )
    found, _ = load(agreements(tmp_path, SMALL, later))
    assert [agreement.version for agreement in found.of_gemeente("0988")] == ["1", "2"]


def test_one_version_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="`klein` 1 is another file too; write a new version"):
        load(agreements(tmp_path, SMALL, SMALL))


def test_a_gemeente_that_is_no_party_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"5:13: gemeenten: no party is gemeente 0363"):
        load(agreements(tmp_path, SMALL.replace('"0988"', '"0363"')))


def test_mistakes_are_told_with_file_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as raised:
        load(agreements(tmp_path, SMALL.replace("severity: high", "severity: hoog")))
    assert f"\n{tmp_path}/0.yaml:25:13: severity: `hoog` is none of" in str(raised.value)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        pytest.param(b"id: [", "1:6: this is no YAML", id="broken YAML"),
        pytest.param(b"\xff", "1:1: this is no UTF-8; save the file as UTF-8", id="other bytes"),
        pytest.param(b"", "1:1: the file is empty", id="nothing"),
        pytest.param(b"id: a\nid: b\n", "2:1: `id` stands here twice", id="a key twice"),
    ],
)
def test_a_file_that_is_no_yaml_is_told_so(tmp_path: Path, raw: bytes, told: str) -> None:
    folder = agreements(tmp_path)
    (folder / "a.yaml").write_bytes(raw)
    with pytest.raises(Misconfigured, match=r"a\.yaml") as raised:
        load(folder)
    assert told in str(raised.value)


def test_parties_come_from_beside_the_agreement_or_else_from_where_the_caller_says(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.yaml").write_text(SMALL, "utf-8")
    with pytest.raises(Misconfigured, match="there are no parties"):
        load([tmp_path / "a.yaml"])
    _, parties = load([tmp_path / "a.yaml"], else_parties=SHIPPED / "parties.yaml")
    assert "gemeente-weert" in parties.by_id


def test_parties_that_only_stand_in_need_not_know_the_gemeente(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL.replace('"0988"', '"0363"'), "utf-8")
    found, _ = load([tmp_path / "a.yaml"], else_parties=SHIPPED / "parties.yaml")
    assert found.all[0].gemeenten == {"0363"}


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nix\.yaml: cannot be read"):
        load([tmp_path / "nix.yaml"])


def test_a_running_hub_starts_in_a_year_without_holidays() -> None:
    load(SHIPPED)
    late = examine([SHIPPED], today=date(2032, 1, 1)).problems
    assert [problem.problem.message.split(";")[0] for problem in late] == [
        "calendar: no holidays of 2033"
    ]
