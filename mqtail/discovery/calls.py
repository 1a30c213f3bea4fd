"""The calls that find targets, asked again while a failure may pass."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from mqtail.aws.budget import Budget
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS, member
from mqtail.aws.failures import UnreadableAnswer, failure_of
from mqtail.clock import Clock

ATTEMPTS = 5


class Calls:
    """Calls of Amazon MQ, Amazon MSK and CloudWatch Logs.

    Their arguments are those of the operation; `required` is a member that every good answer has.
    What a call raises is in `CALL_ERRORS`.

    Args:
        budget: every CloudWatch Logs request waits for its turn there.
        clock: learns the service's time from its answers.
    """

    def __init__(self, clients: Clients, budget: Budget, clock: Clock) -> None:
        self._clients = clients
        self._budget = budget
        self._clock = clock

    async def logs(self, operation: str, arguments: dict[str, Any], required: str) -> Any:
        """One CloudWatch Logs call within the budget."""
        return await self._call(self._clients.logs, operation, arguments, required, self._budget)

    async def mq(self, operation: str, arguments: dict[str, Any], required: str) -> Any:
        """One Amazon MQ call."""
        return await self._call(self._clients.mq, operation, arguments, required)

    async def kafka(self, operation: str, arguments: dict[str, Any], required: str) -> Any:
        """One Amazon MSK call."""
        return await self._call(self._clients.kafka, operation, arguments, required)

    async def pages(
        self,
        call: Callable[[str, dict[str, Any], str], Awaitable[Any]],
        operation: str,
        arguments: dict[str, Any],
        member: str,
    ) -> list[Any]:
        """The items of all pages of a listing.

        Args:
            call: `self.mq` or `self.kafka`.
            member: the list in each answer.
        """
        items: list[Any] = []
        arguments = dict(arguments)
        while True:
            page = await call(operation, arguments, member)
            items += page[member]
            if not page.get("NextToken"):
                return items
            arguments["NextToken"] = page["NextToken"]

    async def _call(
        self,
        client: Callable[[], Awaitable[Any]],
        operation: str,
        arguments: dict[str, Any],
        required: str,
        budget: Budget | None = None,
    ) -> Any:
        """An answer that has its `required` member; asked for again while a failure may pass."""
        for attempt in range(ATTEMPTS):
            if budget is not None:
                await budget.take()
            try:
                answer = await getattr(await client(), operation)(**arguments)
                self._clock.heard(answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date"))
                member(answer, required)
            except CALL_ERRORS as error:
                # The clients without a budget have repeated by themselves what may pass.
                again = budget is not None or isinstance(error, UnreadableAnswer)
                passing = again and failure_of(error, operation).passing
                if attempt + 1 == ATTEMPTS or not passing:
                    raise
                await asyncio.sleep(0.2 * 2**attempt)
            else:
                return answer
        raise AssertionError("unreachable")
