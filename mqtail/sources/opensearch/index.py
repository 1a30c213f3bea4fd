"""Searching an index, or those that it is rotated to, by time."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Raw, Struct, field

from mqtail.aws.clients import Clients
from mqtail.aws.failures import AnswerTooLarge, FailedCall, Failure, Kind, one_line
from mqtail.sources.opensearch.domain import Domain
from mqtail.sources.ranges import Found
from mqtail.sources.retries import Retries
from mqtail.status import ReaderStatus

PAGE = 5_000
"""Documents of one search at the most; OpenSearch gives 10,000 (index.max_result_window)."""

MOST_EXCLUDED = 50_000
"""Documents of one moment that are read; OpenSearch would take ids of 65,536."""

SAMPLE = 10
"""Documents that are looked at to find out where they have their time: one may be odd."""

TIME_FIELDS = (
    "@timestamp", "timestamp", "time", "eventTime", "event_time", "ts", "datetime", "date",
)  # fmt: skip
"""What documents may have their time in, the likeliest first."""

_SECONDS = (10**8, 10**11)
_MILLISECONDS = (10**11, 10**14)
_INEXACT = 0.0005


class TimeField(NamedTuple):
    """The field that documents are sorted by."""

    name: str
    unit: int
    """ms of one of its units: 1, or 1,000 where it counts seconds."""
    is_date: bool
    """It is mapped as a date, whatever is written there."""

    def bounds(self, start: int, end: int | None) -> dict[str, Any]:
        """The query for a time range, ms, both inclusive."""
        limits: dict[str, Any] = {"gte": self._value(start)}
        if end is not None:
            # A fraction of the millisecond belongs to it.
            limits["lt"] = self._value(end + 1)
        if self.is_date:
            limits["format"] = "epoch_millis"
        return {"range": {self.name: limits}}

    def _value(self, time: int) -> float:
        return time if self.unit == 1 else time / self.unit

    def time(self, sort: float) -> int:
        """The ms of a sort value."""
        # Seconds with a fraction are not exact.
        return int(sort * self.unit + _INEXACT)


class Hit(Struct, gc=False):
    """A document that was found."""

    index: str = field(name="_index")
    id: str = field(name="_id")
    source: Raw = field(name="_source", default=Raw(b"{}"))
    sort: list[Any] = []


class _Hits(Struct):
    hits: list[Hit]


class _Shards(Struct):
    total: int = 0
    failed: int = 0
    failures: list[Raw] = []

    @property
    def cause(self) -> str:
        """What the first failure is told to be, and in which index; empty where it is not told."""
        failure = _object(self.failures[0]) if self.failures else {}
        reason = failure.get("reason")
        told = reason.get("reason") if isinstance(reason, dict) else reason
        return one_line(f"{failure.get('index', '')}: {told}") if told else ""


class _Result(Struct):
    hits: _Hits
    timed_out: bool = False
    shards: _Shards = field(name="_shards", default_factory=_Shards)


_decode = msgspec.json.Decoder(_Result).decode


class Index:
    """The documents that a Firehose stream writes.

    Documents are found by their time field, so one without it is not found. There is no sort key
    that is unique and cheap (sorting by `_id` loads all ids into the domain's memory), so a page
    begins in the millisecond in which the one before ended, and what it repeats is known by its
    id. Where a whole page is of one millisecond, the next leaves out by their ids those that were
    read.

    Args:
        domain: where it is.
        name: its name, without what rotation adds.
        rotates: whether it is rotated: `name-2026-11-21` and the like.
        status: counts the requests.
        retries: waits after failed requests.
    """

    def __init__(
        self,
        domain: Domain,
        name: str,
        *,
        rotates: bool,
        clients: Clients,
        status: ReaderStatus,
        retries: Retries,
    ) -> None:
        self._domain = domain
        # Rotated names go on with the year (Firehose developer guide, index rotation).
        self._pattern = f"{name}-20*" if rotates else name
        self._clients = clients
        self._status = status
        self._retries = retries
        self._what = f"searching the index {self._pattern} of the OpenSearch domain {domain.name}"
        self._page = PAGE
        self._time_field: TimeField | None = None

    @property
    def pattern(self) -> str:
        """Its name as it is searched for."""
        return self._pattern

    @property
    def has_documents(self) -> bool:
        """Whether documents have been seen."""
        return self._time_field is not None

    async def explore(self) -> TimeField | None:
        """Find out which field holds the time; None while there are no documents.

        Raises:
            FailedCall: the domain cannot be searched, or no field of the documents holds a time.
        """
        if self._time_field is None:
            sample = await self._search({"size": SAMPLE, "query": {"match_all": {}}})
            if sample:
                self._time_field = await self._find_time_field(sample)
        return self._time_field

    async def pages(
        self, start: int, end: int | None, *, newest_first: bool = False
    ) -> AsyncGenerator[tuple[list[Found], int], None]:
        """The documents of a time range, each page in time order.

        With each comes the moment (ms) that the reading has got to, which may have more documents.

        Args:
            start: ms, inclusive.
            end: ms, inclusive; None: none.
            newest_first: begin with the newest page.

        Raises:
            ReadFailed: it cannot be searched, and the reading is to end.
        """
        time_field = await self._retries.call(self._what, self.explore)
        if time_field is None:
            return
        moment: dict[str, list[str]] = {}
        excluded = 0
        while end is None or start <= end:
            body = self._body(time_field, start, end, newest_first, moment)
            hits = await self._retries.call(self._what, partial(self._searched, body))
            found = [_found(hit, time_field) for hit in hits]
            last = found[-1].time if found else start
            if newest_first:
                found.reverse()
            ended = len(hits) < body["size"]
            yield found, (start if newest_first else last) if ended else last
            if ended:
                return
            if last == (end if newest_first else start):
                excluded += len(hits)
                for hit in hits:
                    moment.setdefault(hit.index, []).append(hit.id)
                if excluded < MOST_EXCLUDED:
                    continue
                self._tell_left_out(last)
                last += -1 if newest_first else 1
            moment, excluded = {}, 0
            start, end = (start, last) if newest_first else (last, end)

    async def oldest(self) -> int | None:
        """Time (ms) of the oldest document; None: there is none.

        Raises:
            ReadFailed: it cannot be searched, and the reading is to end.
        """
        time_field = await self._retries.call(self._what, self.explore)
        if time_field is None:
            return None
        exists = {"exists": {"field": time_field.name}}
        body = self._sorted(time_field, "asc", {"filter": [exists]}, 1)
        hits = await self._retries.call(self._what, partial(self._searched, body))
        return _found(hits[0], time_field).time if hits else None

    def _body(
        self,
        time_field: TimeField,
        start: int,
        end: int | None,
        newest_first: bool,
        excluded: dict[str, list[str]],
    ) -> dict[str, Any]:
        order = "desc" if newest_first else "asc"
        query: dict[str, Any] = {"filter": [time_field.bounds(start, end)]}
        if excluded:
            query["must_not"] = [
                {"bool": {"filter": [{"term": {"_index": index}}, {"ids": {"values": ids}}]}}
                for index, ids in excluded.items()
            ]
        return self._sorted(time_field, order, query, self._page)

    @staticmethod
    def _sorted(
        time_field: TimeField, order: str, query: dict[str, Any], size: int
    ) -> dict[str, Any]:
        return {
            "size": size,
            "query": {"bool": query},
            "sort": [{time_field.name: {"order": order, "unmapped_type": "date"}}],
            "track_total_hits": False,
        }

    async def _searched(self, body: dict[str, Any]) -> list[Hit]:
        """The hits of a search for a page, which is made smaller where its answer is too large."""
        while True:
            try:
                return await self._search(body)
            except AnswerTooLarge:
                if body["size"] == 1:
                    sentence = f"A document is too large while {self._what}."
                    raise FailedCall(Failure(Kind.UNEXPECTED, sentence)) from None
                self._page = body["size"] = max(1, body["size"] // 4)

    async def _search(self, body: dict[str, Any]) -> list[Hit]:
        self._status.requests += 1
        path = f"/{quote(self._pattern, safe='*')}/_search?allow_no_indices=true"
        path += "&ignore_unavailable=true"
        data = msgspec.json.encode(body)
        answer = await self._domain.post(self._clients, path, data, self._what)
        try:
            result = _decoded(answer)
        except ValueError as error:
            sentence = f"The answer was cut off while {self._what}."
            raise FailedCall(Failure(Kind.SERVER, sentence)) from error
        if result.timed_out or result.shards.failed:
            # What the others have is not all there is.
            shards = result.shards
            sentence = f"{shards.failed} of {shards.total} shards did not answer while {self._what}"
            sentence += f" ({shards.cause})." if shards.cause else "."
            raise FailedCall(Failure(Kind.SERVER, sentence))
        return result.hits.hits

    async def _find_time_field(self, sample: list[Hit]) -> TimeField:
        found: dict[str, Any] = {}
        for hit in sample:
            found = _object(hit.source) | found
        for name in TIME_FIELDS:
            value = found.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                time_field = await self._tried(name, value)
                if time_field is not None:
                    return time_field
        raise FailedCall(
            Failure(
                Kind.UNEXPECTED,
                f"The documents of {self._pattern} have no time that they could be sorted by.",
                f"A number or a date is looked for in {', '.join(TIME_FIELDS)}.",
            )
        )

    async def _tried(self, name: str, value: float | str) -> TimeField | None:
        """A field, if documents can be sorted by it and it holds a time."""
        sort = [{name: {"order": "desc", "unmapped_type": "date"}}]
        query = {"exists": {"field": name}}
        try:
            hits = await self._search({"size": 1, "query": query, "sort": sort})
        except FailedCall as error:
            # Text cannot be sorted by.
            if error.failure.kind is Kind.INVALID:
                return None
            raise
        newest = hits[0].sort[0] if hits and hits[0].sort else None
        if isinstance(newest, bool) or not isinstance(newest, int | float):
            return None
        if _SECONDS[0] <= newest < _SECONDS[1]:
            return TimeField(name, 1000, is_date=False)
        if _MILLISECONDS[0] <= newest < _MILLISECONDS[1]:
            in_ms = isinstance(value, int | float) and value >= _MILLISECONDS[0]
            return TimeField(name, 1, is_date=not in_ms)
        return None

    def _tell_left_out(self, moment: int) -> None:
        self._status.passed_over += 1
        self._status.problem = (
            f"{self._pattern} has more than {MOST_EXCLUDED:,} documents of one millisecond"
            f" ({moment}): the others of it are left out."
        )


def _found(hit: Hit, time_field: TimeField) -> Found:
    return Found(
        time_field.time(hit.sort[0]),
        f"{hit.index}/{hit.id}",
        bytes(hit.source).decode("utf-8", "replace"),
    )


def _decoded(answer: bytes) -> _Result:
    """A search result, if need be with `?` for what is no text.

    Raises:
        ValueError: it is cut off, or no result at all.
    """
    try:
        return _decode(answer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # Half a surrogate pair in a message is valid to OpenSearch.
        text = json.dumps(json.loads(answer.decode("utf-8", "replace")), ensure_ascii=False)
        return _decode(text.encode("utf-8", "replace"))


def _object(source: Raw) -> dict[str, Any]:
    try:
        document = json.loads(bytes(source))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
