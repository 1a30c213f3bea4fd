"""Look-ups: single calls, each within its service's rate, asked again while a failure may pass."""

from __future__ import annotations

import asyncio
from typing import Any

from aiolimiter import AsyncLimiter

from mqtail.aws.budget import Budget, Spacing, Use
from mqtail.aws.clients import Clients
from mqtail.aws.decoding import CALL_ERRORS, member
from mqtail.aws.failures import UnreadableAnswer, failure_of

ATTEMPTS = 5
FIRST_PAUSE_S = 0.2
"""Before a failed call is repeated; doubled each time."""

RATES = {
    "mq": 20.0,
    "kafka": 20.0,
    "iam": 10.0,
    "kms": 10.0,
    "s3": 20.0,
    "firehose": 4.0,
    "opensearch": 4.0,
    "cloudtrail": 5.0,
}
"""Requests per second to each service but CloudWatch Logs, which has the budget. Quotas that are
published: 5 for Firehose's descriptions, 10 for CloudTrail's trails; the others' are far higher or
not told."""

LOOKUP_PAUSE_MS = 510
"""Pause between two of CloudTrail's LookupEvents, which has a quota of 2 a second."""

_TOKENS = {"logs": "nextToken"}
"""What a token is called, in requests and answers, where it is not `NextToken`."""


class Calls:
    """Calls of AWS operations.

    Their arguments are those of the operation. What a call raises is in `CALL_ERRORS`.

    Args:
        budget: every CloudWatch Logs request waits for its turn there.
    """

    def __init__(self, clients: Clients, budget: Budget) -> None:
        self._clients = clients
        self._budget = budget
        # One by one: a burst, too, would go beyond a quota.
        self._limits = {service: AsyncLimiter(1, 1 / rate) for service, rate in RATES.items()}
        self._lookups = Spacing(LOOKUP_PAUSE_MS)

    async def call(
        self,
        service: str,
        operation: str,
        arguments: dict[str, Any],
        required: str = "",
        *,
        use: Use = Use.READING,
    ) -> Any:
        """The answer of one operation; asked for again while a failure may pass.

        Args:
            service: `logs`, `mq`, `kafka`..., as `Clients` names it.
            operation: in the SDK's spelling, `describe_broker`.
            required: a member that every good answer has, if there is one.
            use: what a request to CloudWatch Logs is for, which decides its share of the budget.
        """
        for attempt in range(ATTEMPTS):
            try:
                answer = await self._once(service, operation, arguments, use)
                if required:
                    member(answer, required)
            except CALL_ERRORS as error:
                # The other clients have repeated by themselves what may pass.
                again = service in Clients.NOT_REPEATING or isinstance(error, UnreadableAnswer)
                passing = again and failure_of(error, operation).passing
                if attempt + 1 == ATTEMPTS or not passing:
                    raise
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
            else:
                return answer
        raise AssertionError("unreachable")

    async def pages(
        self,
        service: str,
        operation: str,
        arguments: dict[str, Any],
        member: str,
        *,
        most: int | None = None,
        use: Use = Use.READING,
    ) -> list[Any]:
        """The items of all pages of a listing.

        Args:
            member: the list in each answer.
            most: so many pages are enough.
            use: as of `call`.
        """
        token = _TOKENS.get(service, "NextToken")
        items: list[Any] = []
        arguments = dict(arguments)
        pages = 0
        while True:
            page = await self.call(service, operation, arguments, member, use=use)
            items += page[member]
            pages += 1
            if not page.get(token) or pages == most:
                return items
            arguments[token] = page[token]

    async def _once(self, service: str, operation: str, arguments: dict[str, Any], use: Use) -> Any:
        """One request, when it is its turn."""
        client: Any = await getattr(self._clients, service)()
        call = getattr(client, operation)
        if operation == "lookup_events":
            async with self._lookups:
                return await call(**arguments)
        if service == "logs":
            await self._budget.take(use)
        else:
            await self._limits[service].acquire()
        return await call(**arguments)
