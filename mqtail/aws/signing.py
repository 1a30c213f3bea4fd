"""Requests to endpoints that no AWS client knows, signed as the clients' own."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from yarl import URL

from mqtail.aws.clients import Clients
from mqtail.aws.failures import AnswerTooLarge, is_clock_refusal
from mqtail.aws.tracing import log_call

CHUNK = 65_536


class Answer(NamedTuple):
    """An answer, whatever its status."""

    status: int
    body: bytes


async def signed_post(
    clients: Clients, url: str, body: bytes, *, service: str, region: str, most: int
) -> Answer:
    """Post JSON, signed with Signature Version 4. Redirects are not followed.

    Args:
        clients: whose credentials and connections to use.
        url: where to, escaped as it is to be sent.
        body: the JSON.
        service: the service in the signature's scope.
        region: the region there.
        most: bytes that the answer may have.

    Raises:
        AnswerTooLarge: it has more.
        aiohttp.ClientError, TimeoutError: there is no answer.
        BotoCoreError: there are no credentials.
    """
    while True:
        signed_with = clients.time.skew_ms
        headers = await _signed_headers(clients, url, body, service, region)
        answer = await _posted(clients, url, body, headers, service, most)
        refused = answer.status == 403 and is_clock_refusal(
            {"Message": answer.body.decode("utf-8", "replace")}
        )
        if not refused or not clients.time.put_right(signed_with):
            return answer


async def _signed_headers(
    clients: Clients, url: str, body: bytes, service: str, region: str
) -> dict[str, str]:
    keys = await clients.credentials.get_frozen_credentials()
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
    # OpenSearch Serverless wants it, and wants it signed.
    request.headers["X-Amz-Content-SHA256"] = sha256(body).hexdigest()
    clients.time.date(request)
    SigV4Auth(keys, service, region).add_auth(request)
    return dict(request.headers.items())


async def _posted(
    clients: Clients, url: str, body: bytes, headers: dict[str, str], service: str, most: int
) -> Answer:
    http = await clients.http()
    began = time.perf_counter()
    async with http.post(
        URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
    ) as response:
        clients.clock.heard(response.headers.get("Date"))
        received = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK):
            received += chunk
            if len(received) > most:
                raise AnswerTooLarge
        log_call(f"{service} POST {url}", response.status, began, len(received))
        return Answer(response.status, bytes(received))
