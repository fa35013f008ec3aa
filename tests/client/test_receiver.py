"""A receiver deals with each message once, keeps that, and counts the highest revision of an
alert; under three kinds of servers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import httpx
import pytest
from starlette.requests import Request as Asked
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.client import Answer, Client, Message, Misconfigured, Receiver, Unavailable, Webhooks
from hub.client.receiver import MOST_REMEMBERED
from hub.delivery.request import Request
from tests.client.sending import (
    AT_S,
    ENDPOINT,
    ORIGIN,
    PAIR,
    SECRET,
    changed,
    handshake,
    sent,
    sent_test,
    viewed,
)

HOOKS: Final = Webhooks([SECRET.text, PAIR.public.text], [ORIGIN], 120)


class Desk:
    """A receiver with what it was told; `now` is its clock."""

    def __init__(self, path: Path) -> None:
        self.now = AT_S
        self.told: list[Message] = []
        self.path = path
        self.receiver = self._open()

    def _open(self) -> Receiver:
        return Receiver(HOOKS, self.path, lambda: self.now)

    def restart(self) -> None:
        self.receiver.close()
        self.receiver = self._open()

    def get(self, sending: Request, deal_with: Callable[[Message], None] | None = None) -> Answer:
        deal_with = deal_with or self.told.append
        return self.receiver.answer(sending.method, sending.headers, sending.body, deal_with)

    @property
    def names(self) -> list[str]:
        return [it.id.rpartition("_")[2] for it in self.told]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "webhooks.db")
    yield made
    made.receiver.close()


def test_a_repeat_is_answered_and_not_dealt_with_also_after_a_restart(desk: Desk) -> None:
    for sending in (sent(), sent_test()):
        before = len(desk.told)
        assert [desk.get(sending).status for _ in range(2)] == [200, 200]
        desk.restart()
        assert desk.get(sending).status == 200
        assert len(desk.told) == before + 1


def test_of_one_alert_the_highest_revision_counts(desk: Desk) -> None:
    for revision in (1, 3, 2, 3, 4, 1):
        assert desk.get(sent(viewed(revision))).status == 200
    assert desk.names == ["1", "3", "4"]


def test_each_party_has_revisions_of_its_own(desk: Desk) -> None:
    for party in ("gemeente-weert", "begeleider-onderdak"):
        desk.get(sent(party=party))
    assert [it.source.rpartition(":")[2] for it in desk.told] == [
        "gemeente-weert",
        "begeleider-onderdak",
    ]


def test_two_subscriptions_with_keys_of_their_own_bring_it_once(desk: Desk) -> None:
    for key in (SECRET, PAIR):
        assert desk.get(sent(None, key)).status == 200
    assert desk.names == ["1"]


def test_what_went_wrong_is_dealt_with_again(desk: Desk) -> None:
    def fails(_message: Message) -> None:
        raise RuntimeError("their case system")

    with pytest.raises(RuntimeError, match="their case system"):
        desk.get(sent(), fails)
    assert desk.get(sent()).status == 200
    assert desk.names == ["1"]


def test_who_cannot_now_says_when(desk: Desk) -> None:
    def later(_message: Message) -> None:
        raise Unavailable("the case system is away", retry_after=90.5)

    answer = desk.get(sent(), later)
    assert (answer.status, answer.headers["retry-after"]) == (503, "91")
    assert desk.get(sent()).status == 200
    assert desk.names == ["1"]


def test_what_is_sent_again_after_it_was_forgotten_is_dealt_with_again(desk: Desk) -> None:
    for number, alert in enumerate(("al-a", "al-b")):
        desk.now = AT_S + number * 1000
        desk.get(sent(viewed(2, alert), at=int(desk.now) * 1000))
    desk.receiver.forget(since=AT_S + 900)
    for alert in ("al-a", "al-b"):
        for revision in (1, 2):
            desk.get(sent(viewed(revision, alert), at=int(desk.now) * 1000))
    assert [it.id for it in desk.told] == ["al-a_2", "al-b_2", "al-b_1", "al-b_2"]


def test_what_was_dealt_with_longest_ago_is_forgotten_first(desk: Desk) -> None:
    first, second, last = (sent(viewed(1, alert)) for alert in ("al-a", "al-b", "al-c"))
    desk.get(first)
    desk.get(second)
    desk.receiver.close()
    with sqlite3.connect(desk.path) as connection:  # as if many more had come after these two
        connection.execute("UPDATE sqlite_sequence SET seq = ?", (MOST_REMEMBERED,))
    connection.close()
    desk.restart()
    for sending in (last, second, first):
        desk.get(sending)
    assert [it.id for it in desk.told] == ["al-a_1", "al-b_1", "al-c_1", "al-a_1"]


def test_one_message_at_a_time_so_an_attempt_beside_the_first_is_a_repeat(desk: Desk) -> None:
    begun, go_on = Event(), Event()

    def slowly(message: Message) -> None:
        begun.set()
        assert go_on.wait(30)
        desk.told.append(message)

    answers: list[Answer] = []
    first = Thread(target=lambda: answers.append(desk.get(sent(), slowly)))
    first.start()
    assert begun.wait(30)
    second = Thread(target=lambda: answers.append(desk.get(sent(), slowly)))
    second.start()
    go_on.set()
    for thread in (first, second):
        thread.join()
    assert [it.status for it in answers] == [200, 200]
    assert desk.names == ["1"]


def test_what_is_not_proven_is_neither_dealt_with_nor_remembered(desk: Desk) -> None:
    assert desk.get(changed(sent(), b"{}")).status == 401
    assert desk.told == []
    assert desk.get(sent()).status == 200
    assert desk.names == ["1"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "post", ""])
def test_another_method_is_not_allowed(desk: Desk, method: str) -> None:
    answer = desk.receiver.answer(method, {}, b"", desk.told.append)
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")


def test_its_file_is_of_one_process_and_of_no_other_kind(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="another process uses"):
        Receiver(HOOKS, desk.path)
    other = tmp_path / "client.db"
    Client("https://hub.example.nl", "sk_x", other).close()
    with pytest.raises(Misconfigured, match="another program"):
        Receiver(HOOKS, other)


def test_it_is_closed_at_the_end_of_a_block(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.db"
    for _ in range(2):
        with Receiver(HOOKS, path):
            pass


def under_wsgi(receiver: Receiver, deal_with: Callable[[Message], None]) -> httpx.BaseTransport:
    """As Django, Flask and wsgiref call."""

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): it
            for name, it in environ.items()
            if name.startswith("HTTP_")
        }
        body = environ["wsgi.input"].read()
        answer = receiver.answer(environ["REQUEST_METHOD"], headers, body, deal_with)
        start_response(f"{answer.status} x", list(answer.headers.items()))
        return [answer.body]

    return httpx.WSGITransport(application)


def test_it_works_under_wsgi(desk: Desk) -> None:
    transport = under_wsgi(desk.receiver, desk.told.append)
    with httpx.Client(transport=transport) as hub:
        asked, told = handshake(), sent()
        answer = hub.request(asked.method, ENDPOINT, headers=dict(asked.headers))
        assert answer.headers["webhook-allowed-rate"] == "120"
        for _ in range(2):
            posted = hub.post(ENDPOINT, content=told.body, headers=dict(told.headers))
            assert posted.status_code == 200
        assert hub.post(ENDPOINT, content=b"{}", headers=dict(told.headers)).status_code == 401
    assert desk.names == ["1"]


async def test_it_works_under_asgi(desk: Desk) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        asked = Asked(scope, receive)
        given = asked.method, asked.headers, await asked.body(), desk.told.append
        answer = await asyncio.to_thread(desk.receiver.answer, *given)
        await Response(answer.body, answer.status, answer.headers)(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(application)) as hub:
        asked, told = handshake(), sent()
        answer = await hub.request(asked.method, ENDPOINT, headers=dict(asked.headers))
        assert answer.headers["webhook-allowed-origin"] == ORIGIN
        for _ in range(2):
            posted = await hub.post(ENDPOINT, content=told.body, headers=dict(told.headers))
            assert posted.status_code == 200
    assert desk.names == ["1"]
