"""Dashboards can be read at night: every panel is explained, and asks what there is."""

from __future__ import annotations

import itertools
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from deploy.grafana.__main__ import FOLDER, write
from deploy.grafana.boards import text_of
from deploy.grafana.every import BOARDS
from deploy.grafana.panels import RUNBOOKS
from deploy.grafana.promql import TARGET
from hub.telemetry.catalogue import FAMILIES
from hub.telemetry.family import Family, Kind, Of, Role
from tests.grafana.reading import (
    Asked,
    Tree,
    boards,
    everything_asked,
    filled,
    over,
    panels_of,
    recorded,
    recorded_in,
    taken_together_by,
    used_in,
)
from tests.house.sources import ROOT
from tests.prometheus.prepare import MISSING, find

PROMTOOL: Final = find("promtool")
UNITS: Final = {
    "s", "bytes", "percentunit", "short", "cps", "reqps", "bool_yes_no", "none",
}  # fmt: skip
PROMETHEUS: Final = ROOT / "deploy" / "prometheus"
OF_ANY_PROGRAM: Final = re.compile(r"\bprocess_(resident_memory_bytes|cpu_seconds_total)\{")
# What no dashboard shows, and why.
SHOWN_NOWHERE: Final[dict[str, str]] = {}

FILES: Final = dict(boards())
ASKED: Final = everything_asked()
PANELS: Final = [
    pytest.param(panel, id=f"{file.stem} {panel['title']}")
    for file, board in FILES.items()
    for panel in panels_of(board)
]
QUERIES: Final = [pytest.param(it, id=str(it)) for it in ASKED]


def family_of(name: str) -> Family:
    [found] = [it for it in FAMILIES.values() if name in it.series]
    return found


@pytest.mark.parametrize("board", BOARDS, ids=lambda it: it.uid)
def test_a_file_is_what_the_code_makes(board: object) -> None:
    made = next(it for it in BOARDS if it is board)
    file = FOLDER / made.file
    assert file.exists(), "run: python -m deploy.grafana"
    assert file.read_text("utf-8") == text_of(made), "run: python -m deploy.grafana"


def test_no_file_is_left_of_a_dashboard_that_is_gone() -> None:
    assert {it.name for it in FILES} == {it.file for it in BOARDS}


def test_writing_mends_what_is_stale_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "gone.json").write_text("{}")
    assert write(tmp_path) == len(BOARDS) + 1
    assert write(tmp_path) == 0
    assert {it.name for it in tmp_path.iterdir()} == {it.file for it in BOARDS}


@pytest.mark.parametrize("board", FILES.values(), ids=lambda it: it["uid"])
def test_a_dashboard_can_be_loaded_anywhere_and_is_read_only(board: Tree) -> None:
    assert "id" not in board
    assert 8 <= len(board["uid"]) <= 40
    assert board["title"]
    assert board["description"].endswith(".")
    assert board["editable"] is False
    assert board["refresh"] == "30s"
    first = board["templating"]["list"][0]
    assert (first["name"], first["type"]) == ("datasource", "datasource")


def test_dashboards_are_told_apart() -> None:
    for what in ("uid", "title"):
        assert len({it[what] for it in FILES.values()}) == len(FILES)


@pytest.mark.parametrize("board", FILES.values(), ids=lambda it: it["uid"])
def test_all_variables_that_are_asked_for_are_there_and_no_others(board: Tree) -> None:
    text = str([it["targets"] for it in panels_of(board)]) + str(board["templating"])
    for variable in board["templating"]["list"]:
        name = variable["name"]
        assert f"${name}" in text or f"${{{name}}}" in text, f"nobody asks for {name}"
    names = {it["name"]: "x" for it in board["templating"]["list"]}
    for it in (it for it in ASKED if it.board == board["uid"]):
        filled(it.expr, names | {"__rate_interval": "1m", "__range": "1h"})


@pytest.mark.parametrize("board", FILES.values(), ids=lambda it: it["uid"])
def test_panels_have_a_number_each_and_none_lies_over_another(board: Tree) -> None:
    ids = [it["id"] for it in board["panels"]]
    assert len({*ids}) == len(ids)
    for one, other in itertools.combinations([it["gridPos"] for it in board["panels"]], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below
    assert all(it["gridPos"]["x"] + it["gridPos"]["w"] <= 24 for it in board["panels"])


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows(panel: Tree) -> None:
    assert panel["title"]
    told = panel["description"]
    assert told.endswith(".")
    assert 15 < len(told) < 400
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["targets"]
    assert all(it["legendFormat"] for it in panel["targets"])
    if len(panel["targets"]) > 1:
        assert len({it["legendFormat"] for it in panel["targets"]}) == len(panel["targets"])
    if panel["type"] == "timeseries":
        assert panel["options"]["legend"]["showLegend"]


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_and_its_queries_ask_the_data_source_that_was_chosen(panel: Tree) -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert all(it["datasource"] == chosen for it in (panel, *panel["targets"]))


@pytest.mark.parametrize("panel", PANELS)
def test_a_link_leads_to_a_runbook_that_is_there(panel: Tree) -> None:
    for link in panel.get("links", []):
        name = link["url"].removeprefix(RUNBOOKS)
        assert (ROOT / "docs" / "runbooks" / name).is_file(), name


def test_links_to_runbooks_begin_as_those_of_alerts() -> None:
    alerts = yaml.safe_load((PROMETHEUS / "alerts.rules.yaml").read_text())["groups"]
    urls = [rule["annotations"]["runbook_url"] for group in alerts for rule in group["rules"]]
    assert all(it.startswith(RUNBOOKS) for it in urls)
    known = {it.removeprefix(RUNBOOKS) for it in urls}
    linked = {
        link["url"].removeprefix(RUNBOOKS)
        for board in FILES.values()
        for panel in panels_of(board)
        for link in panel.get("links", [])
    }
    assert linked <= known


@pytest.mark.parametrize("asked", QUERIES)
def test_a_query_names_what_is_in_the_catalogue(asked: Asked) -> None:
    names = [*used_in(asked.expr)]
    assert names or recorded_in(asked.expr) or OF_ANY_PROGRAM.search(asked.expr)
    assert recorded_in(asked.expr) <= {*recorded()}
    together = taken_together_by(asked.expr)
    known = {*TARGET, "le"}
    for used in names:
        family = family_of(used.name)
        assert {*used.labels} <= {*family.labels, *TARGET}
        assert {"hub", "job", "instance"} <= {*used.labels}
        known |= {*family.labels}
    assert together <= known
    shown = {it.split("}}")[0] for it in asked.legend.split("{{")[1:]}
    assert shown <= together, "the legend names a label that is not there any more"


@pytest.mark.parametrize("asked", QUERIES)
def test_what_only_grows_is_read_by_how_much_it_grew_and_a_level_never_is(asked: Asked) -> None:
    for used in used_in(asked.expr):
        kind = family_of(used.name).kind
        grew = used.function in {"rate", "increase"}
        assert grew is (kind is not Kind.GAUGE), used
    assert over(asked.expr) <= {"$__rate_interval", "$__range"}
    if re.search(r"\[\$__range\](?! @ end\(\))", asked.expr):
        assert asked.kind in {"stat", "table"}, "in a graph it would look beyond what is shown"


@pytest.mark.parametrize("asked", QUERIES)
def test_a_quantile_is_of_buckets_by_their_bounds(asked: Asked) -> None:
    if "histogram_quantile" in asked.expr:
        assert all(it.name.endswith("_bucket") for it in used_in(asked.expr))
        assert "le" in taken_together_by(asked.expr)
    if asked.kind == "heatmap":
        assert (taken_together_by(asked.expr), asked.legend) == ({"le"}, "{{le}}")


@pytest.mark.parametrize("asked", QUERIES)
def test_what_is_of_the_hub_is_not_added_up_over_gateways(asked: Asked) -> None:
    for used in used_in(asked.expr):
        if family_of(used.name).of is Of.HUB:
            grew = rf"{used.function}\(" if used.function in {"rate", "increase"} else ""
            assert re.search(rf"\bmax( by \([^)]*\))? \({grew}{used.name}\{{", asked.expr)


def test_every_family_of_a_hub_is_shown_somewhere() -> None:
    shown = {family_of(used.name).name for it in ASKED for used in used_in(it.expr)}
    of_a_hub = {it.name for it in FAMILIES.values() if it.roles != {Role.CONNECT}}
    assert of_a_hub - shown == {*SHOWN_NOWHERE}


def test_promtool_reads_every_query(tmp_path: Path) -> None:
    if PROMTOOL is None:
        pytest.skip(MISSING)
    file = tmp_path / "rules.yaml"
    rules = [
        {"record": f"panel:{number}", "expr": filled(it.expr, _anything())}
        for number, it in enumerate(ASKED)
    ]
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    ran = subprocess.run(
        [PROMTOOL, "check", "rules", "--lint=all", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert f"{len(ASKED)} rules found" in ran.stdout


def _anything() -> dict[str, str]:
    names = ("hub", "job", "instance", "shard", "party")
    return dict.fromkeys(names, ".+") | {"__rate_interval": "1m", "__range": "3h"}


def test_the_example_of_provisioning_can_be_read_and_fits() -> None:
    folder = FOLDER.parent / "provisioning"
    [source] = yaml.safe_load((folder / "datasources" / "prometheus.yaml").read_text())[
        "datasources"
    ]
    assert source["type"] == "prometheus"
    [provider] = yaml.safe_load((folder / "dashboards" / "seintje.yaml").read_text())["providers"]
    assert provider["options"]["path"].endswith("/dashboards")
    assert provider["allowUiUpdates"] is False
