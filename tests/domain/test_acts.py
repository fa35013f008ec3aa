"""Which acts count for an alert, and what they end (agreement document, Status)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    HUURDERS,
    MAAS,
    PEEL,
    WEERT,
    acknowledged,
    alert,
    approach,
    closed,
    consultation,
    found,
    missed,
    moved_out,
    nuisance,
    paid,
    signal,
    signed,
    span,
    temporary_housing,
)

L1 = signed("2026-03-02")
# A run of nuisance: gemeente and begeleider are informed, the corporatie acts; ends by approach.
N1 = nuisance("2026-04-01")
RUN = alert([L1, N1], "nuisance")
WHOLE = "2026-04-01 .. 2026-05-31 condition"
SEEN = acknowledged("2026-04-10", RUN, by=MAAS)
CLOSED = closed("2026-04-20", RUN, by=MAAS)


@pytest.mark.parametrize(
    ("rule", "facts", "when"),
    [
        pytest.param(
            "signal",
            [signal("2026-12-02"), moved_out("2027-03-01")],
            "2026-12-02 .. 2027-03-02 expired",
            id="expired before scope-ended and closed",
        ),
        pytest.param(
            "signal",
            [signal("2026-12-10")],
            "2026-12-10 .. 2027-03-02 scope-ended",
            id="scope-ended before closed",
        ),
        pytest.param(
            "nuisance",
            [nuisance("2026-12-31 00:00")],
            "2026-12-31 .. 2027-03-01 condition",
            id="condition before closed",
        ),
    ],
)
def test_of_several_ends_at_one_instant_the_first_in_the_list(
    rule: str, facts: list[Fact], when: str
) -> None:
    finding = alert([L1, *facts], rule)
    at_its_end = when.split(" .. ")[1].split(" ")[0]
    assert span(alert([L1, *facts, closed(at_its_end, finding, by=MAAS)], rule)) == when


def test_an_approach_at_the_instant_it_would_expire_comes_first() -> None:
    facts = [L1, signal("2026-04-01")]
    finding = alert(facts, "signal")
    facts.append(approach("2026-06-30", finding, by=MAAS))
    assert span(alert(facts, "signal")) == "2026-04-01 .. 2026-06-30 approach"


def test_acts_never_raise_a_finding() -> None:
    facts = [L1, closed("2026-04-01", RUN, by=MAAS), temporary_housing("2026-04-01")]
    assert found(facts, "nuisance") == []


def test_acts_that_count_are_in_order_and_from_its_start() -> None:
    early = acknowledged("2026-03-10", RUN, by=WEERT)
    finding = alert([L1, N1, SEEN, early, CLOSED], "nuisance")
    assert [act.fact for act in finding.acts] == [early, SEEN, CLOSED]
    assert [act.at for act in finding.acts] == [finding.raised_at, SEEN.at, CLOSED.at]


def test_acts_after_the_instant_are_not_known() -> None:
    for at in ("2026-04-10", "2026-04-15"):
        assert alert([L1, N1, SEEN, CLOSED], "nuisance", at=at).acts == ((SEEN.at, SEEN),)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(acknowledged("2026-04-20", RUN, by=WEERT), id="an acknowledgement"),
        pytest.param(closed("2026-04-20", RUN, by=WEERT), id="a closing by one that is informed"),
    ],
)
def test_what_comes_at_the_end_changes_nothing(act: Fact) -> None:
    finding = alert([L1, N1, CLOSED, act], "nuisance")
    assert [it.fact for it in finding.acts] == [CLOSED]


def test_an_approach_on_the_stronger_as_the_weaker_is_raised_does_not_make_it_empty() -> None:
    facts = [L1, N1, signal("2026-04-02", by=WEERT), signal("2026-04-20", by=MAAS)]
    stronger = alert(facts, "concurrent-signals")
    facts.append(approach("2026-04-20", stronger, by=MAAS))
    assert [span(it) for it in found(facts, "signal")] == [
        "2026-04-02 .. 2026-04-20 approach",
        "2026-04-20 .. 2026-04-20 approach",
    ]


def test_an_approach_on_a_stronger_that_has_ended_resolves_nothing() -> None:
    facts = [L1, N1, signal("2026-04-02", by=WEERT)]
    stronger = alert(facts, "concurrent-signals")
    facts += [closed("2026-04-10", stronger, by=MAAS), approach("2026-04-20", stronger, by=MAAS)]
    assert [span(it) for it in found(facts, "nuisance")] == [WHOLE]


def test_acts_on_region_alerts_work_like_any_other() -> None:
    facts = [consultation("2025-01-01")]
    due = alert(facts, "consultation-due")
    seen, agreed = acknowledged("2026-02-01", due, by=PEEL), approach("2026-03-01", due, by=MAAS)
    assert alert([*facts, seen], "consultation-due").status == "acknowledged"
    assert alert([*facts, seen, agreed], "consultation-due").status == "agreed"
    facts.append(closed("2026-04-01", due, by=HUURDERS))
    assert span(alert(facts, "consultation-due")) == "2026-01-01 .. 2026-04-01 closed"


def test_an_approach_where_the_rule_does_not_list_it_resolves_no_weaker_one_either() -> None:
    facts = [signed("2026-03-02"), missed("2026-03", "2026-03-08"), missed("2026-04", "2026-04-08")]
    agreed = approach("2026-04-20", alert(facts, "rent-arrears"), by=MAAS)
    facts += [agreed, paid("2026-04", "2026-05-01")]
    assert span(alert(facts, "rent-arrears")) == "2026-04-08 .. 2026-05-01 condition"
    assert span(alert(facts, "first-rent-missed")) == "2026-03-08 .. 2027-03-02 scope-ended"
