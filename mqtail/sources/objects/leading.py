"""Lines at the beginning of objects that may belong to an event of the object before."""

from __future__ import annotations

from mqtail.events import LogEvent
from mqtail.sources.objects.assembling import UNDATED

MOST_CARRIED = 1_000


class Leading:
    """Takes out of pages what may belong to an older object's event, broker by broker.

    For reading from new to old: what is taken out is to be merged into the older events.
    """

    def __init__(self) -> None:
        self.events: list[LogEvent] = []
        """What was taken out, in order; `MOST_CARRIED` at the most."""
        self._begun: set[int] = set()

    def without(self, page: list[LogEvent]) -> list[LogEvent]:
        """The next page, without what comes before the first event of its broker."""
        begun, rest = self._begun, []
        for event in page:
            if event.source.index not in begun:
                if event.order == UNDATED and len(self.events) < MOST_CARRIED:
                    self.events.append(event)
                    continue
                begun.add(event.source.index)
            rest.append(event)
        return rest
