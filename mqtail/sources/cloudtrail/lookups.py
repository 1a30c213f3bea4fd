"""Looking up API calls in CloudTrail's event history, the newest first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from mqtail.aws.budget import Spacing
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import member
from mqtail.clock import Clock
from mqtail.sources.ranges import Found
from mqtail.sources.retries import Retries
from mqtail.status import ReaderStatus

MSK_SOURCES = ("kafka.amazonaws.com", "kafka-cluster.amazonaws.com")
"""What calls of Amazon MSK, and of Kafka clients with IAM access control, are recorded under."""

MQ_SOURCES = ("amazonmq.amazonaws.com",)
"""What the calls of Amazon MQ are recorded under."""

EVENT_SOURCES = MSK_SOURCES + MQ_SOURCES

KEPT_MS = 90 * 24 * 3600 * 1000
"""LookupEvents: events of the last 90 days."""

_NOT_READ = 1 << 62


class Lookups:
    """Looks up API calls, within the two requests per second that LookupEvents answers.

    Args:
        event_sources: what the calls are recorded under; each takes a request of its own.
        pause_ms: between two requests.
    """

    def __init__(
        self,
        clients: Clients,
        clock: Clock,
        status: ReaderStatus,
        retries: Retries,
        *,
        event_sources: tuple[str, ...],
        pause_ms: int,
    ) -> None:
        self._clients = clients
        self._clock = clock
        self._status = status
        self._retries = retries
        self._event_sources = event_sources
        self._spacing = Spacing(pause_ms)

    def of(self, start: int, end: int | None) -> Lookup:
        """The calls of a time range.

        Args:
            start: ms, inclusive, taken to the second below (LookupEvents: "at or after").
            end: ms, inclusive ("before or at"); None: none.
        """
        begin = max(start, self._clock.now() - KEPT_MS)
        empty = end is not None and end // 1000 < begin // 1000
        queries = [] if empty else [Query(name, begin, end) for name in self._event_sources]
        return Lookup(self._next_page, queries, begin)

    async def _next_page(self, query: Query) -> list[Found]:
        """The next page of a query, in time order, without what was read before."""
        answer = await self._retries.call(
            "looking up API calls (cloudtrail:LookupEvents)", lambda: self._request(query)
        )
        if answer is None:
            query.begin_again()
            return []
        return query.take(answer)

    async def _request(self, query: Query) -> dict[str, Any] | None:
        """One page; None when its token is no longer good."""
        client: Any = await self._clients.cloudtrail()
        async with self._spacing:
            self._status.requests += 1
            try:
                answer: dict[str, Any] = await client.lookup_events(**query.arguments)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if query.token and code == "InvalidNextTokenException":
                    return None
                raise
        member(answer, "Events")
        return answer


class Lookup:
    """The calls of a time range, of all event sources, page by page back in time.

    LookupEvents takes one lookup attribute, so each event source is a query of its own.

    Args:
        next_page: gives the next page of a query.
        queries: one for each event source.
        start: ms, inclusive.
    """

    def __init__(
        self,
        next_page: Callable[[Query], Awaitable[list[Found]]],
        queries: list[Query],
        start: int,
    ) -> None:
        self._next_page = next_page
        self._unread = queries
        self._start = start
        self.waiting: list[Found] = []
        """Calls that were read, and that others which were not may come after."""

    @property
    def ended(self) -> bool:
        """Whether everything has been given."""
        return not self._unread

    async def page(self) -> tuple[list[Found], int]:
        """Further calls in time order, and the moment (ms) from which on all have been given.

        Raises:
            ReadFailed: they cannot be looked up, and the reading is to end.
        """
        # The query that has come the least far back is the one that the others wait for.
        query = max(self._unread, key=lambda query: query.reached)
        self.waiting = await self._next_page(query) + self.waiting
        self._unread = [query for query in self._unread if not query.ended]
        # Of the second that was reached there may be more.
        begin = max((query.reached + 1 for query in self._unread), default=self._start)
        waiting, self.waiting = self.waiting, []
        ready: list[Found] = []
        for call in waiting:
            (ready if call.time >= begin or self.ended else self.waiting).append(call)
        ready.sort(key=lambda call: call.time)
        return ready, begin


class Query:
    """The calls of one event source, and how far they have been read.

    Args:
        start: ms, inclusive.
        end: ms, inclusive; None: none.
    """

    def __init__(self, event_source: str, start: int, end: int | None) -> None:
        self._event_source = event_source
        self._start = start // 1000
        self._end = None if end is None else end // 1000
        self.token: str | None = None
        self.ended = False
        self.reached = _NOT_READ
        """Time of the oldest call so far, ms."""
        self._edge: set[str] = set()
        """Ids of the calls of that time."""

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of the next request; a token is good with the same other ones only."""
        arguments: dict[str, Any] = {
            "LookupAttributes": [
                {"AttributeKey": "EventSource", "AttributeValue": self._event_source}
            ],
            "StartTime": datetime.fromtimestamp(self._start, UTC),
        }
        if self._end is not None:
            arguments["EndTime"] = datetime.fromtimestamp(self._end, UTC)
        if self.token is not None:
            arguments["NextToken"] = self.token
        return arguments

    def take(self, answer: dict[str, Any]) -> list[Found]:
        """Accept an answer; its calls in time order, without those read before."""
        self.token = answer.get("NextToken")
        self.ended = not self.token
        found = [
            Found(
                int(event["EventTime"].timestamp() * 1000),
                event.get("EventId", ""),
                event.get("CloudTrailEvent", ""),
            )
            for event in reversed(answer["Events"])
            if event.get("EventId") not in self._edge
        ]
        if found:
            edge = {call.id for call in found if call.time == found[0].time}
            self._edge = edge | self._edge if found[0].time == self.reached else edge
            self.reached = found[0].time
        return found

    def begin_again(self) -> None:
        """Go on from the oldest call so far by a new query: the token is lost."""
        self.token = None
        if self.reached < _NOT_READ:
            self._end = self.reached // 1000
