"""What the checks of `seintje doctor` look at: the settings, the role, and the hub that runs there,
asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from hub.cli.finding import Finding

if TYPE_CHECKING:
    from hub.cli.pages import Pages
    from hub.settings import Settings


class Examined:
    """One run of the doctor. `role`: of the hub, on Kafka; `seconds`: how long to wait for whom is
    asked; `at`: where the process runs that is looked at, None: where its settings say."""

    def __init__(
        self, settings: Settings, role: str | None, seconds: float, at: str | None = None
    ) -> None:
        self.settings = settings
        self.role = role
        self.seconds = seconds
        self._at = at

    @property
    def url(self) -> str:
        """Where the pages of the process are."""
        if self._at is not None:
            return self._at
        places = {"worker": self.settings.worker_listen, "deliver": self.settings.deliver_listen}
        listen = places.get(self.role or "")
        if listen is not None:
            return f"http://{listen}"
        scheme = "http" if self.settings.tls_certificate is None else "https"
        return f"{scheme}://{self.settings.listen}"

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody said that a process runs there."""
        return self._at is not None

    @cached_property
    def pages(self) -> Pages:
        """What the process there says of itself."""
        from hub.cli.pages import looked_at

        return looked_at(self.url, self.seconds)


Check: TypeAlias = Callable[[Examined], Iterator[Finding]]
