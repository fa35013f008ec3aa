"""Logs hold what is on the list, and nothing that could be of a household."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from hub.errors import Bug
from hub.telemetry.logs import LOGGED, only_allowed, start_logs


class Lines:
    """What was logged, as it stands now."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def read(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The logs of this process; afterwards it logs as it did."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    made = Lines()
    start_logs(made.stream)
    yield made
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def fail_with(error: Exception) -> None:
    raise error


def test_a_key_that_is_not_on_the_list_is_dropped(lines: Lines) -> None:
    structlog.get_logger("x").warning("told", position=7, lease="L-1", household="hh-x")
    [line] = lines.read()
    assert line["event"] == "told"
    assert line["position"] == 7
    assert line.keys() <= LOGGED
    assert "L-1" not in json.dumps(line)


def test_a_foreign_exception_tells_its_type_and_where_it_was(
    lines: Lines,
) -> None:
    try:
        fail_with(ValueError("lease L-1 of 111222333"))
    except ValueError:
        structlog.get_logger("x").exception("failed")
    [line] = lines.read()
    assert line["error"] == "ValueError"
    assert "fail_with" in str(line["frames"])
    assert "L-1" not in json.dumps(line)


def test_an_exception_of_ours_tells_what_it_says(lines: Lines) -> None:
    try:
        fail_with(Bug("two of one"))
    except Bug:
        structlog.get_logger("x").exception("failed")
    [line] = lines.read()
    assert line["says"] == "two of one"


def test_a_library_is_held_to_the_same_list(lines: Lines) -> None:
    logger = logging.getLogger("uvicorn.error")
    try:
        fail_with(KeyError("L-1"))
    except KeyError:
        logger.exception("Exception in %s\nL-1", "L-1", extra={"household": "hh-x"})
    [line] = lines.read()
    assert line["event"] == "Exception in %s"
    assert line["logger"] == "uvicorn.error"
    assert line["error"] == "KeyError"
    assert line.keys() <= LOGGED
    assert "L-1" not in json.dumps(line)


def test_what_libraries_tell_of_their_steps_is_not_logged(lines: Lines) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET http://hub/v1/receipts/rc-x")
    logging.getLogger("uvicorn.access").info('127.0.0.1 - "GET /v1/alerts"')
    assert not lines.read()


def test_what_a_library_says_again_is_not_written_within_a_minute(lines: Lines) -> None:
    library = logging.getLogger("aiokafka")
    for node in range(3):
        library.error("Unable connect to node with id %s", node)
    logging.getLogger("another").error("Unable connect to node with id %s", 1)
    for minutes in (0.5, 1.5):
        later = library.makeRecord(
            "aiokafka", logging.ERROR, "", 0, "Unable connect to node with id %s", (1,), None
        )
        later.created += minutes * 60
        library.handle(later)
    assert [line["logger"] for line in lines.read()] == ["aiokafka", "another", "aiokafka"]


def test_an_exception_of_a_library_is_always_written(lines: Lines) -> None:
    for error in (ValueError("a"), KeyError("b")):
        try:
            fail_with(error)
        except (ValueError, KeyError):
            logging.getLogger("aiokafka").exception("failed")
    assert [line["error"] for line in lines.read()] == ["ValueError", "KeyError"]


def test_only_allowed_changes_nothing_else() -> None:
    assert only_allowed(None, "", {"event": "x", "port": 1, "id": "y"}) == {"event": "x", "port": 1}
