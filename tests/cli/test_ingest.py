"""`seintje ingest`: into a data directory and into a running hub, again and again."""

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from hub.clocks import SystemClock
from hub.gateway import api_keys
from tests.building import parties
from tests.cli.terminal import on_terminal, piped, seintje
from tests.cli.test_run import next_row, started

pytestmark = pytest.mark.slow


class Serving(NamedTuple):
    """A hub that runs, and a file with a key for each party."""

    url: str
    keys: Path


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    data, keys = tmp_path / "data", tmp_path / "keys.yaml"
    with started("run", "--data", data, "--listen", "127.0.0.1:0") as process:
        url = next_row(process)["api"].removesuffix("/v1")
        with api_keys.editing(data) as connection:
            make = partial(api_keys.create, connection, now=SystemClock().now())
            secrets = {party: make(party).secret for party in parties().by_id}
        keys.write_text("".join(f"{party}: {key}\n" for party, key in secrets.items()))
        yield Serving(url, keys)


@pytest.fixture
def copied(facts: Path, tmp_path: Path) -> Path:
    """A file whose neighbours are ours."""
    return Path(shutil.copy(facts, tmp_path / "facts.jsonl"))


@pytest.fixture
def bad(faulty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(faulty, tmp_path / "faulty.jsonl"))


def lines_of(file: Path) -> int:
    return len(file.read_bytes().split(b"\n")) - 1


def counts(accepted: int = 0, duplicate: int = 0, refused: int = 0) -> dict[str, int]:
    return {"accepted": accepted, "duplicate": duplicate, "refused": refused}


def refused_in(file: Path) -> list[dict[str, Any]]:
    beside = file.with_name(file.name + ".refused.jsonl")
    return [json.loads(line) for line in beside.read_text().splitlines()]


def test_into_a_data_directory_once_and_again(copied: Path, tmp_path: Path) -> None:
    n = lines_of(copied)
    first = piped("ingest", copied, "--data", tmp_path / "hub")
    assert (first.code, first.err, first.rows) == (0, "", [counts(accepted=n)])
    again = piped("ingest", copied, "--data", tmp_path / "hub")
    assert again.rows == [counts(duplicate=n)]
    assert {path.name for path in tmp_path.iterdir()} == {copied.name, "hub"}


def test_refused_lines_are_kept_with_their_reason(bad: Path, tmp_path: Path) -> None:
    ran = seintje("ingest", bad, "--data", tmp_path / "hub")
    [told] = ran.rows
    kept = refused_in(bad)
    lines = [it.decode("utf-8", "backslashreplace") for it in bad.read_bytes().split(b"\n")]
    assert ran.code == 0
    assert sum(told.values()) == lines_of(bad)
    assert told["refused"] == len(kept) > 0
    for row in kept:
        assert {"line", "slug", "detail", "violations", "event"} == set(row)
        if row["slug"] == "bsn-found":
            assert "*********" in row["event"]
        elif row["slug"] == "too-large":  # cut off just beyond the limit
            assert lines[row["line"] - 1].startswith(row["event"])
        else:
            assert row["event"] == lines[row["line"] - 1]
    assert seintje("ingest", bad, "--data", tmp_path / "hub", "--strict").code == 1


def test_into_a_running_hub_with_the_key_of_each_source(copied: Path, serving: Serving) -> None:
    words = ("ingest", copied, "--to", serving.url, "--keys", serving.keys)
    n = lines_of(copied)
    assert seintje(*words).rows == [counts(accepted=n)]
    assert seintje(*words).rows == [counts(duplicate=n)]
    keys = msgspec.yaml.decode(serving.keys.read_bytes(), type=dict[str, str])
    headers = {"Authorization": f"Bearer {keys['gemeente-weert']}"}
    assert httpx.get(f"{serving.url}/v1/alerts", headers=headers).status_code == 200


def test_both_ways_refuse_the_same_lines(bad: Path, serving: Serving, tmp_path: Path) -> None:
    seintje("ingest", bad, "--data", tmp_path / "hub")
    straight = refused_in(bad)
    ran = seintje("ingest", bad, "--to", serving.url, "--keys", serving.keys)
    assert ran.code == 0
    assert [(row["line"], row["slug"]) for row in refused_in(bad)] == [
        (row["line"], row["slug"]) for row in straight
    ]


def contact(number: int, source: str) -> str:
    dossier = {"scheme": "dossier", "issuer": "gemeente-weert", "value": f"D-{number}"}
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"contact-{number}",
            "source": f"urn:nld:{source}:systeem:zaken",
            "type": "nl.seintje.begeleiding-contact.v1",
            "data": {"occurredAt": "2024-05-01", "gemeente": "0988", "references": [dossier]},
        }
    )


def test_an_interrupted_run_goes_on_where_it_was(serving: Serving, tmp_path: Path) -> None:
    file, few = tmp_path / "contacts.jsonl", tmp_path / "few.yaml"
    ours, theirs = "oin:00000099000000988000", "kvknr:90000003"
    lines = [contact(number, ours) for number in range(600)] + [contact(600, theirs)]
    file.write_text("\n".join(lines))
    keys = msgspec.yaml.decode(serving.keys.read_bytes(), type=dict[str, str])
    few.write_bytes(msgspec.yaml.encode({"gemeente-weert": keys["gemeente-weert"]}))
    stopped = seintje("ingest", file, "--to", serving.url, "--keys", few)
    assert stopped.code == 2
    assert "there is no key of begeleider-onderdak" in stopped.err
    noted = file.with_name(file.name + ".progress")
    assert json.loads(noted.read_text())["line"] == 500
    # what was answered is not sent again, or it would be a duplicate
    ran = seintje("ingest", file, "--to", serving.url, "--keys", serving.keys)
    assert ran.rows == [counts(accepted=601)]
    assert not noted.exists()


def test_a_hub_that_is_away_is_outside(copied: Path, serving: Serving) -> None:
    words = ("ingest", copied, "--to", "http://127.0.0.1:9", "--keys", serving.keys)
    ran = seintje(*words, "--patience", "0")
    assert ran.code == 3
    assert "http://127.0.0.1:9" in ran.err
    assert ran.rows == [counts()]
    assert "gaat verder waar het was" in ran.err


def test_a_key_that_is_not_accepted_is_told(copied: Path, serving: Serving, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("".join(f"{party}: sk_nonsense\n" for party in parties().by_id))
    ran = seintje("ingest", copied, "--to", serving.url, "--keys", wrong)
    assert ran.code == 2
    assert "does not accept the key of" in ran.err


def test_csv_is_read_by_a_mapping(facts: Path, tmp_path: Path) -> None:
    mapping, table = tmp_path / "overlast.yaml", tmp_path / "overlast.csv"
    mapping.write_text(
        "type: nuisance-reported\n"
        "source: urn:nld:kvknr:90000001:systeem:primair\n"
        "id: [Contract, Datum]\n"
        "columns: {Datum: occurredAt, Contract: 'references[0].value', Soort: category}\n"
        "constants: {gemeente: '0988', 'references[0].scheme': lease,"
        " 'references[0].issuer': corporatie-maas}\n"
    )
    table.write_text("Datum;Contract;Soort\n02-03-2024;H-1;noise\nmorgen;H-2;noise\nkort\n")
    ran = seintje("ingest", table, "--mapping", mapping, "--data", tmp_path / "hub")
    assert ran.rows == [counts(accepted=1, refused=2)]
    assert [(row["line"], row["slug"]) for row in refused_in(table)] == [
        (3, "schema-violation"),
        (4, "malformed"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("party: corporatie-maas\n", "add `source:", id="whose system"),
        pytest.param("source: urn:x\n", "add `party:", id="whose numbers"),
    ],
)
def test_a_mapping_for_a_connector_lacks_who_sends(line: str, told: str, tmp_path: Path) -> None:
    mapping, table = tmp_path / "overlast.yaml", tmp_path / "overlast.csv"
    columns = "{Datum: occurredAt, Contract: lease, Soort: category}"
    mapping.write_text(f"type: nuisance-reported\nid: [Contract]\ncolumns: {columns}\n{line}")
    table.write_text("Datum;Contract;Soort\n")
    ran = seintje("ingest", table, "--mapping", mapping, "--data", tmp_path / "hub")
    assert ran.code == 2
    assert told in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["nowhere.jsonl"], "nowhere.jsonl", id="a file that is not there"),
        pytest.param(["x", "--to", "http://127.0.0.1:9"], "--keys", id="no keys"),
        pytest.param(
            ["x", "--to", "http://127.0.0.1:9", "--keys", "nowhere"], "nowhere", id="no key file"
        ),
        pytest.param(["x", "--mapping", "nowhere.yaml"], "nowhere.yaml", id="no mapping"),
        pytest.param(["x.csv.gz"], "x.csv.gz — say with --mapping", id="csv without a mapping"),
    ],
)
def test_wrong_use_is_told(words: list[str], told: str, tmp_path: Path) -> None:
    ran = seintje("ingest", *words, "--data", tmp_path / "hub")
    assert ran.code == 2
    assert told in ran.err


def test_a_terminal_is_told_in_words(copied: Path, tmp_path: Path) -> None:
    code, shown = on_terminal("ingest", copied, "--data", tmp_path / "hub")
    assert (code, f"{lines_of(copied)} aangenomen, 0 dubbel, 0 geweigerd" in shown) == (0, True)
