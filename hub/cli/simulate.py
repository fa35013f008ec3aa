"""`seintje simulate`: a synthetic region as JSON Lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer

from hub.cli.screen import screen_of

if TYPE_CHECKING:
    from hub.simulation import Fault

_CHUNK = 1024  # lines between two looks at the progress bar


def simulate(
    ctx: typer.Context,
    households: Annotated[int, typer.Option(min=0, metavar="N", help="How many households.")] = 100,
    months: Annotated[int, typer.Option(min=1, max=600, metavar="M", help="How long.")] = 12,
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed, another region.")] = 1,
    faults: Annotated[
        str, typer.Option(metavar="F,…", help="What goes wrong on the way; `all` for everything.")
    ] = "",
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The first day.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write here; compressed if it ends in .gz or .zst."),
    ] = None,
) -> None:
    """Write the facts of a made-up region.

    In the order in which they arrive. Equal options give equal bytes. Nobody in it exists.
    """
    import msgspec

    from hub.simulation import Region

    screen = screen_of(ctx)
    region = Region(households, months, seed, _faults(faults))
    if start is not None:
        region = msgspec.structs.replace(region, start=start.date())
    told, lines = screen.words(nl="Regio vertellen", en="Telling the region"), 0
    with _opened(out) as stream, screen.progress(told, None) as advance:
        for arrival in region.arrivals():
            stream.write(arrival.line + b"\n")
            lines += 1
            if lines % _CHUNK == 0:
                advance(lines)
    screen.remark(nl=f"{lines} feiten", en=f"{lines} facts")


def _faults(text: str) -> frozenset[Fault]:
    from hub.simulation import Fault

    names = [name.strip() for name in text.split(",") if name.strip()]
    known = {fault.value: fault for fault in Fault}
    if names == ["all"]:
        return frozenset(known.values())
    for name in names:
        if name not in known:
            told = f"{name}: choose from {', '.join(known)}"
            raise typer.BadParameter(told, param_hint="--faults")
    return frozenset(known[name] for name in names)


@contextmanager
def _opened(out: Path | None) -> Iterator[BinaryIO]:
    if out is None:
        yield sys.stdout.buffer
        return
    with out.open("wb") as file:
        if out.suffix == ".gz":
            import gzip

            # no name and time of writing inside: equal options give equal bytes here too
            with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
                yield cast("BinaryIO", packed)
        elif out.suffix == ".zst":
            import zstandard

            with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as squeezed:
                yield cast("BinaryIO", squeezed)
        else:
            yield file
