"""What a process in its role is told of its settings before it starts: all of it, at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from hub.compose.starting import PROBES, settings_for
from hub.errors import Misconfigured
from hub.keys import Keys
from hub.settings import Role, load
from hub.settings.kinds import shape_of
from hub.settings.rules import RULES
from hub.settings.setting import Opens, variable_of
from hub.settings.table import SETTINGS
from tests.identity.certifying import Authority, files_in

# One wrong value for each setting; a new setting gets its own here.
WRONG: Final = {
    "data": " ",
    "listen": "8300",
    "agreements": "",
    "key_file": "a\0b",
    "key": "hunter2",
    "key_url": "https://joe:secret@vault.example/v1/secret/data/seintje",
    "key_token_file": "",
    "clock": "yesterday",
    "lang": "de",
    "kafka_brokers": "kafka",
    "kafka_prefix": "a/b",
    "kafka_security": "tls",
    "kafka_user": "a b",
    "kafka_password_file": "",
    "kafka_ca": " ",
    "kafka_partitions": "0",
    "kafka_replicas": "ten",
    "kafka_session_seconds": "5",
    "worker_listen": "127.0.0.1:0",
    "worker_url": "http://joe:secret@worker-0:8310",
    "instance": "a b",
    "framing": "json",
    "registry_url": "https://joe:secret@registry",
    "deliver_listen": "::1:8320",
    "identities": "~nobody-of-this-name/identities.yaml",
    "tls_certificate": "",
    "tls_key": "",
    "tls_client_ca": "",
    "console_url": "https://seintje.example.nl/console",
    "console_party": "Gemeente Weert",
    "console_issuer": "https://joe:secret@login.example.nl",
    "console_client_id": "",
    "console_client_secret_file": "",
    "console_party_claim": "a b",
    "calls_a_minute": "1e3",
    "events_a_minute": "999",
    "attempts_a_minute": "-1",
    "calls_at_once": "0",
    "party_at_once": "\u0663",
    "body_megabytes": "31",
    "connections": "9",
    "public_url": "https://joe@hub.example.nl",
    "allowed_networks": "10.1.2.3/24",
    "client_certificate": "",
    "client_key": "",
    "smtp_url": "smtps://joe:secret@mail.example.nl",
    "smtp_password_file": "",
    "mail_from": "seintje",
    "backups": " ",
    "backup_hours": "1000",
    "backups_kept": "0",
    "log_level": "verbose",
    "otlp_url": "https://who:secret@collector",
    "otlp_headers_file": " ",
    "traces_share": "2",
}
KAFKA: Final = {"kafka_brokers": "127.0.0.1:1", "key_file": "{key}"}


def told(role: Role, **values: str) -> list[str]:
    """What a process in this role is told, a line each."""
    environ = {variable_of(field): text for field, text in values.items()}
    try:
        settings_for(role, environ)
    except Misconfigured as error:
        return error.do.strip().splitlines()
    return []


@pytest.mark.parametrize("field", SETTINGS)
def test_a_wrong_value_is_told_with_its_setting_what_is_allowed_and_its_shape(field: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        load({variable_of(field): WRONG[field]})
    [line] = caught.value.do.strip().splitlines()
    assert line == (
        f"{variable_of(field)}: write {SETTINGS[field].kind.expected}; what stands there is "
        f"{shape_of(WRONG[field])}"
    )
    assert "secret" not in line.partition("write ")[0] + shape_of(WRONG[field])


def test_all_wrong_values_are_told_at_once() -> None:
    with pytest.raises(Misconfigured) as caught:
        load({variable_of(field): text for field, text in WRONG.items()})
    lines = caught.value.do.strip().splitlines()
    assert {it.partition(":")[0] for it in lines} == set(map(variable_of, SETTINGS))


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", "nothing"),
        ("8300", "4 digits"),
        ("7", "1 digit"),
        ("/", "1 character: other characters"),
        ("hunter2", "7 characters: digits and letters"),
        ("a b/c", "5 characters: letters, spaces and other characters"),
        ("://", "3 characters: other characters"),
    ],
)
def test_a_shape_tells_nothing_of_what_stands_there(text: str, shape: str) -> None:
    assert shape_of(text) == shape


@pytest.mark.parametrize(
    "text", ["Authorization: Basic aHVu/dGVyMg==", "hunter2-hunter2", "hunter2" * 50]
)
def test_headers_in_the_place_of_their_file_are_not_repeated(text: str) -> None:
    values = {"otlp_url": "http://127.0.0.1:1", "otlp_headers_file": text}
    [line] = told(Role.RUN, **values)
    assert line.startswith("SEINTJE_OTLP_HEADERS_FILE: there is no such file")
    assert "nter2" not in line
    assert "aHVu" not in line


def test_a_secret_too_long_for_a_name_of_a_file_is_not_repeated() -> None:
    """Tokens of a Vault are."""
    values = {"key_url": "http://127.0.0.1:1/v1/secret/one", "key_token_file": "hunter2" * 50}
    [line] = told(Role.RUN, **values)
    assert line.startswith("SEINTJE_KEY_TOKEN_FILE: there is no such file")
    assert "hunter2" not in line


def test_a_wrong_variable_is_told_also_where_an_option_wins() -> None:
    with pytest.raises(Misconfigured, match="SEINTJE_LANG: write nl or en"):
        load({"SEINTJE_LANG": "de"}, {"lang": "nl"})


@pytest.mark.parametrize(
    "variable",
    ["SEINTJE_SERVICE_HOST", "SEINTJE_PORT", "SEINTJE_WORKER_PORT_8310_TCP_ADDR",
     "SEINTJE_SERVICE_PORT_HTTP", "SEINTJE_GATEWAY_PORT_8300_TCP"],
)  # fmt: skip
def test_what_kubernetes_makes_of_a_service_is_told_as_such(variable: str) -> None:
    with pytest.raises(Misconfigured, match="enableServiceLinks"):
        load({variable: "10.0.0.1"})


@pytest.fixture
def place(tmp_path: Path) -> Callable[[str], str]:
    """Texts with the files of this test in them."""
    key, secret, two = tmp_path / "hub.key", tmp_path / "secret", tmp_path / "two"
    Keys.load_or_create(key)
    secret.write_text("hunter2\n")
    two.write_text("hunter2\nhunter3\n")
    (tmp_path / "empty").touch()
    (tmp_path / "blank").write_text(" \n")
    (tmp_path / "tls").mkdir()
    tls = files_in(tmp_path / "tls", Authority())
    files: dict[str, Path | str] = {"key": key, "secret": secret, "two": two, "dir": tmp_path}
    files |= {"crt": tls.certificate, "crt_key": tls.key, "ca": tls.client_ca}
    return lambda text: text.format(**files)


BROKEN: Final = [
    (Role.RUN, {"tls_key": "{crt_key}"}, "TLS_KEY: it counts with TLS only"),
    (Role.GATEWAY, {"tls_client_ca": "{ca}"}, "TLS_CLIENT_CA: it counts with TLS only"),
    (Role.DELIVER, {"client_key": "{crt_key}"}, "CLIENT_KEY: it is the key of a certificate"),
    (Role.RUN, {"console_issuer": "https://a"}, "CONSOLE_URL: write it too"),
    (Role.RUN, {"console_issuer": "https://a"}, "CONSOLE_CLIENT_ID: write it too"),
    (Role.RUN, {"console_client_id": "a"}, "CONSOLE_CLIENT_ID: it is for an OpenID provider"),
    (Role.RUN, {"console_client_secret_file": "{secret}"}, "CLIENT_SECRET_FILE: it is for an"),
    (Role.RUN, {"smtp_url": "smtp://mail"}, "MAIL_FROM: write from which address"),
    (Role.RUN, {"mail_from": "a@b"}, "MAIL_FROM: no mail is sent"),
    (Role.WORKER, {"otlp_headers_file": "{secret}"}, "OTLP_HEADERS_FILE: nothing is traced"),
    (Role.RUN, {"smtp_url": "smtps://joe@mail"}, "SMTP_PASSWORD_FILE: write a file"),
    (Role.RUN, {"smtp_password_file": "{secret}"}, "SMTP_PASSWORD_FILE: there is no user"),
    (Role.TOPICS, {}, "KAFKA_BROKERS: write where Kafka is"),
    (Role.RUN, {"kafka_brokers": "a:1"}, "KAFKA_BROKERS: this is a hub in one process"),
    (Role.WORKER, {}, "KEY_FILE: write the key file of this hub"),
    (Role.RUN, {"key_file": "{key}", "key": "seintje-key x"}, "KEY_FILE: the key of a hub comes"),
    (Role.RUN, {"key_url": "https://a/v1/b"}, "KEY_TOKEN_FILE: write the file with the token"),
    (Role.RUN, {"key_token_file": "{secret}"}, "KEY_TOKEN_FILE: there is no secret that"),
    (Role.RUN, {"key": "seintje-key hunter2"}, "KEY"),
    (Role.WORKER, {"kafka_security": "sasl-ssl"}, "KAFKA_USER: write as whom"),
    (Role.WORKER, {"kafka_security": "sasl-ssl"}, "KAFKA_PASSWORD_FILE: write a file"),
    (Role.TOPICS, {"kafka_user": "a"}, "KAFKA_USER: it counts with a user only"),
    (Role.TOPICS, {"kafka_password_file": "{secret}"}, "PASSWORD_FILE: it counts with a user"),
    (Role.TOPICS, {"kafka_ca": "{ca}"}, "KAFKA_CA: it counts with TLS only"),
    (Role.GATEWAY, {"framing": "confluent"}, "REGISTRY_URL: write where the registry is"),
    (Role.WORKER, {"worker_listen": "0.0.0.0:8310"}, "WORKER_URL: write how others reach"),
    (Role.WORKER, {"worker_listen": "127.0.0.1:8300"}, "WORKER_LISTEN: a gateway listens there"),
    (Role.DELIVER, {"deliver_listen": "127.0.0.1:8310"}, "DELIVER_LISTEN: a gateway or a worker"),
    (Role.RUN, {"backup_hours": "6"}, "BACKUP_HOURS: no backups are made; write SEINTJE_BACK"),
    (Role.RUN, {"backups_kept": "3"}, "BACKUPS_KEPT: no backups are made; write SEINTJE_BACK"),
    (Role.RUN, {"data": "{dir}", "backups": "{dir}/tls"}, "BACKUPS: it lies in the data directory"),
    (Role.RUN, {"data": "{dir}", "backups": "{dir}"}, "BACKUPS: it lies in the data directory"),
    # files
    (Role.RUN, {"data": "{secret}/data"}, "DATA: {secret} is no directory"),
    (Role.RUN, {"agreements": "{dir}/none"}, "AGREEMENTS: {dir}/none cannot be read: No such file"),
    (Role.RUN, {"identities": "{dir}/empty"}, "IDENTITIES: {dir}/empty is empty"),
    (Role.RUN, {"smtp_password_file": "{dir}/blank"}, "PASSWORD_FILE: {dir}/blank is empty"),
    (Role.RUN, {"smtp_password_file": "{two}"}, "PASSWORD_FILE: {two} holds more than one line"),
    (Role.RUN, {"smtp_password_file": "{key}"}, "PASSWORD_FILE: {key} "),
    (Role.RUN, {"smtp_password_file": "hunter2"}, "what stands there is 7 characters"),
    (Role.RUN, {"tls_certificate": "{dir}"}, "TLS_CERTIFICATE: {dir} cannot be read: Is a dir"),
    # what they hold
    (Role.RUN, {"agreements": "{secret}"}, "AGREEMENTS: "),
    (Role.RUN, {"key_file": "{secret}"}, "KEY_FILE: "),
    (Role.WORKER, {"key_file": "{secret}"}, "KEY_FILE: "),
    (
        Role.TOPICS,
        {"kafka_brokers": "a:1", "kafka_security": "ssl", "kafka_ca": "{secret}"},
        "KAFKA_CA: {secret} is not",
    ),
    (Role.RUN, {"tls_certificate": "{crt}"}, "TLS_CERTIFICATE: {crt} and its key do not make a"),
    (Role.RUN, {"identities": "{secret}"}, "IDENTITIES: "),
    (Role.RUN, {"console_party": "nobody"}, "CONSOLE_PARTY: there is no such party; write "),
    (Role.RUN, {"client_certificate": "{crt}"}, "CLIENT_CERTIFICATE: write a certificate in PEM"),
]  # fmt: skip


@pytest.mark.parametrize(("role", "values", "wanted"), BROKEN)
def test_what_is_wrong_for_a_role_is_told(
    role: Role, values: dict[str, str], wanted: str, place: Callable[[str], str]
) -> None:
    lines = told(role, **{field: place(text) for field, text in values.items()})
    assert [it for it in lines if place(wanted) in it and it.startswith("SEINTJE_")]
    assert not any("hunter2" in it for it in lines)


def test_every_rule_and_every_probe_is_tried_above() -> None:
    tried = {line.partition(":")[0] for _, _, line in BROKEN}
    about = {it.about for it in RULES} | {it.fields[0] for it in PROBES}
    assert [it for it in about if not any(it.upper().endswith(known) for known in tried)] == []


def test_what_opens_a_file_is_looked_at() -> None:
    opened = {it for it, row in SETTINGS.items() if row.opens is not Opens.NOTHING}
    paths = {it for it in SETTINGS if it.endswith(("_file", "_ca", "_key", "certificate"))}
    assert paths - opened == {"key_file"}  # the hub in one process makes it


@pytest.mark.parametrize("role", Role)
def test_a_role_with_all_that_it_needs_is_told_nothing(
    role: Role, place: Callable[[str], str]
) -> None:
    needed = KAFKA if role not in (Role.RUN, Role.CONNECT) else {}
    assert told(role, **{field: place(text) for field, text in needed.items()}) == []


def test_everything_that_can_be_right_at_once_is(place: Callable[[str], str]) -> None:
    values = {
        "data": "{dir}/new/data",
        "tls_certificate": "{crt}",
        "tls_key": "{crt_key}",
        "tls_client_ca": "{ca}",
        "client_certificate": "{crt}",
        "client_key": "{crt_key}",
        "smtp_url": "smtps://joe@mail.example.nl",
        "smtp_password_file": "{secret}",
        "mail_from": "seintje@hub.example.nl",
        "console_url": "https://seintje.example.nl",
        "console_issuer": "https://login.example.nl",
        "console_client_id": "seintje",
        "console_client_secret_file": "{secret}",
        "console_party": "gemeente-weert",
        "key_file": "{key}",
    }
    assert told(Role.RUN, **{field: place(text) for field, text in values.items()}) == []


def test_mistakes_of_every_sort_come_together(place: Callable[[str], str]) -> None:
    lines = told(
        Role.RUN,
        listen="8300",
        lissen="x",
        tls_key=place("{crt_key}"),
        identities=place("{dir}/empty"),
        agreements=place("{secret}"),
    )
    wanted = ("SEINTJE_LISSEN", "SEINTJE_LISTEN", "SEINTJE_TLS_KEY", "SEINTJE_IDENTITIES",
              "SEINTJE_AGREEMENTS")  # fmt: skip
    assert [it.partition(":")[0] for it in lines if it.startswith("SEINTJE_")] == [*wanted]
