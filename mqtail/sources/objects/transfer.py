"""One object as chunks of bytes, by ranges: no connection is held while they are worked on."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from mqtail.aws.decoding import CALL_ERRORS
from mqtail.aws.failures import NETWORK_ERRORS, UnreadableAnswer, one_line
from mqtail.sources.objects.listing import DeliveredObject
from mqtail.sources.objects.problems import ObjectProblem
from mqtail.sources.reader import Surroundings
from mqtail.sources.retries import Retries
from mqtail.status import ReaderStatus

RANGE = 512 * 1024
"""Bytes asked for at once."""

_KMS_KEY = re.compile(r"arn:[\w-]+:kms:[\w:/-]+")
_GONE = frozenset({"NoSuchKey", "404"})
_CHANGED = frozenset({"PreconditionFailed", "InvalidRange", "412", "416"})
_REFUSED = frozenset({"InvalidRequest", "InvalidArgument"})
_DENIED = frozenset({"AccessDenied", "403", "AllAccessDisabled"})


class Transfer:
    """Gets objects of one bucket.

    Args:
        retries: waits after failed requests.
    """

    def __init__(
        self, bucket: str, *, around: Surroundings, status: ReaderStatus, retries: Retries
    ) -> None:
        self._bucket = bucket
        self._around = around
        self._status = status
        self._retries = retries

    async def chunks(self, found: DeliveredObject) -> AsyncGenerator[bytes, None]:
        """The bytes of an object; what fails is asked for again from where it stopped.

        Raises:
            ObjectProblem: it is forbidden, archived, gone, or another object by now.
            ReadFailed: the bucket cannot be read, and the reading is to end.
        """
        read = 0
        while read < found.size:
            begin = read

            async def request(begin: int = begin) -> bytes | ObjectProblem:
                return await self._get(found, begin)

            part = await self._retries.call(f"reading {self._url(found)}", request)
            if isinstance(part, ObjectProblem):
                raise part
            yield part
            read += len(part)

    def _url(self, found: DeliveredObject) -> str:
        return f"s3://{self._bucket}/{found.key}"

    async def _get(self, found: DeliveredObject, begin: int) -> bytes | ObjectProblem:
        """At least one byte from `begin` on; or why none of the object can be had."""
        client: Any = await self._around.clients.s3()
        last = min(begin + RANGE, found.size) - 1
        self._status.requests += 1
        try:
            answer = await client.get_object(
                Bucket=self._bucket,
                Key=found.key,
                Range=f"bytes={begin}-{last}",
                IfMatch=found.etag,
            )
        except ClientError as error:
            problem = await self._problem(found, error)
            if problem is None:
                raise
            return problem
        except ResponseParserError as error:
            raise UnreadableAnswer(str(error)) from error
        if begin and "ContentRange" not in answer:
            raise UnreadableAnswer("the whole object instead of a range")
        return await self._body(answer["Body"])

    async def _body(self, body: Any) -> bytes:
        """What arrives of an answer's body, if that is anything at all."""
        parts: list[bytes] = []
        try:
            async with body:
                while part := await body.read(RANGE):
                    parts.append(part)
        except NETWORK_ERRORS:
            if not parts:
                raise
            self._status.retries += 1
        if not parts:
            raise UnreadableAnswer("no bytes")
        return b"".join(parts)

    async def _problem(self, found: DeliveredObject, error: ClientError) -> ObjectProblem | None:
        """What an error says of this object; None where it says nothing of it."""
        detail = error.response.get("Error", {})
        code, text = str(detail.get("Code", "")), one_line(detail.get("Message", ""))
        url = self._url(found)
        if code in _GONE:
            return ObjectProblem(
                f"{url} was deleted before it was read.", "A lifecycle rule may expire it too soon."
            )
        if code in _CHANGED:
            return ObjectProblem(f"{url} was replaced while it was read.")
        if code == "InvalidObjectState":
            return ObjectProblem(
                f"{url} is archived, so it cannot be read.", "Restore it, or read later objects."
            )
        if code in _REFUSED:
            return ObjectProblem(
                f"S3 does not give out {url}: {text or code}",
                "It may be encrypted with a key that only who wrote it has (SSE-C).",
            )
        if code.startswith("KMS.") and "Throttling" not in code:
            key = await self._kms_key(found, text) or "its KMS key"
            return ObjectProblem(
                f"{url} cannot be decrypted: {text or code}",
                f"See to {key}: it is disabled, about to be deleted, or not there.",
                denied=True,
            )
        if code in _DENIED:
            return await self._denial(found, text)
        return None

    async def _denial(self, found: DeliveredObject, text: str) -> ObjectProblem:
        """Which right is missing: that to read the object, or that to use its key."""
        url = self._url(found)
        if "s3:GetObject" in text:
            return ObjectProblem(
                f"Not permitted to read {url}: {text}",
                "Ask for the permission s3:GetObject.",
                denied=True,
            )
        key = await self._kms_key(found, text)
        if key or "kms:" in text:
            return ObjectProblem(
                f"Not permitted to decrypt {url}: {text}",
                f"Ask for the permission kms:Decrypt on {key or 'the key of the object'}.",
                denied=True,
            )
        return ObjectProblem(
            f"Not permitted to read {url}: {text}",
            "Ask for the permission s3:GetObject; an object under SSE-KMS needs kms:Decrypt, too.",
            denied=True,
        )

    async def _kms_key(self, found: DeliveredObject, text: str) -> str:
        """ARN of the key that an object is encrypted with, empty where nothing tells it."""
        if named := _KMS_KEY.search(text):
            return named[0]
        client: Any = await self._around.clients.s3()
        self._status.requests += 1
        try:
            answer = await client.head_object(Bucket=self._bucket, Key=found.key)
        except CALL_ERRORS:
            return ""
        return str(answer.get("SSEKMSKeyId", ""))
