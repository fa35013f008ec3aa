"""The default rules by which the two sides inform each other: their edges (agreement document,
Default rules)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    HUURDERS,
    MAAS,
    ONDERDAK,
    WEERT,
    alert,
    approach,
    begeleiding,
    begeleiding_ended,
    closed,
    damage,
    found,
    home_visit,
    missed,
    nuisance,
    retracted,
    signal,
    signed,
    spans,
)

L1 = signed("2026-03-02", on="2026-02-16")
END = "2027-03-02 scope-ended"
N1 = nuisance("2026-04-01")


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([N1], "2026-04-01 .. 2026-05-31 condition", id="quiet for sixty days"),
        pytest.param(
            [N1, nuisance("2026-05-31")], "2026-04-01 .. 2026-07-30 condition", id="on the sixtieth"
        ),
        pytest.param(
            [N1, nuisance("2026-06-01")],
            "2026-04-01 .. 2026-05-31 condition, 2026-06-01 .. 2026-07-31 condition",
            id="on the day after",
        ),
        pytest.param([nuisance("2026-03-01 23:59")], "", id="just before the start"),
    ],
)
def test_nuisance(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "nuisance")) == raised


@pytest.mark.parametrize(
    ("by", "told"),
    [
        pytest.param(MAAS, [ONDERDAK, WEERT], id="by the corporatie: gemeente and begeleider"),
        pytest.param(WEERT, [MAAS], id="by the gemeente: the corporatie"),
        pytest.param(ONDERDAK, [MAAS], id="by the begeleider, who counts as gemeente: the same"),
        pytest.param(HUURDERS, [ONDERDAK, MAAS, WEERT], id="by huurders, of neither: both sides"),
    ],
)
def test_a_signal_is_for_the_other_side(by: str, told: list[str]) -> None:
    finding = alert([L1, signal("2026-04-01", by=by)], "signal")
    assert dict(finding.tells) == dict.fromkeys(told, "acts")


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([signal("2026-04-01")], "2026-04-01 .. 2026-06-30 expired", id="ninety days"),
        pytest.param(
            [signal("2026-04-01"), signal("2026-04-02")],
            "2026-04-01 .. 2026-06-30 expired, 2026-04-02 .. 2026-07-01 expired",
            id="each by itself",
        ),
        pytest.param([signal("2026-03-01")], "", id="before the start"),
    ],
)
def test_signal(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "signal")) == raised


OF_GEMEENTE = signal("2026-04-20", by=WEERT)
OF_CORPORATIE = signal("2026-04-20", by=MAAS)
CARED = begeleiding("2026-03-05")


@pytest.mark.parametrize(
    ("facts", "evidence"),
    [
        pytest.param([missed("2026-04"), OF_GEMEENTE], "rent-missed signal-raised", id="rent"),
        pytest.param(
            [damage("2026-04-01"), OF_GEMEENTE], "damage-reported signal-raised", id="damage"
        ),
        pytest.param([damage("2026-04-01", "unknown"), OF_GEMEENTE], "", id="unknown damage"),
        pytest.param([N1, OF_GEMEENTE], "nuisance-reported signal-raised", id="nuisance"),
        pytest.param(
            [home_visit("2026-04-01", True), OF_GEMEENTE],
            "home-visit-made signal-raised",
            id="a visit with concern",
        ),
        pytest.param([home_visit("2026-04-01", False), OF_GEMEENTE], "", id="a visit without"),
        pytest.param(
            [signal("2026-04-01", by=MAAS), OF_GEMEENTE],
            "signal-raised signal-raised",
            id="signals",
        ),
        pytest.param(
            [signal("2026-04-01", by=MAAS), signal("2026-04-20", by=ONDERDAK)],
            "signal-raised signal-raised",
            id="the begeleider counts as gemeente",
        ),
        pytest.param([signal("2026-04-01", by=ONDERDAK), OF_GEMEENTE], "", id="both of one side"),
        pytest.param([signal("2026-04-01", by=HUURDERS), OF_GEMEENTE], "", id="huurders, neither"),
        pytest.param(
            [CARED, begeleiding_ended("2026-04-10"), OF_CORPORATIE],
            "begeleiding-ended signal-raised",
            id="begeleiding ended early",
        ),
        pytest.param(
            [CARED, begeleiding_ended("2027-02-16"), signal("2027-02-20", by=MAAS)],
            "",
            id="begeleiding ended as agreed",
        ),
        pytest.param(
            [N1, signal("2026-05-31", by=WEERT)], "nuisance-reported signal-raised", id="60 d"
        ),
        pytest.param([N1, signal("2026-06-01", by=WEERT)], "", id="61 days"),
        pytest.param(
            [nuisance("2026-02-20"), signal("2026-03-05", by=WEERT)],
            "nuisance-reported signal-raised",
            id="the first may lie before the start",
        ),
        pytest.param(
            [N1, nuisance("2026-04-10"), OF_GEMEENTE, nuisance("2026-04-25")],
            "nuisance-reported signal-raised",
            id="only the latest of the other side is evidence",
        ),
    ],
)
def test_concurrent_signals(facts: list[Fact], evidence: str) -> None:
    findings = found([L1, *facts], "concurrent-signals")
    assert [" ".join(f.type for f in it.evidence) for it in findings] == [evidence] * bool(evidence)


def test_concurrent_signals_end_with_the_monitoring() -> None:
    assert spans([L1, N1, OF_GEMEENTE], "concurrent-signals") == [f"2026-04-20 .. {END}"]


def test_concurrent_signals_need_a_new_pair_after_an_approach() -> None:
    facts = [L1, N1, OF_GEMEENTE]
    agreed = approach("2026-05-01", alert(facts, "concurrent-signals"), by=MAAS)
    later = [nuisance("2026-05-02"), signal("2026-05-03", by=WEERT)]
    assert spans([*facts, agreed, later[0]], "concurrent-signals") == [
        "2026-04-20 .. 2026-05-01 approach"
    ]
    assert spans([*facts, agreed, *later], "concurrent-signals") == [
        "2026-04-20 .. 2026-05-01 approach",
        f"2026-05-03 .. {END}",
    ]


def test_an_approach_on_concurrent_signals_resolves_the_open_ones_that_it_inhibits() -> None:
    early = [signal("2026-03-10", by=MAAS), damage("2026-03-11"), damage("2026-03-12")]
    facts = [L1, *early, N1, OF_GEMEENTE]
    finding = alert(facts, "concurrent-signals", at="2026-05-01")
    facts += [approach("2026-05-01", finding, by=ONDERDAK), signal("2026-05-02", by=MAAS)]
    rules = ("signal", "nuisance", "repeated-damage", "damage-without-begeleiding")
    assert {rule: spans(facts, rule) for rule in rules} == {
        "signal": [
            "2026-03-10 .. 2026-05-01 approach",
            "2026-04-20 .. 2026-05-01 approach",
            "2026-05-02 .. 2026-07-31 expired",
        ],
        "nuisance": ["2026-04-01 .. 2026-05-01 approach"],
        "repeated-damage": ["2026-03-12 .. 2026-05-01 approach"],
        "damage-without-begeleiding": [
            "2026-03-11 .. 2026-05-01 approach",
            "2026-03-12 .. 2026-05-01 approach",
        ],
    }


def test_an_approach_on_a_weaker_one_leaves_the_stronger_open() -> None:
    facts = [L1, N1, OF_GEMEENTE]
    facts.append(approach("2026-05-01", alert(facts, "nuisance"), by=MAAS))
    assert spans(facts, "nuisance") == ["2026-04-01 .. 2026-05-01 approach"]
    assert spans(facts, "concurrent-signals") == [f"2026-04-20 .. {END}"]


def test_closing_the_stronger_leaves_the_weaker_open() -> None:
    facts = [L1, N1, OF_GEMEENTE]
    facts.append(closed("2026-05-01", alert(facts, "concurrent-signals"), by=MAAS))
    assert spans(facts, "concurrent-signals") == ["2026-04-20 .. 2026-05-01 closed"]
    assert spans(facts, "nuisance") == ["2026-04-01 .. 2026-05-31 condition"]


def test_one_of_a_pair_that_was_taken_back_leaves_no_pair() -> None:
    facts = [L1, N1, OF_GEMEENTE, retracted("2026-05-01", N1)]
    assert found(facts, "concurrent-signals") == []
