"""Log groups: listed, or taken as named."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from math import inf

from mqtail.aws.budget import Use
from mqtail.aws.calls import Calls
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import Kind, failure_of
from mqtail.targets import BROKER_GROUPS, Target, log_group_target

FEW_BROKERS = 4
"""Of so many each has its log groups listed by itself; those of more are listed together."""

PAGE = 50
"""DescribeLogGroups: so many log groups at most in an answer."""

FRESH_S = 10.0
"""How long a listing of the log groups of all brokers is good for, also one that failed."""


class LogGroups:
    """Finds log groups.

    Args:
        notes: gets what a user should know about how they were found.
    """

    def __init__(self, calls: Calls, notes: list[str]) -> None:
        self._calls = calls
        self._notes = notes
        self._stored: dict[str, int] = {}
        self._brokers: set[str] = set()
        """Prefixes of the brokers whose log groups were asked for."""
        self._of_brokers: list[str] = []
        """Log groups of all brokers of the region."""
        self._fresh_until = 0.0
        self._error: Exception | None = None
        """Why they could not be listed the last time."""
        self._permitted = True
        """Log groups of all brokers may be listed."""
        self._listing_brokers = asyncio.Lock()

    def stored_bytes(self, name: str) -> float:
        """How much a log group holds, as listing told; infinite where it was not listed."""
        return self._stored.get(name, inf)

    async def listed(self, prefix: str, use: Use = Use.READING) -> list[str]:
        """Names of the log groups whose name begins with `prefix`.

        Args:
            use: what the requests are for, which decides their share of the budget.

        Raises:
            ClientError, BotoCoreError, UnreadableAnswer: as the call failed (`CALL_ERRORS`).
        """
        if prefix.startswith(BROKER_GROUPS):
            self._brokers.add(prefix)
            if self._are_listed_together:
                await self._list_of_brokers(use)
                if self._permitted:
                    return [name for name in self._of_brokers if name.startswith(prefix)]
        return await self._list(prefix, use)

    @property
    def _are_listed_together(self) -> bool:
        """Whether it is permitted, and takes fewer requests, to list those of all brokers."""
        # Those of brokers that are gone may be many.
        few = max(FEW_BROKERS, len(self._of_brokers) / PAGE)
        return self._permitted and len(self._brokers) > few

    async def _list_of_brokers(self, use: Use) -> None:
        """See that the log groups of all brokers are known, if listing them is permitted.

        Raises:
            ClientError, BotoCoreError, UnreadableAnswer: as of `listed`.
        """
        time = asyncio.get_running_loop().time
        async with self._listing_brokers:
            if self._permitted and time() >= self._fresh_until:
                self._error = None
                try:
                    self._of_brokers = await self._list(BROKER_GROUPS, use)
                except CALL_ERRORS as error:
                    # Where it is denied it may be permitted for some brokers.
                    self._permitted = failure_of(error, "").kind is not Kind.DENIED
                    self._error = error if self._permitted else None
                self._fresh_until = time() + FRESH_S
        if self._error:
            raise self._error

    async def _list(self, prefix: str, use: Use) -> list[str]:
        arguments = {"logGroupNamePrefix": prefix}
        groups = await self._calls.pages(
            "logs", "describe_log_groups", arguments, "logGroups", use=use
        )
        self._stored |= {group["logGroupName"]: group.get("storedBytes", 0) for group in groups}
        return [group["logGroupName"] for group in groups]

    async def listed_if_permitted(self, prefix: str) -> list[str]:
        """The same; without names where they cannot be listed, for whatever reason."""
        try:
            return await self.listed(prefix)
        except CALL_ERRORS:
            return []

    async def find(self, name: str) -> list[Target]:
        """Log groups of that name or pattern; one that may not be looked up is taken as given.

        Raises:
            MqtailError: they cannot be listed.
        """
        literal = name.translate(str.maketrans("*?[", "\0\0\0")).split("\0", 1)[0]
        try:
            found = await self.listed(literal) if literal else []
        except CALL_ERRORS as error:
            failure = failure_of(error, "listing log groups (logs:DescribeLogGroups)")
            if failure.kind is not Kind.DENIED or literal != name or "/" not in name:
                raise failure.error() from error
            self._notes.append(f"{failure.sentence} The log group is taken as named.")
            return [log_group_target(name)]
        return [log_group_target(group) for group in found if fnmatchcase(group, name)]
