"""A worker as a Faust app: what Faust hosts, and how.

Command line, supervision, pages, timers. It opens no Kafka of its own, for its agents acknowledge
what made them fail; the processors are services that own their connections and commit in
transactions (ADR 0011).
"""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import faust
from aiohttp.web import Request, Response
from faust.app.base import BootStrategy
from faust.web import View
from msgspec import Struct

from hub.errors import SeintjeError
from hub.settings import Listen
from hub.streams.kafka.sensor import Sensor

APP_ID: Final = "seintje"

# A service runs until cancelled; what it raises ends the worker.
Run: TypeAlias = Callable[[], Awaitable[None]]
Page: TypeAlias = Callable[[Request], Awaitable[Response]]


class Hosted(Struct, frozen=True):
    """What Faust hosts: services by name, and pages by path."""

    services: Mapping[str, Run]
    pages: Mapping[str, Page]
    listen: Listen
    failures: list[SeintjeError]  # why a service ended the worker
    heard: Callable[[str], None] = lambda _event: None  # what Faust counts (sensor.EVENTS)


class _OfOurOwn(BootStrategy):
    """Sensors and web server, and nothing that opens Kafka."""

    enable_kafka = False
    enable_kafka_consumer = False
    enable_kafka_producer = False

    def agents(self) -> Sequence[Any]:
        return ()

    def tables(self) -> Sequence[Any]:
        return ()

    def kafka_conductor(self) -> Sequence[Any]:
        return ()


class _App(faust.App):
    BootStrategy = _OfOurOwn

    def _create_directories(self) -> None:
        """None: what Faust would keep there is not kept by Faust."""


def hosting(hosted: Hosted) -> faust.App:
    """A Faust app with these services and pages."""
    app = _App(
        APP_ID,
        broker="kafka://",  # never opened: see _OfOurOwn
        store="memory://",
        datadir=tempfile.gettempdir(),  # Faust wants a name; see _App
        web_host=hosted.listen.host,
        web_bind=hosted.listen.host,
        web_port=hosted.listen.port,
        topic_disable_leader=True,
        worker_redirect_stdouts=False,
    )
    app.sensors.add(Sensor(hosted.heard))
    for name, run in hosted.services.items():
        app.service(_service(name, run, hosted.failures))
    for path, page in hosted.pages.items():
        app.page(path)(_view(page))
    return app


def _service(name: str, run: Run, failures: list[SeintjeError]) -> type[faust.Service]:
    async def hosted(_service: faust.Service) -> None:
        try:
            await run()
        except SeintjeError as fault:
            failures.append(fault)
            raise

    # Made in one go: Faust remembers the tasks of a class under the name it is made with.
    return type(name, (faust.Service,), {"hosted": faust.Service.task(hosted)})


def _view(page: Page) -> type[View]:
    async def answered(_view: View, request: Any) -> Any:
        return await page(request)  # Faust's web is aiohttp, and takes its answers

    return type("Page", (View,), {"get": answered, "post": answered})
