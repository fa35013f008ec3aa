"""`seintje settings`, and how a command that starts ends with wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import on_terminal, piped, seintje


def test_settings_are_shown_with_where_they_came_from() -> None:
    ran = seintje(
        "settings", SEINTJE_LISTEN="127.0.0.1:1", SEINTJE_CLOCK="fixed:2024-01-01T00:00:00Z"
    )
    rows = {it["setting"]: it for it in ran.rows}
    assert ran.code == 0
    assert (rows["SEINTJE_LISTEN"]["value"], rows["SEINTJE_LISTEN"]["from"]) == (
        "127.0.0.1:1", "variable",
    )  # fmt: skip
    assert rows["SEINTJE_CLOCK"]["value"].startswith("fixed:2024-01-01")
    assert (rows["SEINTJE_DATA"]["value"], rows["SEINTJE_DATA"]["from"]) == (
        "seintje-data", "default",
    )  # fmt: skip
    assert rows["SEINTJE_KAFKA_BROKERS"] | {"readBy": []} == {
        "setting": "SEINTJE_KAFKA_BROKERS", "value": None, "holds": "there is no Kafka",
        "from": "default", "readBy": [], "wrong": [],
    }  # fmt: skip


def test_only_those_of_a_role_are_shown_and_judged_for_it() -> None:
    ran = seintje("settings", "--role", "worker", SEINTJE_TLS_KEY="/nowhere")
    assert ran.code == 2
    assert "SEINTJE_TLS_KEY" not in {it["setting"] for it in ran.rows}
    assert [it.partition(":")[0] for it in ran.err.splitlines()] == [
        "SEINTJE_KAFKA_BROKERS", "SEINTJE_KEY_FILE",
    ]  # fmt: skip


def test_a_role_that_there_is_not_is_wrong_use() -> None:
    assert seintje("settings", "--role", "boss").code == 2


def test_on_a_terminal_they_are_a_table() -> None:
    code, shown = on_terminal("settings", "--lang", "en", SEINTJE_LISTEN="8300")
    assert code == 2
    assert "✗ wrong" in shown
    assert "(there is no Kafka)" in shown


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    more = {"SEINTJE_SMTP_PASSWORD_FILE": str(file), "SEINTJE_SMTP_URL": "smtp://a:hunter2@b"}
    ran = seintje("settings", "--role", "run", **more)
    assert str(file) in ran.out.decode()
    assert "hunter2" not in ran.out.decode() + ran.err


def test_a_key_in_the_environment_is_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "hub.key"
    assert seintje("keys", "create", file).code == 0
    key = file.read_text()
    ran = seintje("settings", "--role", "run", SEINTJE_KEY=key)
    [row] = [it for it in ran.rows if it["setting"] == "SEINTJE_KEY"]
    assert (ran.code, row["value"], row["from"]) == (0, "(hidden)", "variable")
    wrong = seintje("settings", "--role", "run", SEINTJE_KEY=key.removeprefix("seintje-"))
    assert wrong.code == 2
    for told in (ran.out.decode(), ran.err, wrong.out.decode(), wrong.err):
        assert not any(word in told for word in key.split()[2:])


@pytest.mark.parametrize("command", ["run", "worker", "gateway", "deliver"])
def test_a_process_with_wrong_settings_tells_all_of_them_and_makes_nothing(
    command: str, tmp_path: Path
) -> None:
    more = {
        "SEINTJE_LISTN": "x",
        "SEINTJE_KAFKA_SECURITY": "tls",
        "SEINTJE_DATA": str(tmp_path / "made"),
    }
    ran = piped(command, stdin=b"", **more, SEINTJE_AGREEMENTS=str(tmp_path / "none"))
    assert ran.code == 2
    assert {it.partition(":")[0] for it in ran.err.splitlines()} >= {
        "SEINTJE_LISTN", "SEINTJE_KAFKA_SECURITY", "SEINTJE_AGREEMENTS",
    }  # fmt: skip
    assert "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []
