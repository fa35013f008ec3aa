"""What pages are made of: order, moments, evidence in words, and the drawing."""

from __future__ import annotations

from typing import Any

import pytest

from hub.console.alert import Alert
from hub.console.conversations import conversations
from hub.console.evidence import Reader
from hub.console.moments import Moments
from hub.console.reaching import link_to
from hub.console.sides import sides_of
from hub.console.timeline import LEFT, WIDTH, Happened, Lasted, drawn
from hub.console.words import Words
from hub.domain.sharing import Other
from hub.domain.time import parse_instant

NOW = parse_instant("2024-03-01T12:00:00Z")
NL, EN = Words.load("nl"), Words.load("en")
DUTCH, ENGLISH = Moments(NL, NOW), Moments(EN, NOW)


def alert(name: str, severity: str = "high", /, **more: Any) -> Alert:
    usual: dict[str, Any] = {
        "status": "open",
        "rule": "r",
        "title": name,
        "household": f"hh-{name[0]}",
        "part": "acts",
        "raised_at": "2024-02-01T12:00:00.000Z",
    }
    return Alert(alert_id=name, severity=severity, **(usual | more))


def in_order(*alerts: Alert) -> list[list[str]]:
    return [[it.alert_id for it in one.alerts] for one in conversations(alerts)]


def test_the_most_severe_comes_first_then_the_first_deadline() -> None:
    soon, late = "2024-03-02T12:00:00.000Z", "2024-03-09T12:00:00.000Z"
    assert in_order(
        alert("a", "low"),
        alert("b", "high", respond_by=late),
        alert("c", "high", respond_by=soon),
        alert("d", "critical", respond_by=late),
        alert("e", "odd"),
    ) == [["d"], ["c"], ["b"], ["a"], ["e"]]


def test_what_waits_for_us_comes_before_what_does_not() -> None:
    assert in_order(
        alert("a", "critical", status="acknowledged"),
        alert("b", "critical", part="informed"),
        alert("c", "low"),
    ) == [["c"], ["a"], ["b"]]


def test_alerts_of_one_household_are_together_the_most_urgent_first() -> None:
    assert in_order(alert("a1", "low"), alert("b1", "medium"), alert("a2", "critical")) == [
        ["a2", "a1"],
        ["b1"],
    ]


def test_a_region_is_no_household() -> None:
    region = {"household": None, "region": "limburg-midden"}
    assert len(conversations([alert("a", **region), alert("b", **region), alert("c")])) == 2


@pytest.mark.parametrize(
    ("status", "others", "ours", "answered"),
    [
        ("open", False, None, False),
        ("acknowledged", False, None, True),
        ("acknowledged", True, None, False),
        ("acknowledged", True, True, True),
        ("agreed", True, False, False),
        ("acknowledged", False, False, True),
        ("open", False, True, False),
    ],
)
def test_whether_we_answered(status: str, others: bool, ours: bool | None, answered: bool) -> None:
    told = (Other("gemeente", "acts", others),)
    assert alert("a", status=status, others=told, ours=ours).has_answered is answered


@pytest.mark.parametrize(
    ("others", "told"),
    [
        (
            (
                Other("gemeente", "acts", False),
                Other("corporatie", "acts", False),
                Other("gemeente", "acts", False),
            ),
            ["gemeenten: 0 van 2 antwoordden", "andere corporatie: nog geen antwoord"],
        ),
        (
            (Other("gemeente", "acts", True), Other("gemeente", "informed", False)),
            ["gemeente: heeft geantwoord", "gemeente: weet ervan"],
        ),
        (
            (Other("gemeente", "acts", True),) * 2 + (Other("corporatie", "informed", False),) * 3,
            [
                "gemeenten: alle 2 hebben geantwoord",
                "andere corporaties: alle 3 weten ervan",
            ],
        ),
        (
            (Other("begeleider", "informed", False), Other("begeleider", "informed", True)),
            ["begeleiders: 1 van 2 antwoordden"],
        ),
        ((Other("huurders", "informed", False),), ["huurders: weet ervan"]),
    ],
)
def test_parties_that_are_alike_are_said_together(
    others: tuple[Other, ...], told: list[str]
) -> None:
    assert [it.said(NL, "corporatie") for it in sides_of(others)] == told


@pytest.mark.parametrize(
    ("at", "dutch", "english"),
    [
        ("2024-03-01T09:15:00.000Z", "vrijdag 1 maart 2024 om 10:15 uur", "Friday 1 March 2024"),
        ("2024-06-30T22:00:00.000Z", "maandag 1 juli 2024", "Monday 1 July 2024"),
        ("2024-12-31T23:30:00.000Z", "woensdag 1 januari 2025 om 00:30 uur", "Wednesday 1 January"),
    ],
)
def test_a_moment_is_said_on_the_clock_of_the_netherlands(
    at: str, dutch: str, english: str
) -> None:
    assert DUTCH.moment(at) == dutch
    assert ENGLISH.moment(at).startswith(english)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2024-02-27T12:00:00.000Z", "3 dagen te laat"),
        ("2024-02-29T12:00:00.000Z", "één dag te laat"),
        ("2024-03-01T12:00:00.000Z", "sinds vandaag te laat"),
        ("2024-03-01T12:00:00.001Z", "nog vandaag"),
        ("2024-03-01T23:00:00.000Z", "nog tot morgen"),
        ("2024-03-03T12:00:00.000Z", "nog 2 dagen"),
    ],
)
def test_how_long_it_takes_is_said_in_days(at: str, told: str) -> None:
    assert DUTCH.left(at) == told


@pytest.mark.parametrize(
    ("field", "value", "dutch", "english"),
    [
        ("amountDue", 126_550, ("te betalen", "€ 1.265,50"), ("amount due", "€ 1,265.50")),
        ("amountDue", 5, ("te betalen", "€ 0,05"), ("amount due", "€ 0.05")),
        ("persons", 3, ("personen", "3"), ("persons", "3")),
        ("concern", True, ("zorgen", "ja"), ("concern", "yes")),
        ("period", "2024-01", ("maand", "januari 2024"), ("month", "January 2024")),
        ("dueDate", "2024-01-01", ("te betalen op", "maandag 1 januari 2024"), None),
        ("category", "noise", ("soort", "geluid"), ("kind", "noise")),
        ("category", "made-up", ("soort", "made-up"), ("kind", "made-up")),
        ("new", "x", ("new", "x"), ("new", "x")),
        ("types", ["a", "b"], ("soorten", "a, b"), ("types", "a, b")),
    ],
)
def test_a_field_is_said_in_words(
    field: str, value: Any, dutch: tuple[str, str], english: tuple[str, str] | None
) -> None:
    assert Reader(NL, DUTCH).fields({field: value}) == (dutch,)
    if english is not None:
        assert Reader(EN, ENGLISH).fields({field: value}) == (english,)


def test_fields_inside_a_field_stand_by_themselves() -> None:
    said = {"socialCollection": {"reminderSent": True, "tenantObjected": False}}
    assert Reader(NL, DUTCH).fields(said) == (
        ("herinnering gestuurd", "ja"),
        ("huurder maakte bezwaar", "nee"),
    )


def test_what_is_for_machines_or_for_nobody_is_not_shown() -> None:
    said = {"targetGroup": "vergunninghouder", "language": "tir", "alertId": "al-x", "until": None}
    assert Reader(NL, DUTCH).fields(said) == ()


@pytest.mark.parametrize(
    ("name", "value", "link"),
    [
        ("phone", "+31495000000", "tel:+31495000000"),
        ("phone", "0495-00 00 00", "tel:0495000000"),
        ("phone", "112", "tel:112"),
        ("phone", "+31 (0)495 000000", ""),
        ("phone", "vraag de balie", ""),
        ("phone", "1" * 40, ""),
        ("phone", "٠١٢٣٤", ""),
        ("email", "a.devries@example.nl", "mailto:a.devries@example.nl"),
        ("email", "a@example.nl?bcc=b@example.nl", ""),
        ("email", "a@example.nl\n", ""),
        ("email", "javascript:alert(1)", ""),
        ("name", "112", ""),
    ],
)
def test_only_a_number_and_an_address_are_links(name: str, value: str, link: str) -> None:
    assert link_to(name, value) == link


def happened(day: str, lane: str = "gemeente") -> Happened:
    return Happened(parse_instant(day), lane, "fact", day)


@pytest.mark.parametrize(
    ("memo", "parts"),
    [
        ("2: lichten elkaar in", ("2", "lichten elkaar in")),
        ("regionaal: 10 %", ("regionaal", "10 %")),
        ("fases", ("", "fases")),
        ("", ("", "")),
    ],
)
def test_what_an_alert_rests_on_has_a_point_and_words(memo: str, parts: tuple[str, str]) -> None:
    assert alert("a", memo=memo).paragraph == parts


def test_nothing_is_no_drawing() -> None:
    assert drawn([], [], NOW) is None


def test_a_drawing_has_everything_on_the_canvas_in_order() -> None:
    days = ["2023-02-01", "2023-02-02", "2023-09-01", "2024-02-29"]
    drawing = drawn([happened(it) for it in days], [], NOW)
    assert drawing is not None
    places = [it.x for it in drawing.dots]
    assert places == sorted(places)
    assert LEFT <= places[0] <= places[-1] <= drawing.now_x <= WIDTH
    assert 3 <= len(drawing.ticks) <= 13
    assert all(LEFT - 10 <= it.x <= WIDTH for it in drawing.ticks)


def test_a_lane_is_there_for_each_side_that_did_something() -> None:
    drawing = drawn([happened("2024-01-01"), happened("2024-01-02", "corporatie")], [], NOW)
    assert drawing is not None
    assert [it.name for it in drawing.lanes] == ["corporatie", "gemeente"]


def test_an_alert_that_lasts_is_drawn_until_now() -> None:
    since, until = parse_instant("2024-02-01"), parse_instant("2024-02-11")
    lasts, ended = Lasted(since, None, "high", "a"), Lasted(since, until, "high", "b")
    drawing = drawn([], [lasts, ended], NOW)
    assert drawing is not None
    first, second = drawing.bars
    assert first.x + first.width == drawing.now_x
    assert second.width < first.width
    assert first.y != second.y
    assert first.y < drawing.height


def test_few_weeks_have_mondays() -> None:
    drawing = drawn([happened("2024-02-14")], [], NOW)
    assert drawing is not None
    assert [(it.day, it.month) for it in drawing.ticks] == [(19, 2), (26, 2)]


def test_one_moment_alone_can_be_drawn() -> None:
    drawing = drawn([Happened(NOW, "other", "fact", "x")], [], NOW)
    assert drawing is not None
    assert LEFT < drawing.dots[0].x < WIDTH
