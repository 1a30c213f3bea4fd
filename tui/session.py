"""What the application needs of a session that reads logs."""

from __future__ import annotations

from typing import Protocol

from mqtail.status import ReaderStatus
from mqtail.store import Store
from mqtail.targets import Target


class TailSession(Protocol):
    """Reads logs into a store, on the application's own event loop."""

    store: Store
    """Where the events are."""
    targets: list[Target]
    """Whose logs are read; known from the phase `reading` on."""
    readers: list[ReaderStatus]
    """One for each log in each place, read or available; it grows, and they change as they read."""
    notes: list[str]
    """Notices in the order in which they came."""
    phase: str
    """`signing in`, `finding targets`, `reading` or `ended`."""

    async def run(self) -> None:
        """Find the targets and read until cancelled, or until everything asked for is read.

        Raises:
            MqtailError: nothing can be read.
        """

    def read_now(self) -> None:
        """Read at once, without waiting for the next turn."""

    def read_also(self, status: ReaderStatus) -> None:
        """Begin to read a log that is available and not read so far."""
