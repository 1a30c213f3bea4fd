"""Following FilterLogEvents to its end, through empty pages, failures and expired tokens."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

from mqtail.aws.budget import Budget, Use
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import FilteredLogEvent, Page
from mqtail.aws.failures import Failure, Kind, failure_of
from mqtail.errors import UsageError
from mqtail.logs import LogGroup
from mqtail.sources.retries import Retries
from mqtail.status import ReaderStatus

NEWEST_FIRST_SINCE = 1_704_067_200_000
"""FilterLogEvents: `startFromHead=false` needs a startTime of 2024-01-01T00:00Z or later."""


class Pager:
    """Reads time ranges of one log group, each request within the budget.

    Args:
        group: what to read.
        retries: waits after failed requests.
        streams: names of the log streams wanted, None for all.
    """

    def __init__(
        self,
        group: LogGroup,
        *,
        clients: Clients,
        budget: Budget,
        status: ReaderStatus,
        retries: Retries,
        filter_pattern: str = "",
        streams: Callable[[], list[str] | None] = lambda: None,
    ) -> None:
        self._group = group
        self._clients = clients
        self._budget = budget
        self._status = status
        self._retries = retries
        self._filter_pattern = filter_pattern
        self._streams = streams
        self._newest_first_works = True
        self._names_work = True
        self._begun = False

    def can_read_backwards(self, start: int) -> bool:
        """Whether the service can give the newest first from `start` (ms) on."""
        return self._newest_first_works and start >= NEWEST_FIRST_SINCE

    async def pages(
        self, start: int, end: int | None, *, newest_first: bool = False, use: Use = Use.READING
    ) -> AsyncGenerator[list[FilteredLogEvent], None]:
        """Pages of a time range, each in time order, empty ones included.

        Args:
            start: ms, inclusive (FilterLogEvents: events before startTime are left out).
            end: ms, inclusive (FilterLogEvents: events after endTime are left out); None: none.
            newest_first: begin with the newest page, where the service can.
            use: what the requests are for, which decides their share of the budget.

        Raises:
            ReadFailed: it cannot be read, and the reading is to end.
            UsageError: the service refuses the filter pattern.
        """
        if end is not None and start > end:
            return
        cursor = _Cursor(start, end, newest_first and self.can_read_backwards(start))
        while True:
            page = await self._read(cursor, use)
            if page is None:
                cursor.begin_again(self._newest_first_works)
                continue
            events = cursor.take(page)
            if cursor.ignored:
                self._newest_first_works = False
            yield events
            if cursor.token is None:
                return

    async def _read(self, cursor: _Cursor, use: Use) -> Page | None:
        """One page, however long it takes; None when the query has to begin again."""
        attempt = 0
        while True:
            keys = self._retries.keys
            try:
                page = await self._request(cursor, use)
            except Exception as error:
                # Whatever goes wrong with one request must not end the reading.
                failure = failure_of(error, f"reading the log group {self._group.name}")
            else:
                self._retries.recovered()
                return page
            attempt += 1
            self._status.retries += 1
            if self._other_way(cursor, failure):
                return None
            if failure.kind is Kind.INVALID and cursor.token is not None:
                await self._refused(cursor, failure)
                return None
            if failure.kind is Kind.INVALID and self._filter_pattern:
                raise UsageError(
                    f"CloudWatch Logs does not accept --filter-pattern: {failure.sentence}",
                    "Its syntax is CloudWatch's own; --filter is mqtail's.",
                )
            if use is Use.READING and not failure.passing:
                # Hundreds that are denied or missing are not to hold up those that can be read.
                use = Use.IDLE
            await self._retries.pause(failure, attempt, keys=keys)

    async def _refused(self, cursor: _Cursor, failure: Failure) -> None:
        """A token was not accepted: wait, unless beginning again leads on for sure."""
        cursor.refused += 1
        if cursor.refused > 1:
            # The query itself is accepted, so this passes, unlike a wrong parameter.
            await self._retries.pause(replace(failure, kind=Kind.SERVER), cursor.refused)

    def _other_way(self, cursor: _Cursor, failure: Failure) -> bool:
        """Whether a new query, put another way, may get what this one did not."""
        if failure.kind is Kind.INVALID:
            if cursor.token is None and cursor.backwards and self._newest_first_works:
                self._newest_first_works = False
                return True
        elif failure.kind is Kind.MISSING and cursor.streams:
            # One stream of those named was deleted; the events of others are left out here, then.
            self._names_work = False
            return True
        return False

    async def _request(self, cursor: _Cursor, use: Use) -> Page:
        first, self._begun = not self._begun, True
        await self._budget.take(Use.FIRST if first else use)
        client: Any = await self._clients.logs()
        self._status.requests += 1
        answer = await client.filter_log_events(**self._arguments(cursor))
        page: Page = answer["page"]
        return page

    def _arguments(self, cursor: _Cursor) -> dict[str, Any]:
        arguments = cursor.arguments | self._group.arguments
        if self._filter_pattern:
            arguments["filterPattern"] = self._filter_pattern
        if cursor.token is None:
            cursor.streams = self._streams() if self._names_work else None
        if cursor.streams:
            arguments["logStreamNames"] = cursor.streams
        return arguments


class _Cursor:
    """Where a paged reading stands, and where to begin again when its token is lost."""

    def __init__(self, start: int, end: int | None, backwards: bool) -> None:
        self.backwards = backwards
        self.token: str | None = None
        self.streams: list[str] | None = None
        """Stream names of the first request: a token is good for the same parameters only."""
        self.ignored = False
        """The service gave the oldest first although it was asked for the newest."""
        self.refused = 0
        """Tokens that were not accepted since it last came further."""
        self._start, self._end = start, end
        self._read_to: int | None = None
        self._edge: set[str] = set()
        self._skip: set[str] = set()

    @property
    def arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {"startTime": max(0, self._start)}
        if self._end is not None:
            arguments["endTime"] = max(0, self._end)
        if self.backwards:
            arguments["startFromHead"] = False
        if self.token is not None:
            arguments["nextToken"] = self.token
        return arguments

    def take(self, page: Page) -> list[FilteredLogEvent]:
        """Accept a page; its events in time order, without those read before a new beginning."""
        self.token = page.next_token
        events = page.events
        if self.backwards and not self.ignored:
            if events and events[0].timestamp < events[-1].timestamp:
                self.ignored = True
            else:
                events.reverse()
        if self._skip:
            events = [event for event in events if event.event_id not in self._skip]
        if events:
            self._note_edge(events)
            self.refused = 0
        return events

    def _note_edge(self, events: list[FilteredLogEvent]) -> None:
        at = events[0 if self.backwards and not self.ignored else -1].timestamp
        same = {event.event_id for event in events if event.timestamp == at}
        self._edge = same | self._edge if at == self._read_to else same
        self._read_to = at

    def begin_again(self, backwards: bool) -> None:
        """Go on from the last event that was read, by a new query instead of the lost token."""
        if self._read_to is not None:
            if self.backwards and not self.ignored:
                self._end = self._read_to
            else:
                self._start = self._read_to
        self._skip = set(self._edge)
        self.backwards = self.backwards and backwards
        self.token = None
