"""Joining the lines of one event: a Java stack trace may arrive as many CloudWatch events."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from mqtail import formats
from mqtail.events import Level, LogEvent, order_key, total_size

GAP_MS = 10_000
"""A continuation line is never joined to an event that is older than this."""
MAX_LINES = 5_000
MAX_CHARS = 1_000_000
REMEMBERED = 32
"""Recent events of a stream that lines of a later read can still be joined to."""
MOST_STREAMS = 2_000
MOST_BYTES = 64_000_000
"""Log streams, and bytes of text, of which that is remembered; silent streams are forgotten. Also
the text that waits for further lines."""


@dataclass(slots=True)
class Head:
    """The newest event so far of a source, and its format, which is found out but once."""

    event: LogEvent
    format: formats.Format | None


Heads = dict[int, Head]
"""By the index of their source, in one reading from old to new."""


class Joiner:
    """Joins continuation lines to the event that they belong to, stream by stream.

    Batches may come in any order of time (live reading, history backwards, late events); within a
    batch events are in order.
    """

    def __init__(self) -> None:
        self._recent: dict[int, list[LogEvent]] = {}
        """By the index of their source; the one that was heard of last is the last."""
        self._sizes: dict[int, int] = {}
        """Bytes of text of what is remembered of each source."""
        self._size = 0

    def join(
        self, batch: list[LogEvent], heads: Heads | None = None
    ) -> tuple[list[LogEvent], list[LogEvent]]:
        """Join a batch to itself and to what came before it.

        Args:
            heads: kept by the caller where one reading comes in several batches, oldest first.

        Returns:
            The events that are new (their levels set), and those of earlier batches that grew.
        """
        new: list[LogEvent] = []
        grown: dict[int, LogEvent] = {}
        found: dict[int, list[LogEvent]] = {}
        heads = {} if heads is None else heads
        source = local = None
        for event in batch:
            if event.source is not source:
                # Mostly many of one log stream come together.
                source = event.source
                mine, local = found.setdefault(source.index, []), heads.get(source.index)
            format = local.format if local else None
            level = format.begins(event.message) if format else Level.UNKNOWN
            if not level:
                head = self._head(event, local)
                if head is not None and _belongs(head, event):
                    _append(head.event, event)
                    if not mine or head.event is not mine[-1]:
                        grown[head.event.order] = head.event
                    continue
                format, level = formats.identify(event.message, source.format)
            event.level = level
            new.append(event)
            mine.append(event)
            if local is None:
                local = heads[source.index] = Head(event, format)
            else:
                local.event, local.format = event, format
        for index, events in found.items():
            self._remember(index, events)
        if len(heads) > MOST_STREAMS:
            _forget_before(heads, batch[-1].timestamp - GAP_MS)
        return new, list(grown.values())

    def _head(self, event: LogEvent, local: Head | None) -> Head | None:
        """The nearest event before this one in its stream, in this reading or remembered."""
        recent = self._recent.get(event.source.index)
        if not recent or (local and recent[-1].timestamp < local.event.timestamp):
            return local
        row = bisect_right(recent, order_key(event), key=order_key) - 1
        remembered = recent[row] if row >= 0 else None
        if remembered is None or (local and order_key(local.event) >= order_key(remembered)):
            return local
        return Head(remembered, formats.identify(remembered.message, event.source.format)[0])

    def _remember(self, index: int, found: list[LogEvent]) -> None:
        recent = self._recent.get(index, []) + found[-REMEMBERED:]
        recent.sort(key=order_key)
        self._forget(index)
        self._recent[index] = recent = recent[-REMEMBERED:]
        self._sizes[index] = total_size(recent)
        self._size += self._sizes[index]
        while len(self._recent) > MOST_STREAMS or (
            self._size > MOST_BYTES and len(self._recent) > 1
        ):
            self._forget(next(iter(self._recent)))

    def _forget(self, index: int) -> None:
        self._recent.pop(index, None)
        self._size -= self._sizes.pop(index, 0)


def _forget_before(heads: Heads, begin: int) -> None:
    """Forget events before a moment (ms): nothing is joined to them any more."""
    for index in [index for index, head in heads.items() if head.event.timestamp < begin]:
        del heads[index]


def _belongs(head: Head, event: LogEvent) -> bool:
    """Whether an event is a continuation of the one before it in its stream."""
    before = head.event
    # What mostly says no is asked first.
    return (
        formats.continues_in(head.format, before.message, event.message, event.source.format)
        and not before.closed
        and event.timestamp - before.timestamp <= GAP_MS
        and before.joined < MAX_LINES
        and len(before.message) + len(event.message) < MAX_CHARS
    )


def split_leading(page: list[LogEvent]) -> tuple[list[LogEvent], list[LogEvent]]:
    """Split from a page of history what may belong to an event on the next older page.

    That is, of each stream, the first event with its continuation lines, as far as it is near the
    page's beginning.

    Returns:
        The split off, and the rest; both in order.
    """
    leading: list[LogEvent] = []
    rest: list[LogEvent] = []
    beginnings: dict[int, _Beginning] = {}
    for event in page:
        index = event.source.index
        if index not in beginnings:
            near = event.timestamp <= page[0].timestamp + GAP_MS
            beginnings[index] = _Beginning(event, near)
            (leading if near else rest).append(event)
        elif beginnings[index].takes(event):
            leading.append(event)
        else:
            rest.append(event)
    return leading, rest


def split_headless(page: list[LogEvent], before: int) -> tuple[list[LogEvent], list[LogEvent]]:
    """Split from a page, of each stream, the lines that come before its first event.

    Args:
        before: only those older than this, ms.

    Returns:
        The split off, and the rest; both in order.
    """
    headless: list[LogEvent] = []
    rest: list[LogEvent] = []
    begun: set[int] = set()
    for event in page:
        index = event.source.index
        headed = index in begun or event.timestamp >= before
        if headed or not formats.may_continue(event.message, event.source.format):
            begun.add(index)
            rest.append(event)
        else:
            headless.append(event)
    return headless, rest


class _Beginning:
    """The first event of a stream on a page, or the lines of one whose head is on an older page."""

    def __init__(self, event: LogEvent, near: bool) -> None:
        self._open = near
        self._until = event.timestamp + GAP_MS
        self._text = event.message
        self._chars = len(event.message)
        self._headless = formats.may_continue(event.message, event.source.format)
        self._lines = 1

    def takes(self, event: LogEvent) -> bool:
        """Whether the next event of the stream goes with it."""
        if not self._open:
            return False
        expected = event.source.format
        if self._headless:
            self._open = formats.may_continue(event.message, expected)
        else:
            self._open = formats.continues(self._text, event.message, expected)
            self._text = f"{self._text}\n{event.message}" if self._open else ""
        self._lines += 1
        self._chars += len(event.message)
        # Beyond these bounds nothing is joined either.
        within = self._lines <= MAX_LINES and self._chars < MAX_CHARS
        self._open = self._open and within and event.timestamp <= self._until
        return self._open


def settled(joined: list[LogEvent]) -> int:
    """How many of these events, in order, no line that is still to come can be joined to.

    For reading forwards: the last event of each stream may go on in the next page. With too much
    text after it nothing waits any longer.
    """
    if not joined:
        return 0
    limit = joined[-1].timestamp - GAP_MS
    last = {event.source.index: row for row, event in enumerate(joined)}
    ready = min(
        (row for row in last.values() if joined[row].timestamp >= limit), default=len(joined)
    )
    return ready if total_size(joined[ready:]) <= MOST_BYTES else len(joined)


def _append(head: LogEvent, event: LogEvent) -> None:
    head.message = f"{head.message}\n{event.message}"
    head.joined += 1 + event.joined
