"""`seintje doctor`: each check both ways, against real parts."""

from __future__ import annotations

import http.server
import shutil
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from typing import ClassVar, Final

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from hub.cli.doctor import CHECKS, NAMES, Asked, Named, code_of, examined
from hub.cli.doctor_hub import _in_force
from hub.cli.doctor_skew import judged
from hub.cli.exposition import Exposition, quantile
from hub.cli.finding import Finding, Severity, look, unknown
from hub.domain.time import MINUTE_MS
from hub.shipped import shipped
from tests.cli.terminal import seintje
from tests.identity.certifying import Authority, files_in
from tests.kafka.broker import free_ports

LOOPBACK: Final = "127.0.0.1"
FREE: Final = {"SEINTJE_LISTEN": f"{LOOPBACK}:0"}
CA: Final = Authority()


def found(
    *names: str, data: Path | None = None, at: str | None = None, **environ: str
) -> list[Finding]:
    """What these checks find."""
    settings = {f"SEINTJE_{name.upper()}": text for name, text in environ.items()}
    asked = Asked(data, None, at, 2.0, names or NAMES)
    return list(examined(FREE | settings, asked))


def severities(findings: list[Finding]) -> list[str]:
    return [it.severity.value for it in findings]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a hub that has run."""
    folder = tmp_path_factory.mktemp("kept") / "data"
    facts = folder.parent / "facts.jsonl"
    simulated = seintje("simulate", "--households", "4", "--months", "4", "--seed", "1")
    facts.write_bytes(simulated.out)
    assert seintje("ingest", facts, "--data", folder, **FREE).code == 0
    return folder


@pytest.fixture
def mine(kept: Path, tmp_path: Path) -> Path:
    """One of those to break."""
    return Path(shutil.copytree(kept, tmp_path / "mine"))


# how it ends


@pytest.mark.parametrize(
    ("findings", "strict", "code"),
    [
        ([Finding("a", "good")], False, 0),
        ([look("a", "soon", "do")], False, 0),
        ([look("a", "soon", "do")], True, 1),
        ([Finding("a", "good"), unknown("a", "away", "do")], True, 3),
        ([unknown("a", "away", "do"), Finding("a", "bad", "do")], False, 1),
    ],
)
def test_the_exit_code_tells_the_worst(findings: list[Finding], strict: bool, code: int) -> None:
    assert code_of(findings, strict=strict) == code


def test_only_what_was_asked_for_is_looked_at(kept: Path) -> None:
    ran = seintje("doctor", "--data", kept, "--check", "disk", "--check", "key", **FREE)
    assert (ran.code, [it["check"] for it in ran.rows]) == (0, ["disk", "key"])


def test_a_check_that_there_is_not_is_wrong_use() -> None:
    ran = seintje("doctor", "--check", "disc")
    assert (ran.code, "disk" in ran.err) == (2, True)


def test_wrong_settings_keep_no_other_check_from_looking(tmp_path: Path) -> None:
    findings = found(data=tmp_path / "none", lissen="x", kafka_security="tls")
    assert [it.says.partition(":")[0] for it in findings if it.check == "settings"] == [
        "SEINTJE_LISSEN", "SEINTJE_KAFKA_SECURITY",
    ]  # fmt: skip
    assert {"agreement", "disk", "clock"} <= {it.check for it in findings}


def test_settings_that_a_role_misses_are_told() -> None:
    asked = Asked(None, "worker", None, 1.0, ("settings",))
    says = [it.says for it in examined(FREE, asked)]
    assert [it.partition(":")[0] for it in says] == ["SEINTJE_KAFKA_BROKERS", "SEINTJE_KEY_FILE"]


@pytest.mark.parametrize("fault", [sqlite3.OperationalError, ValueError, KeyError, OSError])
def test_a_check_that_fails_says_so_and_the_next_looks(
    fault: type[Exception] | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def failing(_examined: object) -> Iterator[Finding]:
        if fault is not None:
            raise fault
        yield Finding("data", "not reached")

    checks = (Named(("data",), failing), *CHECKS[3:4])
    monkeypatch.setattr("hub.cli.doctor.CHECKS", checks)
    findings = found("data", "disk", data=tmp_path / "none")
    assert severities(findings) == ["unknown", "good"]


def test_everything_can_be_broken_at_once(mine: Path, tmp_path: Path) -> None:
    (mine / "seintje.db").write_bytes(b"no database at all" * 1000)
    (mine / "seintje.key").write_text("none")
    junk = tmp_path / "junk"
    junk.write_text("{")
    files = ("identities", "tls_certificate", "tls_client_ca", "client_certificate", "agreements")
    environ = {name: str(junk) for name in files}
    environ |= {"registry_url": f"http://{LOOPBACK}:1", "smtp_url": f"smtp://{LOOPBACK}:1"}
    environ |= {"lissen": "x", "mail_from": "a@b", "console_issuer": f"http://{LOOPBACK}:1"}
    environ |= {"kafka_brokers": f"{LOOPBACK}:1"}
    findings = found(data=mine, **environ)
    bad = {it.check for it in findings if not it.is_good}
    assert bad >= {"settings", "agreement", "data", "key", "versions", "certificates", "tls",
                   "kafka", "registry", "mail"}  # fmt: skip
    assert all(it.do for it in findings if not it.is_good)


# what is kept


def test_a_disk_that_is_nearly_full_is_told(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, severity in ((1 << 40, "good"), (500 << 20, "look"), (1 << 20, "wrong")):
        usage = shutil._ntuple_diskusage(1 << 41, 0, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, usage=usage: usage)
        [finding] = found("disk", data=mine)
        assert finding.severity.value == severity


def test_how_fast_the_database_grows_is_told(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [finding] = found("disk", data=mine)
    assert "MiB a day" not in finding.says  # all of it came today
    at = int((datetime.now(UTC) - timedelta(days=10)).timestamp() * 1000)
    with closing(sqlite3.connect(mine / "seintje.db")) as connection, connection:
        connection.execute("UPDATE read_receipt SET at = ?", (at,))
    [finding] = found("disk", data=mine)
    assert "MiB a day" in finding.says
    usage = shutil._ntuple_diskusage(1 << 41, 0, 1 << 30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    monkeypatch.setattr("hub.cli.doctor_disk._bytes_a_day", lambda _folder: float(1 << 30) / 30)
    [finding] = found("disk", data=mine)
    assert finding.severity is Severity.LOOK
    assert "full in 30 days" in finding.do


def test_what_is_kept_is_of_this_release_and_of_these_agreements(kept: Path) -> None:
    findings = found("versions", data=kept)
    assert severities(findings) == ["good", "good", "good"]
    assert "duurzame-start 1" in findings[2].says


def test_a_state_made_by_other_agreements_is_told(kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "agreements"
    shutil.copytree(shipped("agreements"), folder)
    file = folder / "duurzame-start.yaml"
    file.write_text(file.read_text() + "# changed\n")
    [_, _, finding] = found("versions", data=kept, agreements=str(folder))
    assert (finding.severity, "1 are new or changed" in finding.says) == (Severity.LOOK, True)


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("PRAGMA user_version = 99", "a newer release wrote it"),
        ("UPDATE read_version SET version = 99", "read model 99"),
        ("UPDATE meta SET value = '0000' WHERE name = 'key'", "sealed with key 0000"),
    ],
)
def test_a_state_that_does_not_go_with_this_installation_is_wrong(
    statement: str, check: str, mine: Path
) -> None:
    with closing(sqlite3.connect(mine / "seintje.db")) as connection, connection:
        connection.execute(statement)
    [wrong] = [it for it in found("versions", data=mine) if it.severity is Severity.WRONG]
    assert check in wrong.says + wrong.do


def test_an_older_read_model_is_brought_up_to_date_at_the_next_start(mine: Path) -> None:
    with closing(sqlite3.connect(mine / "seintje.db")) as connection, connection:
        connection.execute("UPDATE read_version SET version = 1")
    assert severities(found("versions", data=mine))[1] == "look"


# agreements


def test_an_agreement_that_comes_to_its_end_is_told(tmp_path: Path) -> None:
    from msgspec.structs import replace

    from hub.agreement_files import read_agreement_file

    one = read_agreement_file(shipped("agreements") / "duurzame-start.yaml")
    today = date(2026, 6, 1)
    begins = date(2024, 1, 1)
    lasting = replace(one, valid_from=begins, valid_until=None)
    ending = replace(one, valid_from=begins, valid_until=date(2026, 7, 1))
    ended = replace(one, valid_from=begins, valid_until=date(2026, 5, 1))
    coming = replace(one, valid_from=date(2026, 7, 1), valid_until=None, version="2")
    assert list(_in_force([lasting], today)) == []
    assert list(_in_force([ending, coming], today)) == []
    assert severities(list(_in_force([ending], today))) == ["look"]
    assert severities(list(_in_force([ended], today))) == ["wrong"]


def test_a_calendar_that_ends_is_told_and_stops_nothing(tmp_path: Path) -> None:
    text = (shipped("agreements") / "duurzame-start.yaml").read_text()
    file = tmp_path / "a.yaml"
    lines = text.splitlines(keepends=True)
    cut = [it for it in lines if not any(f"{year}-" in it for year in range(2027, 2040))]
    file.write_text("".join(cut))
    findings = found("agreement", agreements=str(file))
    assert {it.severity for it in findings} == {Severity.GOOD, Severity.LOOK}


# certificates


@pytest.mark.parametrize(
    ("left", "severity"),
    [(timedelta(days=-2), "wrong"), (timedelta(days=5), "look"), (timedelta(days=60), "good")],
)
def test_for_how_long_a_certificate_lasts_is_told(
    left: timedelta, severity: str, tmp_path: Path
) -> None:
    files = files_in(tmp_path, CA)
    made = CA.certify(names=["hub.example.nl"], ends=datetime.now(UTC) + left)
    files.certificate.write_bytes(made.pem)
    files.key.write_bytes(made.key_pem)
    both = tmp_path / "both.pem"
    both.write_bytes(made.pem + made.key_pem)
    findings = found(
        "certificates",
        tls_certificate=str(files.certificate),
        tls_key=str(files.key),
        tls_client_ca=str(files.client_ca),
        client_certificate=str(both),
    )
    assert severities(findings) == ["good", severity, severity]


@contextmanager
def serving(
    handler: type[http.server.BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http{'' if tls is None else 's'}://{LOOPBACK}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Told(http.server.BaseHTTPRequestHandler):
    """A process of a hub, as far as anybody looks at it."""

    pages: ClassVar[dict[str, tuple[int, bytes]]] = {}
    ahead_s: ClassVar = 0.0

    def do_GET(self) -> None:
        status, body = self.pages.get(self.path, (404, b"{}"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(datetime.now(UTC).timestamp() + self.ahead_s, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        pass


def telling(metrics: str, reasons: str = "[]", ahead_s: float = 0.0) -> type[Told]:
    status = 503 if reasons != "[]" else 200
    health = f'{{"status":"x","reasons":{reasons}}}'.encode()
    pages = {
        "/readyz": (status, health),
        "/healthz": (200, b'{"status":"live","reasons":[]}'),
        "/metrics": (200, metrics.encode()),
    }
    return type("Telling", (Told,), {"pages": pages, "ahead_s": ahead_s})


def test_the_certificate_of_whom_the_hub_calls_is_looked_at(tmp_path: Path) -> None:
    for left, severity in ((-2, "wrong"), (5, "look"), (90, "good")):
        made = CA.certify(names=["localhost"], ends=datetime.now(UTC) + timedelta(days=left))
        both = tmp_path / f"{severity}.pem"
        both.write_bytes(made.pem + made.key_pem)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(both)
        with serving(telling(""), tls) as url:
            assert severities(found("certificates", registry_url=url)) == [severity]
    assert severities(found("certificates", registry_url=url)) == ["unknown"]


# clocks


@pytest.mark.parametrize(
    ("skew_s", "severity"),
    [(0, "good"), (-20, "good"), (31, "look"), (-200, "look"), (300, "wrong"), (-4000, "wrong")],
)
def test_how_far_clocks_may_differ_is_agreed(skew_s: int, severity: str) -> None:
    finding = judged("somebody", skew_s * 1000, 5 * MINUTE_MS)
    assert finding.severity.value == severity
    assert "5 minutes are agreed" in finding.says


@pytest.mark.parametrize(("ahead_s", "severity"), [(0.0, "good"), (-90, "look"), (3600, "wrong")])
def test_the_clock_of_a_hub_that_runs_is_compared_with_ours(ahead_s: float, severity: str) -> None:
    with serving(telling("", ahead_s=ahead_s)) as url:
        assert severities(found("skew", at=url)) == [severity]
        by_registry = found("skew", registry_url=url)
    assert severities(by_registry) == [severity]
    assert found("skew") == []  # nobody there who could tell


# a hub at work

WELL: Final = """
seintje_dead_letters_open{reason="processing-error"} 0.0
seintje_households_frozen{shard="correlate"} 0.0
seintje_feed_late_seconds{party="gemeente-weert",feed="a"} 0.0
seintje_subscriptions{life="active"} 2.0
seintje_subscriptions{life="paused"} 0.0
seintje_webhook_oldest_seconds{party="gemeente-weert"} 3.0
seintje_webhook_broken 0.0
"""
BADLY: Final = """
seintje_dead_letters_open{reason="processing-error"} 2.0
seintje_households_frozen{shard="correlate"} 1.0
seintje_feed_late_seconds{party="gemeente-weert",feed="a"} 7200.0
seintje_subscriptions{life="active"} 2.0
seintje_subscriptions{life="paused"} 1.0
seintje_webhook_oldest_seconds{party="gemeente-weert"} 7300.0
seintje_webhook_broken 1.0
"""
LIFE: Final = ("ready", "dead-letters", "households", "feeds", "subscriptions")


def test_a_hub_that_does_well_is_told_to() -> None:
    with serving(telling(WELL)) as url:
        findings = found(*LIFE, at=url)
    assert severities(findings) == ["good"] * 5
    assert [it.check for it in findings] == [*LIFE]


def test_what_a_hub_suffers_from_is_told() -> None:
    with serving(telling(BADLY, reasons='["disk: almost full"]')) as url:
        findings = found(*LIFE, at=url)
    assert [(it.check, it.severity.value) for it in findings] == [
        ("ready", "wrong"), ("dead-letters", "look"), ("households", "look"), ("feeds", "look"),
        ("subscriptions", "look"), ("subscriptions", "wrong"), ("subscriptions", "look"),
    ]  # fmt: skip
    assert "disk: almost full" in findings[0].says
    assert all(it.do for it in findings)


def test_a_hub_that_is_away_is_wrong_only_where_somebody_said_it_is_there() -> None:
    with serving(telling(WELL)) as url:
        pass
    assert severities(found("ready", at=url)) == ["wrong"]
    assert severities(found("ready")) == ["good"]


def test_what_answers_and_is_no_hub_is_told() -> None:
    with serving(Told) as url:
        assert severities(found("ready", at=url)) == ["wrong"]


def test_what_lies_in_a_data_directory_is_told_without_a_hub(mine: Path) -> None:
    assert severities(found("dead-letters", "households", "subscriptions", data=mine)) == [
        "good", "good", "good",
    ]  # fmt: skip
    with closing(sqlite3.connect(mine / "seintje.db")) as connection, connection:
        connection.execute(
            "INSERT INTO read_dead_letter (position, reason, place, size, at)"
            " VALUES (1, 'processing-error', '0957', 3, 1)"
        )
        (place,) = connection.execute("SELECT max(id) + 1 FROM place").fetchone()
        connection.execute("INSERT INTO place VALUES (?, 'correlate', 'frozen')", (place,))
        connection.execute("INSERT INTO state VALUES (?, x'01', x'01')", (place,))
    assert severities(found("dead-letters", "households", data=mine)) == ["look", "look"]


# mail


class Refusing:
    """A mail server that takes no mail of anybody."""

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _address: str, _options: object
    ) -> str:
        return "550 5.7.1 not you"


@contextmanager
def mail_server(handler: object) -> Iterator[str]:
    [port] = free_ports(1)
    controller = Controller(handler, hostname=LOOPBACK, port=port)
    controller.start()
    try:
        yield f"smtp://{LOOPBACK}:{port}"
    finally:
        controller.stop()


def test_whether_a_mail_could_be_sent_is_told() -> None:
    sender = "seintje@hub.example.nl"
    assert found("mail") == []
    with mail_server(None) as url:
        assert severities(found("mail", smtp_url=url, mail_from=sender)) == ["good"]
    assert severities(found("mail", smtp_url=url, mail_from=sender)) == ["wrong"]
    with mail_server(Refusing()) as url:
        [finding] = found("mail", smtp_url=url, mail_from=sender)
    assert (finding.severity, "550" in finding.says) == (Severity.WRONG, True)


# figures


def test_a_quantile_lies_within_its_bucket() -> None:
    text = """
a_bucket{le="1.0"} 50.0
a_bucket{le="2.0"} 100.0
a_bucket{le="+Inf"} 100.0
"""
    buckets = Exposition(text).buckets("a")
    assert quantile(buckets, 0.5) == 1.0
    assert quantile(buckets, 0.75) == 1.5
    assert quantile([], 0.5) is None
    assert quantile([(1.0, 0.0), (float("inf"), 3.0)], 0.5) == 1.0
