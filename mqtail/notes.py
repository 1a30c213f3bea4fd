"""What a user should know of a tail, each notice once; and the buffer that gives one when full."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from mqtail.clock import Clock
from mqtail.coverage import moment
from mqtail.settings import Settings
from mqtail.store import Store

MOST_NOTES = 500
"""Notices that are kept; the last of them says so."""
NO_MORE = f"Further notices are not shown: there have been {MOST_NOTES:,}."


class Notes(list[str]):
    """Notices in the order in which they came, each once, and no more than `MOST_NOTES`.

    What a service says again and again, for as long as the tail runs, is one notice.
    """

    def append(self, note: str) -> None:
        """Take a notice, unless it was given before or there are too many."""
        if len(self) < MOST_NOTES and note not in self:
            super().append(note if len(self) < MOST_NOTES - 1 else NO_MORE)

    def extend(self, notes: Iterable[str]) -> None:
        """Take several."""
        for note in notes:
            self.append(note)

    def __iadd__(self, notes: Iterable[str]) -> Self:  # type: ignore[misc, override]
        self.extend(notes)
        return self


def noting_buffer(settings: Settings, notes: list[str], clock: Clock) -> Store:
    """The buffer that was asked for, which notes once that it drops the oldest events."""

    def note() -> None:
        begin = moment(store.begin, clock.now(), settings.timezone)
        notes.append(
            f"The buffer is full: it holds the newest {store.limit}, and events before {begin} were"
            " dropped. --buffer sets how much it holds."
        )

    store = Store(settings.buffer, when_full=note)
    return store
