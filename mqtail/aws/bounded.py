"""Answers of AWS clients within bounds: what answers in AWS's place may never end."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from aiobotocore.httpsession import AIOHTTPSession
from botocore.exceptions import ReadTimeoutError

from mqtail.aws.failures import MOST_BYTES, AnswerTooLarge

CHUNK = 65_536

ANSWER_TIMEOUT_S = 120
"""For a whole answer, so that one that trickles ends, too."""


class BoundedResponse(aiohttp.ClientResponse):
    """A response whose body is read whole only within `MOST_BYTES`."""

    async def read(self) -> bytes:
        """The body.

        Raises:
            AnswerTooLarge: it has more bytes.
        """
        if self._body is None:
            try:
                self._body = await self._bounded_body()
            except BaseException:
                self.close()
                raise
        return await super().read()

    async def _bounded_body(self) -> bytes:
        parts: list[bytes] = []
        received = 0
        async for part in self.content.iter_chunked(CHUNK):
            parts.append(part)
            received += len(part)
            if received > MOST_BYTES:
                raise AnswerTooLarge
        return b"".join(parts)


class BoundedSession(AIOHTTPSession):
    """The HTTP session of a client, for `AioConfig`: answers are bounded in bytes and in time.

    It refuses what has more than `MOST_BYTES`, or is not there after `ANSWER_TIMEOUT_S`; a body
    that is streamed is left to who reads it.
    """

    async def send(self, request: Any) -> Any:
        """The answer to a request.

        Raises:
            ReadTimeoutError: it is not there in time.
        """
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await super().send(request)
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error

    async def _get_session(self, proxy_url: str | None) -> Any:
        # Neither aiobotocore nor a client's configuration lets the class be chosen.
        session = await super()._get_session(proxy_url)  # type: ignore[misc]
        session._response_class = BoundedResponse
        return session
