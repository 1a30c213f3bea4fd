"""Listing the objects of a log: page by page, each request repeated until it works."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from botocore.parsers import ResponseParserError
from msgspec import Struct

from mqtail.aws.failures import UnreadableAnswer
from mqtail.sources.objects.layouts import Layout
from mqtail.sources.objects.prefixes import DAY_MS, HOUR_MS
from mqtail.sources.reader import Surroundings
from mqtail.sources.retries import Retries
from mqtail.status import ReaderStatus

EARLIEST_MS = 1_383_264_000_000
"""2013-11-01, when CloudTrail began: none of these services has older objects."""

PAGE_KEYS = 200
"""Keys asked for at once: botocore takes 0.1 ms to read each, and nothing else happens meanwhile
(ListObjectsV2: 1,000 at the most)."""

_YEAR_MS, _MONTH_MS = 366 * DAY_MS, 31 * DAY_MS


class DeliveredObject(Struct, frozen=True, gc=False):
    """An object as a listing tells of it. Times in ms since the epoch."""

    key: str
    etag: str
    size: int
    """Bytes."""
    modified: int
    """LastModified."""
    delivered: int
    """When it was delivered, see `Layout.delivered`."""


class Listing:
    """Lists what a log has in its bucket.

    Args:
        layout: how its objects are named.
        retries: waits after failed requests.
    """

    def __init__(
        self,
        bucket: str,
        layout: Layout,
        *,
        around: Surroundings,
        status: ReaderStatus,
        retries: Retries,
    ) -> None:
        self._bucket = bucket
        self._layout = layout
        self._around = around
        self._status = status
        self._retries = retries

    async def objects(self, start: int, end: int | None = None) -> list[DeliveredObject]:
        """The objects delivered between two times, the oldest first.

        Args:
            start: ms, inclusive.
            end: ms, exclusive; None: none.

        Raises:
            ReadFailed: it cannot be listed, and the reading is to end.
        """
        await self._layout.find(self._below)
        # A clock that is a little behind must not hide the folder that has just begun.
        last = self._around.clock.now() + HOUR_MS if end is None else end - 1
        found: dict[str, DeliveredObject] = {}
        for prefix, start_after in self._layout.folders(start, max(start, last)):
            async for page in self._pages(prefix, start_after):
                for listed in map(self._object, page):
                    if (
                        listed
                        and listed.delivered >= start
                        and not (end and listed.delivered >= end)
                    ):
                        found[listed.key] = listed
        return sorted(found.values(), key=lambda listed: (listed.delivered, listed.key))

    async def windows(
        self, start: int, end: int, *, newest_first: bool = False
    ) -> AsyncGenerator[tuple[int, int], None]:
        """Days or less of a time range that can have objects, each from (incl.) to (excl.), ms.

        Years and months that have none are found out by a request each.
        """
        start = max(start, EARLIEST_MS)
        if start >= end:
            return
        await self._layout.find(self._below)
        folders = self._layout.folders
        if end - start <= DAY_MS or folders(start, end) == folders(end - DAY_MS, end):
            # What comes before the time in the names is not known: one listing gives everything.
            yield start, end
            return
        async for window in self._narrowed(start, end, _YEAR_MS, newest_first):
            yield window

    async def _narrowed(
        self, start: int, end: int, size: int, newest_first: bool
    ) -> AsyncIterator[tuple[int, int]]:
        finer = {_YEAR_MS: _MONTH_MS, _MONTH_MS: DAY_MS}.get(size)
        parts = _parts(start, end, size)
        for part in reversed(parts) if newest_first else parts:
            if finer is None:
                yield part
            elif len(parts) == 1 or await self._any(*part):
                async for window in self._narrowed(*part, finer, newest_first):
                    yield window

    async def _any(self, start: int, end: int) -> bool:
        """Whether there may be objects of a time."""
        for folder in self._layout.folders(start, end - 1):
            answer = await self._list(
                Prefix=folder.prefix, StartAfter=folder.start_after, MaxKeys=1
            )
            if answer.get("Contents"):
                return True
        return False

    async def _below(self, prefix: str) -> list[str]:
        """The folders directly below a prefix."""
        found: list[str] = []
        token: dict[str, Any] = {}
        while True:
            answer = await self._list(Prefix=prefix, Delimiter="/", MaxKeys=PAGE_KEYS, **token)
            found += [folder["Prefix"] for folder in answer.get("CommonPrefixes", [])]
            if not answer.get("NextContinuationToken"):
                return found
            token = {"ContinuationToken": answer["NextContinuationToken"]}

    async def _pages(self, prefix: str, start_after: str) -> AsyncIterator[list[dict[str, Any]]]:
        while True:
            answer = await self._list(Prefix=prefix, StartAfter=start_after, MaxKeys=PAGE_KEYS)
            contents = answer.get("Contents", [])
            yield contents
            if not answer.get("IsTruncated") or not contents:
                return
            # The last key rather than the token, which a pause of any length may outlive.
            start_after = contents[-1]["Key"]

    async def _list(self, **arguments: Any) -> dict[str, Any]:
        """One page."""

        async def request() -> dict[str, Any]:
            client: Any = await self._around.clients.s3()
            self._status.requests += 1
            try:
                answer: dict[str, Any] = await client.list_objects_v2(
                    Bucket=self._bucket, **{name: text for name, text in arguments.items() if text}
                )
            except ResponseParserError as error:
                raise UnreadableAnswer(str(error)) from error
            return answer

        what = f"listing s3://{self._bucket}/{arguments['Prefix']}"
        return await self._retries.call(what, request)

    def _object(self, listed: dict[str, Any]) -> DeliveredObject | None:
        """A line of a page; None when it is no object of the log, or an empty one."""
        key = listed["Key"]
        if not listed.get("Size") or not self._layout.holds(key):
            return None
        modified = int(listed["LastModified"].timestamp() * 1000)
        delivered = self._layout.delivered(key, modified)
        return DeliveredObject(key, listed["ETag"], listed["Size"], modified, delivered)


def _parts(start: int, end: int, size: int) -> list[tuple[int, int]]:
    """A time range in parts of at most `size` ms that end with days (UTC)."""
    first = start - start % DAY_MS
    inner = range(first + size, end, size)
    return list(zip((start, *inner), (*inner, end), strict=True))
