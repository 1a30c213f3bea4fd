"""What the application needs of a session that reads logs."""

from __future__ import annotations

from typing import Protocol

from mqtail.status import OlderHistory, ReaderStatus
from mqtail.store import Store
from mqtail.targets import Target


class TailSession(Protocol):
    """Reads logs into a store, on the application's own event loop."""

    store: Store
    """Where the events are."""
    notes: list[str]
    """Notices in the order in which they came."""

    @property
    def targets(self) -> list[Target]:
        """Whose logs are read; known from the phase `reading` on."""

    @property
    def readers(self) -> list[ReaderStatus]:
        """One for each log in each place, read or available; it grows, and they change."""

    @property
    def older(self) -> OlderHistory:
        """How reading further back than the start stands."""

    @property
    def phase(self) -> str:
        """`signing in`, `finding targets`, `waiting for a sign-in`, `reading` or `ended`."""

    @property
    def now(self) -> int:
        """The time by the clock that the events are dated by, ms since the epoch."""

    @property
    def progress(self) -> float | None:
        """How much of what there is has been read, 0 to 1; None: not known, or all of it."""

    async def run(self) -> None:
        """Find the targets and read until cancelled, or until everything asked for is read.

        Raises:
            MqtailError: nothing can be read.
        """

    def read_now(self) -> None:
        """Read at once, without waiting for the next turn."""

    def read_also(self, status: ReaderStatus) -> None:
        """Begin to read a log that is available and not read so far."""

    def read_older(self) -> None:
        """Read a step further back than so far; nothing happens while that is under way."""
