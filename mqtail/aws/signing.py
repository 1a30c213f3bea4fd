"""Requests to endpoints that no AWS client knows, signed as the clients' own."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from yarl import URL

from mqtail.aws.clients import Clients

CHUNK = 65_536


class AnswerTooLarge(Exception):
    """An answer has more bytes than are wanted."""


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
    keys = await (await clients.credentials()).get_frozen_credentials()
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
    # OpenSearch Serverless wants it, and wants it signed.
    request.headers["X-Amz-Content-SHA256"] = sha256(body).hexdigest()
    SigV4Auth(keys, service, region).add_auth(request)
    http = await clients.http()
    headers = dict(request.headers.items())
    async with http.post(
        URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
    ) as response:
        received = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK):
            received += chunk
            if len(received) > most:
                raise AnswerTooLarge
        return Answer(response.status, bytes(received))
