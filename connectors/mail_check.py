"""What `check` asks about mail: whether the server takes ours, to whom, and whether reports can be
read. It sends none; whom mail did not reach is a dead letter (mail_post)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from connectors.mail_bounces import unread
from connectors.mail_round import Plan, where_of
from connectors.seam import Finding
from hub.errors import Unavailable


class Asking(Protocol):
    """Asks the mail server, and sends nothing (hub.mail.Mailer)."""

    async def refused(self, addresses: Sequence[str]) -> Mapping[str, str]: ...


class Checked:
    """The check."""

    def __init__(self, plan: Plan, mails: Asking, bounces: Path | None) -> None:
        self._plan = plan
        self._mails = mails
        self._bounces = bounces

    async def __call__(self) -> Sequence[Finding]:
        return [*await self._asked(), *self._folder()]

    async def _asked(self) -> list[Finding]:
        try:
            refused = await self._mails.refused([it.to for it in self._plan.recipients])
        except Unavailable as away:
            return [Finding("mail.server", str(away), "check address, user and password")]
        return [
            Finding(
                where_of(number),
                f"the mail server refuses this address ({refused[it.to]})",
                "check the address",
            )
            for number, it in enumerate(self._plan.recipients, 1)
            if it.to in refused
        ]

    def _folder(self) -> Iterator[Finding]:
        if self._bounces is None:
            return
        try:
            unread(self._bounces)
            is_fine = os.access(self._bounces, os.W_OK)
        except OSError:
            is_fine = False
        if not is_fine:
            wrong = "this folder cannot be read, or not be written"
            mend = "name a Maildir or a folder of .eml files, and let us write in it"
            yield Finding("mail.bounces", wrong, mend)
