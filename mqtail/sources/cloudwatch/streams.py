"""The log streams of a log group: listed, numbered, and tied to broker instances."""

from __future__ import annotations

from typing import Any

from mqtail.aws.decoding import CALL_ERRORS, member
from mqtail.logs import LogGroup
from mqtail.sources.reader import Surroundings
from mqtail.status import ReaderStatus, StreamStatus
from mqtail.targets import instance_of, same_instance

MOST_NAMES = 100
"""FilterLogEvents: logStreamNames takes 1 to 100 names."""

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
        self._unwanted: dict[str, str | None] = {}
        self._all_listed = False

    def source(self, log_stream: str) -> StreamStatus | None:
        """The stream of that name, made known if it is new; None when it is not wanted."""
        known = self._status.streams.get(log_stream)
        if known is not None or log_stream in self._unwanted:
            return known
        instance = instance_of(self._group.service, log_stream)
        if not self._group.holds(log_stream):
            self._unwanted[log_stream] = None
            return None
        if self._instances and not any(same_instance(name, instance) for name in self._instances):
            self._unwanted[log_stream] = instance
            return None
        group = self._group
        self._status.streams[log_stream] = stream = self._around.new_stream(
            group, group.target, instance, log_group=group.name, log_stream=log_stream
        )
        return stream

    @property
    def left_out(self) -> set[str]:
        """Broker instances whose streams are there and not wanted."""
        return {instance for instance in self._unwanted.values() if instance}

    def names(self) -> list[str] | None:
        """Names to ask the service for; None for all.

        All are read where there are names that are not known, or more than the service takes.
        """
        if not self._instances or not self._all_listed:
            return None
        names = list(self._status.streams)
        return names if 0 < len(names) <= MOST_NAMES else None

    async def list(self) -> bool:
        """List the group's streams, so that new ones are known before they speak.

        Returns:
            Whether it could be done. Reading works without it, so a failure is not an error: the
            reading itself will tell what is wrong with the group.
        """
        try:
            self._all_listed = self._status.listed = await self._list()
        except CALL_ERRORS:
            return False
        return True

    async def _list(self) -> bool:
        """List streams up to the limit; whether that was all of them."""
        client: Any = await self._around.clients.logs()
        arguments: dict[str, Any] = {**self._group.arguments}
        listed = 0
        while listed < MOST_LISTED:
            await self._around.budget.take()
            page = await client.describe_log_streams(**arguments)
            streams = member(page, "logStreams")
            for stream in streams:
                self.source(stream["logStreamName"])
            listed += len(streams)
            if not page.get("nextToken"):
                return True
            arguments["nextToken"] = page["nextToken"]
        return False
