"""`seintje ingest`: facts from files into a hub."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, TypeAlias

import typer

from hub.cli.options import AgreementAt, AsJson, DataAt, PartiesAt, agreements_at
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.cli.ingest_files import Counts, Ledger
    from hub.cli.sending import Sink
    from hub.domain.refusals import Refused
    from hub.wire.csv_mapping import CsvMapping

Lines: TypeAlias = "Iterator[tuple[int, bytes | Refused]]"


def ingest(
    ctx: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="JSON Lines of CloudEvents, also .gz and .zst; or CSV."
        ),
    ],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="URL", help="A running hub, like http://127.0.0.1:8300."),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --to: YAML or JSON with an API key a party."),
    ] = None,
    data: DataAt = None,
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="How to read CSV; see docs/csv.md.")
    ] = None,
    parties: PartiesAt = None,
    agreement: AgreementAt = None,
    patience: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long to ask a hub that is away again."),
    ] = 30.0,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if a line was refused.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send facts from files to a hub.

    To one that runs (--to), or straight into a data directory (--data). An interrupted run goes on
    where it was; what was sent before is a duplicate. Refused lines go to FILE.refused.jsonl with
    their reason.
    """
    from hub.errors import Unavailable

    screen = screen_of(ctx, as_json=as_json)
    if to is not None:
        target, sink = to, _over_http(to, keys, parties, patience)
    else:
        target, sink = _into_data(screen, data, agreement)
    sender = _Sender(screen, target, _mapping(mapping, files))
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(sender.send(sink, files))
    except Unavailable:
        screen.say(
            screen.words(
                nl="Het is niet af; dezelfde opdracht gaat verder waar het was.",
                en="It is not done; the same command goes on where it was.",
            )
        )
        _sum_up(screen, sender.counts)
        raise
    _sum_up(screen, sender.counts)
    if strict and sender.counts.refused:
        raise typer.Exit(1)


class _Sender:
    """Sends files to one hub, in order, and counts what became of their lines."""

    def __init__(self, screen: Screen, target: str, mapping: CsvMapping | None) -> None:
        from hub.cli.ingest_files import Counts

        self.counts = Counts()
        self._screen = screen
        self._target = target
        self._mapping = mapping

    async def send(self, opening: AbstractAsyncContextManager[Sink], files: Sequence[Path]) -> None:
        from hub.cli.fact_files import require
        from hub.cli.ingest_files import Ledger

        require(files)
        async with opening as sink:
            for file in files:
                ledger = Ledger(file, self._target)
                done = False
                try:
                    await self._send_file(sink, file, ledger)
                    done = True
                finally:
                    ledger.close(done=done)
                    self.counts.add_all(ledger.progress.counts)

    async def _send_file(self, sink: Sink, file: Path, ledger: Ledger) -> None:
        from hub.cli.fact_files import STDIN, opened
        from hub.cli.sending import BATCH

        size = None if file == STDIN else file.stat().st_size
        told = self._screen.words(nl=f"{file} versturen", en=f"Sending {file}")
        with opened(file) as stream, self._screen.progress(told, size) as advance:
            lines = self._lines(stream, file, ledger.began_at)
            while chunk := list(islice(lines, BATCH)):
                await self._send_chunk(sink, chunk, ledger)
                advance(0 if file == STDIN else stream.tell())

    async def _send_chunk(
        self, sink: Sink, chunk: Sequence[tuple[int, bytes | Refused]], ledger: Ledger
    ) -> None:
        events = [(number, event) for number, event in chunk if isinstance(event, bytes)]
        answers = await sink.send([event for _, event in events])
        for (number, event), answer in zip(events, answers, strict=True):
            ledger.progress.counts.add(answer.status)
            if answer.refused is not None:
                ledger.refuse(number, answer.refused, event)
        for number, line in chunk:
            if not isinstance(line, bytes):  # no event could be made of this row
                ledger.progress.counts.add("refused")
                ledger.refuse(number, line, b"")
        ledger.note(chunk[-1][0])

    def _lines(self, stream: BinaryIO, file: Path, last: int) -> Lines:
        """The lines beyond `last`."""
        from hub.cli.fact_files import stream_name
        from hub.wire.tables import read_csv, read_lines

        name = stream_name(stream, file)
        lines: Lines = iter(read_lines(stream, name))
        if self._mapping is not None:
            lines = iter(read_csv(stream, name, self._mapping))
        return (line for line in lines if line[0] > last)


def _over_http(
    url: str, keys: Path | None, parties: Path | None, patience: float
) -> AbstractAsyncContextManager[Sink]:
    import msgspec

    from hub.cli.sending import over_http
    from hub.errors import Misconfigured

    if keys is None:
        told = "a running hub wants to know who sends: give a file with a key a party"
        raise typer.BadParameter(told, param_hint="--keys")
    try:
        known = msgspec.yaml.decode(keys.read_bytes(), type=dict[str, str])
    except OSError as error:
        raise Misconfigured(str(keys), f"it cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise Misconfigured(str(keys), "write a line `party: key` for each party") from error
    return over_http(url, agreements_at(None, parties)[1], known, patience)


def _into_data(
    screen: Screen, data: Path | None, agreement: Path | None
) -> tuple[str, AbstractAsyncContextManager[Sink]]:

    from hub.cli.sending import into_data
    from hub.settings import load
    from hub.telemetry.logs import start_logs

    start_logs()
    given = {
        "data": None if data is None else str(data),
        "agreements": None if agreement is None else str(agreement),
    }
    settings = load(screen.environ, given)
    return str(settings.data.resolve()), into_data(settings)


def _mapping(file: Path | None, files: Sequence[Path]) -> CsvMapping | None:
    from hub.errors import Misconfigured
    from hub.wire.csv_mapping import CsvMapping

    if file is None:
        for each in files:
            if ".csv" in each.suffixes:  # each of its rows would be refused as no JSON
                raise Misconfigured(str(each), "say with --mapping how to read CSV: docs/csv.md")
        return None
    try:
        mapping = CsvMapping.parse(file.read_bytes(), str(file))
    except OSError as error:
        raise Misconfigured(str(file), f"it cannot be read: {error.strerror}") from error
    if not mapping.source:
        do = "add `source: urn:nld:kvknr:…:systeem:…`, the URN of your party and its system"
        raise Misconfigured(str(file), do)
    if mapping.names_its_party and not mapping.party:
        do = "add `party: …`, the id of the party whose `lease` or `dossier` numbers these are"
        raise Misconfigured(str(file), do)
    return mapping


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


def _sum_up(screen: Screen, counts: Counts) -> None:
    if not screen.shows_tables:
        screen.rows([counts])
        return
    screen.lines(
        [
            screen.words(
                nl=f"{counts.accepted} aangenomen, {counts.duplicate} dubbel, "
                f"{counts.refused} geweigerd",
                en=f"{counts.accepted} accepted, {counts.duplicate} duplicate, "
                f"{counts.refused} refused",
            )
        ]
    )
