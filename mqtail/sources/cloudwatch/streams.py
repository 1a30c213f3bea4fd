"""The log streams of a log group: listed, numbered, and tied to broker instances."""

from __future__ import annotations

import logging
from typing import Any

from mqtail.aws.budget import Use
from mqtail.aws.decoding import CALL_ERRORS, member
from mqtail.logs import LogGroup
from mqtail.sources.reader import Surroundings
from mqtail.status import ReaderStatus, StreamStatus
from mqtail.targets import instance_of, same_instance

logger = logging.getLogger(__name__)

MOST_NAMES = 100
"""FilterLogEvents: logStreamNames takes 1 to 100 names."""

MOST_STREAMS = 1_000
"""Log streams that are counted one by one; what further ones say is counted together."""

MOST_UNWANTED = 10_000
"""Names of log streams that are remembered because they are not wanted."""

MOST_LISTED = 500
"""A group of more streams than this is not listed to its end: streams show as they speak."""


class Streams:
    """Knows the streams of one log group, from listing it and from the events read.

    Args:
        group: the log group.
        status: gets a `StreamStatus` for each stream wanted.
        around: what the group's reader shares with the others.
    """

    def __init__(self, group: LogGroup, status: ReaderStatus, around: Surroundings) -> None:
        self._group = group
        self._status = status
        self._around = around
        self._instances = around.instances
        self._others: dict[str, StreamStatus] = {}
        """Streams beyond those that are counted one by one: the ones that spoke last."""
        self._unwanted: set[str] = set()
        self.left_out: set[str] = set()
        """Broker instances whose streams are there and not wanted."""
        self._all_listed = False
        self._pages = 1
        """Requests that the last listing took."""

    @property
    def relist_ms(self) -> int:
        """Pause before the next listing: many streams cost no more requests than few.

        Only where listing tells which streams to read it is never longer.
        """
        return self._around.pace.relist_ms * (1 if self._instances else self._pages)

    def source(self, log_stream: str) -> StreamStatus | None:
        """The stream of that name, made known if it is new; None when it is not wanted."""
        known = self._status.streams.get(log_stream)
        if known is not None or log_stream in self._unwanted:
            return known
        instance = instance_of(self._group.service, log_stream)
        if not self._is_wanted(log_stream, instance):
            if len(self._unwanted) >= MOST_UNWANTED:
                self._unwanted.clear()
            self._unwanted.add(log_stream)
            return None
        if len(self._status.streams) >= MOST_STREAMS:
            return self._other(log_stream, instance)
        self._status.streams[log_stream] = stream = self._new(log_stream, instance)
        return stream

    def counts(self, log_stream: str) -> StreamStatus:
        """The counts that events of a wanted stream belong to."""
        streams = self._status.streams
        if log_stream in streams:
            return streams[log_stream]
        if "" not in streams:
            streams[""] = self._new("", None)
        return streams[""]

    def _is_wanted(self, log_stream: str, instance: str | None) -> bool:
        if not self._group.holds(log_stream):
            return False
        if not self._instances or any(same_instance(one, instance) for one in self._instances):
            return True
        if instance and len(self.left_out) < MOST_STREAMS:
            self.left_out.add(instance)
        return False

    def _other(self, log_stream: str, instance: str | None) -> StreamStatus:
        """A stream beyond those that are counted one by one; it is forgotten when others speak."""
        stream = self._others.pop(log_stream, None) or self._new(log_stream, instance)
        self._others[log_stream] = stream
        if len(self._others) > MOST_STREAMS:
            del self._others[next(iter(self._others))]
        return stream

    def _new(self, log_stream: str, instance: str | None) -> StreamStatus:
        group = self._group
        return self._around.new_stream(
            group, group.target, instance, log_group=group.name, log_stream=log_stream
        )

    def names(self) -> list[str] | None:
        """Names to ask the service for; None for all.

        All are read where there are names that are not known, or more than the service takes.
        """
        if not self._instances or not self._all_listed:
            return None
        names = list(self._status.streams)
        return names if 0 < len(names) <= MOST_NAMES else None

    async def list(self, use: Use = Use.LISTING) -> bool:
        """List the group's streams, so that new ones are known before they speak.

        Args:
            use: what the requests are for, which decides their share of the budget.

        Returns:
            Whether it could be done. Reading works without it, so a failure is not an error: the
            reading itself will tell what is wrong with the group.
        """
        try:
            self._all_listed = self._status.listed = await self._list(use)
        except Exception as error:
            if not isinstance(error, CALL_ERRORS):
                logger.exception("Listing the streams of %s failed", self._group.name)
            # There may be new ones by now: all are read until that is known.
            self._all_listed = False
            return False
        return True

    async def _list(self, use: Use) -> bool:
        """List streams up to the limit; whether that was all of them."""
        client: Any = await self._around.clients.logs()
        arguments: dict[str, Any] = {**self._group.arguments}
        listed = pages = 0
        while listed < MOST_LISTED:
            await self._around.budget.take(use)
            self._status.requests += 1
            page = await client.describe_log_streams(**arguments)
            pages += 1
            streams = member(page, "logStreams")
            for stream in streams:
                self.source(stream["logStreamName"])
            listed += len(streams)
            self._pages = pages
            if not page.get("nextToken"):
                return True
            arguments["nextToken"] = page["nextToken"]
        return False
