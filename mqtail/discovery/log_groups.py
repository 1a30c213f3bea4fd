"""Log groups: listed, or taken as named."""

from __future__ import annotations

from fnmatch import fnmatchcase

from mqtail.aws.budget import Use
from mqtail.aws.calls import Calls
from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import Kind, failure_of
from mqtail.targets import Target, log_group_target


class LogGroups:
    """Finds log groups.

    Args:
        notes: gets what a user should know about how they were found.
    """

    def __init__(self, calls: Calls, notes: list[str]) -> None:
        self._calls = calls
        self._notes = notes

    async def listed(self, prefix: str, use: Use = Use.READING) -> list[str]:
        """Names of the log groups whose name begins with `prefix`.

        Args:
            use: what the requests are for, which decides their share of the budget.

        Raises:
            ClientError, BotoCoreError, UnreadableAnswer: as the call failed (`CALL_ERRORS`).
        """
        arguments = {"logGroupNamePrefix": prefix}
        groups = await self._calls.pages(
            "logs", "describe_log_groups", arguments, "logGroups", use=use
        )
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
