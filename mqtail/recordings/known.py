"""Which events are held already: the same one can be in two recordings, or twice in one."""

from __future__ import annotations

from collections.abc import Iterable

from mqtail.events import LogEvent
from mqtail.sources.joining import MAX_CHARS

_Name = tuple[int, str, int]
"""Index of the source, then the event id, or key and line in an object."""


class Known:
    """Tells events that are new from those that were there: by source, and by event id or place.

    What was read from an object in S3 may have no id: its line there tells which event it is. What
    has neither counts as new. Of two recordings of one event the more complete one counts: the
    other may have ended in the middle of its lines.
    """

    def __init__(self) -> None:
        self._by_name: dict[_Name, LogEvent] = {}

    def take(self, events: Iterable[LogEvent]) -> tuple[list[LogEvent], list[LogEvent]]:
        """Get to know events; gives the new ones, and known ones that became more complete."""
        new: list[LogEvent] = []
        grown: list[LogEvent] = []
        known = self._by_name
        for event in events:
            name = _name(event)
            if name is None:
                new.append(event)
                continue
            held = known.setdefault(name, event)
            if held is event:
                new.append(event)
            elif event.joined > held.joined:
                held.message, held.joined, held.level = event.message, event.joined, event.level
                grown.append(held)
        return new, grown

    def forget(self, events: Iterable[LogEvent]) -> None:
        """Forget events: they are held no longer."""
        for event in events:
            if name := _name(event):
                self._by_name.pop(name, None)


def _name(event: LogEvent) -> _Name | None:
    """What tells an event from all others; None where nothing does."""
    if event.event_id:
        return event.source.index, event.event_id, 0
    # A line that is longer was cut into several events.
    in_object = event.key and len(event.message) < MAX_CHARS
    return (event.source.index, event.key, event.line) if in_object else None
